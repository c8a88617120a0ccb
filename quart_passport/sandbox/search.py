"""
The `search` parameter: from JSON to conditions, and which items of the structure meet them.

Conditions are ANDed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from quart_passport.sandbox.catalog import JSONObject
from quart_passport.sandbox.errors import ApiError

Test = Callable[[JSONObject], bool]


@dataclass(frozen=True)
class Condition:
    """One operator on one property or attribute."""

    name: str
    operator: str
    value: Any
    locale: str | None
    scope: str | None

    def unsupported(self) -> ApiError:
        return ApiError(
            422,
            f'Filter on property "{self.name}" is not supported or does not support operator '
            f'"{self.operator}"',
        )

    def texts(self) -> list[str]:
        """The value as a list of strings."""
        if not isinstance(self.value, list) or not all(isinstance(v, str) for v in self.value):
            raise ApiError(
                422,
                f'Property "{self.name}" expects an array with valid data, one of the values '
                "is not a string.",
            )
        return self.value

    def text(self) -> str:
        if not isinstance(self.value, str):
            given = type(self.value).__name__
            raise ApiError(
                422, f'Property "{self.name}" expects a string as data, "{given}" given.'
            )
        return self.value


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
            return moment_test(condition)
        case ("parent", "="):
            return lambda item: item.get("parent") == condition.value
    raise condition.unsupported()


def moment_test(condition: Condition) -> Test:
    """Compares `created` or `updated`; times without an offset are UTC, as on SaaS."""
    operator = condition.operator
    if operator == "SINCE LAST N DAYS":
        raise condition.unsupported()
    given = condition.value if isinstance(condition.value, list) else [condition.value]
    moments = [_moment(condition.name, text) for text in given]
    if len(moments) != (2 if operator.endswith("BETWEEN") else 1):
        raise ApiError(422, f'Property "{condition.name}" expects an array with two dates.')
    first, last = moments[0], moments[-1]
    tests: dict[str, Callable[[datetime], bool]] = {
        "<": lambda moment: moment < first,
        ">": lambda moment: moment > first,
        "=": lambda moment: moment == first,
        "!=": lambda moment: moment != first,
        "BETWEEN": lambda moment: first <= moment <= last,
        "NOT BETWEEN": lambda moment: not first <= moment <= last,
    }
    test = tests.get(operator)
    if test is None:
        raise condition.unsupported()
    return lambda item: (
        item.get(condition.name) is not None and test(datetime.fromisoformat(item[condition.name]))
    )


def _moment(name: str, text: Any) -> datetime:
    # Shorter than a date with a time is no moment, although Python would read it.
    if isinstance(text, str) and len(text) >= len("yyyy-mm-dd hh:mm:ss"):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise ApiError(
        422,
        f'Property "{name}" expects a string with the format "yyyy-mm-dd H:i:s" as data, '
        f'"{text}" given.',
    )
