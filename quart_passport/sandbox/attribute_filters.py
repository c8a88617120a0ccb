"""Which products and product models meet a condition on an attribute, by the attribute's type."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from quart_passport.sandbox.catalog import Catalog, JSONObject
from quart_passport.sandbox.conditions import (
    Condition,
    Test,
    decimal_of,
    membership_test,
    order_test,
    range_test,
)
from quart_passport.sandbox.errors import ApiError
from quart_passport.sandbox.measures import Measures
from quart_passport.sandbox.property_filters import as_list

MAX_IDENTIFIERS = 100
TEXT_TYPES = frozenset({"pim_catalog_identifier", "pim_catalog_text", "pim_catalog_textarea"})
TEXT_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "=": str.__eq__,
    "CONTAINS": str.__contains__,
    "STARTS WITH": str.startswith,
    "!=": str.__ne__,
    "DOES NOT CONTAIN": lambda found, wanted: wanted not in found,
}
_Data = Callable[[JSONObject], Any]


def place_of(
    catalog: Catalog, attribute: JSONObject, condition: Condition
) -> tuple[str | None, str | None]:
    """The locale and scope in which to look, where the attribute has them. Raises ApiError 422."""
    name = condition.name
    locale, scope = condition.locale, condition.scope
    for key, wanted, given in (("localizable", "locale", locale), ("scopable", "scope", scope)):
        if attribute.get(key) and given is None:
            raise ApiError(422, f'Attribute "{name}" expects a {wanted}, none given.')
    if attribute.get("localizable") and not catalog.locales.get(str(locale), {}).get("enabled"):
        raise ApiError(
            422,
            f'Attribute "{name}" expects an existing and activated locale, "{locale}" given.',
        )
    if attribute.get("scopable") and scope not in catalog.channels:
        raise ApiError(422, f'Attribute "{name}" expects an existing scope, "{scope}" given.')
    return (
        locale if attribute.get("localizable") else None,
        scope if attribute.get("scopable") else None,
    )


def attribute_test(catalog: Catalog, attribute: JSONObject, condition: Condition) -> Test:
    """The test of a condition on an attribute. Raises ApiError 422."""
    place = place_of(catalog, attribute, condition)

    def data(product: JSONObject) -> Any:
        for value in product["values"].get(attribute["code"], ()):
            if (value.get("locale"), value.get("scope")) == place:
                return value["data"]
        return None

    if condition.operator in {"EMPTY", "NOT EMPTY"}:
        return membership_test(condition, lambda item: as_list(data(item)))
    match attribute["type"].removeprefix("pim_catalog_"):
        case "identifier" if condition.operator in {"IN", "NOT IN"}:
            return _identifier_test(condition, data)
        case "identifier" | "text" | "textarea":
            return _text_test(condition, data)
        case "image" | "file":
            return _text_test(condition, lambda item: _filename(catalog, data(item)))
        case "boolean":
            return _switch_test(condition, data)
        case "number":
            return order_test(condition, condition.number(), lambda p: decimal_of(data(p)))
        case "metric":
            return _measure_test(Measures(catalog.measurement_families), attribute, condition, data)
        case "price_collection" | "price":
            return _price_test(condition, data)
        case "date":
            return _date_test(condition, data)
        case "table" | "product_link":
            raise condition.unsupported()
    return _code_test(condition, data)


def _identifier_test(condition: Condition, data: _Data) -> Test:
    wanted = set(identifiers(condition))
    expected = condition.operator == "IN"
    return lambda item: (str(data(item) or "").lower() in wanted) is expected


def identifiers(condition: Condition) -> list[str]:
    """The identifiers of a condition, in lower case. Raises ApiError 422 for too many."""
    wanted = condition.texts()
    if len(wanted) > MAX_IDENTIFIERS:
        raise ApiError(
            422, f'Property "{condition.name}" expects at most {MAX_IDENTIFIERS} identifiers.'
        )
    return [identifier.lower() for identifier in wanted]


def _text_test(condition: Condition, data: _Data) -> Test:
    holds = TEXT_COMPARISONS.get(condition.operator)
    if holds is None:
        raise condition.unsupported()
    wanted = condition.text().lower()

    def test(item: JSONObject) -> bool:
        found = data(item)
        # An unequal text is a text.
        return found is not None and holds(str(found).lower(), wanted)

    return test


def _filename(catalog: Catalog, code: Any) -> str | None:
    """Media are searched by the name that their file once had."""
    if not isinstance(code, str):
        return None
    file = catalog.media_files.get(code)
    return code if file is None else str(file.shown["original_filename"])


def _switch_test(condition: Condition, data: _Data) -> Test:
    if condition.operator not in {"=", "!="}:
        raise condition.unsupported()
    return order_test(condition, condition.switch(), data)


def _measure_test(
    measures: Measures, attribute: JSONObject, condition: Condition, data: _Data
) -> Test:
    family = attribute.get("metric_family")
    _check_keys(condition, "amount", "unit")
    limit = measures.standard(family, condition.value)
    if limit is None:
        raise condition.expected("a number and a unit of the attribute's measurement family")
    return order_test(condition, limit, lambda item: measures.standard(family, data(item)))


def _price_test(condition: Condition, data: _Data) -> Test:
    _check_keys(condition, "amount", "currency")
    limit = decimal_of(condition.value["amount"])
    if limit is None:
        raise condition.expected("a numeric amount")

    def amount(item: JSONObject) -> Decimal | None:
        for price in as_list(data(item)):
            if price["currency"] == condition.value["currency"]:
                return decimal_of(price["amount"])
        return None

    return order_test(condition, limit, amount)


def _check_keys(condition: Condition, *keys: str) -> None:
    for key in keys:
        if not isinstance(condition.value, dict) or key not in condition.value:
            raise ApiError(
                422, f'Property "{condition.name}" expects an array with the key "{key}".'
            )


def _date_test(condition: Condition, data: _Data) -> Test:
    given = condition.value if isinstance(condition.value, list) else [condition.value]
    # Dates in the PIM's form stand in the order of their letters.
    bounds = [_date(condition.name, text) for text in given]
    return range_test(condition, bounds, lambda item: str(data(item) or "")[:10] or None)


def _date(name: str, text: Any) -> str:
    try:
        return date.fromisoformat(str(text)[:10]).isoformat()
    except ValueError:
        raise ApiError(
            422,
            f'Property "{name}" expects a string with the format "yyyy-mm-dd" as data, '
            f'"{text}" given.',
        ) from None


def _code_test(condition: Condition, data: _Data) -> Test:
    test = membership_test(condition, lambda item: as_list(data(item)))
    # A product without a value is not one with another value.
    return lambda item: bool(as_list(data(item))) and test(item)
