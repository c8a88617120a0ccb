"""Which entry of an attribute a page shows, and in which language."""

from markupsafe import Markup

from quart_passport.passport.model import (
    RichText,
    Text,
)
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
