"""The passport as schema.org data in JSON-LD, for machines that read the page.

A link with a serial speaks of an IndividualProduct, one with a lot of SomeProducts. Fields are
PropertyValues; what has parts, such as a record or a table, has PropertyValues as its value.
Numbers are JSON numbers with all their digits, units have their UN/ECE Recommendation 20 code.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from markupsafe import Markup

from quart_passport.passport.model import (
    Choice,
    Collection,
    Column,
    Composition,
    Date,
    Document,
    Field,
    Identity,
    Level,
    Link,
    Measure,
    Number,
    Passport,
    PassportLink,
    PassportLinks,
    Picture,
    Record,
    Records,
    Share,
    Table,
    Text,
    Value,
    YesNo,
)
from quart_passport.passport.sanitise import script_data

# The absolute address of something that a passport leads to.
AddressOf = Callable[[Picture | Document | PassportLink], str]

_TYPES = {Level.MODEL: "Product", Level.BATCH: "SomeProducts", Level.ITEM: "IndividualProduct"}
# Per cent, by UN/ECE Recommendation 20.
_PERCENT = "P1"
# What a field is called that says what something is made of, in its code or its label.
_MADE_OF = re.compile(
    r"mat[eé]ri|matière|stoff|faser|fib(re|er|ra)|fabrics?(?![^\W_])|textil|tessut|tejid"
    r"|composi|zusammensetzung|samenstelling|substan|ingredi|ingrédi|zutat",
    re.IGNORECASE,
)
_encoder = msgspec.json.Encoder(decimal_format="number")


def describe(
    passport: Passport,
    *,
    url: str,
    picture_url: str | None = None,
    link: AddressOf | None = None,
) -> dict[str, Any]:
    """The passport as a schema.org Product.

    All addresses are absolute. Without `link`, pictures, documents and other passports are only
    named.
    """
    return _Describer(link).product(passport, url, picture_url)


def encode(data: dict[str, Any]) -> bytes:
    """The data as a JSON document."""
    return _encoder.encode(data)


def embed(data: dict[str, Any]) -> Markup:
    """The data as the content of a `<script type="application/ld+json">` element."""
    return script_data(encode(data).decode())


class _Describer:
    def __init__(self, link: AddressOf | None) -> None:
        self._link = link

    def product(self, passport: Passport, url: str, picture_url: str | None) -> dict[str, Any]:
        identity, tag = passport.identity, passport.language.tag
        fields = [field for section in passport.sections for field in section.fields]
        values = [field.value for field in fields]
        return _filled(
            {
                "@context": ["https://schema.org", {"@language": tag}],
                "@type": _TYPES[identity.level],
                "@id": url,
                "url": url,
                "name": _said(passport.title),
                **_numbers(identity),
                "brand": {"@type": "Brand", "name": passport.brand} if passport.brand else None,
                "image": picture_url,
                "category": _said(passport.category) if passport.category else None,
                "material": _materials(fields),
                "additionalProperty": self._properties(passport),
                "isVariantOf": self._group(passport.variants),
                "isRelatedTo": self._related(passport, values),
                "subjectOf": [self._document(each) for each in _documents(values)],
                "hasGS1DigitalLink": url if identity.gtin else None,
                "hasDigitalProductPassport": _passport_itself(passport, url),
            }
        )

    def _properties(self, passport: Passport) -> list[dict[str, Any]]:
        identity = passport.identity
        numbers = [("variant", identity.variant), ("lot", identity.lot)]
        fields = [field for section in passport.sections for field in section.fields]
        return [*(_named(name, name, value) for name, value in numbers if value), *self._of(fields)]

    def _of(self, fields: Iterable[Field]) -> list[dict[str, Any]]:
        described = [
            self._property(field) for field in fields if not isinstance(field.value, Picture)
        ]
        return [each for each in described if each["value"] != []]

    def _property(self, field: Field) -> dict[str, Any]:
        named = _named(field.code, _said(field.label), self._value(field.value))
        return named | _unit(field.value) | _filled({"url": self._url(field.value)})

    def _value(self, value: Value) -> Any:
        match value:
            case Number(amount=amount) | Measure(amount=amount):
                return amount
            case Date(date=day):
                return day.isoformat()
            case YesNo(answer=answer):
                return answer
            case Choice(options=options):
                return _single([_said(option.label) for option in options])
            case Collection(items=items):
                shown = (item for item in items if not isinstance(item, Picture))
                return _single([self._item(item) for item in shown])
            case Records(records=records):
                return _single([self._record(record) for record in records])
            case Table(columns=columns, rows=rows):
                return [self._row(columns, row) for row in rows]
            case Composition(shares=shares):
                return [self._share(share) for share in shares]
            case PassportLinks(links=links):
                return _single([_said(other.title) for other in links])
            case _:
                return _said(Text(value.text, getattr(value, "lang", None)))

    def _url(self, value: Value) -> str | None:
        match value:
            case Link(url=url):
                return url
            case Document() if self._link:
                return self._link(value)
            case _:
                return None

    def _item(self, item: Document | Link | Text) -> Any:
        url, name = self._url(item), _said(Text(item.text, item.lang))
        return {"@type": "PropertyValue", "name": name, "url": url} if url else name

    def _record(self, record: Record) -> Any:
        name = _said(record.label)
        image = self._link(record.picture) if self._link and record.picture else None
        more = _filled({"value": self._of(record.fields), "image": image})
        if not more:
            return name
        return {"@type": "PropertyValue", "propertyID": record.code, "name": name} | more

    def _row(self, columns: tuple[Column, ...], row: tuple[Value | None, ...]) -> dict[str, Any]:
        cells = zip(columns, row, strict=True)
        fields = [Field(column.code, column.label, cell) for column, cell in cells if cell]
        return {"@type": "PropertyValue", "value": self._of(fields)}

    def _share(self, share: Share) -> dict[str, Any]:
        named = _named(share.code, _said(share.label), share.percent)
        more = _filled({"valueReference": self._of(share.fields)})
        return named | {"unitCode": _PERCENT} | more

    def _document(self, document: Document) -> dict[str, Any]:
        return _filled(
            {
                "@type": "DigitalDocument",
                "name": _said(Text(document.text, document.lang)),
                "encodingFormat": document.format,
                "url": self._link(document) if self._link else None,
            }
        )

    def _group(self, variants: tuple[PassportLink, ...]) -> dict[str, Any] | None:
        if not variants:
            return None
        axes = {axis.code: _said(axis.label) for other in variants for axis in other.axes}
        return _filled(
            {
                "@type": "ProductGroup",
                "variesBy": list(axes.values()),
                "hasVariant": [self._other(variant) for variant in variants],
            }
        )

    def _related(self, passport: Passport, values: list[Value]) -> list[dict[str, Any]]:
        linked = [value.links for value in values if isinstance(value, PassportLinks)]
        return [
            *(self._other(other) for links in linked for other in links),
            *(
                self._other(other, _named(tie.code, "association", _said(tie.label)))
                for tie in passport.associations
                for other in tie.links
            ),
        ]

    def _other(self, other: PassportLink, *more: dict[str, Any]) -> dict[str, Any]:
        quantity = other.quantity
        counted = [] if quantity is None else [_named("quantity", "quantity", quantity.amount)]
        return _filled(
            {
                "@type": "Product",
                "name": _said(other.title),
                "url": self._link(other) if self._link else None,
                **_numbers(other.identity),
                "additionalProperty": [*self._of(other.axes), *more, *counted],
            }
        )


def _passport_itself(passport: Passport, url: str) -> dict[str, Any]:
    """It has a language and a date, as a product has not."""
    document = {
        "@type": "DigitalProductPassport",
        "url": url,
        "inLanguage": passport.language.tag,
    }
    if passport.updated:
        document["dateModified"] = passport.updated.isoformat()
    return document


def _numbers(identity: Identity) -> dict[str, Any]:
    return {
        "sku": identity.identifier,
        "gtin14": identity.gtin,
        "serialNumber": identity.serial,
    }


def _materials(fields: list[Field]) -> list[Any]:
    """The parts of compositions; shares of countries or energy sources are no material."""
    return [
        _said(share.label)
        for field in fields
        if isinstance(field.value, Composition)
        and (_MADE_OF.search(field.code) or _MADE_OF.search(field.label.text))
        for share in field.value.shares
    ]


def _documents(values: Iterable[Value]) -> Iterator[Document]:
    """Every document of the product and of its records, each once."""
    found: dict[Document, None] = {}
    for value in values:
        match value:
            case Document():
                found[value] = None
            case Collection(items=items):
                found |= dict.fromkeys(item for item in items if isinstance(item, Document))
            case Records(records=records):
                inner = (field.value for record in records for field in record.fields)
                found |= dict.fromkeys(_documents(inner))
    yield from found


def _unit(value: Value) -> dict[str, Any]:
    if not isinstance(value, Measure):
        return {}
    return {"unitCode": value.unece} if value.unece else {"unitText": value.unit}


def _named(code: str, name: Any, value: Any) -> dict[str, Any]:
    return {"@type": "PropertyValue", "propertyID": code, "name": name, "value": value}


def _said(text: Text) -> Any:
    """A text, marked with its language where that is not the document's."""
    return {"@value": text.text, "@language": text.lang} if text.lang else text.text


def _single(values: list[Any]) -> Any:
    """A list of one is its only member."""
    return values[0] if len(values) == 1 else values


def _filled(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value}
