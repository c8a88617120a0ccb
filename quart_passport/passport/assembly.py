"""From product, structure and configuration to the passport in one language. Pure."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from quart_passport.passport.config import PassportConfig, SectionConfig
from quart_passport.passport.languages import languages_of
from quart_passport.passport.linked import Linked
from quart_passport.passport.lists import list_in_words
from quart_passport.passport.masthead import family_of, picture_of, title_of, value_of
from quart_passport.passport.model import (
    Collection,
    Field,
    Identity,
    Language,
    Passport,
    Picture,
    Section,
    Text,
    Value,
)
from quart_passport.passport.product import Product
from quart_passport.passport.reading import Reading, reading_for
from quart_passport.passport.relations import associations_of, variants_of, with_passports
from quart_passport.passport.sanitise import tidy_line
from quart_passport.passport.structure import Structure

_NOT_IN_ANCHORS = re.compile(r"[^a-z0-9]+")
_NOTHING = Linked()


def assemble_passport(
    product: Product,
    structure: Structure,
    config: PassportConfig,
    identity: Identity,
    language: Language,
    linked: Linked = _NOTHING,
) -> Passport:
    """The passport of a product, in one of the configuration's languages.

    Attributes that the PIM does not have (any more) and sections without a value are left out;
    what the product names and `linked` does not have is shown by its code, or not at all.
    """
    languages = languages_of(config)
    reading = with_passports(reading_for(language, languages, config, structure, linked))
    title = title_of(product, identity, reading)
    picture = picture_of(product, reading)
    return Passport(
        identity=identity,
        language=language,
        languages=languages,
        brand=tidy_line(config.brand),
        title=title,
        picture=replace(picture, text=title.text) if picture else None,
        category=reading.label_or_none(family_of(product, reading).labels),
        sections=tuple(_sections(product, picture, reading)),
        updated=_moment(product.updated),
        variants=variants_of(reading),
        associations=associations_of(product, reading),
    )


def _sections(product: Product, picture: Picture | None, reading: Reading) -> Iterator[Section]:
    keys: set[str] = set()
    for section in reading.config.sections:
        fields = tuple(_fields(product, section, picture, reading))
        if fields:
            key = _unique(_anchor(section), keys)
            keys.add(key)
            yield Section(key, _section_title(section, fields[0], reading), fields)


def _fields(
    product: Product, section: SectionConfig, picture: Picture | None, reading: Reading
) -> Iterator[Field]:
    for code in section.attributes:
        value = value_of(product, code, reading)
        if picture and value is not None:
            value = _without(picture, value, reading)
        if value is not None:
            attribute = reading.structure.attributes[code]
            yield Field(code, reading.label(attribute.labels, code), value)


def _without(picture: Picture, value: Value, reading: Reading) -> Value | None:
    """The value without the main picture, which stands at the top already."""
    match value:
        case Picture():
            return None if _same(value, picture) else value
        case Collection(items=items):
            others = tuple(i for i in items if not (isinstance(i, Picture) and _same(i, picture)))
            if others == items:
                return value
            words = list_in_words([item.text for item in others], reading.cldr)
            return Collection(others, words) if others else None
        case _:
            return value


def _same(one: Picture, other: Picture) -> bool:
    return (one.source, one.media) == (other.source, other.media)


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
