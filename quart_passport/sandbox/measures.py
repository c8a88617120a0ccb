"""Amounts from unit to unit, by the factors of the PIM's measurement families."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from quart_passport.sandbox.catalog import JSONObject

# What the PIM's database keeps of an amount.
_PLACES = Decimal("0.0001")


class Measures:
    """The units of one PIM."""

    def __init__(self, families: Iterable[JSONObject]) -> None:
        self._units = {family["code"]: family.get("units") or {} for family in families}

    def symbol(self, family: str | None, unit: str) -> str | None:
        found = self._unit(family, unit)
        return None if found is None else found.get("symbol")

    def standard(self, family: str | None, measure: Any) -> Decimal | None:
        """The amount in the family's standard unit; None for what is no measure of the family."""
        if not isinstance(measure, dict):
            return None
        unit = self._unit(family, str(measure.get("unit")))
        try:
            amount = Decimal(str(measure.get("amount")))
        except InvalidOperation:
            return None
        return None if unit is None or not amount.is_finite() else _to_standard(amount, unit)

    def convert(self, family: str | None, measure: Any, unit: str) -> JSONObject | None:
        """The measure in another unit of its family, rounded to four decimals."""
        standard, wanted = self.standard(family, measure), self._unit(family, unit)
        if standard is None or wanted is None:
            return None
        amount = _from_standard(standard, wanted).quantize(_PLACES).normalize()
        return {"amount": f"{amount:f}", "unit": unit, "symbol": wanted.get("symbol")}

    def _unit(self, family: str | None, code: str) -> JSONObject | None:
        found: JSONObject | None = self._units.get(family, {}).get(code)
        return found


def _to_standard(amount: Decimal, unit: JSONObject) -> Decimal:
    for step in unit.get("convert_from_standard") or ():
        amount = _apply(step["operator"], amount, Decimal(step["value"]))
    return amount


def _from_standard(amount: Decimal, unit: JSONObject) -> Decimal:
    inverse = {"mul": "div", "div": "mul", "add": "sub", "sub": "add"}
    for step in reversed(unit.get("convert_from_standard") or ()):
        amount = _apply(inverse[step["operator"]], amount, Decimal(step["value"]))
    return amount


def _apply(operator: str, amount: Decimal, value: Decimal) -> Decimal:
    match operator:
        case "mul":
            return amount * value
        case "div":
            return amount / value
        case "add":
            return amount + value
        case _:
            return amount - value
