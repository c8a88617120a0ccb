"""The demo catalogue with its supplement: as raw JSON, and as what a PIM would have sent of it."""

import json
from functools import cache
from typing import Any
from uuid import UUID

import msgspec

from quart_passport.passport.config import PassportConfig, SectionConfig
from quart_passport.passport.decoding import decode_items
from quart_passport.passport.linked import Asset, Linked, LinkedProduct, ReferenceRecord
from quart_passport.passport.model import Identity
from quart_passport.passport.product import Product
from quart_passport.passport.structure import (
    AssetFamily,
    AssociationType,
    Attribute,
    AttributeGroup,
    Channel,
    Family,
    LinkedAttribute,
    MeasurementFamily,
    ReferenceEntity,
    Structure,
)
from tests.passport.making import CATALOGUE, LOCALES

SUPPLEMENT = CATALOGUE.parent / "supplement"
Raw = dict[str, Any]


@cache
def raw(name: str) -> list[Raw]:
    """A part of the catalogue, with what the supplement adds to it."""
    items: list[Raw] = json.loads((CATALOGUE / f"{name}.json").read_bytes())
    if name == "products":
        added = supplement("product_values")["products"]
        return [p | {"values": p["values"] | added.get(p["identifier"], {})} for p in items]
    more = SUPPLEMENT / f"{name}.json"
    return items + json.loads(more.read_bytes()) if more.is_file() else items


@cache
def supplement(name: str) -> Any:
    return json.loads((SUPPLEMENT / f"{name}.json").read_bytes())


@cache
def option_labels() -> dict[tuple[str, str], dict[str, str]]:
    return {(o["attribute"], o["code"]): o["labels"] for o in raw("attribute_options")}


@cache
def products() -> list[Product]:
    sent = [_with_options(product) for product in raw("products")]
    return decode_items(msgspec.json.encode({"_embedded": {"items": sent}}), Product)


def _with_options(item: Raw) -> Raw:
    """The product as the PIM sends it with option labels; of deleted options there are none."""
    types = {a["code"]: a["type"] for a in raw("attributes")}
    values = json.loads(json.dumps(item["values"]))
    for attribute, entries in values.items():
        for entry in entries:
            if types[attribute] == "pim_catalog_simpleselect":
                entry["linked_data"] = _linked(attribute, entry["data"])
            if types[attribute] == "pim_catalog_multiselect":
                entry["linked_data"] = {c: _linked(attribute, c) for c in entry["data"]}
    return item | {"values": values}


def _linked(attribute: str, code: str) -> Raw | None:
    labels = option_labels().get((attribute, code))
    return None if labels is None else {"attribute": attribute, "code": code, "labels": labels}


@cache
def structure() -> Structure:
    def read(name: str, kind: Any) -> Any:
        return {item.code: item for item in decode_items(msgspec.json.encode(raw(name)), kind)}

    return Structure(
        attributes=read("attributes", Attribute),
        groups=read("attribute_groups", AttributeGroup),
        families=read("families", Family),
        channels=read("channels", Channel),
        locales=LOCALES,
        measurement_families=read("measurement_families", MeasurementFamily),
        association_types=read("association_types", AssociationType),
        reference_entities={
            sent["code"]: ReferenceEntity(sent["code"], sent["labels"], _attributes(sent))
            for sent in supplement("reference_entities")
        },
        asset_families={
            sent["code"]: AssetFamily(
                sent["code"], sent["labels"], sent["attribute_as_main_media"], _attributes(sent)
            )
            for sent in supplement("asset_families")
        },
    )


def _attributes(sent: Raw) -> dict[str, LinkedAttribute]:
    """Attributes of an entity or a family, with the options that have a route of their own."""
    attributes = decode_items(msgspec.json.encode(sent["attributes"]), LinkedAttribute)
    options = {
        attribute: {option["code"]: option["labels"] for option in listed}
        for attribute, listed in sent.get("attribute_options", {}).items()
    }
    return {a.code: msgspec.structs.replace(a, options=options.get(a.code, {})) for a in attributes}


@cache
def linked() -> Linked:
    """All records, assets and products that the supplement's products name."""

    def read(owners: str, items: str, kind: Any) -> Any:
        return {
            (owner["code"], item.code): item
            for owner in supplement(owners)
            for item in decode_items(msgspec.json.encode(owner[items]), kind)
        }

    spare = UUID("b6482a3b-c09b-56f9-a3f0-832fb3994b26")
    belt = next(product for product in products() if product.uuid == spare)
    return Linked(
        records=read("reference_entities", "records", ReferenceRecord),
        assets=read("asset_families", "assets", Asset),
        products={spare: LinkedProduct(belt, Identity(spare), everything("ecommerce"))},
    )


def everything(channel: str) -> PassportConfig:
    """A configuration that shows all attributes."""
    groups = raw("attribute_groups")
    sections = [SectionConfig(tuple(g["attributes"]), group=g["code"]) for g in groups]
    return PassportConfig("All", channel, LOCALES, tuple(sections))
