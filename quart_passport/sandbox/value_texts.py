"""Values as the sandbox's pages show them to people: with labels, in one language."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from quart_passport.sandbox.catalog import Entity, Items, JSONObject
from quart_passport.sandbox.pim import Pim
from quart_passport.sandbox.property_filters import as_list

LABEL_LOCALE = "en_US"  # the language of the sandbox's pages


@dataclass(frozen=True)
class ShownValue:
    """One entry of an attribute: for which locale and channel, and what it says."""

    place: str
    text: str
    picture: str | None = None
    is_code: bool = False


def show_value(pim: Pim, attribute: JSONObject, entry: JSONObject) -> ShownValue:
    """One entry of a product's attribute; what has no better form is shown as JSON."""
    data = entry["data"]
    place = " · ".join(part for part in (entry.get("locale"), entry.get("scope")) if part)
    match attribute["type"]:
        case "pim_catalog_image" | "pim_catalog_file":
            file = pim.catalog.media_files.get(data)
            name = file.shown["original_filename"] if file else str(data)
            is_picture = attribute["type"] == "pim_catalog_image" and is_there(pim, data)
            return ShownValue(place, name, picture=data if is_picture else None)
        case "pim_catalog_table" if isinstance(data, list):
            return ShownValue(place, _table(pim, attribute, data), is_code=True)
    text = _text(pim, attribute, data)
    if text is None:
        indented = msgspec.json.format(msgspec.json.encode(data), indent=2).decode()
        return ShownValue(place, indented, is_code=True)
    return ShownValue(place, text)


def _text(pim: Pim, attribute: JSONObject, data: Any) -> str | None:
    """A value as words; None if it has no such form."""
    name = attribute.get("reference_data_name") or ""
    match attribute["type"]:
        case "pim_catalog_boolean":
            return _yes_or_no(data)
        case "pim_catalog_simpleselect" | "pim_catalog_multiselect":
            return _labels(data, pim.catalog.attribute_options.get(attribute["code"], {}))
        case "pim_catalog_metric":
            return f"{data['amount']} {data.get('symbol') or data['unit']}"
        case "pim_catalog_price_collection":
            return ", ".join(f"{price['amount']} {price['currency']}" for price in data)
        case "pim_catalog_date":
            return str(data)[:10]
        case "akeneo_reference_entity" | "akeneo_reference_entity_collection":
            return _member_labels(data, pim.catalog.reference_entities.get(name))
        case "pim_catalog_asset_collection":
            return _member_labels(data, pim.catalog.asset_families.get(name))
        case "pim_catalog_product_link":
            return _linked_product(pim, data)
    return str(data) if isinstance(data, str | int | float) else None


def _table(pim: Pim, attribute: JSONObject, rows: list[JSONObject]) -> str:
    """A line per row, its cells in the order of the columns; the first line names them."""
    columns = attribute.get("table_configuration") or []
    lines = [
        [label_of(column, column["code"]) for column in columns],
        *([_cell(pim, column, row.get(column["code"])) for column in columns] for row in rows),
    ]
    return "\n".join(" | ".join(line) for line in lines)


def _cell(pim: Pim, column: JSONObject, data: Any) -> str:
    match column["data_type"]:
        case _ if data is None:
            return "–"
        case "boolean":
            return _yes_or_no(data)
        case "select":
            return _labels(data, {option["code"]: option for option in column.get("options", ())})
        case "reference_entity":
            name = column.get("reference_entity_identifier") or ""
            return _member_labels(data, pim.catalog.reference_entities.get(name))
        case "product_link":
            return _linked_product(pim, data)
        case "measurement" if isinstance(data, dict):
            return f"{data.get('amount')} {data.get('unit')}"
    return str(data)


def _yes_or_no(data: Any) -> str:
    return "Yes" if data else "No"


def _labels(data: Any, options: Items) -> str:
    return ", ".join(label_of(options.get(code, {}), f"[{code}]") for code in as_list(data))


def _member_labels(data: Any, entity: Entity | None) -> str:
    """Labels of records or assets, which are values of theirs; `[code]` where there is none."""
    known = entity.members if entity else {}
    return ", ".join(_first_label(known.get(code, {}), code) for code in as_list(data))


def _first_label(member: JSONObject, code: str) -> str:
    entries: Iterable[JSONObject] = member.get("values", {}).get("label", ())
    found = (entry["data"] for entry in entries if entry.get("locale") in {None, LABEL_LOCALE})
    return str(next(found, f"[{code}]"))


def _linked_product(pim: Pim, data: Any) -> str:
    if not isinstance(data, dict):
        return str(data)
    product = pim.products.with_uuid(str(data.get("id")))
    return str(product["identifier"] if product else data.get("id"))


def is_there(pim: Pim, code: Any) -> bool:
    file = pim.catalog.media_files.get(code) if isinstance(code, str) else None
    return file is not None and file.path is not None


def label_of(item: JSONObject, fallback: str) -> str:
    labels = item.get("labels") or {}
    return str(labels.get(LABEL_LOCALE) or fallback)
