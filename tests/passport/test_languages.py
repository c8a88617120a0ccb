"""The languages of a passport, and who gets which."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_passport.passport.languages import choose_language, cldr_locale, languages_of
from quart_passport.passport.model import Language
from tests.passport.making import CATALOGUE, make_config, needs_catalogue


def offered(*locales: str) -> tuple[Language, ...]:
    return languages_of(make_config(locales=locales))


def chosen(locales: str, *, wanted: str | None = None, accept: str = "") -> str:
    return choose_language(offered(*locales.split()), wanted, accept).locale


def test_a_language_is_named_in_itself() -> None:
    [german, arabic] = offered("de_DE", "ar_SA")

    assert german == Language("de_DE", "de-DE", "Deutsch", "ltr")
    assert arabic == Language("ar_SA", "ar-SA", "العربية", "rtl")


def test_a_country_is_named_only_to_tell_languages_apart() -> None:
    names = [language.name for language in offered("de_DE", "de_CH", "fr_FR")]

    assert names == ["Deutsch (Deutschland)", "Deutsch (Schweiz)", "Français"]


def test_a_locale_named_twice_is_offered_once() -> None:
    assert len(offered("de_DE", "en_US", "de_DE")) == 2


def test_scripts_stand_in_the_tag() -> None:
    assert [lang.tag for lang in offered("zh_Hant_TW", "sr_Latn_RS")] == [
        "zh-Hant-TW",
        "sr-Latn-RS",
    ]


def test_a_locale_that_cldr_does_not_know_is_named_by_its_code() -> None:
    assert offered("qut_GT") == (Language("qut_GT", "qut-GT", "qut_GT", "ltr"),)


@pytest.mark.parametrize(
    ("locale", "nearest"),
    [("en_XX", "en"), ("no_NO", "no"), ("de_DE_EURO", "de_DE"), ("xx_YY", "en")],
)
def test_an_unknown_locale_is_formatted_like_the_nearest(locale: str, nearest: str) -> None:
    assert str(cldr_locale(locale)) == nearest


def test_dari_is_written_from_right_to_left() -> None:
    assert offered("prs_AF")[0].direction == "rtl"


@needs_catalogue
def test_every_locale_that_a_pim_knows_is_a_language() -> None:
    codes = [entry["code"] for entry in json.loads((CATALOGUE / "locales.json").read_text())]

    for code in codes:
        [language] = offered(code)
        assert language.name
        assert language.direction in {"ltr", "rtl"}
    assert len(codes) == 210


@pytest.mark.parametrize("wanted", ["de-DE", "de_DE", "DE-de", "de", "DE", "de-AT"])
def test_who_names_a_language_gets_it(wanted: str) -> None:
    assert chosen("en_US de_DE fr_FR", wanted=wanted, accept="fr") == "de_DE"


@pytest.mark.parametrize("wanted", ["", "it", "d", "de'--", "*", "x" * 100_000])
def test_who_names_an_unknown_language_is_asked_by_the_browser(wanted: str) -> None:
    assert chosen("en_US de_DE fr_FR", wanted=wanted, accept="fr") == "fr_FR"


@pytest.mark.parametrize(
    ("accept", "locale"),
    [
        ("", "en_US"),
        ("*", "en_US"),
        ("it", "en_US"),
        ("de", "de_DE"),
        ("de-DE", "de_DE"),
        ("DE-de", "de_DE"),
        ("fr;q=0.9, de;q=0.8", "fr_FR"),
        ("fr;q=0.8, de;q=0.9", "de_DE"),
        ("it, fr;q=0.1", "fr_FR"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr_FR"),
        ("en-GB,de;q=0.9", "en_US"),
        ("fr;q=0, *", "en_US"),
        ("en;q=0, *", "de_DE"),
        ("en;q=0, en-US;q=0, it", "en_US"),
        ("fr ; q=0.5 , de;q=0.50", "fr_FR"),
        ("fr;q=2, de", "de_DE"),
        ("fr;q=0.1234, de;q=0.1", "de_DE"),
        ("fr;Q=1, de;q=0.5", "fr_FR"),
        (";;,,=, de", "de_DE"),
    ],
)
def test_the_browser_gets_its_best_language(accept: str, locale: str) -> None:
    assert chosen("en_US de_DE fr_FR", accept=accept) == locale


@pytest.mark.parametrize(
    ("offer", "locale"),
    [
        ("en_US pt pt_BR", "pt_BR"),
        ("en_US pt_PT pt", "pt"),
        ("en_US pt_PT pt_AO", "pt_PT"),
        ("en_US es_ES", "en_US"),
    ],
)
def test_brazilians_get_their_own_else_any_portuguese(offer: str, locale: str) -> None:
    assert chosen(offer, accept="pt-BR") == locale


def test_a_region_counts_where_the_script_is_not_said() -> None:
    assert chosen("zh_CN zh_Hant_TW", accept="zh-TW") == "zh_Hant_TW"


def test_a_hostile_header_is_cut_short() -> None:
    assert chosen("en_US de_DE", accept="it," * 100_000 + "de") == "en_US"


@given(st.text(), st.text())
def test_any_header_and_name_lead_to_a_language_on_offer(wanted: str, accept: str) -> None:
    languages = offered("en_US", "de_DE")

    assert choose_language(languages, wanted, accept) in languages
