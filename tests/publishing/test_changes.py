"""Each event that a PIM's event platform knows, and what of the cache it touches."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from quart_passport.cache.memory import MemoryCacheStore
from quart_passport.cache.store import Found, Key, Scope
from quart_passport.pim.event_platform import EVENTS
from quart_passport.publishing.changes import Changes
from tests.cache.keeping import keep

EXAMPLES = Path(__file__).parents[3] / "shared" / "akeneo" / "spec" / "examples" / "events.json"
PREFIX = "com.akeneo.pim.v1."

# What the published examples name.
PRODUCT = Key("product", "6a9f8486-2c36-4680-b87f-6f5f8f01b6cf")
RECORD = Key("record", "brands/Addadas")
ASSET = Key("asset", "family1/asset1")
OPTIONS = Key("options", "an_attribute_code")
ENTRIES = (
    PRODUCT,
    RECORD,
    ASSET,
    OPTIONS,
    Key("model", "a-product-model-code"),
    Key("structure", "all"),
    # Of no concern to any of them.
    Key("product", "00000000-0000-4000-8000-000000000000"),
    Key("record", "brands/other"),
    Key("asset", "family2/asset1"),
    Key("options", "another_attribute"),
    Key("picture", "product:a/b/c.jpg"),
)
# By the type's beginning: what is forgotten, and which kinds are due.
TOUCHED: dict[str, tuple[set[Key], set[str]]] = {
    "product.created": ({PRODUCT}, {"model"}),
    "product.deleted": ({PRODUCT}, {"model"}),
    "product.": ({PRODUCT}, set()),
    "product-model.": (set(), {"product", "model"}),
    "reference-entity-record.": ({RECORD}, set()),
    "asset.": ({ASSET}, set()),
    "attribute-option.": ({OPTIONS}, {"structure", "product"}),
    "attribute.": (set(), {"structure"}),
    "attribute-group.": (set(), {"structure"}),
    "family.": (set(), {"structure"}),
    "category.deleted": (set(), {"product"}),
    "": (set(), set()),
}


def examples() -> dict[str, Any]:
    if not EXAMPLES.exists():
        pytest.skip(f"the published examples are not at {EXAMPLES}")
    events: dict[str, Any] = json.loads(EXAMPLES.read_text())["events"]
    return events


async def touched(kind: str, data: Any) -> tuple[set[Key], set[str]]:
    """What an event makes forgotten, and which kinds it makes due."""
    store, scope = MemoryCacheStore(), Scope(uuid4(), 1)
    await store.open_fence(scope)
    for entry in ENTRIES:
        await keep(store, scope, entry)

    await Changes(store).take(scope, kind, data)

    forgotten, due = set(), set()
    for entry in ENTRIES:
        outcome = await store.read_or_lease(scope, entry)
        if not isinstance(outcome, Found):
            forgotten.add(entry)
        elif outcome.refresh is not None:
            due.add(entry.kind)
    await store.aclose()
    return forgotten, due


async def test_each_published_event_touches_what_it_names_and_what_hangs_on_it() -> None:
    events = examples()

    for name, event in events.items():
        kind = name.removeprefix(PREFIX)
        expected = next(what for begin, what in TOUCHED.items() if kind.startswith(begin))

        assert await touched(kind, event["data"]) == expected, name

    print(f"events {len(events)}")
    assert len(events) == 37


@pytest.mark.parametrize(
    "kind",
    [
        *("channel.updated", "locale.created", "association-type.deleted"),
        *("measurement-family.updated", "reference-entity.updated", "asset-family.deleted"),
    ],
)
async def test_events_that_may_come_one_day_outdate_the_structure(kind: str) -> None:
    assert await touched(kind, {}) == (set(), {"structure"})


def test_only_published_events_are_subscribed_to() -> None:
    assert set(EVENTS) <= examples().keys()


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("product.updated", {}),
        ("product.updated", {"product": None}),
        ("product.updated", {"product": {"uuid": 7}}),
        ("product.updated", {"product": {"uuid": "none"}}),
        ("reference-entity-record.updated", {"reference_entity_record": []}),
        ("reference-entity-record.updated", {"reference_entity_record": {"code": "Addadas"}}),
        (
            "reference-entity-record.updated",
            {"reference_entity_record": {"code": 7, "reference_entity": {"code": "brands"}}},
        ),
        ("asset.updated", {"asset": {"code": "x" * 256, "asset_family": {"code": "family1"}}}),
        ("asset.updated", {"asset": {"code": "asset1", "asset_family": "family1"}}),
        ("asset.updated", {"asset": {"code": "", "asset_family": {"code": "family1"}}}),
        ("", {}),
        (".", {}),
        ("another.kind", {"product": {"uuid": PRODUCT.name}}),
    ],
)
async def test_an_event_that_names_nothing_touches_nothing(kind: str, data: Any) -> None:
    assert await touched(kind, data) == (set(), set())
