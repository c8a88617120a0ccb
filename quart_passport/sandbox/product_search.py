"""
Which products and product models meet the conditions of a search.

UUIDs, identifiers and texts are looked up in an index; every other condition is a test that each
remaining product has to pass. Text is compared without regard to case, as the PIM's index does.
"""

from collections.abc import Callable, Iterable
from typing import Any

from quart_passport.sandbox.catalog import Catalog, JSONObject
from quart_passport.sandbox.errors import ApiError
from quart_passport.sandbox.products import Product, ProductStore
from quart_passport.sandbox.search import Condition, Test, moment_test

MAX_IDENTIFIERS = 100
_TEXT_TYPES = frozenset({"pim_catalog_identifier", "pim_catalog_text", "pim_catalog_textarea"})
_SELECT_TYPES = frozenset({"pim_catalog_simpleselect", "pim_catalog_multiselect"})


def select_products(
    catalog: Catalog, store: ProductStore, conditions: list[Condition]
) -> list[Product]:
    """The products that meet the conditions, by UUID. Raises ApiError 422."""
    found: dict[str, Product] | None = None
    tests: list[Test] = []
    for condition in conditions:
        hits = _look_up(catalog, store, condition)
        if hits is None:
            tests.append(_product_test(catalog, condition))
        else:
            found = hits if found is None else {u: hits[u] for u in found.keys() & hits.keys()}
    pool = store.all() if found is None else sorted(found.values(), key=lambda p: str(p["uuid"]))
    return [product for product in pool if all(test(product) for test in tests)]


def select_models(catalog: Catalog, conditions: list[Condition]) -> list[JSONObject]:
    """The product models that meet the conditions. Raises ApiError 422."""
    tests = [_product_test(catalog, condition) for condition in conditions]
    return [m for m in catalog.product_models.values() if all(test(m) for test in tests)]


def _by_uuid(products: Iterable[Product | None]) -> dict[str, Product]:
    return {product["uuid"]: product for product in products if product is not None}


def _look_up(
    catalog: Catalog, store: ProductStore, condition: Condition
) -> dict[str, Product] | None:
    """What an index finds, by UUID; None if the condition has no index."""
    if (condition.name, condition.operator) == ("uuid", "IN"):
        return _by_uuid(store.with_uuid(uuid) for uuid in condition.texts())
    attribute = catalog.attributes.get(condition.name)
    match attribute and attribute["type"], condition.operator:
        case "pim_catalog_identifier", "IN":
            return _find_identifiers(catalog, store, condition)
        case "pim_catalog_identifier", "=" if condition.name == catalog.main_identifier:
            return _by_uuid([store.with_identifier(condition.text())])
        case kind, operator if kind in _TEXT_TYPES and operator in _COMPARISONS:
            assert attribute is not None
            return _find_texts(attribute, store, condition)
    return None


def _find_texts(
    attribute: JSONObject, store: ProductStore, condition: Condition
) -> dict[str, Product]:
    place = _place(attribute, condition)
    holds = _COMPARISONS[condition.operator]
    wanted = condition.text().lower()
    return _by_uuid(
        store.with_uuid(value.uuid)
        for value in store.texts(condition.name)
        if (value.locale, value.scope) == place and holds(value.text, wanted)
    )


_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "=": str.__eq__,
    "CONTAINS": str.__contains__,
    "STARTS WITH": str.startswith,
}


def _find_identifiers(
    catalog: Catalog, store: ProductStore, condition: Condition
) -> dict[str, Product]:
    wanted = condition.texts()
    if len(wanted) > MAX_IDENTIFIERS:
        raise ApiError(
            422, f'Property "{condition.name}" expects at most {MAX_IDENTIFIERS} identifiers.'
        )
    if condition.name == catalog.main_identifier:
        return _by_uuid(store.with_identifier(identifier) for identifier in wanted)
    folded = {identifier.lower() for identifier in wanted}
    texts = store.texts(condition.name)
    return _by_uuid(store.with_uuid(value.uuid) for value in texts if value.text in folded)


def _place(attribute: JSONObject, condition: Condition) -> tuple[str | None, str | None]:
    """The locale and scope in which to look: both or neither, as the attribute wants."""
    for key, wanted, given in (
        ("localizable", "locale", condition.locale),
        ("scopable", "scope", condition.scope),
    ):
        if attribute.get(key) and given is None:
            raise ApiError(422, f'Attribute "{condition.name}" expects a {wanted}, none given.')
    return (
        condition.locale if attribute.get("localizable") else None,
        condition.scope if attribute.get("scopable") else None,
    )


def _product_test(catalog: Catalog, condition: Condition) -> Test:
    match condition.name, condition.operator:
        case ("uuid", "NOT IN"):
            unwanted = {uuid.lower() for uuid in condition.texts()}
            return lambda product: product["uuid"] not in unwanted
        case ("enabled", "=" | "!="):
            expected = condition.value is (condition.operator == "=")
            return lambda product: product.get("enabled", True) is expected
        case ("family" | "groups" | "parent", "IN" | "NOT IN" | "EMPTY" | "NOT EMPTY"):
            return _membership_test(condition, lambda p: _as_list(p.get(condition.name)))
        case ("parent", "="):
            return _descendant_test(catalog, condition)
        case ("categories", _):
            return _category_test(catalog, condition)
        case ("created" | "updated", _):
            return moment_test(condition)
        case ("completeness", _):
            return _completeness_test(condition)
    return _attribute_test(catalog, condition)


def _attribute_test(catalog: Catalog, condition: Condition) -> Test:
    attribute = catalog.attributes.get(condition.name)
    if attribute is None:
        raise condition.unsupported()
    locale, scope = _place(attribute, condition)

    def data(product: Product) -> Any:
        for value in product["values"].get(condition.name, ()):
            if (value.get("locale"), value.get("scope")) == (locale, scope):
                return value["data"]
        return None

    selects = attribute["type"] in _SELECT_TYPES
    match condition.operator:
        case "EMPTY" | "NOT EMPTY":
            return _membership_test(condition, lambda p: _as_list(data(p)))
        case "IN" | "NOT IN" if selects:
            return _membership_test(condition, lambda p: _as_list(data(p)))
        case "=" | "!=" if attribute["type"] == "pim_catalog_boolean":
            expected = condition.value is (condition.operator == "=")
            return lambda product: data(product) is expected
    raise condition.unsupported()


def _membership_test(condition: Condition, held: Callable[[JSONObject], list[Any]]) -> Test:
    match condition.operator:
        case "EMPTY":
            return lambda item: not held(item)
        case "NOT EMPTY":
            return lambda item: bool(held(item))
        case "IN":
            wanted = set(condition.texts())
            return lambda item: not wanted.isdisjoint(held(item))
        case "NOT IN":
            unwanted = set(condition.texts())
            return lambda item: unwanted.isdisjoint(held(item))
    raise condition.unsupported()


def _category_test(catalog: Catalog, condition: Condition) -> Test:
    if condition.operator == "UNCLASSIFIED":
        return lambda product: not product.get("categories")
    if condition.operator not in {
        "IN",
        "NOT IN",
        "IN CHILDREN",
        "NOT IN CHILDREN",
        "IN OR UNCLASSIFIED",
    }:
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

    def test(product: Product) -> bool:
        held = product.get("categories") or []
        return (or_none and not held) or (not chosen.isdisjoint(held)) is expected

    return test


def _descendant_test(catalog: Catalog, condition: Condition) -> Test:
    root = condition.text()
    models = catalog.product_models
    if root not in models:
        raise ApiError(422, f'Property "parent" expects a valid parent code. "{root}" given.')
    below = {code for code, model in models.items() if model.get("parent") == root} | {root}
    return lambda product: product.get("parent") in below


def _completeness_test(condition: Condition) -> Test:
    comparisons: dict[str, Callable[[float, float], bool]] = {
        "<": float.__lt__,
        "<=": float.__le__,
        "=": float.__eq__,
        "!=": float.__ne__,
        ">=": float.__ge__,
        ">": float.__gt__,
    }
    compare = comparisons.get(condition.operator)
    if compare is None:
        raise condition.unsupported()
    if condition.scope is None:
        raise ApiError(422, 'Property "completeness" expects a valid scope.')
    if isinstance(condition.value, bool) or not isinstance(condition.value, int | float):
        raise ApiError(422, 'Property "completeness" expects a numeric as data.')
    limit = float(condition.value)

    def test(product: Product) -> bool:
        return any(
            compare(float(entry["data"]), limit)
            for entry in product.get("completenesses") or ()
            if entry["scope"] == condition.scope and condition.locale in {None, entry["locale"]}
        )

    return test


def _as_list(held: Any) -> list[Any]:
    if held is None or held == "":
        return []
    return held if isinstance(held, list) else [held]
