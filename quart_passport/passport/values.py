"""From the PIM's raw values to what a passport shows: one function for each attribute type.

Data may have any form, whatever the PIM promises; what does not fit its type is left out, and
nothing raises.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from babel.dates import format_date
from babel.lists import format_list

from quart_passport.passport.answers import answer_in_words
from quart_passport.passport.model import (
    Choice,
    Date,
    Measure,
    Money,
    Number,
    Option,
    Picture,
    Price,
    RichText,
    Text,
    Value,
    YesNo,
)
from quart_passport.passport.product import ProductValue
from quart_passport.passport.quantities import (
    measure_in_words,
    number_in_words,
    parse_decimal,
    price_in_words,
)
from quart_passport.passport.reading import Reading, entries_to_try
from quart_passport.passport.sanitise import plain_text, sanitise, tidy, tidy_line
from quart_passport.passport.structure import Attribute
from quart_passport.passport.units import standard_unit

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
# The PIM stores files as `8/6/d/5/86d5…_name.jpg`: four folders, a hash, the merchant's name.
_MEDIA_PART = r"[^/?#%\\\x00-\x20\x7f-\xa0\ud800-\udfff]+"
_MEDIA_CODE = re.compile(f"{_MEDIA_PART}(/{_MEDIA_PART})*")
_HASH = re.compile(r"[0-9a-f]{20,64}_")


def read_attribute(
    attribute: Attribute, entries: Sequence[ProductValue], reading: Reading
) -> Value | None:
    """The value that a page shows of an attribute; None if there is none to show."""
    values = (
        read_value(attribute, entry, reading)
        for entry in entries_to_try(attribute, entries, reading)
    )
    return next((value for value in values if value is not None), None)


def read_value(attribute: Attribute, entry: ProductValue, reading: Reading) -> Value | None:
    """One entry, by its attribute's type; unknown types as plain text where that is possible."""
    match attribute.type:
        case "pim_catalog_textarea" if attribute.wysiwyg_enabled:
            return _rich_text(entry, reading)
        case "pim_catalog_identifier" | "pim_catalog_text" | "pim_catalog_textarea":
            return _text(entry, reading)
        case "pim_catalog_number":
            return _number(entry.data, reading)
        case "pim_catalog_metric":
            return _measure(entry.data, attribute, reading)
        case "pim_catalog_price_collection" | "pim_catalog_price":
            return _money(entry.data, reading)
        case "pim_catalog_boolean":
            return _yes_no(entry.data, reading)
        case "pim_catalog_date":
            return _date(entry.data, reading)
        case "pim_catalog_simpleselect":
            return _single_choice(entry, reading)
        case "pim_catalog_multiselect":
            return _several_choices(entry, reading)
        case "pim_catalog_image":
            return _picture(entry.data, attribute, reading)
        case "pim_catalog_file":
            return _file_name(entry.data)
        case _:
            return _scalar(entry, reading)


def _text(entry: ProductValue, reading: Reading) -> Text | None:
    if not isinstance(entry.data, str):
        return _scalar(entry, reading)
    text = tidy(entry.data)
    return Text(text, reading.lang_of(entry.locale)) if text else None


def _rich_text(entry: ProductValue, reading: Reading) -> RichText | None:
    if not isinstance(entry.data, str):
        return None
    text = plain_text(entry.data)
    return RichText(sanitise(entry.data), text, reading.lang_of(entry.locale)) if text else None


def _number(data: Any, reading: Reading) -> Number | None:
    amount = parse_decimal(data)
    return None if amount is None else Number(amount, number_in_words(amount, reading.cldr))


def _measure(data: Any, attribute: Attribute, reading: Reading) -> Measure | None:
    if not isinstance(data, dict):
        return None
    amount, code = parse_decimal(data.get("amount")), data.get("unit")
    if amount is None or not isinstance(code, str) or not code:
        return None
    standard = standard_unit(attribute.metric_family, code)
    fallback = _unit_in_words(data, code, attribute, reading)
    text = measure_in_words(amount, standard, fallback, reading.cldr)
    return Measure(amount, code, text, standard.unece or None)


def _unit_in_words(data: dict[str, Any], code: str, attribute: Attribute, reading: Reading) -> str:
    """The PIM's own symbol of a unit, else its label in the page's language."""
    unit = reading.structure.unit(attribute.metric_family, code)
    candidates = [data.get("symbol")]
    if unit:
        candidates = [unit.symbol, *candidates, unit.labels.get(reading.language.locale)]
    texts = (tidy_line(text) for text in candidates if isinstance(text, str))
    return next(filter(None, texts), f"[{tidy_line(code)}]")


def _money(data: Any, reading: Reading) -> Money | None:
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


def _yes_no(data: Any, reading: Reading) -> YesNo | None:
    if not isinstance(data, bool):
        return None
    return YesNo(data, answer_in_words(data, reading.cldr))


def _date(data: Any, reading: Reading) -> Date | None:
    """The day that the merchant chose: time and zone are the PIM's and say nothing."""
    if not isinstance(data, str) or not _DAY.match(data):
        return None
    try:
        day = date.fromisoformat(data[:10])
    except ValueError:
        return None
    return Date(day, format_date(day, "long", reading.cldr))


def _single_choice(entry: ProductValue, reading: Reading) -> Choice | None:
    linked = entry.linked_data
    labels = linked.get("labels") if isinstance(linked, dict) else None
    return _choice([(entry.data, labels)], reading)


def _several_choices(entry: ProductValue, reading: Reading) -> Choice | None:
    if not isinstance(entry.data, list):
        return None
    linked = entry.linked_data if isinstance(entry.linked_data, dict) else {}
    return _choice([(code, _labels_of(linked, code)) for code in entry.data], reading)


def _labels_of(linked: dict[str, Any], code: Any) -> Any:
    option = linked.get(code) if isinstance(code, str) else None
    return option.get("labels") if isinstance(option, dict) else None


def _choice(coded: Sequence[tuple[Any, Any]], reading: Reading) -> Choice | None:
    options = tuple(
        Option(code, reading.label(labels, code))
        for code, labels in coded
        if isinstance(code, str) and code
    )
    if not options:
        return None
    names = [option.label.text for option in options]
    return Choice(options, format_list(names, "standard", reading.cldr))


def _picture(data: Any, attribute: Attribute, reading: Reading) -> Picture | None:
    name = _original_name(data)
    if name is None:
        return None
    return Picture(data, name, reading.label(attribute.labels, attribute.code).text)


def _file_name(data: Any) -> Text | None:
    """A document is shown by its name alone."""
    name = _original_name(data)
    return Text(name) if name else None


def _original_name(data: Any) -> str | None:
    """The merchant's own name of a file, without folders; None if this is no file of a PIM."""
    if not isinstance(data, str) or not _MEDIA_CODE.fullmatch(data):
        return None
    parts = data.split("/")
    if not {".", ".."}.isdisjoint(parts):
        return None
    return _HASH.sub("", tidy_line(parts[-1]), count=1).strip(".") or "file"


def _scalar(entry: ProductValue, reading: Reading) -> Text | None:
    if isinstance(entry.data, bool):
        return Text(answer_in_words(entry.data, reading.cldr))
    if isinstance(entry.data, str):
        return _text(entry, reading)
    amount = parse_decimal(entry.data)
    return None if amount is None else Text(number_in_words(amount, reading.cldr))
