"""Exact numbers, and how a locale writes them.

Nothing is rounded: a number shows every digit that the PIM has, less the zeros at its end. What no
merchant would type (hundreds of digits, NaN, 1E+999999) counts as no number.
"""

import re
from decimal import Decimal, localcontext
from typing import Any, Literal

import babel
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import UnknownUnitError, format_unit

from quart_passport.passport.units import StandardUnit

_NUMBER = re.compile(r"[+-]?[0-9]{1,60}(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,2})?")
# All digits that the pattern lets through, before and after the point together.
_PRECISION = 250
_FRACTION = re.compile(r"\.#+")
# Where decimals go in the patterns of percentages, which have none by themselves.
_LAST_DIGIT = re.compile(r"0(?=[^0;]*(?:;|$))")


def parse_decimal(data: Any) -> Decimal | None:
    """The number that a PIM's integer or text stands for, without zeros at its end."""
    if isinstance(data, bool) or not isinstance(data, int | str | Decimal):
        return None
    # More bits than 60 digits take; writing such a number out could take long.
    if isinstance(data, int) and data.bit_length() > 200:
        return None
    text = str(data)
    if not _NUMBER.fullmatch(text):
        return None
    with localcontext(prec=_PRECISION):
        plain = format(Decimal(text).normalize(), "f")
    return Decimal(0) if plain == "-0" else Decimal(plain)


def number_in_words(amount: Decimal, locale: babel.Locale) -> str:
    """A number as the locale groups and points it."""
    with localcontext(prec=_PRECISION):
        words: str = format_decimal(amount, format=_pattern(amount, locale), locale=locale)
    return words


def measure_in_words(
    amount: Decimal, unit: StandardUnit, fallback: str, locale: babel.Locale
) -> str:
    """A number with its unit in the locale's words, or with `fallback` where it has none."""
    if unit.cldr:
        pattern = _pattern(amount, locale)
        # "5 yrs" and "24 mths" are for timetables; all other symbols read well.
        length: Literal["long", "short"] = "long" if "duration" in unit.cldr else "short"
        try:
            with localcontext(prec=_PRECISION):
                return format_unit(amount, unit.cldr, length, pattern, locale)
        except UnknownUnitError:
            pass
    return f"{number_in_words(amount, locale)}\N{NO-BREAK SPACE}{fallback}"


def price_in_words(amount: Decimal, currency: str, locale: babel.Locale) -> str:
    """An amount of money with the currency's usual digits, and more only if there are more."""
    with localcontext(prec=_PRECISION):
        return format_currency(amount, currency, locale=locale, decimal_quantization=False)


def percent_in_words(amount: Decimal, locale: babel.Locale) -> str:
    """A percentage with the locale's sign: `30.5%` for 30.5."""
    digits, pattern = _decimals(amount), str(locale.percent_formats[None].pattern)
    if digits:
        pattern = _LAST_DIGIT.sub(f"0.{'#' * digits}", pattern)
    with localcontext(prec=_PRECISION):
        return format_percent(amount.scaleb(-2), pattern, locale)


def _pattern(amount: Decimal, locale: babel.Locale) -> str:
    """The locale's number pattern with room for every digit of this number."""
    digits = _decimals(amount)
    fraction = "." + "#" * digits if digits else ""
    return _FRACTION.sub(fraction, str(locale.decimal_formats[None].pattern))


def _decimals(amount: Decimal) -> int:
    return len(format(amount, "f").partition(".")[2])
