"""Which entry of an attribute a page shows, and in which language."""

from typing import Any

import pytest
from markupsafe import Markup

from quart_passport.passport.model import Document, RichText, Text
from quart_passport.passport.product import ProductValue
from tests.passport.making import read


def localised(*entries: tuple[str | None, str | None, str]) -> tuple[ProductValue, ...]:
    return tuple(ProductValue(data, locale, scope) for locale, scope, data in entries)


def test_the_pages_own_language_is_shown_unmarked() -> None:
    entries = localised(("en_US", None, "Care"), ("de_DE", None, "Pflege"))

    assert read("pim_catalog_text", entries, "de_DE") == Text("Pflege")


def test_a_missing_translation_is_taken_from_the_next_language_and_says_so() -> None:
    entries = localised(("fr_FR", None, "Soin"), ("de_DE", None, "Pflege"))

    assert read("pim_catalog_text", entries, "en_US") == Text("Pflege", "de-DE")


def test_rich_text_in_another_language_says_so_too() -> None:
    entries = localised(("fr_FR", None, "<p>Soin</p>"))

    value = read("pim_catalog_textarea", entries, "en_US", wysiwyg_enabled=True)

    assert value == RichText(Markup("<p>Soin</p>"), "Soin", "fr-FR")


def test_a_blank_translation_is_a_missing_one() -> None:
    entries = localised(("en_US", None, "  "), ("de_DE", None, "Pflege"))

    assert read("pim_catalog_text", entries, "en_US") == Text("Pflege", "de-DE")


def test_languages_outside_the_configuration_are_never_shown() -> None:
    assert read("pim_catalog_text", localised(("it_IT", None, "Cura")), "en_US") is None


def test_a_text_of_no_language_comes_before_another_languages() -> None:
    entries = localised(("de_DE", None, "Pflege"), (None, None, "Care 40°"))

    assert read("pim_catalog_text", entries, "en_US") == Text("Care 40°")


def test_the_channels_own_value_comes_first_and_other_channels_never() -> None:
    entries = localised((None, None, "all"), (None, "ecommerce", "web"), (None, "print", "paper"))

    assert read("pim_catalog_text", entries) == Text("web")
    assert read("pim_catalog_text", entries[:1]) == Text("all")
    assert read("pim_catalog_text", entries[2:]) is None


def test_another_language_is_taken_from_the_same_channel_only() -> None:
    entries = localised(("de_DE", "print", "Papier"), ("fr_FR", "ecommerce", "toile"))

    assert read("pim_catalog_text", entries, "en_US") == Text("toile", "fr-FR")


def test_an_attribute_exists_only_in_its_available_locales() -> None:
    entries = localised(("fr_FR", None, "Éco-participation"), (None, None, "x"))

    assert read("pim_catalog_text", entries, "de_DE", available_locales=("fr_FR",)) is None
    assert read("pim_catalog_text", entries, "fr_FR", available_locales=("fr_FR",)) == Text(
        "Éco-participation"
    )


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("pim_catalog_number", "4.5"),
        ("pim_catalog_price_collection", [{"amount": "9.90", "currency": "CHF"}]),
        ("pim_catalog_date", "2026-03-04T00:00:00+00:00"),
        ("pim_catalog_boolean", True),
        ("pim_catalog_metric", {"amount": "2", "unit": "KILOGRAM"}),
    ],
)
def test_another_countrys_number_price_or_day_is_not_this_ones(type_: str, data: Any) -> None:
    entries = (ProductValue(data, "de_DE"),)

    assert read(type_, entries, "fr_FR") is None
    assert read(type_, entries, "de_DE") is not None


def test_a_file_of_another_language_says_so() -> None:
    entries = (
        ProductValue("1/2/3/4/86d5b2a1c3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8_manual.pdf", "de_DE"),
    )

    value = read("pim_catalog_file", entries, "fr_FR")
    own = read("pim_catalog_file", entries, "de_DE")

    assert isinstance(value, Document)
    assert isinstance(own, Document)
    assert (value.hreflang, own.hreflang) == ("de-DE", None)
