"""Records of reference entities: what is described once for many products."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from quart_passport.passport.addresses import is_https_address
from quart_passport.passport.assets import label_of_values, read_assets
from quart_passport.passport.choices import choice_of
from quart_passport.passport.files import read_file, read_picture
from quart_passport.passport.linked import LinkedValue, ReferenceRecord, record_attributes
from quart_passport.passport.lists import list_in_words
from quart_passport.passport.model import (
    Field,
    Link,
    MediaSource,
    Picture,
    Record,
    Records,
    RichText,
    Text,
    Value,
)
from quart_passport.passport.reading import (
    Reading,
    bracketed,
    is_fit_to_show,
    linked_entries_to_try,
    shown_codes,
)
from quart_passport.passport.sanitise import tidy_line
from quart_passport.passport.simple import read_number, read_rich_text, read_text
from quart_passport.passport.structure import LinkedAttribute

# Each entity has these two from its beginning.
_LABEL = "label"
_IMAGE = "image"


def read_records(data: Any, entity: str | None, reading: Reading) -> Records | None:
    """The records of these codes, with what is said of them."""
    return _records(data, lambda code: _described(code, entity or "", reading), reading)


def name_records(data: Any, entity: str | None, reading: Reading) -> Records | None:
    """The records of these codes by their labels alone."""
    return _records(data, lambda code: _named(code, entity or "", reading), reading)


def _records(data: Any, read: Callable[[str], Record], reading: Reading) -> Records | None:
    codes, others = shown_codes(data)
    if not codes:
        return None
    more = (Record("", others),) if others else ()
    records = (*map(read, codes), *more)
    return Records(records, list_in_words([r.label.text for r in records], reading.cldr))


def _named(code: str, entity: str, reading: Reading) -> Record:
    """A record by its label; one that is not there any more by its code."""
    record = reading.linked.records.get((entity, code))
    label = label_of_values(record.values.get(_LABEL, ()), reading) if record else None
    return Record(tidy_line(code), label or bracketed(code))


def _described(code: str, entity: str, reading: Reading) -> Record:
    named = _named(code, entity, reading)
    record = reading.linked.records.get((entity, code))
    if record is None:
        return named
    picture = _picture(record, entity, named.label.text, reading)
    fields = tuple(
        field
        for field in _fields(record, entity, reading)
        if picture is None or field.code != _IMAGE
    )
    return replace(named, picture=picture, fields=fields)


def _picture(record: ReferenceRecord, entity: str, text: str, reading: Reading) -> Picture | None:
    """The record's image, whatever else the merchant chose."""
    known = reading.structure.reference_entities.get(entity)
    image = known.attributes.get(_IMAGE) if known else None
    value = _value(image, record, reading) if image else None
    return replace(value, text=text) if isinstance(value, Picture) else None


def _fields(record: ReferenceRecord, entity: str, reading: Reading) -> Iterator[Field]:
    """What a record says, in its entity's or the merchant's order, without its label."""
    for attribute in record_attributes(entity, reading.structure, reading.config):
        value = _value(attribute, record, reading) if attribute.code != _LABEL else None
        if value is not None:
            yield Field(attribute.code, reading.label(attribute.labels, attribute.code), value)


def _value(attribute: LinkedAttribute, record: ReferenceRecord, reading: Reading) -> Value | None:
    entries = record.values.get(attribute.code, ())
    for entry in linked_entries_to_try(entries, reading):
        value = read_record_value(attribute, entry, reading)
        if value is not None and is_fit_to_show(value, entry.locale, reading):
            return value
    return None


def read_record_value(
    attribute: LinkedAttribute, entry: LinkedValue, reading: Reading
) -> Value | None:
    """One entry of a record; other records that it names are shown by their labels only."""
    match attribute.type:
        case "text":
            return _text(attribute, entry, reading)
        case "number":
            return read_number(entry.data, reading)
        case "image":
            return _image(attribute, entry, reading)
        case "single_option" | "multiple_options":
            several = entry.data if isinstance(entry.data, list) else [entry.data]
            return choice_of(several, (attribute.options,), reading)
        case "reference_entity_single_link" | "reference_entity_multiple_links":
            return name_records(entry.data, attribute.reference_entity_code, reading)
        case "asset_collection":
            return read_assets(entry.data, attribute.asset_family_identifier, reading)
        case _:
            return read_text(entry.data, entry.locale, reading)


def _text(
    attribute: LinkedAttribute, entry: LinkedValue, reading: Reading
) -> Text | RichText | Link | None:
    """A text; one that is nothing but an https address leads there."""
    if attribute.is_rich_text_editor:
        return read_rich_text(entry.data, entry.locale, reading)
    text = read_text(entry.data, entry.locale, reading)
    if text and is_https_address(text.text):
        return Link(text.text, text.text)
    return text


def _image(attribute: LinkedAttribute, entry: LinkedValue, reading: Reading) -> Value | None:
    data, source = entry.data, MediaSource.RECORD
    label = reading.label(attribute.labels, attribute.code).text
    language = reading.lang_of(entry.locale)
    return read_picture(data, source, label) or read_file(data, source, hreflang=language)
