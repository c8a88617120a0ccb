"""What only the store in memory promises: bounds in bytes and in time."""

import asyncio
import gc
from uuid import uuid4

from quart_passport.cache.memory import MemoryCacheStore
from quart_passport.cache.store import Found, Key, Lease, Scope
from tests.cache.keeping import body_of, keep, product_key

SKU = Key("identifier", "SKU")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_memory_is_bounded_and_what_was_read_last_stays() -> None:
    store, scope = MemoryCacheStore(limit=100_000), Scope(uuid4(), 1)
    await store.open_fence(scope)
    entries = [product_key() for _ in range(100)]
    busy = entries[0]

    for entry in entries:
        await keep(store, scope, entry, bytes(4_000))
        assert await body_of(store, scope, busy) is not None

    held = await store.count(scope, "product")
    print(f"tried {len(entries)}, held {held}")
    assert 15 <= held <= 25
    assert await body_of(store, scope, entries[1]) is None
    assert await body_of(store, scope, entries[-1]) is not None
    await store.aclose()


async def test_a_fence_is_never_evicted() -> None:
    store, scope = MemoryCacheStore(limit=1_000), Scope(uuid4(), 1)
    await store.open_fence(scope)

    for _ in range(50):
        await keep(store, scope, product_key(), bytes(2_000))

    assert isinstance(await store.read_or_lease(scope, product_key()), Lease)
    await store.aclose()


async def test_times_follow_the_clock() -> None:
    clock = Clock()
    store, scope, entry = MemoryCacheStore(clock), Scope(uuid4(), 1), product_key()
    await store.open_fence(scope)
    await keep(store, scope, entry, b"body", ttl=3600, refresh_after=900)

    outcomes = []
    for clock.now in (1899.9, 1900.0, 4590.0, 4600.0):
        outcomes.append(await store.read_or_lease(scope, entry))

    young, due, old, over = outcomes
    assert isinstance(young, Found)
    assert isinstance(due, Found)
    assert isinstance(old, Found)
    assert (young.refresh is None, due.refresh is None) == (True, False)
    assert round(old.remaining, 3) == 10.0
    assert isinstance(over, Lease)
    await store.aclose()


async def test_a_lease_ends_after_ten_seconds() -> None:
    clock = Clock()
    store, scope, entry = MemoryCacheStore(clock), Scope(uuid4(), 1), product_key()
    await store.open_fence(scope)
    await store.read_or_lease(scope, entry)

    clock.now += 10

    assert isinstance(await store.read_or_lease(scope, entry), Lease)
    await store.aclose()


async def test_expired_bodies_leave_the_memory_though_nobody_asks() -> None:
    store, scope = MemoryCacheStore(), Scope(uuid4(), 1)
    await store.open_fence(scope)
    canary = uuid4().bytes + b"canary of the product"
    await keep(store, scope, product_key(), canary, SKU, ttl=0.1, refresh_after=0.05)
    before = sum(canary is thing for thing in gc.get_referents(*_entries()))

    await asyncio.sleep(1.3)

    after = sum(canary is thing for thing in gc.get_referents(*_entries()))
    assert (before, after) == (1, 0)
    await store.aclose()


def _entries() -> list[object]:
    return [thing for thing in gc.get_objects() if type(thing).__name__ == "_Entry"]
