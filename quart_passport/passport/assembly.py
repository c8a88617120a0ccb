"""From product, structure and configuration to the passport in one language. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from quart_passport.passport.config import PassportConfig, SectionConfig
from quart_passport.passport.languages import languages_of
from quart_passport.passport.model import (
    Field,
    Identity,
    Language,
    Passport,
    Picture,
    RichText,
    Section,
    Text,
    Value,
)
from quart_passport.passport.product import Product
from quart_passport.passport.reading import Reading, reading_for
from quart_passport.passport.sanitise import tidy_line
from quart_passport.passport.structure import Family, Structure
from quart_passport.passport.values import read_attribute

_NO_FAMILY = Family(code="")
_NOT_IN_ANCHORS = re.compile(r"[^a-z0-9]+")


def assemble_passport(
    product: Product,
    structure: Structure,
    config: PassportConfig,
    identity: Identity,
    language: Language,
) -> Passport:
    """The passport of a product, in one of the configuration's languages.

    Attributes that the PIM does not have (any more) and sections without a value are left out.
    """
    languages = languages_of(config)
    reading = reading_for(language, languages, config.channel, structure)
    family = structure.families.get(product.family or "", _NO_FAMILY)
    title = _title(product, (config.title_attribute, family.attribute_as_label), identity, reading)
    picture = _picture(product, (config.picture_attribute, family.attribute_as_image), reading)
    label = tidy_line(family.labels.get(language.locale, ""))
    return Passport(
        identity=identity,
        language=language,
        languages=languages,
        brand=tidy_line(config.brand),
        title=title,
        picture=replace(picture, text=title.text) if picture else None,
        category=Text(label) if label else None,
        sections=tuple(_sections(product, config, picture, reading)),
        updated=_moment(product.updated),
    )


def _title(
    product: Product, attributes: Iterable[str | None], identity: Identity, reading: Reading
) -> Text:
    """The title attribute's text, else the family's label attribute, identifier or UUID."""
    for code in attributes:
        value = _value(product, code, reading)
        if value is not None and not isinstance(value, Picture):
            lang = value.lang if isinstance(value, Text | RichText) else None
            return Text(tidy_line(value.text), lang)
    identifier = identity.identifier or product.text_of(
        reading.structure.identifier_attribute or ""
    )
    return Text(tidy_line(identifier or "") or str(product.uuid))


def _picture(
    product: Product, attributes: Iterable[str | None], reading: Reading
) -> Picture | None:
    values = (_value(product, code, reading) for code in attributes)
    return next((value for value in values if isinstance(value, Picture)), None)


def _sections(
    product: Product, config: PassportConfig, picture: Picture | None, reading: Reading
) -> Iterator[Section]:
    keys: set[str] = set()
    for section in config.sections:
        fields = tuple(_fields(product, section, picture, reading))
        if fields:
            key = _unique(_anchor(section), keys)
            keys.add(key)
            yield Section(key, _section_title(section, fields[0], reading), fields)


def _fields(
    product: Product, section: SectionConfig, picture: Picture | None, reading: Reading
) -> Iterator[Field]:
    for code in section.attributes:
        value = _value(product, code, reading)
        # The main picture stands at the top already.
        if value is None or (picture and isinstance(value, Picture) and _same(value, picture)):
            continue
        attribute = reading.structure.attributes[code]
        yield Field(code, reading.label(attribute.labels, code), value)


def _value(product: Product, code: str | None, reading: Reading) -> Value | None:
    attribute = reading.structure.attributes.get(code or "")
    if attribute is None:
        return None
    return read_attribute(attribute, product.values.get(attribute.code, ()), reading)


def _same(one: Picture, other: Picture) -> bool:
    return one.media == other.media


def _section_title(section: SectionConfig, first: Field, reading: Reading) -> Text:
    """The merchant's own heading, else the label of the group that the section is made from.

    A section that names neither is called after the group of its first field, or that field.
    """
    structure = reading.structure
    code = section.group or structure.attributes[first.code].group
    own = reading.label_or_none(section.title)
    if own or not code:
        return own or first.label
    group = structure.groups.get(code)
    return reading.label(group.labels if group else None, code)


def _anchor(section: SectionConfig) -> str:
    """Made from what does not change with the page's language."""
    name = section.group or next(iter(section.title.values()), "")
    return _NOT_IN_ANCHORS.sub("-", name.lower()).strip("-") or "section"


def _unique(key: str, taken: set[str]) -> str:
    number = 2
    unique = key
    while unique in taken:
        unique, number = f"{key}-{number}", number + 1
    return unique


def _moment(updated: str) -> datetime | None:
    """A point in time; without an offset it would be none."""
    try:
        moment = datetime.fromisoformat(updated)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
