"""What a page of a passport has to show: every text with its language, and every address.

This is how `trial.find_faults` knows what is missing.
"""

from collections.abc import Iterable, Iterator

from quart_passport.passport.model import (
    Choice,
    Collection,
    Composition,
    Document,
    Field,
    Link,
    Money,
    Passport,
    PassportLink,
    PassportLinks,
    Picture,
    Records,
    RichText,
    Share,
    Table,
    Text,
    Value,
)
from quart_passport.theming.page import PageURLs


def texts_of(passport: Passport) -> Iterator[Text]:
    """Every text that readers must find; in place of an empty label, what stands in for it."""
    yield passport.title
    identity = passport.identity
    numbers = (identity.identifier, identity.gtin, identity.lot, identity.serial)
    yield from (Text(number) for number in numbers if number)
    for section in passport.sections:
        yield section.title
        yield from _field_texts(section.fields)
    yield from _link_texts(passport.variants)
    for association in passport.associations:
        yield label_or_code(association.label, association.code)
        yield from _link_texts(association.links)


def addresses_of(passport: Passport, urls: PageURLs) -> Iterator[str]:
    """Every address that the page must lead to."""
    links = [*passport.variants, *(link for tie in passport.associations for link in tie.links)]
    yield from (urls.passport(link) for link in links)
    for value in values_of(passport):
        match value:
            case Document():
                yield urls.document(value)
            case Link():
                yield value.url
            case PassportLinks():
                yield from (urls.passport(link) for link in value.links)


def values_of(passport: Passport) -> Iterator[Value]:
    """Every value, however deep it lies, those that hold others included."""
    fields = [field for section in passport.sections for field in section.fields]
    yield from _each(field.value for field in fields)


def label_or_code(label: Text, code: str) -> Text:
    """A label, or the code in brackets where it is empty."""
    return label if label.text else Text(f"[{code}]")


def _each(values: Iterable[Value]) -> Iterator[Value]:
    for value in values:
        yield value
        match value:
            case Collection():
                yield from _each(value.items)
            case Records():
                pictures = (record.picture for record in value.records if record.picture)
                yield from _each(pictures)
                yield from _each(field.value for each in value.records for field in each.fields)
            case Table():
                yield from _each(cell for row in value.rows for cell in row if cell)
            case Composition():
                yield from _each(field.value for each in value.shares for field in each.fields)


def _field_texts(fields: Iterable[Field]) -> Iterator[Text]:
    for field in fields:
        yield label_or_code(field.label, field.code)
        yield from _value_texts(field.value)


def _value_texts(value: Value) -> Iterator[Text]:
    match value:
        case Choice():
            yield from (label_or_code(option.label, option.code) for option in value.options)
        case Money():
            yield from (Text(price.text) for price in value.prices)
        case RichText():
            yield from (Text(line, value.lang) for line in value.text.split("\n"))
        case Document() | Link():
            yield from _download_texts(value)
        case Collection():
            yield from (text for item in value.items for text in _value_texts(item))
        case Records():
            yield from _record_texts(value)
        case Table():
            yield from _table_texts(value)
        case Composition():
            yield from (text for share in value.shares for text in _share_texts(share))
        case PassportLinks():
            yield from _link_texts(value.links)
        case _:
            yield Text(value.text, getattr(value, "lang", None))


def _download_texts(value: Document | Link) -> Iterator[Text]:
    other = value.filename if isinstance(value, Document) else value.url
    yield Text(value.text or other, value.lang if value.text else None)
    if isinstance(value, Document):
        yield Text(value.format)


def _record_texts(value: Records) -> Iterator[Text]:
    for record in value.records:
        yield label_or_code(record.label, record.code)
        if isinstance(record.picture, Picture):
            yield Text(record.picture.text)
        yield from _field_texts(record.fields)


def _table_texts(value: Table) -> Iterator[Text]:
    yield from (label_or_code(column.label, column.code) for column in value.columns)
    yield from (text for row in value.rows for cell in row if cell for text in _value_texts(cell))


def _share_texts(share: Share) -> Iterator[Text]:
    yield label_or_code(share.label, share.code)
    yield Text(share.text)
    yield from _field_texts(share.fields)


def _link_texts(links: Iterable[PassportLink]) -> Iterator[Text]:
    for link in links:
        identity = link.identity
        yield link.title if link.title.text else Text(identity.identifier or str(identity.uuid))
        yield from _field_texts(link.axes)
        if link.quantity is not None:
            yield Text(link.quantity.text)
