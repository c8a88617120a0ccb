"""Which products and models a search finds, property by property and type by type."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from quart_passport.sandbox import Edition
from tests.sandbox.conftest import ODD_IDENTIFIERS, uuid_of
from tests.sandbox.rich import Talk, rich_catalog, talking_to

# One PIM serves all tests, which only read.
pytestmark = pytest.mark.asyncio(loop_scope="module")

EVERYTHING = sorted([*ODD_IDENTIFIERS, "loose", "whole", "coat-red-m"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    async with talking_to(rich_catalog(tmp_path_factory.mktemp("rich"))) as found:
        yield found


def but(*names: str) -> list[str]:
    return [name for name in EVERYTHING if name not in names]


async def names(talk: Talk, name: str, operator: str, value: Any = None, **more: Any) -> list[str]:
    condition = {"operator": operator, "value": value, **more}
    search = json.dumps({name: [condition]})
    page = await talk.json("products-uuid", search=search, limit="100")
    return sorted(item["values"]["sku"][0]["data"] for item in page["_embedded"]["items"])


@pytest.mark.parametrize(
    ("name", "operator", "value", "expected"),
    [
        ("uuid", "IN", [uuid_of("whole"), uuid_of("nobody")], ["whole"]),
        ("uuid", "NOT IN", [uuid_of("whole").upper()], but("whole")),
        ("enabled", "!=", True, ["loose"]),
        ("family", "NOT EMPTY", None, but("loose")),
        ("family", "NOT IN", ["things"], ["loose"]),
        ("family", "IN CHILDREN", ["things"], but("loose")),
        ("groups", "EMPTY", None, EVERYTHING),
        ("groups", "IN", ["sale"], []),
        ("categories", "IN OR UNCLASSIFIED", ["paper"], ["loose"]),
        ("categories", "NOT IN CHILDREN", ["shop"], ["loose"]),
        ("parent", "EMPTY", None, but("coat-red-m")),
        ("parent", "NOT EMPTY", None, ["coat-red-m"]),
        # Every descendant of the root, and only direct children of it.
        ("parent", "=", "coat", ["coat-red-m"]),
        ("parent", "IN", ["coat"], []),
        ("parent", "IN", ["coat-red", "nobody"], ["coat-red-m"]),
        ("sku", "NOT IN", ["WHOLE", "loose"], but("whole", "loose")),
        ("sku", "!=", "whole", but("whole")),
        ("sku", "DOES NOT CONTAIN", "OA", but("coat-red-m")),
        ("sku", "EMPTY", None, []),
        ("ean", "!=", "111", but("coat-red-m")),
        ("ean", "DOES NOT CONTAIN", "063", ["coat-red-m"]),
        ("count", ">", 12, ["whole"]),
        ("count", ">", "12.5", []),
        ("count", "!=", 12.5, []),
        ("count", "NOT EMPTY", None, ["whole"]),
        ("weight", "=", {"amount": 2, "unit": "KILOGRAM"}, ["whole"]),
        ("weight", "<", {"amount": "2000", "unit": "GRAM"}, []),
        ("weight", ">=", {"amount": 4, "unit": "POUND"}, ["whole"]),
        ("heat", "=", {"amount": 68, "unit": "FAHRENHEIT"}, ["whole"]),
        ("price", ">", {"amount": 10, "currency": "EUR"}, ["whole"]),
        ("price", ">", {"amount": 10, "currency": "USD"}, []),
        ("made_on", ">", "2026-03-04", ["whole"]),
        ("made_on", "BETWEEN", ["2026-03-01", "2026-03-05"], ["whole"]),
        ("made_on", "NOT BETWEEN", ["2026-03-01", "2026-03-05"], []),
        ("safe", "=", True, ["whole"]),
        ("safe", "!=", True, []),
        ("safe", "EMPTY", None, but("whole")),
        ("color", "NOT IN", ["red"], []),
        ("color", "IN", ["red", "blue"], but("loose")),
        ("materials", "IN", ["gone"], EVERYTHING),
        ("maker", "IN", ["mill_one"], ["whole"]),
        ("seals", "IN", ["gots"], ["whole"]),
        ("seals", "NOT IN", ["gots"], []),
        ("papers", "EMPTY", None, but("whole")),
        ("fibres", "NOT EMPTY", None, ["whole"]),
        ("spare", "NOT EMPTY", None, ["whole"]),
        ("manual", "CONTAINS", "MANU", ["whole"]),
        ("manual", "STARTS WITH", "m/a", []),
    ],
)
async def test_a_condition_finds_what_it_should(
    talk: Talk, name: str, operator: str, value: Any, expected: list[str]
) -> None:
    assert await names(talk, name, operator, value) == expected


@pytest.mark.parametrize(
    ("operator", "value", "more", "expected"),
    [
        (">", 79, {"scope": "ecommerce"}, EVERYTHING),
        (">", 80, {"scope": "ecommerce"}, []),
        ("=", 40, {"scope": "print", "locale": "de_DE"}, EVERYTHING),
        ("=", 40, {"scope": "print", "locale": "en_US"}, []),
        ("GREATER THAN ON ALL LOCALES", 70, {"scope": "ecommerce", "locales": ["en_US"]}, None),
        ("LOWER THAN ON ALL LOCALES", 70, {"scope": "ecommerce", "locales": ["en_US"]}, []),
    ],
)
async def test_completeness_is_compared_per_channel(
    talk: Talk, operator: str, value: Any, more: dict[str, Any], expected: list[str] | None
) -> None:
    found = await names(talk, "completeness", operator, value, **more)

    assert found == (EVERYTHING if expected is None else expected)


async def test_a_variant_counts_as_updated_when_a_model_above_it_was(talk: Talk) -> None:
    # The root was changed in June, the variant itself in February.
    found = await names(talk, "updated", ">", "2026-05-15 00:00:00")

    assert found == ["coat-red-m"]


async def test_changes_of_linked_records_can_count_too(talk: Talk) -> None:
    found = await names(talk, "updated_including_linked_entities", ">", "2026-04-15 00:00:00")

    assert found == ["coat-red-m", "whole"]


async def test_the_last_days_are_counted_from_now(talk: Talk) -> None:
    # The PIM's clock stands at 21 September 2026.
    recent = await names(talk, "updated", "SINCE LAST N DAYS", 100)
    long_ago = await names(talk, "updated", "SINCE LAST N DAYS", 120)

    assert (recent, long_ago) == ([], ["coat-red-m"])


async def test_models_are_found_by_the_same_conditions(talk: Talk) -> None:
    async def codes(search: Any) -> list[str]:
        page = await talk.json("product-models", search=json.dumps(search))
        return [item["code"] for item in page["_embedded"]["items"]]

    assert await codes({"parent": [{"operator": "=", "value": "coat"}]}) == ["coat-red"]
    assert await codes({"parent": [{"operator": "EMPTY"}]}) == ["coat"]
    assert await codes({"ean": [{"operator": "=", "value": "111"}]}) == ["coat", "coat-red"]
    assert await codes({"color": [{"operator": "IN", "value": ["red"]}]}) == ["coat-red"]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            {"name": {"operator": "=", "value": "x"}},
            'Attribute "name" expects a locale, none given.',
        ),
        (
            {"name": {"operator": "=", "value": "x", "locale": "fr_FR"}},
            'Attribute "name" expects an existing and activated locale, "fr_FR" given.',
        ),
        (
            {"description": {"operator": "=", "value": "x", "locale": "en_US"}},
            'Attribute "description" expects a scope, none given.',
        ),
        (
            {"description": {"operator": "=", "value": "x", "locale": "en_US", "scope": "no"}},
            'Attribute "description" expects an existing scope, "no" given.',
        ),
        (
            {"sku": {"operator": "IN", "value": "x"}},
            'Property "sku" expects an array as data, "string" given.',
        ),
        (
            {"sku": {"operator": "IN", "value": [1]}},
            'Property "sku" expects an array with valid data, one of the values is not a string.',
        ),
        (
            {"sku": {"operator": "IN", "value": ["x"] * 101}},
            'Property "sku" expects at most 100 identifiers.',
        ),
        (
            {"enabled": {"operator": "=", "value": "yes"}},
            'Property "enabled" expects a boolean as data, "string" given.',
        ),
        (
            {"count": {"operator": ">", "value": "many"}},
            'Property "count" expects a numeric as data, "string" given.',
        ),
        (
            {"weight": {"operator": ">", "value": 2}},
            'Property "weight" expects an array with the key "amount".',
        ),
        (
            {"made_on": {"operator": ">", "value": "soon"}},
            (
                'Property "made_on" expects a string with the format "yyyy-mm-dd" as data, '
                '"soon" given.'
            ),
        ),
        (
            {"made_on": {"operator": "BETWEEN", "value": ["2026-01-01"]}},
            'Property "made_on" expects an array with two dates.',
        ),
        (
            {"completeness": {"operator": ">", "value": 1}},
            'Property "completeness" expects a valid scope.',
        ),
        (
            {"completeness": {"operator": ">", "value": 1, "scope": "no"}},
            'Property "completeness" expects a valid scope. The scope does not exist, "no" given.',
        ),
        (
            {"parent": {"operator": "=", "value": "no"}},
            'Property "parent" expects a valid parent code. "no" given.',
        ),
        (
            {"ean": {"operator": "IN", "value": ["x"]}},
            'Filter on property "ean" is not supported or does not support operator "IN"',
        ),
        (
            {"safe": {"operator": "<", "value": True}},
            'Filter on property "safe" is not supported or does not support operator "<"',
        ),
        (
            {"fibres": {"operator": "IN", "value": ["x"]}},
            'Filter on property "fibres" is not supported or does not support operator "IN"',
        ),
        (
            {"updated": {"operator": "~", "value": "2026-01-01 00:00:00"}},
            'Filter on property "updated" is not supported or does not support operator "~"',
        ),
    ],
)
async def test_a_condition_that_makes_no_sense_is_refused(
    talk: Talk, condition: dict[str, Any], message: str
) -> None:
    search = json.dumps({name: [found] for name, found in condition.items()})

    answer = await talk.app.get("products-uuid", search=search)

    assert (answer.status_code, answer.json()["message"]) == (422, message)


async def test_linked_changes_are_a_matter_of_serenity(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    search = json.dumps(
        {"updated_including_linked_entities": [{"operator": "SINCE LAST N DAYS", "value": 1}]}
    )
    catalog = rich_catalog(tmp_path_factory.mktemp("editions"))
    async with talking_to(catalog, Edition.ENTERPRISE) as talk:
        answer = await talk.app.get("products-uuid", search=search)

    assert answer.status_code == 422
