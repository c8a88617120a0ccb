"""The passport that we publish: frozen, typed, formatted for one language, safe to print.

A theme needs nothing else. Each value kind has `kind`, a name that templates can branch on, and
`text`, a plain-text form that is always there; richer parts come beside it.
Texts carry `lang` (BCP 47) only where they are in another language than the page.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Text:
    """A plain text, perhaps of several lines; escape it like any text."""

    kind: ClassVar[str] = "text"
    text: str
    # The text's own language where it differs from the page's, else None.
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class RichText:
    """Formatted text that the merchant wrote, already cut down to harmless elements."""

    kind: ClassVar[str] = "rich_text"
    html: Markup
    # The same without elements.
    text: str
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number."""

    kind: ClassVar[str] = "number"
    amount: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with a unit; `unit` is the PIM's code of it, `text` the whole in words."""

    kind: ClassVar[str] = "measure"
    amount: Decimal
    unit: str
    text: str
    # The unit's code by UN/ECE Recommendation 20, where it has one: `KGM` for kilogram.
    unece: str | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """An amount in one currency (ISO 4217)."""

    amount: Decimal
    currency: str
    text: str


@dataclass(frozen=True, slots=True)
class Money:
    """Prices, one for each currency."""

    kind: ClassVar[str] = "money"
    prices: tuple[Price, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Date:
    """A day, without time or zone."""

    kind: ClassVar[str] = "date"
    date: date
    text: str


@dataclass(frozen=True, slots=True)
class YesNo:
    """An answer, in words of the page's language."""

    kind: ClassVar[str] = "yes_no"
    answer: bool
    text: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: its code in the PIM and its label."""

    code: str
    label: Text


@dataclass(frozen=True, slots=True)
class Choice:
    """One or several options of a select."""

    kind: ClassVar[str] = "choice"
    options: tuple[Option, ...]
    # The labels as one list in words.
    text: str


class MediaSource(StrEnum):
    """Where a file is kept."""

    PRODUCT = "product"
    ASSET = "asset"
    RECORD = "record"
    # Not in the PIM: at an address that the merchant gave.
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture; ask `url.picture(...)` for its addresses."""

    kind: ClassVar[str] = "picture"
    # The PIM's code of the file, or its address where `source` is a link.
    media: str
    # A name for the file, without folders.
    filename: str
    # What it shows, for those who do not see it.
    text: str
    source: MediaSource = MediaSource.PRODUCT


@dataclass(frozen=True, slots=True)
class Document:
    """A file to download; ask `url.document(...)` for its address."""

    kind: ClassVar[str] = "document"
    # The PIM's code of the file, or its address where `source` is a link.
    media: str
    # A name for the file, without folders.
    filename: str
    # What it is called: a label, or the file's name.
    text: str
    # What kind of file it is, for readers: `PDF`.
    format: str
    source: MediaSource = MediaSource.PRODUCT
    # The language of `text` where it differs from the page's, else None.
    lang: str | None = None
    # The language that the file is kept for in the PIM where it differs from the page's, else None.
    hreflang: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A page elsewhere, always an absolute https address."""

    kind: ClassVar[str] = "link"
    url: str
    text: str
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """Several pictures, documents and links, in the merchant's order."""

    kind: ClassVar[str] = "collection"
    items: tuple["Picture | Document | Link | Text", ...]
    # What the items are called, as one list in words.
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """Something described once for many products: a manufacturer, a certificate."""

    # The record's code in the PIM.
    code: str
    label: Text
    picture: Picture | None = None
    # What else is said of it; empty where it is only named.
    fields: tuple["Field", ...] = ()


@dataclass(frozen=True, slots=True)
class Records:
    """One or several records."""

    kind: ClassVar[str] = "record"
    records: tuple[Record, ...]
    # The labels as one list in words.
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    # The column's code in the PIM.
    code: str
    label: Text
    # Whether its cells are amounts, which pages align at their end.
    is_numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; each row has as many cells as there are columns."""

    kind: ClassVar[str] = "table"
    columns: tuple[Column, ...]
    # None where a row has nothing in a column.
    rows: tuple[tuple["Value | None", ...], ...]
    # All cells, a line for each row.
    text: str


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a whole."""

    # The part's code in the PIM.
    code: str
    label: Text
    # 0 to 100, exact.
    percent: Decimal
    # The percentage in words.
    text: str
    # What else is said of the part.
    fields: tuple["Field", ...] = ()


@dataclass(frozen=True, slots=True)
class Composition:
    """What something is made of, in percent: materials, ingredients."""

    kind: ClassVar[str] = "composition"
    # In the merchant's order; together between 90 and 100, or 100.5 where they are rounded.
    shares: tuple[Share, ...]
    # The whole in words: `61% wool, 39% polyester`.
    text: str


@dataclass(frozen=True, slots=True)
class PassportLink:
    """Another product that has a passport; ask `url.passport(...)` for its address."""

    identity: "Identity"
    title: Text
    # In what it differs from its siblings, for variants of one product: size, colour.
    axes: tuple["Field", ...] = ()
    # How many of it belong to this product; None where the PIM does not count.
    quantity: Number | None = None


@dataclass(frozen=True, slots=True)
class PassportLinks:
    """Links to the passports of other products."""

    kind: ClassVar[str] = "passports"
    links: tuple[PassportLink, ...]
    # The titles as one list in words.
    text: str


Value = (
    Text
    | RichText
    | Number
    | Measure
    | Money
    | Date
    | YesNo
    | Choice
    | Picture
    | Document
    | Link
    | Collection
    | Records
    | Table
    | Composition
    | PassportLinks
)


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of the product: what it is called, and its value."""

    # The attribute's code in the PIM.
    code: str
    label: Text
    value: Value


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one heading; never empty."""

    # Unique on the page, letters, digits and hyphens: fit for an anchor.
    key: str
    title: Text
    fields: tuple[Field, ...]


class Level(StrEnum):
    """What a passport speaks of, by the ESPR: every such product, one batch, or one item."""

    MODEL = "model"
    BATCH = "batch"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which product, batch or item. GTIN in 14 digits; all parts but the UUID may be missing."""

    uuid: UUID
    identifier: str | None = None
    gtin: str | None = None
    # GS1 application identifiers 22, 10 and 21.
    variant: str | None = None
    lot: str | None = None
    serial: str | None = None

    @property
    def level(self) -> Level:
        """The ESPR's level: a serial makes an item, a lot a batch."""
        if self.serial:
            return Level.ITEM
        return Level.BATCH if self.lot else Level.MODEL


@dataclass(frozen=True, slots=True)
class Language:
    """A language that the passport is offered in."""

    # The PIM's locale code, `de_DE`, and the same by BCP 47, `de-DE`.
    locale: str
    tag: str
    # Its name in itself: Deutsch.
    name: str
    # `ltr` or `rtl`.
    direction: str


@dataclass(frozen=True, slots=True)
class Association:
    """Other products that the merchant ties to this one: spare parts, accessories."""

    # The association type's code in the PIM.
    code: str
    label: Text
    links: tuple[PassportLink, ...]


@dataclass(frozen=True, slots=True)
class Passport:
    """The Digital Product Passport of one product in one language."""

    identity: Identity
    language: Language
    languages: tuple[Language, ...]
    # The merchant's name as it wants to be read.
    brand: str
    title: Text
    picture: Picture | None
    # The product family's label, if it has one.
    category: Text | None
    sections: tuple[Section, ...]
    # When the PIM last changed the product; None if it did not say.
    updated: datetime | None
    # The same product in other sizes, colours and so on; empty unless the merchant shows them.
    variants: tuple[PassportLink, ...] = ()
    # Products tied to this one; empty unless the merchant shows them.
    associations: tuple[Association, ...] = ()
