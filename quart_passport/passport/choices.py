"""Choices: the options of selects, by their labels."""

from collections.abc import Mapping, Sequence
from typing import Any

from quart_passport.passport.linked import described_options
from quart_passport.passport.lists import list_in_words
from quart_passport.passport.model import Choice, Option, Text
from quart_passport.passport.product import ProductValue
from quart_passport.passport.reading import Reading, bracketed
from quart_passport.passport.sanitise import tidy_line
from quart_passport.passport.structure import Attribute


def read_choice(attribute: Attribute, entry: ProductValue, reading: Reading) -> Choice | None:
    """The options that a product has; labels come with the product, else from the attribute.

    The PIM has no labels of reference data; they are shown by their codes.
    """
    if attribute.type.endswith("multiselect"):
        codes = entry.data if isinstance(entry.data, list) else []
    else:
        codes = [entry.data]
    sent = described_options(attribute.type, entry.data, entry.linked_data)
    return choice_of(codes, (sent, reading.linked.options.get(attribute.code, {})), reading)


def choice_of(
    codes: Sequence[Any], sources: Sequence[Mapping[str, Any]], reading: Reading
) -> Choice | None:
    """The options of these codes, each with its label from the first source that has one."""
    options = tuple(
        Option(tidy_line(code), _label(code, sources, reading))
        for code in codes
        if isinstance(code, str) and tidy_line(code)
    )
    if not options:
        return None
    names = [option.label.text for option in options]
    return Choice(options, list_in_words(names, reading.cldr))


def _label(code: str, sources: Sequence[Mapping[str, Any]], reading: Reading) -> Text:
    labels = (reading.label_or_none(source.get(code)) for source in sources)
    return next(filter(None, labels), None) or bracketed(code)
