"""Each attribute type's raw value, and what a page shows of it."""

import json
from datetime import date
from typing import Any

import msgspec
import pytest
from markupsafe import Markup

from quart_passport.passport.linked import Linked
from quart_passport.passport.model import (
    Choice,
    Date,
    Document,
    Option,
    Picture,
    RichText,
    Text,
    YesNo,
)
from quart_passport.passport.product import ProductValue
from quart_passport.passport.structure import Attribute, TableColumn
from quart_passport.passport.values import read_attribute
from tests.passport.linking import (
    linked_products,
    make_asset,
    make_family,
    make_record,
)
from tests.passport.making import (
    EXAMPLES,
    make_product,
    make_reading,
    make_structure,
    read,
    text_of,
)

needs_examples = pytest.mark.skipif(
    not EXAMPLES.is_file(), reason=f"the PIM's examples are not at {EXAMPLES}"
)

# What the values of the PIM's examples name.
DISH = (
    TableColumn("composition", "select", options={"Vegetables": {"en_US": "Vegetables"}}),
    TableColumn("percentage", "number"),
    TableColumn("allergen", "boolean"),
    TableColumn("Origin", "text"),
)
NAMED = make_structure(Attribute("name", "pim_catalog_text"), asset_families=make_family("named"))
FOUND = Linked(
    records={
        ("named", "bouroullec"): make_record("bouroullec", label="Bouroullec"),
        ("named", "winter_2019"): make_record("winter_2019", label="Winter"),
    },
    assets={("named", "left_side"): make_asset("left_side", label="Left")},
    products=linked_products(make_product(name="Battery")).products,
)


def as_paas_sends(entry: dict[str, Any]) -> dict[str, Any]:
    """A value without what only recent SaaS versions say of it."""
    data = entry["data"]
    if isinstance(data, dict):
        data = {key: value for key, value in data.items() if key != "symbol"}
    recent = ("attribute_type", "reference_data_name")
    return {key: value for key, value in entry.items() if key not in recent} | {"data": data}


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


@pytest.mark.parametrize("name", ["a.JPG", "a.jpeg", "a.png", "a.gif", "a.webp", "a.svg.png"])
def test_a_picture_is_what_every_browser_shows(name: str) -> None:
    assert read("pim_catalog_image", f"1/2/{name}") == Picture(f"1/2/{name}", name, "It")


@pytest.mark.parametrize("name", ["a.svg", "a.psd", "a.tif", "a.tiff", "a.png.svg", "png", "a.exe"])
def test_an_image_of_another_kind_is_shown_by_its_name(name: str) -> None:
    assert read("pim_catalog_image", f"1/2/{name}") == Text(name)


@pytest.mark.parametrize("type_", ["pim_catalog_file", "pim_catalog_image"])
def test_a_pdf_is_a_document(type_: str) -> None:
    code = "f/2/e/6/f2e6674e0766acdc70f814_myFile.PDF"

    assert read(type_, code) == Document(code, "myFile.PDF", "myFile.PDF", "PDF")


@pytest.mark.parametrize("name", ["film.mp4", "list.xlsx", "photo.jpg", "readme"])
def test_any_other_file_is_shown_by_its_name(name: str) -> None:
    assert read("pim_catalog_file", f"f/2/{name}") == Text(name)


def test_a_files_name_turns_no_direction() -> None:
    assert text_of(read("pim_catalog_file", "f/2/\u202egnp.exe\u2066")) == "gnp.exe"


@pytest.mark.parametrize(
    "code",
    [
        *("", "/a", "a/", "a//b", "../../users", "a/../b", "a/./b", "a?b", "a#b", "a%2e", "a b"),
        *("a\\b", "a\nb", "\ud800", "a" * 2000, None, 5, ["a"], {}),
    ],
)
def test_what_could_leave_the_media_folder_is_no_file(code: Any) -> None:
    assert read("pim_catalog_image", code) is None
    assert read("pim_catalog_file", code) is None


@pytest.mark.parametrize(
    ("data", "text"),
    [("bouroullec", "bouroullec"), (1234, "1,234"), ("1.50", "1.50"), (True, "Yes")],
)
def test_a_plain_value_of_an_unknown_type_is_shown_as_text(data: Any, text: str) -> None:
    assert read("something_new", data) == Text(text)


@pytest.mark.parametrize("data", [None, {}, {"id": "x"}, [], ["a"], [{"composition": "wool"}]])
def test_a_structured_value_of_an_unknown_type_is_left_out(data: Any) -> None:
    assert read("something_new", data) is None


@pytest.mark.parametrize("type_", ["pim_reference_data", "pim_catalog_reference_data"])
def test_reference_data_have_no_labels_in_the_pim(type_: str) -> None:
    single = read(f"{type_}_simpleselect", "bouroullec")
    several = read(f"{type_}_multiselect", ["a", "b"])

    assert single == Choice((Option("bouroullec", Text("[bouroullec]")),), "[bouroullec]")
    assert text_of(several) == "[a] and [b]"


@pytest.mark.parametrize("linked_data", [None, {"code": "red"}, {"code": "red", "labels": {}}])
def test_labels_that_the_product_lacks_come_from_its_attribute(linked_data: Any) -> None:
    known = Linked(options={"it": {"red": {"de_DE": "Rot"}}, "other": {"red": {"en_US": "x"}}})

    value = read("pim_catalog_simpleselect", "red", linked_data=linked_data, linked=known)

    assert value == Choice((Option("red", Text("Rot", "de-DE")),), "Rot")


def test_labels_that_come_with_the_product_are_preferred() -> None:
    known = Linked(options={"it": {"red": {"en_US": "Old"}, "blue": {"en_US": "Blue"}}})
    sent = {"red": {"labels": {"en_US": "Red"}}}

    value = read("pim_catalog_multiselect", ["red", "blue"], linked_data=sent, linked=known)

    assert text_of(value) == "Red and Blue"


@needs_examples
@pytest.mark.parametrize("edition", ["SaaS", "PaaS"])
@pytest.mark.parametrize(
    ("case", "kind", "text"),
    [
        ("pim_catalog_identifier", "text", "top-xl"),
        ("pim_catalog_text", "text", "Linen shirt"),
        ("pim_catalog_textarea", "rich_text", "Long text"),
        ("pim_catalog_boolean", "yes_no", "Yes"),
        ("pim_catalog_number (decimals_allowed=false)", "number", "40"),
        ("pim_catalog_number (decimals_allowed=true)", "number", "12.5"),
        ("pim_catalog_metric (decimals_allowed=true)", "measure", "800 g"),
        ("pim_catalog_metric (decimals_allowed=false)", "measure", "10 kW"),
        ("pim_catalog_price_collection (decimals_allowed=true)", "money", "€10.50 · $11.50"),
        ("pim_catalog_price_collection (decimals_allowed=false)", "money", "$200.00"),
        ("pim_catalog_date", "date", "March 13, 2012"),
        ("pim_catalog_simpleselect", "choice", "[black]"),
        ("pim_catalog_simpleselect + with_attribute_options=true", "choice", "Black"),
        ("pim_catalog_multiselect", "choice", "[cotton] and [leather]"),
        ("pim_catalog_multiselect + with_attribute_options=true", "choice", "Winter 2016"),
        ("pim_catalog_image", "picture", "It"),
        ("pim_catalog_file", "document", "myFile.pdf"),
        ("pim_catalog_table", "table", "Vegetables, 28.5, No, France\n[Frozen]"),
        ("pim_catalog_asset_collection", "collection", "Left and [right_side]"),
        ("pim_catalog_asset_collection + with_asset_share_links=true", "collection", "Left"),
        ("akeneo_reference_entity", "record", "Bouroullec"),
        ("akeneo_reference_entity_collection", "record", "Winter and [spring_2020]"),
        ("pim_catalog_product_link", "passports", "Battery"),
        ("pim_catalog_product_link (to a model)", None, None),
        ("pim_reference_data_simpleselect", "choice", "[bouroullec]"),
        ("pim_reference_data_multiselect", "choice", "[winter_2019]"),
        (
            "metric with convert_measurements=true&scope=ecommerce, non-localizable",
            "measure",
            "4.41 lb",
        ),
    ],
)
def test_each_form_that_the_pim_documents_is_shown(
    case: str, kind: str | None, text: str | None, edition: str
) -> None:
    documented = {
        entry["case"]: entry["value"] for entry in json.loads(EXAMPLES.read_text())["values"]
    }
    sent = documented[case] if isinstance(documented[case], list) else [documented[case]]
    attribute = Attribute(
        "it",
        sent[0]["attribute_type"],
        labels={"en_US": "It"},
        wysiwyg_enabled=True,
        reference_data_name="named",
        table_configuration=DISH,
    )
    if edition == "PaaS":
        sent = [as_paas_sends(entry) for entry in sent]
    entries = tuple(msgspec.convert(entry, ProductValue) for entry in sent)

    reading = make_reading(structure=NAMED, linked=FOUND, title_attribute="name")

    value = read_attribute(attribute, entries, reading)

    assert (value and value.kind, text_of(value)) == (kind, text)
