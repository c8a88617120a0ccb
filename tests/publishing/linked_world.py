"""A merchant whose products name what Enterprise editions know: records, assets, other products.

It is laid over the sandbox's clothing world, so that everything else is as usual there.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import msgspec
from biip.checksums import gs1_standard_check_digit

from quart_passport.sandbox import Catalog, load_catalog, world_directory
from quart_passport.tenancy.configs import decisions_of, save_decisions
from quart_passport.tenancy.tenant import Tenant
from tests.stack import Stack

PRODUCT, OTHER, VARIANT = "SF-KULL-01", "SF-RAVN-FOR-S", "SF-SOLV-OAT-S"
_SPACE = UUID("6f0e2f3c-8a57-4a55-9f0e-8d1c0c7f4b11")


def text(data: Any) -> list[dict[str, Any]]:
    """The entries of a record's attribute that has one value everywhere."""
    return [{"locale": None, "channel": None, "data": data}]


def value(data: Any) -> list[dict[str, Any]]:
    """The same for a product's."""
    return [{"locale": None, "scope": None, "data": data}]


def labels(name: str) -> list[dict[str, Any]]:
    return [{"locale": "en_US", "channel": None, "data": name}]


def linked_catalog(folder: Path) -> Catalog:
    """The clothing world with weavers, seals and papers; `folder` is for its files."""
    base = load_catalog(world_directory("clothing"))
    uuids = {str(product["identifier"]): uuid for uuid, product in base.products.items()}
    for file, content in _files(uuids).items():
        (folder / file).write_text(json.dumps(content))
    catalog = load_catalog(world_directory("clothing"), folder)
    product = catalog.products[uuids[PRODUCT]]
    tied = {
        "X_SELL": {"products": [uuids[VARIANT]], "product_models": [], "groups": []},
        "UPSELL": {"products": [uuids[OTHER]], "product_models": [], "groups": []},
    }
    products = {**catalog.products, uuids[PRODUCT]: product | {"associations": tied}}
    return replace(catalog, products=products)


def crowded_catalog(catalog: Catalog, many: int) -> Catalog:
    """The catalogue with so many more products, `CROWD-0` and on, that differ in name alone."""
    model = next(p for p in catalog.products.values() if p["identifier"] == PRODUCT)
    products = dict(catalog.products)
    for number in range(many):
        identifier, uuid = f"CROWD-{number}", str(uuid5(_SPACE, str(number)))
        values = model["values"] | {
            catalog.main_identifier: value(identifier),
            "gtin": value(gtin_13(number)),
        }
        products[uuid] = model | {"uuid": uuid, "identifier": identifier, "values": values}
    return replace(catalog, products=products)


def gtin_13(number: int) -> str:
    """The GTIN of `CROWD-{number}`, of the prefix that GS1 keeps for examples."""
    digits = f"95211{number:07}"
    return f"{digits}{gs1_standard_check_digit(digits)}"


def with_identifying_gtins(catalog: Catalog) -> Catalog:
    """The same catalogue, where the GTIN is one of the identifiers."""
    identifying = catalog.attributes["gtin"] | {
        "type": "pim_catalog_identifier",
        "is_main_identifier": False,
    }
    return replace(catalog, attributes={**catalog.attributes, "gtin": identifying})


async def reshape(stack: Stack, slug: str = "acme", **changes: Any) -> Tenant:
    """Change the merchant's first configuration."""
    tenant = await stack.services.directory.reread(slug)
    decisions = decisions_of(tenant)
    first, *others = decisions.configs
    changed = msgspec.structs.replace(first, **changes)
    await save_decisions(tenant, replace(decisions, configs=(changed, *others)))
    return await stack.services.directory.reread(slug)


def _files(uuids: dict[str, str]) -> dict[str, Any]:
    def attribute(code: str, kind: str, **more: Any) -> dict[str, Any]:
        return {"code": code, "type": kind, "group": "materials", "labels": {}, **more}

    codes = ["weaver", "seals", "leaflets", "spare_pair", "makeup"]
    return {
        "attributes.json": [
            attribute("weaver", "akeneo_reference_entity", reference_data_name="weaver"),
            attribute("seals", "akeneo_reference_entity_collection", reference_data_name="seal"),
            attribute("leaflets", "pim_catalog_asset_collection", reference_data_name="leaflets"),
            attribute("spare_pair", "pim_catalog_product_link"),
            attribute("makeup", "pim_catalog_table", table_configuration=_COLUMNS),
        ],
        "reference_entities.json": [
            {
                "code": "weaver",
                "labels": {"en_US": "Weaver"},
                "attributes": [
                    {"code": "label", "type": "text", "labels": {}},
                    {"code": "town", "type": "text", "labels": {"en_US": "Town"}},
                    {"code": "secret", "type": "text", "labels": {"en_US": "Secret"}},
                    {
                        "code": "holds",
                        "type": "reference_entity_multiple_links",
                        "reference_entity_code": "seal",
                        "labels": {"en_US": "Holds"},
                    },
                ],
                "records": [
                    {
                        "code": "north_mill",
                        "values": {
                            "label": labels("North Mill"),
                            "town": text("Biella"),
                            "secret": text("canary-secret"),
                            "holds": text(["bluesign"]),
                        },
                    }
                ],
            },
            {
                "code": "seal",
                "labels": {"en_US": "Seal"},
                "attributes": [{"code": "label", "type": "text", "labels": {}}],
                "records": [
                    {"code": "gots", "values": {"label": labels("Organic Textile")}},
                    {"code": "oeko", "values": {"label": labels("Oeko Tested")}},
                    {"code": "bluesign", "values": {"label": labels("Blue Sign")}},
                ],
            },
        ],
        "asset_families.json": [
            {
                "code": "leaflets",
                "labels": {"en_US": "Leaflets"},
                "attribute_as_main_media": "link",
                "attributes": [
                    {"code": "label", "type": "text", "labels": {}},
                    {
                        "code": "link",
                        "type": "media_link",
                        "media_type": "other",
                        "prefix": "https://papers.example/",
                        "labels": {},
                    },
                ],
                "assets": [
                    {
                        "code": "care_sheet",
                        "values": {"label": labels("Care sheet"), "link": text("care")},
                    }
                ],
            }
        ],
        "product_values.json": {
            "products": {
                PRODUCT: {
                    "weaver": value("north_mill"),
                    "seals": value(["gots", "oeko", "dangling"]),
                    "leaflets": value(["care_sheet"]),
                    "spare_pair": value({"type": "product", "id": uuids[OTHER]}),
                    "makeup": value([{"fibre": "wool", "mill": "north_mill", "share": "100"}]),
                }
            },
            "families_to_extend": {"accessories": codes},
        },
    }


_COLUMNS = [
    {
        "code": "fibre",
        "data_type": "select",
        "labels": {"en_US": "Fibre"},
        "options": [{"code": "wool", "labels": {"en_US": "New wool"}}],
    },
    {
        "code": "mill",
        "data_type": "reference_entity",
        "labels": {"en_US": "Mill"},
        "reference_entity_identifier": "weaver",
    },
    {"code": "share", "data_type": "number", "labels": {"en_US": "%"}},
]
