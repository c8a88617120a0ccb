"""Deletion and forgetting against fetches that are under way, many times over."""

import asyncio
import random
from uuid import uuid4

import redis.asyncio

from quart_passport.cache.redis import RedisCacheStore
from quart_passport.cache.store import CacheStore, Found, Gone, Key, Lease, Scope
from tests.cache.keeping import PATIENCE, body_of, product_key, take_lease

ROUNDS = 300
REFILLS = 8


async def test_no_refill_survives_a_closing(store: CacheStore) -> None:
    chance, bad = random.Random(7), 0
    for _ in range(ROUNDS):
        scope = Scope(uuid4(), 1)
        await store.open_fence(scope)
        keys = [Key("identifier", str(number)) for number in range(REFILLS)]
        leases = [await take_lease(store, scope, key) for key in keys]

        work = [_fill_later(store, lease, chance.random() * 0.004) for lease in leases]
        work.append(_close_later(store, scope, chance.random() * 0.004))
        await asyncio.gather(*work)

        outcomes = [await store.read_or_lease(scope, key) for key in keys]
        left = await store.sweep(scope.connection)
        bad += any(outcome != Gone() for outcome in outcomes) or left > 0

    print(f"tried {ROUNDS}, bad {bad}")
    assert bad == 0


async def test_no_look_up_in_flight_brings_back_what_was_forgotten(store: CacheStore) -> None:
    chance, bad, kept = random.Random(8), 0, 0
    scope = Scope(uuid4(), 1)
    await store.open_fence(scope)
    for number in range(ROUNDS):
        entry = product_key()
        names = [entry, Key("identifier", f"SKU {number}"), Key("gtin", f"{number:014}")]
        versions = {"at the PIM": b"old"}

        async def look(
            name: Key, entry: Key = entry, versions: dict[str, bytes] = versions
        ) -> bool:
            outcome = await store.read_or_lease(scope, name)
            if not isinstance(outcome, Lease):
                return isinstance(outcome, Found)
            body = versions["at the PIM"]
            await asyncio.sleep(chance.random() * 0.004)
            return await store.fill(outcome, entry, body, ttl=60, refresh_after=30)

        async def change(entry: Key = entry, versions: dict[str, bytes] = versions) -> None:
            await asyncio.sleep(chance.random() * 0.004)
            versions["at the PIM"] = b"new"
            await store.forget(scope, entry)

        filled = await asyncio.gather(*(look(name) for name in names), change())
        kept += any(filled[:3])
        bad += any([await body_of(store, scope, name) == b"old" for name in names])

    print(f"tried {ROUNDS}, bad {bad}")
    assert bad == 0
    assert kept > 0


async def test_many_entries_are_closed_and_cleared(redis_url: str) -> None:
    """More than one step of the purge, so that the steps after the first are seen to work."""
    store, scope = RedisCacheStore.connect(redis_url, time_limit=PATIENCE), Scope(uuid4(), 1)
    await store.open_fence(scope)
    for number in range(2_500):
        lease = Lease(scope, product_key(), 2**53, "none", "product:none")
        alias = Key("identifier", str(number))
        await store.fill(lease, lease.key, b"x", ttl=60, refresh_after=30, aliases=(alias,))

    counted = await store.count(scope, "product")
    cleared = await store.clear(scope)
    for _ in range(2_500):
        lease = Lease(scope, product_key(), 2**53, "none", "product:none")
        await store.fill(lease, lease.key, b"x", ttl=60, refresh_after=30)
    closed = await store.close_fence(scope.connection)

    async with redis.asyncio.from_url(redis_url) as client:
        left = [key async for key in client.scan_iter("*")]
    assert (counted, cleared, closed) == (2_500, 2_500, 2_500)
    assert left == [f"qp:{{{scope.connection}}}:fence".encode()]
    await store.aclose()


async def _fill_later(store: CacheStore, lease: Lease, seconds: float) -> None:
    await asyncio.sleep(seconds)
    aliases = (Key("gtin", lease.key.name),)
    await store.fill(lease, product_key(), b"body", ttl=60, refresh_after=30, aliases=aliases)


async def _close_later(store: CacheStore, scope: Scope, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await store.close_fence(scope.connection)
