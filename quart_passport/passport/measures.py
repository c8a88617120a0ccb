"""Measures: an amount with its unit, in the unit that the channel is shown in."""

from decimal import Decimal
from typing import Any

from quart_passport.passport.conversion import convert
from quart_passport.passport.model import Measure
from quart_passport.passport.product import ProductValue
from quart_passport.passport.quantities import measure_in_words, parse_decimal
from quart_passport.passport.reading import Reading
from quart_passport.passport.sanitise import tidy_line
from quart_passport.passport.structure import Attribute
from quart_passport.passport.units import is_convertible, standard_unit


def read_measure(attribute: Attribute, entry: ProductValue, reading: Reading) -> Measure | None:
    """The measure of a product, converted as the channel wants it.

    Where the PIM itself sent the converted amount, that is shown.
    """
    measure = measure_of(entry.data, attribute.metric_family, reading)
    channel = reading.structure.channels.get(reading.channel)
    wanted = channel.conversion_units.get(attribute.code) if channel else None
    if measure is None or wanted in (None, measure.unit) or _is_converted(attribute, entry):
        return measure
    family, units = attribute.metric_family, (measure.unit, str(wanted))
    if not all(is_convertible(family, unit) for unit in units):
        return measure
    return _converted(measure, family, str(wanted), reading) or measure


def measure_of(data: Any, family: str | None, reading: Reading) -> Measure | None:
    """An amount and a unit as the PIM writes them, of a measurement family if that is known."""
    if not isinstance(data, dict):
        return None
    amount, code = parse_decimal(data.get("amount")), data.get("unit")
    if amount is None or not isinstance(code, str) or not tidy_line(code):
        return None
    return _measure(amount, code, data.get("symbol"), family, reading)


def _is_converted(attribute: Attribute, entry: ProductValue) -> bool:
    """Only converted entries have a locale or a channel where the attribute has none."""
    return (entry.locale is not None and not attribute.localizable) or (
        entry.scope is not None and not attribute.scopable
    )


def _converted(
    measure: Measure, family: str | None, wanted: str, reading: Reading
) -> Measure | None:
    units = reading.structure.measurement_families.get(family or "")
    origin, target = (units.units.get(code) if units else None for code in (measure.unit, wanted))
    amount = convert(measure.amount, origin, target) if origin and target else None
    return None if amount is None else _measure(amount, wanted, None, family, reading)


def _measure(
    amount: Decimal, code: str, symbol: Any, family: str | None, reading: Reading
) -> Measure:
    standard = standard_unit(family, code)
    fallback = _unit_in_words(code, symbol, family, reading)
    text = measure_in_words(amount, standard, fallback, reading.cldr)
    return Measure(amount, tidy_line(code), text, standard.unece or None)


def _unit_in_words(code: str, symbol: Any, family: str | None, reading: Reading) -> str:
    """The PIM's own symbol of a unit, else its label in the first language that has one."""
    unit = reading.structure.unit(family, code)
    for sent in (unit.symbol if unit else None, symbol):
        if isinstance(sent, str) and (text := tidy_line(sent)):
            return text
    return reading.label(unit.labels if unit else None, code).text
