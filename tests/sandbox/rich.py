"""A small catalogue with one of everything that only some editions have, and a PIM for each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from quart_passport.sandbox import Catalog, Edition, Pim, create_sandbox, load_catalog
from tests.sandbox.conftest import (
    AppSide,
    Clock,
    attribute,
    entry,
    new_app_side,
    tiny_files,
    tiny_product,
    uuid_of,
    write_catalog,
)
from tests.serving import serving

EVERY_READ_SCOPE = (
    "read_products read_catalog_structure read_attribute_options read_channel_localization "
    "read_channel_settings read_association_types read_categories read_asset_families read_assets "
    "read_reference_entities read_reference_entity_records"
)
PDF = b"%PDF-1.4\n%%EOF\n"


def entity_attribute(code: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "type": kind,
        "labels": {"en_US": code.title()},
        "value_per_locale": False,
        "value_per_channel": False,
        **more,
    }


def member_entry(
    data: Any, locale: str | None = None, channel: str | None = None, **more: Any
) -> list[dict[str, Any]]:
    return [{"locale": locale, "channel": channel, "data": data, **more}]


def table(code: str, *columns: dict[str, Any]) -> dict[str, Any]:
    return attribute(code, "table", table_configuration=list(columns))


def column(code: str, data_type: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "data_type": data_type, "labels": {}, "validations": {}, **more}


FIBRE = column("fibre", "select", options=[{"code": "wool", "labels": {"en_US": "Wool"}}])

ATTRIBUTES = [
    attribute("maker", "x", reference_data_name="maker") | {"type": "akeneo_reference_entity"},
    attribute("seals", "x", reference_data_name="seal")
    | {"type": "akeneo_reference_entity_collection"},
    attribute("papers", "asset_collection", reference_data_name="papers"),
    attribute("spare", "product_link"),
    table("fibres", FIBRE, column("share", "number"), column("mill", "reference_entity")),
    table("mills", column("mill", "reference_entity"), column("days", "number")),
    attribute("finish", "x", reference_data_name="finish")
    | {"type": "pim_reference_data_simpleselect"},
    attribute("weight", "metric", metric_family="Weight", default_metric_unit="GRAM"),
    attribute("heat", "metric", metric_family="Heat", default_metric_unit="CELSIUS"),
    attribute("price", "price_collection"),
    attribute("count", "number", decimals_allowed=True),
    attribute("made_on", "date"),
    attribute("safe", "boolean"),
    attribute("manual", "file"),
]

VALUES = {
    "maker": entry("mill_one"),
    "seals": entry(["gots", "gone"]),
    "papers": entry(["guide", "gone"]),
    "spare": entry({"type": "product", "id": uuid_of("/A")}),
    "fibres": entry([{"fibre": "wool", "share": "100", "mill": "mill_one"}]),
    "mills": entry([{"mill": "mill_one", "days": "3"}]),
    "finish": entry("matt"),
    "weight": entry({"amount": "2000.0000", "unit": "GRAM", "symbol": "g"}),
    "heat": entry({"amount": "20", "unit": "CELSIUS"}),
    "price": entry([{"amount": "10.50", "currency": "EUR"}]),
    "count": entry("12.5000"),
    "made_on": entry("2026-03-05T00:00:00+00:00"),
    "safe": entry(True),
    "manual": entry("m/a/n/u_manual.pdf"),
}

MEASUREMENTS: list[dict[str, Any]] = [
    {
        "code": "Weight",
        "labels": {},
        "standard_unit_code": "KILOGRAM",
        "units": {
            code: {
                "code": code,
                "labels": {},
                "symbol": symbol,
                "convert_from_standard": [{"operator": "mul", "value": value}],
            }
            for code, symbol, value in (
                ("KILOGRAM", "kg", "1"),
                ("GRAM", "g", "0.001"),
                ("POUND", "lb", "0.45359237"),
            )
        },
    },
    {
        "code": "Heat",
        "labels": {},
        "standard_unit_code": "KELVIN",
        "units": {
            "CELSIUS": {
                "code": "CELSIUS",
                "labels": {},
                "symbol": "°C",
                "convert_from_standard": [{"operator": "add", "value": "273.15"}],
            },
            "FAHRENHEIT": {
                "code": "FAHRENHEIT",
                "labels": {},
                "symbol": "°F",
                "convert_from_standard": [
                    {"operator": "sub", "value": "32"},
                    {"operator": "div", "value": "1.8"},
                    {"operator": "add", "value": "273.15"},
                ],
            },
        },
    },
]

ENTITIES: list[dict[str, Any]] = [
    {
        "code": "maker",
        "labels": {"en_US": "Maker"},
        "image": "m/a/k/e_logo.png",
        "attributes": [
            entity_attribute("label", "text", value_per_locale=True),
            entity_attribute("image", "image"),
            entity_attribute("country", "single_option"),
            entity_attribute("shelf", "text", value_per_channel=True),
        ],
        "attribute_options": {"country": [{"code": "it", "labels": {"en_US": "Italy"}}]},
        "records": [
            {
                "code": "mill_one",
                "values": {
                    "label": member_entry("Mill", "en_US") + member_entry("Mühle", "de_DE"),
                    "image": member_entry("m/a/k/e_logo.png"),
                    "country": member_entry("it"),
                    "shelf": member_entry("A", None, "ecommerce")
                    + member_entry("B", None, "print"),
                },
                "created": "2026-01-01T00:00:00+00:00",
                "updated": "2026-05-01T00:00:00+00:00",
            },
            *({"code": f"mill_{n:03}", "values": {}} for n in range(120)),
        ],
        "reference_entity_media_files": [
            {"code": "m/a/k/e_logo.png", "original_filename": "logo.png", "file": "media/pic.png"}
        ],
    },
    {
        "code": "seal",
        "labels": {},
        "image": None,
        "attributes": [entity_attribute("label", "text", value_per_locale=True)],
        "records": [{"code": "gots", "values": {"label": member_entry("GOTS", "en_US")}}],
    },
]

FAMILIES: list[dict[str, Any]] = [
    {
        "code": "papers",
        "labels": {"en_US": "Papers"},
        "attribute_as_main_media": "file",
        "naming_convention": {},
        "product_link_rules": [],
        "transformations": [],
        "sharing_enabled": True,
        "attributes": [
            entity_attribute("label", "text", value_per_locale=True),
            entity_attribute("file", "media_file", media_type="pdf"),
            entity_attribute("link", "media_link", prefix="https://dam.example/", suffix=".pdf"),
            entity_attribute("tone", "multiple_options"),
        ],
        "attribute_options": {"tone": [{"code": "dry", "labels": {}}]},
        "assets": [
            {
                "code": "guide",
                "asset_family_code": "papers",
                "values": {
                    "label": member_entry("Guide", "en_US"),
                    "file": member_entry(
                        "g/u/i/d_guide.pdf",
                        _links={"share_link": {"href": "https://share.example/guide.pdf"}},
                    ),
                    "link": member_entry("guide"),
                },
                "created": "2026-01-01T00:00:00+00:00",
                "updated": "2026-01-01T00:00:00+00:00",
            }
        ],
        "asset_media_files": [
            {"code": "g/u/i/d_guide.pdf", "original_filename": "guide.pdf", "file": "media/a.pdf"},
            {"code": "l/o/s/t.pdf", "original_filename": "lost.pdf", "file": None},
        ],
    }
]

MODELS: list[dict[str, Any]] = [
    {
        "code": "coat",
        "family": "things",
        "family_variant": "by_color",
        "parent": None,
        "categories": ["boxes"],
        "values": {"ean": entry("111")},
        "created": "2026-01-01T00:00:00+00:00",
        "updated": "2026-06-01T00:00:00+00:00",
    },
    {
        "code": "coat-red",
        "family": "things",
        "family_variant": "by_color",
        "parent": "coat",
        "categories": ["boxes"],
        "values": {"ean": entry("111"), "color": entry("red")},
        "created": "2026-01-01T00:00:00+00:00",
        "updated": "2026-01-02T00:00:00+00:00",
    },
]


def rich_files() -> dict[str, Any]:
    """The small catalogue and everything that only some editions have."""
    files = tiny_files()
    files["attributes.json"] += ATTRIBUTES
    codes = [item["code"] for item in files["attributes.json"]]
    files["families.json"] = [
        {
            "code": "things",
            "attributes": codes,
            "attribute_as_label": "name",
            "attribute_as_image": "papers",
            "attribute_requirements": {"ecommerce": ["sku", "maker"], "print": ["sku"]},
            "labels": {},
            "parent": None,
        },
        {"code": "small_things", "attributes": ["sku"], "labels": {}, "parent": "things"},
    ]
    files["attribute_groups.json"] = [{"code": "main", "attributes": codes, "labels": {}}]
    files["family_variants.json"] = [
        {
            "code": "by_color",
            "family": "things",
            "labels": {},
            "common_attributes": ["ean", "maker"],
            "variant_attribute_sets": [
                {"level": 1, "axes": ["color"], "attributes": ["color", "papers"]}
            ],
        }
    ]
    files["measurement_families.json"] = MEASUREMENTS
    files["channels.json"][0]["conversion_units"] = {"weight": "POUND", "heat": "FAHRENHEIT"}
    files["product_models.json"] = MODELS
    files["reference_entities.json"] = ENTITIES
    files["asset_families.json"] = FAMILIES
    files["association_types.json"].append({"code": "SET", "labels": {}, "is_quantified": True})
    files["media_files.json"].append(
        {
            "code": "m/a/n/u_manual.pdf",
            "original_filename": "Manual.pdf",
            "mime_type": "application/pdf",
            "file": "media/a.pdf",
        }
    )
    whole = tiny_product("whole")
    whole["values"] |= VALUES
    whole["quantified_associations"] = {
        "SET": {"products": [{"identifier": "/A", "quantity": 2}], "product_models": []}
    }
    variant = tiny_product("coat-red-m", parent="coat-red", updated="2026-02-01T00:00:00+00:00")
    variant["values"] |= {"ean": entry("111")}
    files["products.json"] += [whole, variant]
    return files


def rich_catalog(folder: Path) -> Catalog:
    api = write_catalog(folder, rich_files())
    (folder / "media" / "a.pdf").write_bytes(PDF)
    return load_catalog(api)


@dataclass
class Talk:
    """A PIM and an app that is connected to it."""

    pim: Pim
    app: AppSide
    clock: Clock

    async def json(self, path: str, **query: str) -> Any:
        answer = await self.app.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def root(self) -> Any:
        """What the API says of itself."""
        return (await self.app.http.get("/api/rest/v1")).json()

    async def product(self, identifier: str, **query: str) -> dict[str, Any]:
        """One product as the list shows it."""
        search = f'{{"sku":[{{"operator":"=","value":"{identifier}"}}]}}'
        page = await self.json("products-uuid", search=search, **query)
        (found,) = page["_embedded"]["items"]
        assert isinstance(found, dict)
        return found


@asynccontextmanager
async def talking_to(
    catalog: Catalog, edition: Edition = Edition.SERENITY, scope: str = EVERY_READ_SCOPE
) -> AsyncIterator[Talk]:
    """Serve a PIM of this edition and connect an app to it."""
    clock = Clock()
    async with (
        serving(
            lambda url: create_sandbox(catalog, base_url=url, edition=edition, clock=clock)
        ) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False) as http,
    ):
        app = await new_app_side(served, http)
        await app.connect(scope)
        yield Talk(served.app.pim, app, clock)
