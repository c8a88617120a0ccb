"""Short ways to write down fields, sections and values of sample passports."""

from decimal import Decimal
from uuid import UUID, uuid5

from quart_passport.passport.model import (
    Association,
    Choice,
    Collection,
    Column,
    Composition,
    Document,
    Field,
    Identity,
    Link,
    Measure,
    MediaSource,
    Number,
    Option,
    PassportLink,
    PassportLinks,
    Picture,
    Record,
    Records,
    RichText,
    Section,
    Share,
    Table,
    Text,
    Value,
)
from quart_passport.passport.sanitise import plain_text, sanitise

# Products of the samples have the same UUID in every run.
_SAMPLES = UUID("5f0e7a52-63f8-4a0c-9f7e-0d5b1c1b7e00")


def field(label: str, value: Value | str, code: str = "") -> Field:
    """A field; a mere string is a text."""
    value = Text(value) if isinstance(value, str) else value
    return Field(code or label.lower().replace(" ", "_"), Text(label), value)


def section(key: str, title: str, *fields: Field) -> Section:
    """A section whose title is in the page's language."""
    return Section(key, Text(title), fields)


def number(text: str) -> Number:
    """A number from its text, with a point or a comma."""
    return Number(Decimal(text.replace(",", ".")), text)


def measure(text: str, unit: str) -> Measure:
    """A measure from its text, which starts with the number."""
    amount = text.split()[0].replace(".", "").replace(",", ".") if "," in text else text.split()[0]
    return Measure(Decimal(amount), unit, text)


def choice(*labels: str) -> Choice:
    """The options of these labels."""
    options = tuple(Option(label.lower(), Text(label)) for label in labels)
    return Choice(options, ", ".join(labels))


def rich(html: str) -> RichText:
    """Formatted text, sanitised as a merchant's is."""
    return RichText(sanitise(html), plain_text(html))


def document(media: str, text: str, lang: str | None = None) -> Document:
    """A PDF of the product's assets."""
    filename = media.rpartition("/")[2]
    return Document(media, filename, text, "PDF", source=MediaSource.ASSET, lang=lang)


def collection(*items: Picture | Document | Link | Text) -> Collection:
    """Assets in their order."""
    return Collection(items, ", ".join(item.text for item in items))


def record(
    label: str | Text, *fields: Field, picture: Picture | None = None, code: str = ""
) -> Record:
    """A record; without fields and picture it is only named."""
    label = Text(label) if isinstance(label, str) else label
    return Record(code or label.text.lower().replace(" ", "_"), label, picture, fields)


def records(*several: Record) -> Records:
    """One or several records."""
    return Records(several, ", ".join(each.label.text for each in several))


def table(columns: str, *rows: tuple[Value | str | None, ...]) -> Table:
    """A table; columns are parted by `|`, and those with `#` before their label are numeric."""
    heads = tuple(_column(number, label) for number, label in enumerate(columns.split("|")))
    cells = tuple(tuple(Text(c) if isinstance(c, str) else c for c in row) for row in rows)
    lines = (", ".join(cell.text for cell in row if cell) for row in cells)
    return Table(heads, cells, "\n".join(lines))


def _column(number: int, label: str) -> Column:
    return Column(f"column_{number}", Text(label.removeprefix("#")), label.startswith("#"))


def composition(*shares: Share) -> Composition:
    """Shares of a whole."""
    return Composition(shares, ", ".join(f"{share.text} {share.label.text}" for share in shares))


def share(label: str | Text, percent: str, *fields: Field, mark: str = "%") -> Share:
    """A share; `percent` is written with a point or a comma."""
    label = Text(label) if isinstance(label, str) else label
    amount = Decimal(percent.replace(",", "."))
    return Share(label.text.lower(), label, amount, percent + mark, fields)


def passport_link(
    title: str | Text, identifier: str, *axes: Field, quantity: str | None = None
) -> PassportLink:
    """Another product's passport."""
    return PassportLink(
        Identity(uuid5(_SAMPLES, identifier), identifier=identifier),
        Text(title) if isinstance(title, str) else title,
        axes,
        None if quantity is None else Number(Decimal(quantity), quantity),
    )


def passports(*links: PassportLink) -> PassportLinks:
    """Links to other products' passports, as a value."""
    return PassportLinks(links, ", ".join(link.title.text for link in links))


def association(label: str, *links: PassportLink) -> Association:
    """Products tied to a sample by an association type of this label."""
    return Association(label.upper().replace(" ", "_"), Text(label), links)
