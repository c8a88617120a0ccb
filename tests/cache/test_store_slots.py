"""The slots that a store hands out, in both stores."""

import asyncio
from uuid import UUID, uuid4

import pytest
import redis.asyncio

from quart_passport.cache.memory import MemoryCacheStore
from quart_passport.cache.redis import RedisCacheStore
from quart_passport.cache.store import PLACE_SECONDS, CacheStore, Lease, Scope
from tests.cache.keeping import PATIENCE, product_key
from tests.servers import running_redis


@pytest.fixture
def connection() -> UUID:
    """One without a fence."""
    return uuid4()


async def ask(
    store: CacheStore, connection: UUID, *tokens: str, most: int = 3, seconds: float = 10.0
) -> list[float]:
    """What each is told, one after another."""
    return [
        await store.take_slot(connection, token, most=most, seconds=seconds) for token in tokens
    ]


async def test_there_are_as_many_slots_as_were_agreed(store: CacheStore, connection: UUID) -> None:
    told = await ask(store, connection, "a", "b", "c", "d")

    assert told[:3] == [0.0, 0.0, 0.0]
    assert 0 < told[3] < PLACE_SECONDS


async def test_a_slot_that_was_given_back_is_free(store: CacheStore, connection: UUID) -> None:
    await ask(store, connection, "a", "b", "c", "d")

    await store.give_back_slot(connection, "b")

    assert await ask(store, connection, "d") == [0.0]
    assert (await ask(store, connection, "e"))[0] > 0


async def test_what_nobody_holds_is_given_back_in_vain(store: CacheStore, connection: UUID) -> None:
    await ask(store, connection, "a", most=1)

    await store.give_back_slot(connection, "another's")

    assert (await ask(store, connection, "b", most=1))[0] > 0


async def test_a_slot_is_free_when_its_time_is_over(store: CacheStore, connection: UUID) -> None:
    await ask(store, connection, "dead", most=1, seconds=0.3)

    before = await ask(store, connection, "b", most=1)
    await asyncio.sleep(0.35)
    after = await ask(store, connection, "b", most=1)

    assert before[0] > 0
    assert after == [0.0]


async def test_a_dead_holder_is_not_kept_by_those_who_live(
    store: CacheStore, connection: UUID
) -> None:
    await ask(store, connection, "dead", most=2, seconds=0.3)
    await ask(store, connection, "alive", most=2, seconds=10)

    before = await ask(store, connection, "next", most=2)
    await asyncio.sleep(0.35)
    after = await ask(store, connection, "next", "last", most=2)

    assert before[0] > 0
    assert after[0] == 0.0 < after[1]


async def test_who_asked_first_is_served_first(store: CacheStore, connection: UUID) -> None:
    await ask(store, connection, "a", most=1)
    await ask(store, connection, "b", "c", "d", "c", "b", most=1)
    served = []

    for holder in "abc":
        await store.give_back_slot(connection, holder)
        told = await ask(store, connection, *"dcb", most=1)
        served += [token for token, seconds in zip("dcb", told, strict=True) if seconds == 0]

    assert served == ["b", "c", "d"]


async def test_who_is_first_in_line_is_to_ask_soonest(store: CacheStore, connection: UUID) -> None:
    await ask(store, connection, "a", most=1)

    told = await ask(store, connection, *"bcdefghijklmnop", most=1)

    assert told == sorted(told)
    assert told[0] < told[1] < told[-1] < PLACE_SECONDS / 2


async def test_who_leaves_the_line_keeps_nobody_waiting(
    store: CacheStore, connection: UUID
) -> None:
    await ask(store, connection, "a", "b", "c", most=1)

    await store.give_back_slot(connection, "b")
    await store.give_back_slot(connection, "a")

    assert await ask(store, connection, "c", most=1) == [0.0]


async def test_who_stopped_asking_keeps_nobody_waiting(store: CacheStore, connection: UUID) -> None:
    await ask(store, connection, "a", "dead", most=1)
    await store.give_back_slot(connection, "a")
    before = await ask(store, connection, "c", most=1)

    await asyncio.sleep(PLACE_SECONDS * 0.6)
    await ask(store, connection, "c", most=1)
    await asyncio.sleep(PLACE_SECONDS * 0.5)

    assert before[0] > 0
    assert await ask(store, connection, "c", most=1) == [0.0]


async def test_a_pause_is_for_everybody_and_says_how_long(
    store: CacheStore, connection: UUID
) -> None:
    await ask(store, connection, "a")
    await store.pause_slots(connection, seconds=0.4)
    await store.pause_slots(connection, seconds=0.1)

    early = await ask(store, connection, "b", "c")
    await asyncio.sleep(0.45)
    late = await ask(store, connection, "b", "c", "d")

    assert all(0.2 < seconds <= 0.4 for seconds in early)
    assert late[:2] == [0.0, 0.0]
    assert late[2] > 0


async def test_connections_have_slots_of_their_own(store: CacheStore, connection: UUID) -> None:
    other = uuid4()
    await ask(store, connection, "a", "b", most=1)
    await store.pause_slots(connection, seconds=60)

    assert await ask(store, other, "a", most=1) == [0.0]


async def test_closing_and_sweeping_take_slots_line_and_pause_away(
    store: CacheStore, connection: UUID
) -> None:
    await ask(store, connection, "a", "b", most=1)
    await store.close_fence(connection)
    swept = await store.sweep(connection)
    await ask(store, connection, "c", "d", most=1)
    await store.pause_slots(connection, seconds=60)

    found = await store.sweep(connection)

    assert (swept, found > 0) == (0, True)
    assert await ask(store, connection, "e", most=1) == [0.0]


async def test_slots_outlast_a_clearing(store: CacheStore, scope: Scope) -> None:
    await ask(store, scope.connection, "a", most=1)

    await store.clear(scope)

    assert (await ask(store, scope.connection, "b", most=1))[0] > 0
    assert isinstance(await store.read_or_lease(scope, product_key()), Lease)


async def test_of_many_at_once_only_three_are_served(store: CacheStore, connection: UUID) -> None:
    told = await asyncio.gather(*(ask(store, connection, str(number)) for number in range(200)))

    assert told.count([0.0]) == 3


async def test_every_key_about_slots_ends_by_itself(redis_url: str, connection: UUID) -> None:
    store = RedisCacheStore.connect(redis_url, time_limit=PATIENCE)
    await ask(store, connection, "a", "b", "c", most=1)
    await store.pause_slots(connection, seconds=5)

    async with redis.asyncio.from_url(redis_url) as client:
        keys = [key async for key in client.scan_iter("*")]
        ends = [await client.pttl(key) for key in keys]

    assert len(keys) == 4
    assert all(0 < end <= 10_000 for end in ends)
    await store.aclose()


async def test_a_full_server_still_gives_takes_and_pauses_slots(connection: UUID) -> None:
    with running_redis() as server:
        store = RedisCacheStore.connect(server.url, time_limit=PATIENCE)
        async with redis.asyncio.from_url(server.url) as client:
            await client.config_set("maxmemory", "1")

        told = await ask(store, connection, "a", "b", most=1)
        await store.give_back_slot(connection, "a")
        again = await ask(store, connection, "b", most=1)
        await store.pause_slots(connection, seconds=5)
        paused = await ask(store, connection, "c", most=9)

        assert told[0] == 0.0 < told[1]
        assert again == [0.0]
        assert paused[0] > 4
        await store.aclose()


async def test_what_nobody_uses_any_more_leaves_the_memory() -> None:
    store = MemoryCacheStore()
    for _ in range(300):
        await ask(store, uuid4(), "dead", "waits", most=1, seconds=0.1)
    before = len(store._slots)

    await asyncio.sleep(PLACE_SECONDS + 1.2)

    assert (before, len(store._slots)) == (300, 0)
    await store.aclose()
