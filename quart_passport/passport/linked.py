"""What a product's values only name: records, assets, other products, options.

The PIM keeps these apart from the product, so they are fetched and cached apart, in batches. Here
is what they look like, and which of them a passport needs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from quart_passport.passport.config import PassportConfig
from quart_passport.passport.model import Identity
from quart_passport.passport.product import Product
from quart_passport.passport.structure import Attribute, Labels, LinkedAttribute, Structure

SELECTS = frozenset({"pim_catalog_simpleselect", "pim_catalog_multiselect"})
_RECORDS = frozenset({"akeneo_reference_entity", "akeneo_reference_entity_collection"})
# No merchant puts more of a kind on one page; each hundred of them is a call.
MOST_OF_A_KIND = 300
# The PIM's own rule for codes; anything else can name nothing there.
_CODE = re.compile(r"[A-Za-z0-9_-]{1,255}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class LinkedValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of an attribute of a record or an asset."""

    data: Any
    locale: str | None = None
    channel: str | None = None
    # What recent PIMs add of media, such as a link's `full_url`.
    linked_data: Any = None


class ReferenceRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record of a reference entity as the PIM holds it."""

    code: str
    values: dict[str, tuple[LinkedValue, ...]] = {}


class Asset(msgspec.Struct, frozen=True, omit_defaults=True):
    """An asset as the PIM holds it."""

    code: str
    values: dict[str, tuple[LinkedValue, ...]] = {}


@dataclass(frozen=True, slots=True)
class LinkedProduct:
    """Another published product, with the configuration that its own passport is made by."""

    product: Product
    identity: Identity
    config: PassportConfig


@dataclass(frozen=True, slots=True)
class References:
    """What is named, each code once, in order of appearance."""

    # By reference entity and by asset family.
    records: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    products: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Linked:
    """What was found of it; what is missing is shown by its code, or not at all."""

    # By entity and code, and by family and code.
    records: Mapping[tuple[str, str], ReferenceRecord] = field(default_factory=dict)
    assets: Mapping[tuple[str, str], Asset] = field(default_factory=dict)
    # Published ones only.
    products: Mapping[UUID, LinkedProduct] = field(default_factory=dict)
    # The other variants of the product's model, in the PIM's order, and the axes they differ in.
    variants: tuple[UUID, ...] = ()
    axes: tuple[str, ...] = ()
    # Labels of options that the product's own answer did not bring, by attribute and code.
    options: Mapping[str, Mapping[str, Labels]] = field(default_factory=dict)


def references_of(product: Product, structure: Structure, config: PassportConfig) -> References:
    """What the passport of a product needs besides, by what a configuration shows.

    At most 300 codes of each entity and family and 300 products; codes that no PIM could have
    given are left out.
    """
    gathering = _Gathering()
    for attribute in _shown(product, structure, config):
        for data in _data_shown(product, attribute.code, config):
            gathering.add_value(attribute, data)
    for association in config.associations:
        gathering.add_products(other.uuid for other in product.associations.get(association, ()))
    return gathering.references()


def further_references(
    product: Product, linked: Linked, structure: Structure, config: PassportConfig
) -> References:
    """What the described records name themselves, and the records that variants differ in.

    Asked once, after the first ones were found: links are followed one level deep. Records in
    cells of tables are only named, so nothing that they say is wanted.
    """
    gathering = _Gathering(linked)
    for entity, code in _described(product, structure, config):
        record = linked.records.get((entity, code), ReferenceRecord(code))
        for attribute in record_attributes(entity, structure, config):
            for entry in record.values.get(attribute.code, ()):
                if _is_shown(entry.locale, entry.channel, config):
                    gathering.add_record_value(attribute, entry.data)
    axes = [structure.attributes[code] for code in linked.axes if code in structure.attributes]
    for uuid in linked.variants if config.variants else ():
        if uuid in linked.products:
            for axis in axes:
                for data in _data_shown(linked.products[uuid].product, axis.code, config):
                    gathering.add_value(axis, data)
    return gathering.references()


def selects_without_labels(
    product: Product, structure: Structure, config: PassportConfig
) -> tuple[str, ...]:
    """The selects on a passport with an option that the product's own answer does not describe."""
    return tuple(
        attribute.code
        for attribute in _shown(product, structure, config)
        if attribute.type in SELECTS
        and any(
            code not in described_options(attribute.type, entry.data, entry.linked_data)
            for entry in product.values.get(attribute.code, ())
            if _is_shown(entry.locale, entry.scope, config)
            for code in _codes(entry.data)
        )
    )


def described_options(type_: str, data: Any, linked_data: Any) -> Mapping[str, Any]:
    """Labels as the PIM sent them beside a select's codes, by code; of whatever form they are."""
    if not isinstance(linked_data, dict):
        return {}
    if type_ == "pim_catalog_simpleselect":
        linked_data = {data: linked_data} if isinstance(data, str) else {}
    return {
        code: option["labels"]
        for code, option in linked_data.items()
        if isinstance(option, dict) and "labels" in option
    }


def record_attributes(
    entity: str, structure: Structure, config: PassportConfig
) -> tuple[LinkedAttribute, ...]:
    """What is said of an entity's records, in order: the merchant's choice, else everything."""
    known = structure.reference_entities.get(entity)
    if known is None:
        return ()
    chosen = config.record_attributes.get(entity, tuple(known.attributes))
    return tuple(known.attributes[code] for code in chosen if code in known.attributes)


def linked_product_uuid(data: Any) -> UUID | None:
    """The product that a link of the PIM leads to; None for product models and all else."""
    if not isinstance(data, dict) or data.get("type") != "product":
        return None
    named = data.get("id")
    return UUID(named) if isinstance(named, str) and _UUID.fullmatch(named) else None


class _Gathering:
    """Collects codes, each once and in order, and no more than a page can show."""

    def __init__(self, found: Linked | None = None) -> None:
        self._found = found or Linked()
        self._records: dict[str, dict[str, None]] = {}
        self._assets: dict[str, dict[str, None]] = {}
        self._products: dict[UUID, None] = {}

    def add_value(self, attribute: Attribute, data: Any) -> None:
        """What one entry of a product's attribute names."""
        match attribute.type:
            case "akeneo_reference_entity" | "akeneo_reference_entity_collection":
                self._add_records(attribute.reference_data_name, data)
            case "pim_catalog_asset_collection":
                self._add_assets(attribute.reference_data_name, data)
            case "pim_catalog_product_link":
                self.add_products(filter(None, [linked_product_uuid(data)]))
            case "pim_catalog_table":
                self._add_cells(attribute, data)

    def add_record_value(self, attribute: LinkedAttribute, data: Any) -> None:
        """What one entry of a record names."""
        match attribute.type:
            case "reference_entity_single_link" | "reference_entity_multiple_links":
                self._add_records(attribute.reference_entity_code, data)
            case "asset_collection":
                self._add_assets(attribute.asset_family_identifier, data)

    def add_products(self, uuids: Iterable[UUID]) -> None:
        """Products by their UUIDs."""
        for uuid in uuids:
            if len(self._products) < MOST_OF_A_KIND and uuid not in self._found.products:
                self._products[uuid] = None

    def references(self) -> References:
        """All that was collected."""
        return References(
            records={entity: tuple(codes) for entity, codes in self._records.items()},
            assets={family: tuple(codes) for family, codes in self._assets.items()},
            products=tuple(self._products),
        )

    def _add_cells(self, attribute: Attribute, data: Any) -> None:
        rows = [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []
        for column in attribute.table_configuration:
            cells = [row[column.code] for row in rows if column.code in row]
            match column.data_type:
                case "reference_entity":
                    self._add_records(column.reference_entity_identifier, cells)
                case "product_link":
                    self.add_products(filter(None, map(linked_product_uuid, cells)))

    def _add_records(self, entity: str | None, data: Any) -> None:
        self._add(self._records, entity, data, self._found.records)

    def _add_assets(self, family: str | None, data: Any) -> None:
        self._add(self._assets, family, data, self._found.assets)

    def _add(
        self,
        kind: dict[str, dict[str, None]],
        name: str | None,
        data: Any,
        found: Mapping[tuple[str, str], Any],
    ) -> None:
        if not name or not _CODE.fullmatch(name):
            return
        for code in _codes(data):
            known = kind.get(name, {})
            if _CODE.fullmatch(code) and (name, code) not in found and len(known) < MOST_OF_A_KIND:
                kind.setdefault(name, {})[code] = None


def _shown(product: Product, structure: Structure, config: PassportConfig) -> Iterator[Attribute]:
    """The attributes that a product's passport reads, in the page's order."""
    family = structure.families.get(product.family or "")
    codes = [code for section in config.sections for code in section.attributes]
    codes += [config.title_attribute, config.picture_attribute]
    if family:
        codes += [family.attribute_as_label or "", family.attribute_as_image or ""]
    for code in dict.fromkeys(codes):
        if code in structure.attributes:
            yield structure.attributes[code]


def _described(
    product: Product, structure: Structure, config: PassportConfig
) -> Iterable[tuple[str, str]]:
    """The records, by entity and code, of which a page says more than what they are called."""
    described: dict[tuple[str, str], None] = {}
    for section in config.sections:
        for attribute in filter(None, map(structure.attributes.get, section.attributes)):
            if attribute.type in _RECORDS:
                entity = attribute.reference_data_name or ""
                for data in _data_shown(product, attribute.code, config):
                    described |= dict.fromkeys((entity, code) for code in _codes(data))
    return described


def _data_shown(product: Product, attribute: str, config: PassportConfig) -> Iterator[Any]:
    for entry in product.values.get(attribute, ()):
        if _is_shown(entry.locale, entry.scope, config):
            yield entry.data


def _is_shown(locale: str | None, channel: str | None, config: PassportConfig) -> bool:
    """Whether an entry may be on the passport, in any of its languages."""
    return channel in (None, config.channel) and (locale is None or locale in config.locales)


def _codes(data: Any) -> list[str]:
    """A code, or several, as the PIM holds them; what is none is left out."""
    several = data if isinstance(data, list) else [data]
    return [code for code in several if isinstance(code, str) and code]
