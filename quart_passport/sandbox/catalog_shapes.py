"""The least that must be right in the files of a catalogue folder; whatever else is there stays."""

from typing import Any

import msgspec


class Coded(msgspec.Struct):
    """Anything with a code."""

    code: str


class Attribute(Coded):
    type: str


class Option(Coded):
    attribute: str


class Variant(Coded):
    family: str


class Channel(Coded):
    category_tree: str | None = None
    locales: tuple[str, ...] = ()


class Value(msgspec.Struct):
    """An entry of a product's attribute."""

    data: Any
    locale: str | None = None
    scope: str | None = None


Values = dict[str, list[Value]]


class Model(Coded):
    values: Values = msgspec.field(default_factory=dict)
    categories: tuple[str, ...] = ()
    family: str | None = None
    parent: str | None = None


class Product(msgspec.Struct):
    uuid: str
    values: Values
    identifier: str | None = None
    enabled: bool = True
    family: str | None = None
    categories: tuple[str, ...] = ()
    parent: str | None = None


class Overlay(msgspec.Struct):
    """`product_values.json`: entries stay as they were written."""

    products: dict[str, dict[str, list[dict[str, Any]]]] = {}
    families_to_extend: dict[str, list[str]] = {}


class Media(Coded):
    original_filename: str
    mime_type: str = "application/octet-stream"
    file: str | None = None


class EntityValue(msgspec.Struct):
    """An entry of a record's or an asset's attribute."""

    data: Any
    locale: str | None = None
    channel: str | None = None


class Member(Coded):
    """A record or an asset."""

    values: dict[str, list[EntityValue]] = msgspec.field(default_factory=dict)


class EntityAttribute(Coded):
    type: str
    value_per_locale: bool = False
    value_per_channel: bool = False


class Entity(Coded):
    """A reference entity or an asset family with everything that is in it."""

    attributes: tuple[EntityAttribute, ...]
    attribute_options: dict[str, list[Coded]] = msgspec.field(default_factory=dict)
    records: tuple[Member, ...] = ()
    assets: tuple[Member, ...] = ()
    reference_entity_media_files: tuple[Media, ...] = ()
    asset_media_files: tuple[Media, ...] = ()
