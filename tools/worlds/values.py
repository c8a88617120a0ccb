"""A product's values: from the sources' short notation to the PIM's JSON."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from tools.worlds.grids import table_rows
from tools.worlds.media import media_code
from tools.worlds.source import LOCALES, Source, World
from tools.worlds.structure import options_of, type_code
from tools.worlds.tables import Row

NAMESPACE = UUID("6f1d3a52-1f0c-5c0e-9d43-2b8e6a7c9f10")
"""Of our own, for version 5 UUIDs."""


def build_value(world: World, code: str, written: Any) -> list[Row]:
    """All entries of one attribute: one, or one per channel, per locale, or per both."""
    attribute = world.attributes[code]
    named = {"reference_data_name": attribute["of"]} if "of" in attribute else {}
    return [
        {
            "locale": locale,
            "scope": scope,
            **_content(world, code, content),
            "attribute_type": type_code(attribute["type"]),
            **named,
        }
        for scope, locale, content in _entries(attribute, written)
    ]


def _entries(attribute: Source, written: Any) -> list[tuple[str | None, str | None, Any]]:
    per = attribute.get("per", [])
    by_channel = written if "channel" in per else {None: written}
    return [
        (channel, LOCALES.get(short), content)
        for channel, scoped in by_channel.items()
        for short, content in (scoped if "locale" in per else {"": scoped}).items()
    ]


def _content(world: World, code: str, written: Any) -> Row:
    attribute = world.attributes[code]
    match attribute["type"]:
        case "number" if attribute.get("decimals"):
            return {"data": f"{Decimal(written):.4f}"}
        case "metric":
            return {"data": _measurement(world, attribute, written)}
        case "price_collection":
            return {"data": [_price(part) for part in written.split(",")]}
        case "date":
            return {"data": f"{written.isoformat()}T00:00:00+00:00"}
        case "simpleselect":
            return {"data": _known_option(world, code, written)}
        case "multiselect":
            return {"data": [_known_option(world, code, option) for option in written]}
        case "image" | "file":
            return _file(world, written)
        case "table":
            return {"data": table_rows(world, code, written)}
        case "reference_entity" | "reference_entity_collection" | "asset_collection":
            return {"data": _known_members(world, attribute, written)}
        case "product_link":
            return {"data": _product_link(world, written)}
        case _ if code == world.structure["gtin_attribute"]:
            return {"data": written + check_digit(written)}
    return {"data": written.strip() if isinstance(written, str) else written}


def _measurement(world: World, attribute: Source, written: str) -> Row:
    amount, unit = written.split()
    family = world.shared["measurements"][attribute["unit"].split("/")[0]]
    exact = attribute.get("decimals", True)
    return {
        "amount": f"{Decimal(amount):.4f}" if exact else int(amount),
        "unit": unit,
        "symbol": family["units"][unit]["symbol"],
    }


def _price(written: str) -> Row:
    amount, currency = written.split()
    return {"amount": f"{Decimal(amount):.2f}", "currency": currency}


def _known_option(world: World, attribute: str, option: str) -> str:
    if option not in options_of(world, attribute):
        raise ValueError(f"{world.name}: attribute {attribute!r} has no option {option!r}")
    return option


def _known_members(world: World, attribute: Source, written: Any) -> Any:
    kind, members = ("asset_families", "assets")
    if attribute["type"].startswith("reference_entity"):
        kind, members = ("reference_entities", "records")
    known = world.part(kind)[attribute["of"]][members]
    for code in [written] if isinstance(written, str) else written:
        if code not in known:
            raise ValueError(f"{world.name}: {attribute['of']} has no {code!r}")
    return written


def _product_link(world: World, written: str) -> Row:
    model = written.removeprefix("model ")
    if model != written:
        return {"type": "product_model", "id": model}
    return {"type": "product", "id": product_uuid(world, written)}


def product_uuid(world: World, sku: str) -> str:
    """The UUID of a product: the same in every run and on no other PIM."""
    return str(uuid5(NAMESPACE, f"{world.name}/{sku}"))


def _file(world: World, name: str) -> Row:
    code = media_code(world, name)
    href = f"{{pim_url}}/api/rest/v1/media-files/{code}/download"
    return {"data": code, "_links": {"download": {"href": href}}}


def check_digit(digits: str) -> str:
    """The check digit of a GTIN without it (GS1 General Specifications 7.9.1)."""
    weighted = (int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(digits[::-1]))
    return str(-sum(weighted) % 10)
