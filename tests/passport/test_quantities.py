"""Numbers, measures and prices: exact, and as each language writes them."""

import re
from decimal import Decimal
from typing import Any

import pytest
from babel.localedata import locale_identifiers
from babel.units import format_unit
from hypothesis import given
from hypothesis import strategies as st

from quart_passport.passport.languages import cldr_locale
from quart_passport.passport.model import (
    Measure,
    Money,
    Number,
    Price,
)
from quart_passport.passport.product import ProductValue
from quart_passport.passport.quantities import number_in_words, parse_decimal
from quart_passport.passport.structure import Unit
from quart_passport.passport.units import _UNITS, standard_unit
from tests.passport.making import make_structure, read, text_of, units

NBSP, NNBSP = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("data", "amount", "english", "german"),
    [
        (40, "40", "40", "40"),
        ("12.5000", "12.5", "12.5", "12,5"),
        ("0.0000", "0", "0", "0"),
        ("-0.00", "0", "0", "0"),
        (1234567, "1234567", "1,234,567", "1.234.567"),
        ("-1234.50", "-1234.5", "-1,234.5", "-1.234,5"),
        ("1e3", "1000", "1,000", "1.000"),
        (Decimal("7.10"), "7.1", "7.1", "7,1"),
        (
            "12345678901234567890.12345678901234567890",
            "12345678901234567890.1234567890123456789",
            "12,345,678,901,234,567,890.1234567890123456789",
            "12.345.678.901.234.567.890,1234567890123456789",
        ),
    ],
)
def test_a_number_is_shown_with_all_its_digits(
    data: Any, amount: str, english: str, german: str
) -> None:
    assert read("pim_catalog_number", data) == Number(Decimal(amount), english)
    assert read("pim_catalog_number", data, "de_DE") == Number(Decimal(amount), german)


@pytest.mark.parametrize(
    "data",
    [
        *("", "abc", "NaN", "Infinity", "-Infinity", "1E+999999", "1" * 5000, "1,5", "1_000", "٣"),
        *(True, None, 1.5, [], {}, 10**100, 10**5000, Decimal("NaN"), Decimal("1E+999999")),
    ],
    ids=lambda data: repr(data)[:20] if not isinstance(data, int) else "int",
)
def test_what_is_no_number_is_no_value(data: Any) -> None:
    assert read("pim_catalog_number", data) is None
    assert read("pim_catalog_metric", {"amount": data, "unit": "GRAM"}) is None
    assert read("pim_catalog_price_collection", [{"amount": data, "currency": "EUR"}]) is None


def test_no_locale_rounds_a_number() -> None:
    number = Decimal("1234.56789")

    texts = {code: number_in_words(number, cldr_locale(code)) for code in locale_identifiers()}

    wrong = {
        code: text
        for code, text in texts.items()
        if "".join(filter(str.isdecimal, text)) != "123456789"
    }
    assert len(texts) > 700
    assert not wrong


@given(st.decimals(-(10**20), 10**20, allow_nan=False, places=12))
def test_a_number_reads_back_from_its_text(number: Decimal) -> None:
    value = read("pim_catalog_number", str(number))

    assert isinstance(value, Number)
    assert value.amount == number
    assert Decimal(value.text.replace(",", "")) == number


@pytest.mark.parametrize(
    ("unit", "family", "text", "unece"),
    [
        ("GRAM", "Weight", f"800{NNBSP}g", "GRM"),
        ("CELSIUS", "Temperature", f"800{NNBSP}°C", "CEL"),
        ("DAY", "Duration", "800\N{NO-BREAK SPACE}jours", "DAY"),
        ("TON", "Weight", f"800{NNBSP}t", "TNE"),
        ("OUNCE", "Weight", f"800{NNBSP}oz", "ONZ"),
    ],
)
def test_a_measure_has_the_unit_as_the_language_writes_it(
    unit: str, family: str, text: str, unece: str
) -> None:
    data = {"amount": "800.0000", "unit": unit}

    value = read("pim_catalog_metric", data, "fr_FR", metric_family=family)

    assert value == Measure(Decimal(800), unit, text, unece)


def test_a_fluid_ounce_is_no_ounce() -> None:
    data = {"amount": 1, "unit": "OUNCE"}

    value = read("pim_catalog_metric", data, metric_family="Volume")

    assert value == Measure(Decimal(1), "OUNCE", "1 fl oz Imp.", "OZI")


def test_a_measure_is_not_rounded() -> None:
    data = {"amount": "0.123456789012", "unit": "KILOGRAM"}

    assert text_of(read("pim_catalog_metric", data, "de_DE")) == "0,123456789012 kg"


def test_a_unit_that_the_language_does_not_write_has_the_pims_symbol() -> None:
    structure = make_structure(measurement_families=units("Decibel", Unit("DECIBEL", "dB")))
    data = {"amount": "82.5000", "unit": "DECIBEL", "symbol": "old"}

    value = read("pim_catalog_metric", data, "de_DE", structure=structure, metric_family="Decibel")

    assert value == Measure(Decimal("82.5"), "DECIBEL", f"82,5{NBSP}dB", "2N")


@pytest.mark.parametrize(
    ("data", "unit", "text"),
    [
        ({"symbol": "kHk"}, None, "kHk"),
        ({}, Unit("HANK", "", {"de_DE": "Hanks", "en_US": "x"}), "Hanks"),
        ({}, Unit("HANK", "", {"fr_FR": "Écheveau", "en_US": "Hank"}), "Hank"),
        ({}, Unit("HANK", "", {"it_IT": "Matassa"}), "[HANK]"),
        ({"symbol": 5}, None, "[HANK]"),
    ],
)
def test_a_unit_of_the_merchants_own_is_shown_as_well_as_known(
    data: dict[str, Any], unit: Unit | None, text: str
) -> None:
    known = units("Yarn", unit) if unit else {}
    structure = make_structure(measurement_families=known)

    value = read(
        "pim_catalog_metric",
        {"amount": 2, "unit": "HANK"} | data,
        "de_DE",
        structure=structure,
        metric_family="Yarn",
    )

    assert text_of(value) == f"2{NBSP}{text}"


@pytest.mark.parametrize("locale", ["en", "de", "ar"])
def test_every_unit_that_the_table_names_exists_in_cldr(locale: str) -> None:
    named = {unit.cldr for unit in _UNITS.values()} - {""}

    texts = [format_unit(7, name, "short", locale=locale) for name in sorted(named)]

    assert len(texts) > 70
    assert all("7" in text for text in texts)


def test_unece_codes_are_those_of_one_unit_each() -> None:
    codes = {code: unit.unece for code, unit in _UNITS.items() if unit.unece and "HOUR" not in code}

    assert len(set(codes.values())) == len(codes)
    assert all(re.fullmatch(r"[0-9A-Z]{2,3}", unece) for unece in codes.values())


def test_a_converted_measure_is_preferred_in_its_channel_and_language() -> None:
    entries = (
        ProductValue({"amount": "2", "unit": "KILOGRAM"}),
        ProductValue({"amount": "4.41", "unit": "POUND"}, "en_US", "ecommerce"),
        ProductValue({"amount": "9.99", "unit": "POUND"}, "en_US", "print"),
        ProductValue({"amount": "2", "unit": "KILOGRAM"}, "fr_FR", "ecommerce"),
    )

    assert text_of(read("pim_catalog_metric", entries, "en_US")) == "4.41 lb"
    assert text_of(read("pim_catalog_metric", entries, "de_DE")) == "2 kg"


@pytest.mark.parametrize("type_", ["pim_catalog_price_collection", "pim_catalog_price"])
def test_prices_are_shown_each_in_its_currency(type_: str) -> None:
    data = [{"amount": "1010.50", "currency": "EUR"}, {"amount": 200, "currency": "USD"}]

    assert read(type_, data, "de_DE") == Money(
        (
            Price(Decimal("1010.5"), "EUR", f"1.010,50{NBSP}€"),
            Price(Decimal(200), "USD", f"200,00{NBSP}$"),
        ),
        f"1.010,50{NBSP}€ · 200,00{NBSP}$",
    )


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [("5", "JPY", "¥5"), ("10.505", "EUR", "€10.505"), ("3", "XQZ", f"XQZ{NBSP}3.00")],
)
def test_a_price_has_its_currencys_digits_and_never_fewer(
    amount: str, currency: str, text: str
) -> None:
    data = [{"amount": amount, "currency": currency}]

    assert text_of(read("pim_catalog_price", data)) == text.replace(NBSP, "")


def test_a_price_without_amount_is_left_out() -> None:
    data = [{"amount": None, "currency": "USD"}, {"amount": "1", "currency": "EUR"}, "x"]

    value = read("pim_catalog_price_collection", data)

    assert isinstance(value, Money)
    assert [price.currency for price in value.prices] == ["EUR"]


@pytest.mark.parametrize("currency", ["eur", "EURO", "<b>", "", None, 978])
def test_a_currency_is_three_capital_letters(currency: Any) -> None:
    assert read("pim_catalog_price", [{"amount": "1", "currency": currency}]) is None


def test_a_unit_without_standard_names_has_empty_ones() -> None:
    assert standard_unit("Yarn", "HANK") == ("", "")


@given(st.text())
def test_any_text_is_a_bounded_number_or_none(text: str) -> None:
    amount = parse_decimal(text)

    assert amount is None or (amount.is_finite() and len(format(amount, "f")) < 250)


def test_a_merchants_own_units_are_called_as_the_merchant_calls_them() -> None:
    gallon = Unit("GALLON", "US gal", {"en_US": "US gallon"})
    structure = make_structure(measurement_families=units("VolumeUS", gallon))

    value = read(
        *("pim_catalog_metric", {"amount": "5", "unit": "GALLON"}),
        structure=structure,
        metric_family="VolumeUS",
    )

    assert value == Measure(Decimal(5), "GALLON", "5\u00a0US gal")
