"""What only the store in memory promises: bounds in bytes and in time."""

import asyncio
import gc
import tracemalloc
from uuid import uuid4

import pytest

from quart_passport.cache.memory import MemoryCacheStore
from quart_passport.cache.reading import Fetched, ReadThrough
from quart_passport.cache.shelf import Shelf
from quart_passport.cache.store import (
    LEASE_SECONDS,
    MOST_COMPANIONS,
    Found,
    Key,
    Lease,
    Scope,
    Wait,
)
from quart_passport.errors import Unavailable
from tests.cache.keeping import body_of, keep, product_key, take_lease

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


async def test_thousands_of_entries_and_hundreds_of_pictures_stay_within_the_limit() -> None:
    limit = 16_000_000
    store, scope = MemoryCacheStore(limit=limit), Scope(uuid4(), 1)
    await store.open_fence(scope)
    heaviest, tracing = 0, not tracemalloc.is_tracing()
    if tracing:
        tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()

    for number in range(50):
        lease, others = await take_lease(store, scope, product_key()), range(MOST_COMPANIONS - 1)
        companions = {Key("record", f"{number}/{other}"): bytes(1_500) for other in others}
        aliases = (Key("identifier", f"SKU {number}"),)
        assert await store.fill(
            lease, lease.key, bytes(1_500), ttl=60, refresh_after=30,
            aliases=aliases, companions=companions,
        )  # fmt: skip
        heaviest = max(heaviest, store._data.weight)
    entries, used_by_entries = store._data.weight, tracemalloc.get_traced_memory()[0] - before
    for number in range(500):
        await keep(store, scope, Key("rendition", f"{number}@640.webp"), bytes(200_000))
        await store.forget(scope, Key("rendition", f"{number}@1280.webp"))
        heaviest = max(heaviest, store._data.weight)

    used = tracemalloc.get_traced_memory()[0] - before
    if tracing:
        tracemalloc.stop()
    others = store._leases.weight + store._forgotten.weight
    print(f"5,000 entries {entries:,}, used {used_by_entries:,} bytes")
    print(f"heaviest {heaviest:,}, marks {others:,}, used {used:,} bytes")
    assert entries > 5_000 * 1_500
    assert limit * 0.9 < heaviest <= limit
    # The weight is an estimate.
    assert used_by_entries <= entries * 1.05
    assert used <= (limit + others) * 1.05
    assert await body_of(store, scope, Key("rendition", "499@640.webp")) == bytes(200_000)
    await store.aclose()


async def test_what_would_push_out_most_of_the_others_is_not_kept() -> None:
    store, scope = MemoryCacheStore(limit=100_000), Scope(uuid4(), 1)
    await store.open_fence(scope)
    entries = [product_key() for _ in range(10)]
    for entry in entries:
        await keep(store, scope, entry, bytes(4_000))
    large, companion = product_key(), product_key()

    for size in (26_000, 200_000):
        await keep(store, scope, large, bytes(size), SKU)
    lease = await take_lease(store, scope, Key("record", "small"))
    kept = await store.fill(
        lease, lease.key, b"small", ttl=60, refresh_after=30, companions={companion: bytes(200_000)}
    )

    assert kept
    assert await body_of(store, scope, lease.key) == b"small"
    assert [await body_of(store, scope, key) for key in (large, SKU, companion)] == [None] * 3
    assert [await body_of(store, scope, entry) for entry in entries] == [bytes(4_000)] * 10
    await store.aclose()


async def test_a_body_that_became_too_large_is_not_served_as_it_was() -> None:
    store, scope, entry = MemoryCacheStore(limit=100_000), Scope(uuid4(), 1), product_key()
    await store.open_fence(scope)
    await keep(store, scope, entry, b"old", ttl=60, refresh_after=0.001)
    await asyncio.sleep(0.01)
    due = await store.read_or_lease(scope, entry)
    assert isinstance(due, Found)
    assert due.refresh is not None

    await store.fill(due.refresh, entry, bytes(90_000), ttl=60, refresh_after=30)

    assert await body_of(store, scope, entry) is None
    await store.aclose()


def test_a_shelf_weighs_what_it_holds_and_no_more() -> None:
    clock = Clock()
    shelf: Shelf[str, bytes] = Shelf(100_000, clock)

    for number in range(1_000):
        shelf.put(str(number % 60), bytes(number % 7_000), size=number % 7_000, seconds=5)
        shelf.drop(str(number % 13))
    held = len(shelf)
    clock.now += 5
    shelf.drop_expired()

    assert held > 0
    assert (len(shelf), shelf.weight) == (0, 0)


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


@pytest.mark.parametrize(("deadline", "others_wait"), [(8.0, False), (45.0, True)])
async def test_a_fetch_that_may_take_long_keeps_its_lease_as_long(
    deadline: float, *, others_wait: bool
) -> None:
    clock = Clock()
    store, scope = MemoryCacheStore(clock), Scope(uuid4(), 1)
    await store.open_fence(scope)
    reading = ReadThrough(store, wait=0.05, deadline=deadline)
    begun = asyncio.Event()

    async def fetch() -> Fetched:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError("it is cancelled")

    with pytest.raises(Unavailable):
        await reading.read(scope, Key("structure", "all"), fetch)
    assert begun.is_set()
    clock.now += LEASE_SECONDS + 1
    outcome = await store.read_or_lease(scope, Key("structure", "all"))

    assert isinstance(outcome, Wait) is others_wait
    await reading.aclose()
    await store.aclose()
