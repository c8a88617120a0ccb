"""Which products and product models meet a condition on a property: family, parent and so on."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from quart_passport.sandbox.catalog import Catalog, JSONObject
from quart_passport.sandbox.conditions import (
    Condition,
    Test,
    membership_test,
    moment_test,
    order_test,
)
from quart_passport.sandbox.editions import Feature
from quart_passport.sandbox.errors import ApiError
from quart_passport.sandbox.pim import Pim

_ALL_LOCALES = " ON ALL LOCALES"
_WORDED = {
    "LOWER THAN": "<",
    "LOWER OR EQUALS THAN": "<=",
    "GREATER THAN": ">",
    "GREATER OR EQUALS THAN": ">=",
}
_CATEGORY_OPERATORS = frozenset(
    {"IN", "NOT IN", "IN CHILDREN", "NOT IN CHILDREN", "IN OR UNCLASSIFIED"}
)


def property_test(pim: Pim, condition: Condition) -> Test | None:
    """The test of a condition on a property; None if its name is no property's. Raises ApiError."""
    match condition.name:
        case "uuid":
            return _uuid_test(condition)
        case "enabled":
            return _switch_test(condition)
        case "family":
            return _family_test(pim, condition)
        case "groups":
            return membership_test(condition, lambda item: as_list(item.get("groups")))
        case "parent":
            return _parent_test(pim.catalog, condition)
        case "categories":
            return _category_test(pim.catalog, condition)
        case "completeness":
            return _completeness_test(pim.catalog, condition)
        case "created":
            return moment_test(condition, lambda item: item.get("created"), pim.clock())
        case "updated":
            return moment_test(condition, lambda p: _updated(pim.catalog, p), pim.clock())
        case "updated_including_linked_entities" if pim.has(Feature.UPDATED_WITH_LINKED_ENTITIES):
            return moment_test(condition, lambda p: _updated_with(pim.catalog, p), pim.clock())
    return None


def as_list(held: Any) -> list[Any]:
    """What a property or value holds, as a list of codes."""
    if held is None or held == "":
        return []
    return held if isinstance(held, list) else [held]


def _uuid_test(condition: Condition) -> Test:
    if condition.operator not in {"IN", "NOT IN"}:
        raise condition.unsupported()
    named = {uuid.lower() for uuid in condition.texts()}
    expected = condition.operator == "IN"
    return lambda product: (product.get("uuid") in named) is expected


def _switch_test(condition: Condition) -> Test:
    if condition.operator not in {"=", "!="}:
        raise condition.unsupported()
    expected = condition.switch() is (condition.operator == "=")
    return lambda product: product.get("enabled", True) is expected


def _family_test(pim: Pim, condition: Condition) -> Test:
    def held(item: JSONObject) -> list[Any]:
        return as_list(item.get("family"))

    if not condition.operator.endswith("IN CHILDREN") or not pim.has(Feature.FAMILY_TREE):
        return membership_test(condition, held)
    families = pim.catalog.families.values()
    below = set(condition.texts())
    while more := {f["code"] for f in families if f.get("parent") in below} - below:
        below |= more
    expected = condition.operator == "IN CHILDREN"
    return lambda item: (not below.isdisjoint(held(item))) is expected


def _parent_test(catalog: Catalog, condition: Condition) -> Test:
    """`=` finds all descendants of a model, IN only its direct children."""
    if condition.operator != "=":
        return membership_test(condition, lambda item: as_list(item.get("parent")))
    root = condition.text()
    if root not in catalog.product_models:
        raise ApiError(422, f'Property "parent" expects a valid parent code. "{root}" given.')
    below = catalog.descendants(root)
    return lambda item: item.get("parent") in below


def _category_test(catalog: Catalog, condition: Condition) -> Test:
    if condition.operator == "UNCLASSIFIED":
        return lambda product: not product.get("categories")
    if condition.operator not in _CATEGORY_OPERATORS:
        raise condition.unsupported()
    wanted = condition.texts()
    for code in wanted:
        if code not in catalog.categories:
            raise ApiError(422, f'Category "{code}" does not exist.')
    if condition.operator.endswith("CHILDREN"):
        wanted = [below for code in wanted for below in catalog.category_tree(code)]
    chosen = frozenset(wanted)
    expected = not condition.operator.startswith("NOT")
    or_none = condition.operator == "IN OR UNCLASSIFIED"

    def test(product: JSONObject) -> bool:
        held = product.get("categories") or []
        return (or_none and not held) or (not chosen.isdisjoint(held)) is expected

    return test


def _completeness_test(catalog: Catalog, condition: Condition) -> Test:
    if condition.scope is None:
        raise ApiError(422, 'Property "completeness" expects a valid scope.')
    if condition.scope not in catalog.channels:
        raise ApiError(
            422,
            'Property "completeness" expects a valid scope. The scope does not exist, '
            f'"{condition.scope}" given.',
        )
    operator, on_all, _ = condition.operator.partition(_ALL_LOCALES)
    locales: list[str] | None = None
    if on_all:
        operator, locales = _WORDED.get(operator, operator), _locales(condition)
    elif condition.locale is not None:
        locales = [condition.locale]
    compares = Condition(condition.name, operator, condition.value)
    test = order_test(compares, compares.number(), lambda entry: Decimal(entry["data"]))
    judge: Callable[[list[bool]], bool] = all if on_all else any

    def meets(product: JSONObject) -> bool:
        entries = [
            entry
            for entry in product.get("completenesses") or ()
            if entry["scope"] == condition.scope and (locales is None or entry["locale"] in locales)
        ]
        return bool(entries) and judge([test(entry) for entry in entries])

    return meets


def _locales(condition: Condition) -> list[str]:
    if not isinstance(condition.locales, list) or not condition.locales:
        raise ApiError(422, 'Property "completeness" expects an array with the key "locales".')
    return condition.locales


def _updated(catalog: Catalog, item: JSONObject) -> str | None:
    """The last change of a product or of the models above it."""
    moments = [item.get("updated")]
    parent = item.get("parent")
    while parent is not None:
        model = catalog.product_models.get(parent, {})
        moments.append(model.get("updated"))
        parent = model.get("parent")
    return _latest(moments)


def _updated_with(catalog: Catalog, item: JSONObject) -> str | None:
    """The last change of a product, of its models, or of the records and assets it names."""
    moments = [_updated(catalog, item)]
    for code, entries in item["values"].items():
        name = catalog.attributes.get(code, {}).get("reference_data_name") or ""
        entity = catalog.reference_entities.get(name) or catalog.asset_families.get(name)
        if entity is not None:
            linked = [c for entry in entries for c in as_list(entry["data"])]
            moments += [entity.members.get(c, {}).get("updated") for c in linked]
    return _latest(moments)


def _latest(moments: list[str | None]) -> str | None:
    return max((m for m in moments if m is not None), key=datetime.fromisoformat, default=None)
