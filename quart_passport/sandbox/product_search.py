"""
Which products and product models meet the conditions of a search.

UUIDs, identifiers and texts are looked up in an index; every other condition is a test that each
remaining product has to pass. Text is compared without regard to case, as the PIM's index does.
"""

from collections.abc import Iterable

from quart_passport.sandbox.attribute_filters import (
    TEXT_COMPARISONS,
    TEXT_TYPES,
    attribute_test,
    identifiers,
    place_of,
)
from quart_passport.sandbox.catalog import JSONObject
from quart_passport.sandbox.conditions import Condition, Test
from quart_passport.sandbox.pim import Pim
from quart_passport.sandbox.products import Product
from quart_passport.sandbox.property_filters import property_test


def select_products(pim: Pim, conditions: list[Condition]) -> list[Product]:
    """The products that meet the conditions, by UUID. Raises ApiError 422."""
    found: dict[str, Product] | None = None
    tests: list[Test] = []
    for condition in conditions:
        hits = _look_up(pim, condition)
        if hits is None:
            tests.append(_test(pim, condition))
        else:
            found = hits if found is None else {u: hits[u] for u in found.keys() & hits.keys()}
    pool = pim.products.all()
    if found is not None:
        pool = sorted(found.values(), key=lambda product: str(product["uuid"]))
    return [product for product in pool if all(test(product) for test in tests)]


def select_models(pim: Pim, conditions: list[Condition]) -> list[JSONObject]:
    """The product models that meet the conditions. Raises ApiError 422."""
    tests = [_test(pim, condition) for condition in conditions]
    models = pim.catalog.product_models.values()
    return [model for model in models if all(test(model) for test in tests)]


def _test(pim: Pim, condition: Condition) -> Test:
    attribute = pim.catalog.attributes.get(condition.name)
    test = property_test(pim, condition)
    if test is not None:
        return test
    if attribute is None:
        raise condition.unsupported()
    return attribute_test(pim.catalog, attribute, condition)


def _look_up(pim: Pim, condition: Condition) -> dict[str, Product] | None:
    """What an index finds, by UUID; None if the condition has no index."""
    if (condition.name, condition.operator) == ("uuid", "IN"):
        return _by_uuid(pim.products.with_uuid(uuid) for uuid in condition.texts())
    attribute = pim.catalog.attributes.get(condition.name)
    if attribute is None or attribute["type"] not in TEXT_TYPES:
        return None
    is_main = condition.name == pim.catalog.main_identifier
    match condition.operator:
        case "IN" if is_main:
            return _by_uuid(map(pim.products.with_identifier, identifiers(condition)))
        case "=" if is_main:
            return _by_uuid([pim.products.with_identifier(condition.text())])
        case operator if operator in TEXT_COMPARISONS:
            return _find_texts(pim, attribute, condition)
    return None


def _find_texts(pim: Pim, attribute: JSONObject, condition: Condition) -> dict[str, Product]:
    place = place_of(pim.catalog, attribute, condition)
    holds = TEXT_COMPARISONS[condition.operator]
    wanted = condition.text().lower()
    return _by_uuid(
        pim.products.with_uuid(value.uuid)
        for value in pim.products.texts(condition.name)
        if (value.locale, value.scope) == place and holds(value.text, wanted)
    )


def _by_uuid(products: Iterable[Product | None]) -> dict[str, Product]:
    return {product["uuid"]: product for product in products if product is not None}
