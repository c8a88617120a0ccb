"""Entries that came along with another one's fetch, in both stores."""

import asyncio
import random
from uuid import uuid4

import pytest

from quart_passport.cache.store import (
    MOST_COMPANIONS,
    CacheStore,
    Found,
    Gone,
    Key,
    Lease,
    Scope,
    Wait,
)
from tests.cache.keeping import body_of, keep, product_key, take_lease

ROUNDS = 100
STEEL, WOOL, CORK = [Key("record", f"materials/{code}") for code in ("steel", "wool", "cork")]


async def bring(
    store: CacheStore,
    lease: Lease,
    companions: dict[Key, bytes],
    body: bytes = b"steel",
    *,
    ttl: float = 60.0,
    refresh_after: float = 30.0,
) -> bool:
    """Fill the entry that the lease is for, and others with it."""
    return await store.fill(
        lease, lease.key, body, ttl=ttl, refresh_after=refresh_after, companions=companions
    )


async def test_companions_are_entries_of_their_own(store: CacheStore, scope: Scope) -> None:
    lease = await take_lease(store, scope, STEEL)

    filled = await bring(store, lease, {WOOL: b"wool", CORK: b"cork"})

    found = [await store.read_or_lease(scope, key) for key in (STEEL, WOOL, CORK)]
    assert filled
    assert [one.body for one in found if isinstance(one, Found)] == [b"steel", b"wool", b"cork"]
    assert {one.refresh for one in found if isinstance(one, Found)} == {None}
    assert await store.count(scope, "record") == 3


async def test_companions_live_as_long_as_the_entry_and_no_longer(
    store: CacheStore, scope: Scope
) -> None:
    lease = await take_lease(store, scope, STEEL)
    await bring(store, lease, {WOOL: b"wool"}, ttl=0.4, refresh_after=0.05)
    await asyncio.sleep(0.1)

    due = await store.read_or_lease(scope, WOOL)
    await asyncio.sleep(0.35)

    assert isinstance(due, Found)
    assert due.refresh is not None
    assert due.refresh.lock != lease.lock
    assert await body_of(store, scope, WOOL) is None


async def test_an_empty_body_is_found_as_entry_companion_and_through_an_alias(
    store: CacheStore, scope: Scope
) -> None:
    alias = Key("identifier", "no such thing")
    lease = await take_lease(store, scope, alias)
    await store.fill(
        lease, STEEL, b"", ttl=60, refresh_after=0.01, aliases=(alias,), companions={WOOL: b""}
    )
    await asyncio.sleep(0.05)

    found = [await store.read_or_lease(scope, key) for key in (STEEL, WOOL, alias)]

    assert [getattr(one, "body", None) for one in found] == [b"", b"", b""]
    assert [getattr(one, "refresh", None) is not None for one in found] == [True, True, False]
    assert await store.count(scope, "record") == 2


async def test_a_forgotten_companion_is_left_out_and_the_rest_is_kept(
    store: CacheStore, scope: Scope
) -> None:
    lease = await take_lease(store, scope, STEEL)
    await store.forget(scope, WOOL)

    filled = await bring(store, lease, {WOOL: b"old", CORK: b"cork"})

    assert filled
    assert await body_of(store, scope, STEEL) == b"steel"
    assert await body_of(store, scope, CORK) == b"cork"
    assert isinstance(await store.read_or_lease(scope, WOOL), Lease)


async def test_what_came_after_the_forgetting_is_not_replaced_by_an_older_companion(
    store: CacheStore, scope: Scope
) -> None:
    lease = await take_lease(store, scope, STEEL)
    await store.forget(scope, WOOL)
    await keep(store, scope, WOOL, b"new")

    await bring(store, lease, {WOOL: b"old"})

    assert await body_of(store, scope, WOOL) == b"new"


async def test_a_forgotten_entry_takes_its_companions_along(
    store: CacheStore, scope: Scope
) -> None:
    lease = await take_lease(store, scope, STEEL)
    await store.forget(scope, STEEL)

    filled = await bring(store, lease, {WOOL: b"wool"})

    assert not filled
    assert await body_of(store, scope, WOOL) is None


@pytest.mark.parametrize("end", ["cleared", "closed", "replaced"])
async def test_no_companion_outlives_its_fence(store: CacheStore, scope: Scope, end: str) -> None:
    lease = await take_lease(store, scope, STEEL)
    match end:
        case "cleared":
            await store.clear(scope)
        case "closed":
            await store.close_fence(scope.connection)
        case _:
            scope = Scope(scope.connection, scope.generation + 1)
            await store.open_fence(scope)

    filled = await bring(store, lease, {WOOL: b"wool"})

    assert not filled
    assert await body_of(store, scope, WOOL) is None
    assert await store.count(scope, "record") == 0


async def test_a_companion_replaces_an_absence_and_leaves_its_lease_alone(
    store: CacheStore, scope: Scope
) -> None:
    await store.fill_absent(await take_lease(store, scope, WOOL), "unknown", seconds=60)
    fetching = await take_lease(store, scope, CORK)
    lease = await take_lease(store, scope, STEEL)

    await bring(store, lease, {WOOL: b"wool", CORK: b"cork"})
    served = await body_of(store, scope, CORK)
    filled = await bring(store, fetching, {}, b"younger cork")

    assert (await body_of(store, scope, WOOL), served, filled) == (b"wool", b"cork", True)
    assert await body_of(store, scope, CORK) == b"younger cork"


async def test_the_entry_itself_is_no_companion(store: CacheStore, scope: Scope) -> None:
    alias = Key("identifier", "SKU 1")
    lease = await take_lease(store, scope, alias)

    await store.fill(
        lease, STEEL, b"steel", ttl=60, refresh_after=30, companions={STEEL: b"another"}
    )

    assert await body_of(store, scope, alias) == b"steel"


async def test_a_whole_page_of_companions_is_one_step(store: CacheStore, scope: Scope) -> None:
    page = {Key("record", f"materials/{number}"): bytes(2_000) for number in range(MOST_COMPANIONS)}
    aliases = tuple(Key("identifier", str(number)) for number in range(20))
    lease = await take_lease(store, scope, STEEL)

    await store.fill(
        lease, STEEL, b"steel", ttl=60, refresh_after=30, aliases=aliases, companions=page
    )

    assert await store.count(scope, "record") == MOST_COMPANIONS + 1
    assert {await body_of(store, scope, key) for key in page} == {bytes(2_000)}


async def test_more_companions_than_a_step_should_store_are_refused(
    store: CacheStore, scope: Scope
) -> None:
    many = {Key("record", str(number)): b"" for number in range(MOST_COMPANIONS + 1)}
    lease = await take_lease(store, scope, STEEL)

    with pytest.raises(ValueError, match="101 companions"):
        await bring(store, lease, many)

    assert await store.count(scope, "record") == 0
    assert await store.read_or_lease(scope, STEEL) == Wait()


async def test_no_fetch_in_flight_brings_back_a_forgotten_companion(
    store: CacheStore, scope: Scope
) -> None:
    chance, bad, kept = random.Random(9), 0, 0
    for _ in range(ROUNDS):
        entry, changed = product_key(), product_key()
        versions = {"at the PIM": b"old"}

        async def look(
            entry: Key = entry, changed: Key = changed, versions: dict[str, bytes] = versions
        ) -> None:
            lease = await take_lease(store, scope, entry)
            await asyncio.sleep(chance.random() * 0.002)
            body = versions["at the PIM"]
            await asyncio.sleep(chance.random() * 0.002)
            await bring(store, lease, {changed: body})

        async def change(changed: Key = changed, versions: dict[str, bytes] = versions) -> None:
            await asyncio.sleep(chance.random() * 0.004)
            versions["at the PIM"] = b"new"
            await store.forget(scope, changed)

        await asyncio.gather(look(), change())

        bad += await body_of(store, scope, changed) == b"old"
        kept += await body_of(store, scope, entry) == b"steel"

    print(f"tried {ROUNDS}, bad {bad}")
    assert (bad, kept) == (0, ROUNDS)


async def test_no_companion_survives_a_closing(store: CacheStore) -> None:
    chance, bad = random.Random(10), 0
    for _ in range(ROUNDS):
        scope = Scope(uuid4(), 1)
        await store.open_fence(scope)
        leases = [await take_lease(store, scope, product_key()) for _ in range(4)]
        companions = {Key("record", str(number)): b"x" for number in range(20)}

        async def fill(lease: Lease, companions: dict[Key, bytes] = companions) -> None:
            await asyncio.sleep(chance.random() * 0.004)
            await bring(store, lease, companions)

        async def close(scope: Scope = scope) -> None:
            await asyncio.sleep(chance.random() * 0.004)
            await store.close_fence(scope.connection)

        await asyncio.gather(*(fill(lease) for lease in leases), close())

        outcomes = [await store.read_or_lease(scope, key) for key in companions]
        left = await store.sweep(scope.connection)
        bad += any(outcome != Gone() for outcome in outcomes) or left > 0

    print(f"tried {ROUNDS}, bad {bad}")
    assert bad == 0
