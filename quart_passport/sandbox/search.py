"""
The `search` parameter: from JSON to conditions, and which items of the structure meet them.

Conditions are ANDed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from quart_passport.sandbox.catalog import JSONObject
from quart_passport.sandbox.conditions import Condition, Test, moment_test
from quart_passport.sandbox.errors import ApiError


def read_search(query: Mapping[str, str]) -> list[Condition]:
    """Read `search`, `search_locale` and `search_scope`. Raises ApiError 400 or 422."""
    try:
        search = msgspec.json.decode(query.get("search") or "{}")
    except msgspec.DecodeError:
        raise ApiError(400, "Search query parameter should be valid JSON.") from None
    if search == []:
        return []
    if not isinstance(search, dict):
        raise ApiError(400, "Search query parameter should be valid JSON.")
    defaults = {"locale": query.get("search_locale"), "scope": query.get("search_scope")}
    return [
        _read_condition(name, entry, defaults)
        for name, entries in search.items()
        for entry in _entries(name, entries)
    ]


def _entries(name: str, entries: Any) -> list[Any]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ApiError(
            422,
            f'Structure of filter "{name}" should respect this structure: '
            f'{{"{name}":[{{"operator": "my_operator", "value": "my_value"}}]}}.',
        )
    return entries


def _read_condition(
    name: str, entry: dict[str, Any], defaults: Mapping[str, str | None]
) -> Condition:
    operator = entry.get("operator")
    if not isinstance(operator, str):
        raise ApiError(422, f'Operator is missing for the property "{name}".')
    return Condition(
        name=name,
        operator=operator,
        value=entry.get("value"),
        locale=entry.get("locale", defaults["locale"]),
        scope=entry.get("scope", defaults["scope"]),
        locales=entry.get("locales"),
    )


def select_items(items: Iterable[JSONObject], conditions: list[Condition]) -> list[JSONObject]:
    """The structure items (attributes, families, locales, …) that meet the conditions."""
    tests = [_item_test(condition) for condition in conditions]
    return [item for item in items if all(test(item) for test in tests)]


def _item_test(condition: Condition) -> Test:
    match condition.name, condition.operator:
        case ("code" | "type", "IN"):
            wanted = set(condition.texts())
            return lambda item: item.get(condition.name) in wanted
        case ("enabled" | "is_main_identifier", "="):
            return lambda item: bool(item.get(condition.name)) is condition.value
        case ("updated", _):
            return moment_test(condition, lambda item: item.get("updated"))
        case ("parent", "="):
            return lambda item: item.get("parent") == condition.value
    raise condition.unsupported()
