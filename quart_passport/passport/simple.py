"""Values that stand for themselves: texts, numbers, money, answers and days.

Data may have any form, whatever the PIM promises; what does not fit its type gives None.
"""

import re
from datetime import date
from typing import Any

from babel.dates import format_date

from quart_passport.passport.answers import answer_in_words
from quart_passport.passport.model import Date, Money, Number, Price, RichText, Text, YesNo
from quart_passport.passport.quantities import number_in_words, parse_decimal, price_in_words
from quart_passport.passport.reading import Reading
from quart_passport.passport.sanitise import plain_text, sanitise, tidy

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")


def read_text(data: Any, locale: str | None, reading: Reading) -> Text | None:
    """A text in the language of its locale; other scalars in words."""
    if isinstance(data, str):
        text = tidy(data)
        return Text(text, reading.lang_of(locale)) if text else None
    if isinstance(data, bool):
        return Text(answer_in_words(data, reading.cldr))
    amount = parse_decimal(data)
    return None if amount is None else Text(number_in_words(amount, reading.cldr))


def read_rich_text(data: Any, locale: str | None, reading: Reading) -> RichText | None:
    """Formatted text, made harmless; None if nothing is left to read."""
    if not isinstance(data, str):
        return None
    text = plain_text(data)
    return RichText(sanitise(data), text, reading.lang_of(locale)) if text else None


def read_number(data: Any, reading: Reading) -> Number | None:
    """An exact number."""
    amount = parse_decimal(data)
    return None if amount is None else Number(amount, number_in_words(amount, reading.cldr))


def read_money(data: Any, reading: Reading) -> Money | None:
    """Prices, one for each currency."""
    entries = data if isinstance(data, list) else []
    prices = tuple(price for entry in entries if (price := _price(entry, reading)))
    return Money(prices, " · ".join(price.text for price in prices)) if prices else None


def _price(entry: Any, reading: Reading) -> Price | None:
    if not isinstance(entry, dict):
        return None
    amount, currency = parse_decimal(entry.get("amount")), entry.get("currency")
    if amount is None or not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        return None
    return Price(amount, currency, price_in_words(amount, currency, reading.cldr))


def read_yes_no(data: Any, reading: Reading) -> YesNo | None:
    """An answer; only true and false are one."""
    if not isinstance(data, bool):
        return None
    return YesNo(data, answer_in_words(data, reading.cldr))


def read_date(data: Any, reading: Reading) -> Date | None:
    """The day that the merchant chose: time and zone are the PIM's and say nothing."""
    if not isinstance(data, str) or not _DAY.match(data):
        return None
    try:
        day = date.fromisoformat(data[:10])
    except ValueError:
        return None
    return Date(day, format_date(day, "long", reading.cldr))
