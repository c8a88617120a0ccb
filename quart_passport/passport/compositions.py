"""Which tables say what something is made of.

The PIM has no attribute type for shares of a whole; merchants keep them in tables: what it is, how
many percent, and more. A table counts as one if its first column names things, just one other is
called percent, share or the like and nothing else, and its numbers come to one whole. In doubt it
stays a table, which says the same without the claim.
"""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import babel

from quart_passport.passport.model import (
    Composition,
    Field,
    Measure,
    Number,
    Records,
    Share,
    Text,
    Value,
)
from quart_passport.passport.quantities import percent_in_words
from quart_passport.passport.reading import bracketed
from quart_passport.passport.structure import Labels, TableColumn

_NAMING = frozenset({"select", "reference_entity"})
# What the parts may come to together: small ones may be left out, and each may be rounded up.
_LEAST_WHOLE = Decimal(90)
_WHOLE = Decimal("100.5")
_MOST = Decimal(100)

# Clear in whatever language they stand, and also within compounds: `Gewichtsanteil`.
_STEMS = (
    *("percent", "pct", "prozent", "procent", "pourcent", "porcent"),
    *("anteil", "aandeel"),
)
# Words that only mean this in one language: an English `part` may be a part's number.
_WORDS = {
    "en": ("share", "shares", "proportion"),
    "fr": ("part", "parts", "proportion", "pour cent"),
    "es": ("proporción", "por ciento"),
    "it": ("proporzione", "quota", "per cento"),
}
# In codes, whose language nobody knows.
_WORDS_OF_CODES = ("share", "shares", "proportion", "proporcion", "proporzione")
# What a share may be a share of, and in what. With any other word a column speaks of a quality of
# the part (recycled, organic, pre-consumer) or of something else, and says nothing of the whole.
_OF_THE_WHOLE = frozenset(
    (
        *("by", "of", "in", "the", "total", "whole", "weight", "wt", "mass", "volume", "vol"),
        *("content", "composition", "value", "amount", "w", "m", "v"),
        *("material", "materials", "fibre", "fibres", "fiber", "fibers", "ingredient"),
        *("component", "components", "am", "der", "des", "vom", "an", "gesamt", "gewicht"),
        *("gewichts", "masse", "massen", "volumen", "faser", "fasern", "zusammensetzung"),
        *("inhalt", "stoff", "du", "de", "la", "le", "en", "au", "poids", "matière", "matières"),
        *("fibreuse", "teneur", "del", "di", "peso", "masa", "massa", "fibra", "fibras"),
        *("composición", "composizione", "materiale", "materiali", "van", "het", "vezel"),
        *("vezels", "samenstelling", "totaal", "totale", "materiaal", "volume"),
    )
)
# How the words for percent go on.
_ENDINGS = frozenset(
    ("", "s", "e", "en", "age", "ages", "ages", "aje", "ajes", "uale", "uali", "satz", "ual")
)
_NOT_IN_WORDS = re.compile(r"[\W_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Row(NamedTuple):
    """A row of a table: the code of what it is about, and its cells, one for each column."""

    code: str
    cells: tuple[Value | None, ...]


def composition_of(
    columns: Sequence[tuple[TableColumn, Text]], rows: Sequence[Row], locale: babel.Locale
) -> Composition | None:
    """The table as shares of a whole; None if it is anything else.

    Each column comes with its label, each row with a cell for each column.
    """
    place = percent_column([column for column, _ in columns])
    if place is None or not rows:
        return None
    percents = [_percent(row.cells[place]) for row in rows]
    known = [percent for percent in percents if percent is not None]
    if len(known) < len(rows) or not all(row.code for row in rows):
        return None
    if not _LEAST_WHOLE <= sum(known) <= _WHOLE:
        return None
    shares = tuple(
        _share(row, percent, place, columns, locale)
        for row, percent in zip(rows, known, strict=True)
    )
    return Composition(shares, ", ".join(f"{share.text} {share.label.text}" for share in shares))


def percent_column(columns: Sequence[TableColumn]) -> int | None:
    """Where the shares stand, in a table that names things first; None if nowhere for certain."""
    if not columns or columns[0].data_type not in _NAMING:
        return None
    places = [
        place
        for place, column in enumerate(columns)
        if column.data_type in ("number", "measurement") and says_share(column.code, column.labels)
    ]
    return places[0] if len(places) == 1 else None


def says_share(code: str, labels: Labels) -> bool:
    """Whether a column is called percent, share or the like, in its code or a label, and neither
    speaks of a share of something else."""
    names: list[tuple[str, tuple[str, ...]]] = [(_plain(_HUMP.sub("_", code)), _WORDS_OF_CODES)]
    for locale, label in labels.items():
        names.append((_plain(label), _WORDS.get(locale.partition("_")[0], ())))
    rests = [_besides_share(name, words) for name, words in names]
    said = [rest for rest in rests if rest is not None]
    return bool(said) and all(rest <= _OF_THE_WHOLE for rest in said)


def _besides_share(name: str, phrases: tuple[str, ...]) -> frozenset[str] | None:
    """What a name says besides percent or share; None if it says neither."""
    rest = name
    for phrase in phrases:
        rest = rest.replace(f" {phrase} ", " ")
    is_said = rest != name
    words: set[str] = set()
    for word in rest.split():
        stem = next((stem for stem in _STEMS if stem in word), None)
        before, _, after = word.partition(stem) if stem else (word, "", "")
        is_said = is_said or stem is not None
        words |= {before} - {""}
        words |= {after} - _ENDINGS
    return frozenset(words) if is_said else None


def _plain(name: str) -> str:
    """A name as its words, small and each between blanks."""
    words = unicodedata.normalize("NFC", name).casefold().replace("%", " percent ")
    return f" {_NOT_IN_WORDS.sub(' ', words).strip()} "


def _percent(cell: Value | None) -> Decimal | None:
    """A share of 0 to 100."""
    match cell:
        case Number(amount=amount) | Measure(amount=amount, unit="PERCENT"):
            return amount if 0 <= amount <= _MOST else None
        case _:
            return None


def _share(
    row: Row,
    percent: Decimal,
    place: int,
    columns: Sequence[tuple[TableColumn, Text]],
    locale: babel.Locale,
) -> Share:
    fields = tuple(
        Field(column.code, label, cell)
        for number, ((column, label), cell) in enumerate(zip(columns, row.cells, strict=True))
        if number not in (0, place) and cell is not None
    )
    text = percent_in_words(percent, locale)
    return Share(row.code, _name(row), percent, text, fields)


def _name(row: Row) -> Text:
    match row.cells[0]:
        case Records(records=records):
            return records[0].label
        case Text() as label:
            return label
        case _:
            return bracketed(row.code)
