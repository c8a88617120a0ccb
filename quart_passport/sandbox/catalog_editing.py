"""
Changes of a PIM's own catalogue: each gives back the thing as it is then.

Things are never changed in place but replaced, because other PIMs may have started with them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from quart_passport.sandbox.catalog import Catalog, Entity, Items, JSONObject

# By attribute, the entries that replace those of the same place; `data: null` removes one.
Entries = Mapping[str, list[dict[str, Any]]]


def merge_values(held: Mapping[str, Any], changes: Entries, scope_key: str) -> JSONObject:
    """
    The values after a PATCH.

    `scope_key` is how an entry names its channel: `scope` in products, `channel` in records and
    assets. Attributes without an entry are left out.
    """
    merged = dict(held)
    for attribute, entries in changes.items():
        merged[attribute] = _merge_entries(merged.get(attribute, []), entries, scope_key)
    return {attribute: entries for attribute, entries in merged.items() if entries}


def moment(now: float) -> str:
    """Seconds since 1970 as the PIM writes a moment."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")


def edit_member(entity: Entity, code: str, changes: Entries, now: float) -> JSONObject:
    """Patch a record or an asset, or make it."""
    held = entity.members.get(code, {"code": code, "created": moment(now)})
    values = merge_values(held.get("values", {}), changes, "channel")
    entity.members[code] = held | {"values": values, "updated": moment(now)}
    return entity.members[code]


def edit_option(
    catalog: Catalog, attribute: str, code: str, labels: Mapping[str, str | None]
) -> JSONObject:
    """Patch the labels of an attribute's option, or make the option."""
    options = catalog.attribute_options.setdefault(attribute, {})
    new = {"code": code, "attribute": attribute, "sort_order": len(options) + 1}
    held = options.get(code, new)
    options[code] = held | {"labels": _merge_labels(held, labels)}
    return options[code]


def edit_item(items: Items, code: str, changes: Mapping[str, Any]) -> JSONObject | None:
    """Patch a thing of the structure; labels are merged. None if there is none of this code."""
    held = items.get(code)
    if held is None:
        return None
    labels = _merge_labels(held, changes.get("labels", {}))
    items[code] = {**held, **changes, "labels": labels}
    return items[code]


def edit_model(catalog: Catalog, code: str, changes: Entries, now: float) -> JSONObject | None:
    """Patch a product model; its sub-models inherit the values, but are not updated by that."""
    model = catalog.product_models.get(code)
    if model is None:
        return None
    for heir in catalog.descendants(code):
        held = catalog.product_models[heir]
        values = merge_values(held.get("values", {}), changes, "scope")
        catalog.product_models[heir] = held | {"values": values}
    catalog.product_models[code] |= {"updated": moment(now)}
    return catalog.product_models[code]


def _merge_labels(held: JSONObject, labels: Mapping[str, str | None]) -> JSONObject:
    merged = {**(held.get("labels") or {}), **labels}
    return {locale: label for locale, label in merged.items() if label is not None}


def _merge_entries(
    old: list[dict[str, Any]], new: list[dict[str, Any]], scope_key: str
) -> list[dict[str, Any]]:
    def place(entry: dict[str, Any]) -> tuple[str | None, str | None]:
        return entry.get("locale"), entry.get(scope_key)

    replaced = {place(entry) for entry in new}
    kept = [entry for entry in old if place(entry) not in replaced]
    added = [
        {"locale": None, scope_key: None, **entry} for entry in new if entry.get("data") is not None
    ]
    return kept + added
