"""Measures in the unit that a channel is shown in."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_passport.passport.conversion import convert
from quart_passport.passport.model import Measure
from quart_passport.passport.product import ProductValue
from quart_passport.passport.structure import Channel, Conversion, MeasurementFamily, Unit
from tests.passport.making import CATALOGUE, make_structure, needs_catalogue, read, text_of


def unit(code: str, *steps: tuple[str, str], symbol: str = "") -> Unit:
    walked = tuple(Conversion(operator, value) for operator, value in steps)
    return Unit(code, symbol=symbol, convert_from_standard=walked)


KILOGRAM = unit("KILOGRAM", ("mul", "1"))
GRAM = unit("GRAM", ("mul", "0.001"))
POUND = unit("POUND", ("mul", "0.45359237"))
INCH, METER = unit("INCH", ("mul", "0.0254")), unit("METER", ("mul", "1"))
KELVIN = unit("KELVIN", ("mul", "1"))
FAHRENHEIT = unit("FAHRENHEIT", ("sub", "32"), ("div", "1.8"), ("add", "273.15"))
CELSIUS = unit("CELSIUS", ("add", "273.15"))
THIRD = unit("THIRD", ("div", "3"))
WEIGHT = {
    "Weight": MeasurementFamily(
        "Weight", "KILOGRAM", units={u.code: u for u in (KILOGRAM, GRAM, POUND)}
    )
}


@pytest.mark.parametrize(
    ("amount", "origin", "target", "converted"),
    [
        ("800", GRAM, KILOGRAM, "0.8"),
        ("12.4", KILOGRAM, GRAM, "12400"),
        ("0.1", KILOGRAM, GRAM, "100"),
        ("1", POUND, KILOGRAM, "0.45359237"),
        ("3", INCH, METER, "0.0762"),
        ("0", GRAM, KILOGRAM, "0"),
        ("-40", FAHRENHEIT, CELSIUS, "-40"),
        ("212", FAHRENHEIT, CELSIUS, "100"),
        ("20", CELSIUS, FAHRENHEIT, "68"),
        ("0", KELVIN, CELSIUS, "-273.15"),
        ("5", THIRD, THIRD, "5"),
        ("123456789.123456789", GRAM, KILOGRAM, "123456.789123456789"),
    ],
)
def test_an_amount_that_a_decimal_can_hold_is_exact(
    amount: str, origin: Unit, target: Unit, converted: str
) -> None:
    assert convert(Decimal(amount), origin, target) == Decimal(converted)


@pytest.mark.parametrize(
    ("amount", "origin", "target", "converted"),
    [
        ("2", KILOGRAM, POUND, "4.4092"),
        ("1", METER, INCH, "39.3701"),
        ("1", THIRD, KILOGRAM, "0.3333"),
        ("0.001", THIRD, KILOGRAM, "0.0003333"),
        ("2", THIRD, KILOGRAM, "0.6667"),
        ("-2", THIRD, KILOGRAM, "-0.6667"),
        ("2.99997", THIRD, KILOGRAM, "0.99999"),
        ("2.99998", THIRD, KILOGRAM, "1"),
    ],
)
def test_any_other_keeps_four_decimals_or_significant_digits(
    amount: str, origin: Unit, target: Unit, converted: str
) -> None:
    assert convert(Decimal(amount), origin, target) == Decimal(converted)


@pytest.mark.parametrize(
    "steps",
    [
        [("pow", "2")],
        [("", "")],
        [("mul", "0")],
        [("div", "0")],
        [("mul", "NaN")],
        [("mul", "x")],
        [("mul", "2")] * 30,
        [("mul", "9" * 60)] * 2,
        [("div", "9" * 60)] * 2,
    ],
)
def test_a_unit_that_makes_no_sense_converts_nothing(steps: list[tuple[str, str]]) -> None:
    odd = unit("ODD", *steps)

    assert convert(Decimal(5), odd, KILOGRAM) is None


@given(
    st.decimals(-10_000, 10_000, places=3),
    st.decimals("0.001", 1000, places=4),
    st.decimals("0.001", 1000, places=4),
    st.decimals(-300, 300, places=2),
)
def test_a_converted_amount_is_the_exact_one_or_next_to_it(
    amount: Decimal, factor: Decimal, other: Decimal, offset: Decimal
) -> None:
    origin = unit("A", ("mul", str(factor)), ("add", str(offset)))
    target = unit("B", ("mul", str(other)))
    exact = (Fraction(amount) * Fraction(factor) + Fraction(offset)) / Fraction(other)

    converted = convert(amount, origin, target)

    assert converted is not None
    tolerance = Fraction(1, 20_000) if abs(exact) >= 1 else abs(exact) / 2000
    assert abs(Fraction(converted) - exact) <= tolerance


@needs_catalogue
def test_each_unit_of_the_catalogue_comes_back_from_its_standard_unit() -> None:
    families = json.loads((CATALOGUE / "measurement_families.json").read_bytes())
    tried = 0

    for family in families:
        units = {
            code: unit(code, *((s["operator"], s["value"]) for s in sent["convert_from_standard"]))
            for code, sent in family["units"].items()
        }
        standard = units[family["standard_unit_code"]]
        for other in units.values():
            there = convert(Decimal(7), other, standard)
            assert there is not None, other.code
            back = convert(there, standard, other)
            assert back is not None
            assert abs(back - 7) <= Decimal("0.01"), other.code
            tried += 1

    assert tried > 100


def shown(entries: Any, wanted: str | None = None, page: str = "en_US", **parts: Any) -> Any:
    conversion_units = {"it": wanted} if wanted else {}
    channels = {"ecommerce": Channel("ecommerce", conversion_units=conversion_units)}
    structure = make_structure(channels=channels, measurement_families=WEIGHT)
    return read(
        "pim_catalog_metric", entries, page, structure=structure, metric_family="Weight", **parts
    )


def grams(amount: str) -> dict[str, str]:
    return {"amount": amount, "unit": "GRAM", "symbol": "g"}


def test_a_measure_is_shown_in_the_channels_unit() -> None:
    value = shown(grams("800.0000"), "KILOGRAM", "de_DE")

    assert value == Measure(Decimal("0.8"), "KILOGRAM", "0,8 kg", "KGM")


@pytest.mark.parametrize("wanted", [None, "GRAM", "STONE", ""])
def test_without_a_unit_that_the_family_knows_it_stays_as_it_is(wanted: str | None) -> None:
    assert shown(grams("800"), wanted) == Measure(Decimal(800), "GRAM", "800 g", "GRM")


def test_a_measure_that_the_pim_converted_is_shown_as_it_came() -> None:
    pounds = {"amount": "4.41", "unit": "POUND", "symbol": "lb"}
    entries = (
        ProductValue({"amount": "2", "unit": "KILOGRAM"}),
        ProductValue(pounds, "en_US", "ecommerce"),
        ProductValue({"amount": "2000", "unit": "GRAM"}, "fr_FR", "ecommerce"),
        ProductValue({"amount": "9", "unit": "GRAM"}, "en_US", "print"),
    )

    assert text_of(shown(entries, "GRAM")) == "4.41 lb"
    assert text_of(shown(entries, "POUND", "fr_FR")) == "2\u202f000\u202fg"
    assert text_of(shown(entries, "POUND", "de_DE")) == "4,4092 lb"
    assert text_of(shown(entries, None, "de_DE")) == "2 kg"


def test_a_measure_of_each_language_is_converted_by_us() -> None:
    entries = (ProductValue(grams("500"), "en_US", "ecommerce"),)

    value = shown(entries, "KILOGRAM", localizable=True, scopable=True)

    assert text_of(value) == "0.5 kg"


def test_the_stored_units_symbol_does_not_go_with_the_converted_amount() -> None:
    odd = {"amount": "3", "unit": "A", "symbol": "aa"}
    family = MeasurementFamily(
        "Odd", "A", units={"A": unit("A", ("mul", "1")), "B": unit("B", ("mul", "2"), symbol="bb")}
    )
    channels = {"ecommerce": Channel("ecommerce", conversion_units={"it": "B"})}
    structure = make_structure(channels=channels, measurement_families={"Odd": family})

    value = read("pim_catalog_metric", odd, structure=structure, metric_family="Odd")

    assert text_of(value) == "1.5\u00a0bb"


@needs_catalogue
@pytest.mark.parametrize(
    ("family", "amount", "unit", "wanted"),
    [
        ("Pressure", "30", "PSI", "BAR"),
        ("Pressure", "1", "BAR", "ATM"),
        ("Duration", "24", "MONTH", "YEAR"),
    ],
)
def test_what_the_pim_miscounts_stays_as_it_was_entered(
    family: str, amount: str, unit: str, wanted: str
) -> None:
    families = json.loads((CATALOGUE / "measurement_families.json").read_text())
    known = {one["code"]: msgspec.convert(one, MeasurementFamily) for one in families}
    structure = make_structure(
        measurement_families=known,
        channels={"ecommerce": Channel("ecommerce", conversion_units={"it": wanted})},
    )

    value = read(
        *("pim_catalog_metric", {"amount": amount, "unit": unit}),
        structure=structure,
        metric_family=family,
    )

    assert isinstance(value, Measure)
    assert (value.amount, value.unit) == (Decimal(amount), unit)
