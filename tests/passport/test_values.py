"""Each attribute type's raw value, and what a page shows of it."""

import json
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from quart_passport.passport.model import (
    Choice,
    Date,
    Option,
    Picture,
    RichText,
    Text,
    YesNo,
)
from quart_passport.passport.product import ProductValue
from tests.passport.making import EXAMPLES, read, text_of
from tests.passport.payloads import PAYLOADS

TYPES = [
    "pim_catalog_identifier",
    "pim_catalog_text",
    "pim_catalog_textarea",
    "pim_catalog_number",
    "pim_catalog_metric",
    "pim_catalog_price_collection",
    "pim_catalog_price",
    "pim_catalog_boolean",
    "pim_catalog_date",
    "pim_catalog_simpleselect",
    "pim_catalog_multiselect",
    "pim_catalog_image",
    "pim_catalog_file",
    "pim_catalog_table",
    "pim_catalog_asset_collection",
    "akeneo_reference_entity",
    "something_new",
]


@pytest.mark.parametrize("type_", ["identifier", "text", "textarea"])
def test_a_text_is_shown_as_it_is(type_: str) -> None:
    assert read(f"pim_catalog_{type_}", " <b>Linen</b> & more ") == Text("<b>Linen</b> & more")


def test_a_text_area_keeps_its_lines() -> None:
    assert read("pim_catalog_textarea", "Wash.\r\nDry.") == Text("Wash.\nDry.")


@pytest.mark.parametrize("data", ["", "  \n ", "\x00"])
def test_a_blank_text_is_no_value(data: str) -> None:
    assert read("pim_catalog_text", data) is None


def test_rich_text_keeps_its_harmless_elements() -> None:
    value = read("pim_catalog_textarea", "<p onclick=x>Long <b>text</b></p>", wysiwyg_enabled=True)

    assert value == RichText(Markup("<p>Long <b>text</b></p>"), "Long text")


def test_rich_text_that_says_nothing_is_no_value() -> None:
    html = "<p> </p><script>alert(1)</script>"

    assert read("pim_catalog_textarea", html, wysiwyg_enabled=True) is None


@pytest.mark.parametrize(
    ("page", "yes", "no"),
    [
        ("en_US", "Yes", "No"),
        ("de_DE", "Ja", "Nein"),
        ("fr_FR", "Oui", "Non"),
        ("sr_Latn_RS", "Da", "Ne"),
        ("sr_RS", "Да", "Не"),
        ("sw_KE", "✓", "✗"),
    ],
)
def test_an_answer_is_given_in_words(page: str, yes: str, no: str) -> None:
    assert read("pim_catalog_boolean", True, page) == YesNo(True, yes)
    assert read("pim_catalog_boolean", False, page) == YesNo(False, no)


@pytest.mark.parametrize(
    "language",
    [
        *("bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr"),
        *("hu", "it", "lt", "lv", "mt", "nl", "pl", "pt", "ro", "sk", "sl", "sv"),
    ],
)
def test_each_official_language_of_the_union_has_words(language: str) -> None:
    yes, no = (text_of(read("pim_catalog_boolean", answer, language)) for answer in (True, False))

    assert yes
    assert no
    assert {"✓", "✗"}.isdisjoint({yes, no})


@pytest.mark.parametrize("data", [1, 0, "true", "", None, []])
def test_only_true_and_false_are_answers(data: Any) -> None:
    assert read("pim_catalog_boolean", data) is None


@pytest.mark.parametrize("offset", ["+01:00", "-11:00", "+14:00", "Z", ""])
def test_a_day_is_the_merchants_whatever_the_zone(offset: str) -> None:
    value = read("pim_catalog_date", f"2012-03-13T00:00:00{offset}", "de_DE")

    assert value == Date(date(2012, 3, 13), "13. März 2012")


@pytest.mark.parametrize(
    "data",
    [
        *("", "2012-13-01", "2012-02-30", "0000-00-00", "20120313", "2012-W01-1", "12", None),
        *(20120313, "٢٠١٢-٠٣-١٣", " 2012-03-13"),
    ],
)
def test_what_is_no_day_is_no_value(data: Any) -> None:
    assert read("pim_catalog_date", data) is None


def test_an_option_is_shown_by_its_label() -> None:
    linked = {"attribute": "color", "code": "black", "labels": {"en_US": "Black", "fr_FR": "Noir"}}

    value = read("pim_catalog_simpleselect", "black", "fr_FR", linked_data=linked)

    assert value == Choice((Option("black", Text("Noir")),), "Noir")


def test_an_option_without_label_in_the_language_says_which_it_is_in() -> None:
    linked = {"code": "black", "labels": {"fr_FR": "Noir"}}

    value = read("pim_catalog_simpleselect", "black", "de_DE", linked_data=linked)

    assert value == Choice((Option("black", Text("Noir", "fr-FR")),), "Noir")


@pytest.mark.parametrize("linked", [None, [], {}, {"labels": []}, {"labels": {"de_DE": None}}, "x"])
def test_a_deleted_option_is_shown_by_its_code(linked: Any) -> None:
    single = read("pim_catalog_simpleselect", "gone", linked_data=linked)
    several = read("pim_catalog_multiselect", ["gone"], linked_data={"gone": linked})

    assert single == several == Choice((Option("gone", Text("[gone]")),), "[gone]")


def test_several_options_are_listed_in_words() -> None:
    linked = {
        "cotton": {"labels": {"de_DE": "Baumwolle"}},
        "wool": {"labels": {"de_DE": "Wolle"}},
    }

    value = read("pim_catalog_multiselect", ["wool", "cotton"], "de_DE", linked_data=linked)

    assert isinstance(value, Choice)
    assert [option.code for option in value.options] == ["wool", "cotton"]
    assert value.text == "Wolle und Baumwolle"


@pytest.mark.parametrize("data", [[], [None], [{}], "wool", {"a": 1}, None, ""])
def test_no_options_are_no_value(data: Any) -> None:
    assert read("pim_catalog_multiselect", data) is None


def test_a_picture_is_named_as_the_merchant_named_it() -> None:
    code = "8/6/d/5/86d5f1b4a3c2e6515d5676e89d52fb9e25fa1d29_akeneo.jpg"

    assert read("pim_catalog_image", code) == Picture(code, "akeneo.jpg", "It")


def test_a_document_is_shown_by_its_name() -> None:
    assert read("pim_catalog_file", "f/2/e/6/f2e6674e0766acdc70f814_myFile.pdf") == Text(
        "myFile.pdf"
    )


@pytest.mark.parametrize(
    "code",
    [
        *("", "/a", "a/", "a//b", "../../users", "a/../b", "a/./b", "a?b", "a#b", "a%2e", "a b"),
        *("a\\b", "a\nb", "\ud800", None, 5, ["a"], {}),
    ],
)
def test_what_could_leave_the_media_folder_is_no_picture(code: Any) -> None:
    assert read("pim_catalog_image", code) is None


@pytest.mark.parametrize(
    ("data", "text"),
    [("bouroullec", "bouroullec"), (1234, "1,234"), ("1.50", "1.50"), (True, "Yes")],
)
def test_a_plain_value_of_an_unknown_type_is_shown_as_text(data: Any, text: str) -> None:
    assert read("something_new", data) == Text(text)


@pytest.mark.parametrize("data", [None, {}, {"id": "x"}, [], ["a"], [{"composition": "wool"}]])
def test_a_structured_value_of_an_unknown_type_is_left_out(data: Any) -> None:
    assert read("something_new", data) is None


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals()
    | st.sampled_from(PAYLOADS[:-2])
    | st.sampled_from(["NaN", "1E+999999", "9" * 5000, "\ud800", "0001-01-01", "../.."])
)
keys = st.sampled_from(["amount", "unit", "currency", "symbol", "labels", "code", "en_US"])
maps = st.dictionaries(keys, scalars | st.dictionaries(keys, scalars, max_size=2), max_size=3)
anything = scalars | maps | st.lists(scalars | maps, max_size=3)


@settings(max_examples=2000)
@given(
    type_=st.sampled_from(TYPES),
    data=anything,
    linked=anything,
    page=st.sampled_from(["en_US", "de_DE", "ar_SA", "hi_IN", "xx_YY"]),
    wysiwyg=st.booleans(),
)
@example("pim_catalog_metric", {"amount": "1", "unit": "\ud800"}, None, "en_US", False)
def test_any_data_has_a_sendable_value_or_none(
    type_: str, data: Any, linked: Any, page: str, wysiwyg: bool
) -> None:
    value = read(type_, data, page, linked_data=linked, wysiwyg_enabled=wysiwyg)

    if value is not None:
        assert value.text
        value.text.encode()


@pytest.mark.skipif(not EXAMPLES.is_file(), reason=f"the PIM's examples are not at {EXAMPLES}")
@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("pim_catalog_identifier", "top-xl"),
        ("pim_catalog_text", "Linen shirt"),
        ("pim_catalog_textarea", "Long text"),
        ("pim_catalog_boolean", "Yes"),
        ("pim_catalog_number (decimals_allowed=false)", "40"),
        ("pim_catalog_number (decimals_allowed=true)", "12.5"),
        ("pim_catalog_metric (decimals_allowed=true)", "800 g"),
        ("pim_catalog_metric (decimals_allowed=false)", "10 kW"),
        ("pim_catalog_price_collection (decimals_allowed=true)", "€10.50 · $11.50"),
        ("pim_catalog_price_collection (decimals_allowed=false)", "$200.00"),
        ("pim_catalog_date", "March 13, 2012"),
        ("pim_catalog_simpleselect", "[black]"),
        ("pim_catalog_simpleselect + with_attribute_options=true", "Black"),
        ("pim_catalog_multiselect", "[cotton] and [leather]"),
        ("pim_catalog_multiselect + with_attribute_options=true", "Winter 2016"),
        ("pim_catalog_image", "It"),
        ("pim_catalog_file", "myFile.pdf"),
        ("pim_catalog_table", None),
        ("akeneo_reference_entity", "bouroullec"),
        ("pim_catalog_product_link", None),
        ("metric with convert_measurements=true&scope=ecommerce, non-localizable", "4.41 lb"),
    ],
)
def test_each_form_that_the_pim_documents_is_shown(case: str, text: str | None) -> None:
    documented = json.loads(EXAMPLES.read_text())["values"]
    found = next(entry["value"] for entry in documented if entry["case"] == case)
    sent = found if isinstance(found, list) else [found]
    [type_] = {entry["attribute_type"] for entry in sent}
    entries = tuple(msgspec.convert(entry, ProductValue) for entry in sent)

    assert text_of(read(type_, entries, wysiwyg_enabled=True)) == text
