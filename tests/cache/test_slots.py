"""The right to call a PIM: of one process alone, and of all that share a store."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest

from quart_passport.cache.memory import MemoryCacheStore
from quart_passport.cache.redis import RedisCacheStore
from quart_passport.cache.slots import StoreSlots
from quart_passport.cache.store import CacheStore
from quart_passport.errors import PimUnavailable
from quart_passport.pim.slots import CALLS_AT_ONCE, CallSlots, ProcessSlots
from tests.cache.keeping import PATIENCE
from tests.servers import RunningServer, running_redis


class Calls:
    """What a PIM sees: how many calls are under way, the most there were, and their order."""

    def __init__(self) -> None:
        self.under_way = 0
        self.most = 0
        self.order: list[object] = []

    @asynccontextmanager
    async def call(self, slots: CallSlots, connection: UUID, name: object) -> AsyncIterator[None]:
        async with slots.slot(connection):
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            self.order.append(name)
            try:
                yield
            finally:
                self.under_way -= 1

    async def make(
        self, slots: CallSlots, connection: UUID, name: object = None, seconds: float = 0.005
    ) -> None:
        async with self.call(slots, connection, name):
            await asyncio.sleep(seconds)


@pytest.fixture(params=["process", "memory", "redis"])
async def slots(request: pytest.FixtureRequest) -> AsyncIterator[CallSlots]:
    if request.param == "process":
        yield ProcessSlots()
        return
    store: CacheStore = MemoryCacheStore()
    if request.param == "redis":
        store = RedisCacheStore.connect(request.getfixturevalue("redis_url"), time_limit=PATIENCE)
    yield StoreSlots(store)
    await store.aclose()


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def connection() -> UUID:
    return uuid4()


async def test_never_more_than_three_calls_are_under_way(
    slots: CallSlots, calls: Calls, connection: UUID
) -> None:
    await asyncio.gather(*(calls.make(slots, connection) for _ in range(100)))

    print(f"tried 100, most at once {calls.most}")
    assert (len(calls.order), calls.most) == (100, CALLS_AT_ONCE)


async def test_callers_are_served_in_the_order_of_arrival(
    slots: CallSlots, calls: Calls, connection: UUID
) -> None:
    await asyncio.gather(*(calls.make(slots, connection, number) for number in range(60)))

    assert calls.order == list(range(60))


async def test_connections_do_not_wait_for_each_other(
    slots: CallSlots, calls: Calls, connection: UUID
) -> None:
    async with (
        slots.slot(connection),
        slots.slot(connection),
        slots.slot(connection),
        asyncio.timeout(PATIENCE),
    ):
        await slots.rest(uuid4(), 60)
        await calls.make(slots, uuid4(), "another's")

    assert calls.order == ["another's"]


async def test_a_failing_call_gives_its_slot_back(
    slots: CallSlots, calls: Calls, connection: UUID
) -> None:
    for _ in range(7):
        with pytest.raises(ZeroDivisionError):
            async with calls.call(slots, connection, "fails"):
                raise ZeroDivisionError

    await all_slots_are_free(slots, connection)


async def test_callers_who_leave_take_no_slot_along(
    slots: CallSlots, calls: Calls, connection: UUID
) -> None:
    chance, tried = random.Random(11), 150
    tasks = [
        asyncio.create_task(calls.make(slots, connection, seconds=chance.random() * 0.01))
        for _ in range(tried)
    ]

    for task in chance.sample(tasks, tried):
        await asyncio.sleep(chance.random() * 0.003)
        task.cancel()
        if chance.random() < 0.5:
            # Once more, in the middle of its farewell.
            await asyncio.sleep(0)
            task.cancel()
    await asyncio.wait(tasks)

    left = sum(task.cancelled() for task in tasks)
    print(f"tried {tried}, left early {left}, most at once {calls.most}")
    assert 0 < left < tried
    assert calls.most <= CALLS_AT_ONCE
    await all_slots_are_free(slots, connection)


async def test_after_a_rest_was_asked_for_nobody_calls_for_so_long(
    slots: CallSlots, calls: Calls, connection: UUID
) -> None:
    async with calls.call(slots, connection, "under way"):
        started = time.monotonic()
        await slots.rest(connection, 0.5)
        await slots.rest(connection, 0.1)
        waiting = [asyncio.create_task(calls.make(slots, connection, "later")) for _ in range(6)]
        await asyncio.sleep(0.3)
        early = list(calls.order)

    await asyncio.gather(*waiting)

    assert early == ["under way"]
    assert calls.order == ["under way"] + ["later"] * 6
    assert 0.5 <= time.monotonic() - started < PATIENCE


async def test_who_would_wait_longer_than_a_call_may_take_is_told_at_once(
    slots: CallSlots, calls: Calls, connection: UUID
) -> None:
    await slots.rest(connection, 30)

    answers = await asyncio.gather(
        *(calls.make(slots, connection) for _ in range(20)), return_exceptions=True
    )

    assert {type(answer) for answer in answers} == {PimUnavailable}
    assert {getattr(answer, "retry_after", 0) for answer in answers} <= {29, 30}
    assert calls.order == []


async def test_a_rest_is_not_drawn_out_by_those_who_ask(
    slots: CallSlots, calls: Calls, connection: UUID
) -> None:
    await slots.rest(connection, 9)
    answers = []

    for _ in range(30):
        try:
            await calls.make(slots, connection)
        except PimUnavailable as error:
            answers.append(error.retry_after)
        await asyncio.sleep(0.001)

    assert answers == [9] * 30


@pytest.mark.parametrize("kind", ["process", "store"])
async def test_connections_that_nobody_calls_any_more_are_let_go_of(kind: str) -> None:
    clock = iter(range(10**9))
    process, store = ProcessSlots(clock=lambda: next(clock)), StoreSlots(MemoryCacheStore())
    slots: CallSlots = process if kind == "process" else store

    for number in range(500):
        gone = uuid4()
        await slots.rest(gone, 0.0001)
        await asyncio.sleep(0.0002)
        if number < 250:
            async with slots.slot(gone):
                pass
    await slots.rest(uuid4(), 60)

    assert len(process._rests) + len(process._semaphores) <= 3
    assert len(store._own) + len(store._queues) + len(store._leaving) <= 3
    await store._store.aclose()


async def test_two_processes_share_three_slots(
    redis_url: str, calls: Calls, connection: UUID
) -> None:
    store = RedisCacheStore.connect(redis_url, time_limit=PATIENCE)
    processes = [StoreSlots(store), StoreSlots(store)]

    await asyncio.gather(
        *(calls.make(slots, connection, slots) for slots in processes for _ in range(60))
    )

    assert (len(calls.order), calls.most) == (120, CALLS_AT_ONCE)
    await store.aclose()


@pytest.mark.parametrize("kind", ["memory", "redis"])
async def test_one_caller_is_not_starved_by_the_crowds_of_other_processes(
    request: pytest.FixtureRequest, kind: str, calls: Calls, connection: UUID
) -> None:
    store: CacheStore = MemoryCacheStore()
    if kind == "redis":
        store = RedisCacheStore.connect(request.getfixturevalue("redis_url"), time_limit=PATIENCE)
    crowds = [StoreSlots(store) for _ in range(4)]
    crowd = [
        asyncio.create_task(calls.make(slots, connection, "of a crowd", 0.01))
        for slots in crowds
        for _ in range(40)
    ]
    places = []

    for _ in range(8):
        await asyncio.sleep(0.02)
        before = len(calls.order)
        await calls.make(StoreSlots(store), connection, "alone", 0.01)
        places.append(calls.order.index("alone", before) - before)
    unserved = sum(not task.done() for task in crowd)
    await asyncio.gather(*crowd)

    print(f"served before the one who came alone: {places}")
    assert unserved > 0
    # One of each crowd stands in line before, and three may be let through until the first asking,
    # which a busy machine may put off.
    assert sorted(places)[len(places) // 2] <= len(crowds) + CALLS_AT_ONCE
    assert max(places) <= 30
    assert calls.most == CALLS_AT_ONCE
    await store.aclose()


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with running_redis() as running:
        yield running


async def test_while_the_store_is_down_each_process_calls_one_at_a_time(
    calls: Calls, connection: UUID
) -> None:
    store = RedisCacheStore.connect("redis://127.0.0.1:1/0")
    slots = StoreSlots(store)
    started = time.monotonic()

    await asyncio.gather(*(calls.make(slots, connection, number) for number in range(30)))

    assert (calls.order, calls.most) == (list(range(30)), 1)
    # It may only have been late.
    assert time.monotonic() - started >= 1.0
    await store.aclose()


async def test_a_store_that_goes_down_adds_no_slots_to_those_that_it_gave(
    server: RunningServer, calls: Calls, connection: UUID
) -> None:
    store = RedisCacheStore.connect(server.url)
    slots = StoreSlots(store)
    tasks = [asyncio.create_task(calls.make(slots, connection, n, 0.5)) for n in range(6)]
    await asyncio.sleep(0.2)

    server.stop()
    await asyncio.gather(*tasks)

    assert calls.order == list(range(6))
    assert calls.most == CALLS_AT_ONCE
    await store.aclose()


async def test_a_rest_holds_while_the_store_is_down(calls: Calls, connection: UUID) -> None:
    store = RedisCacheStore.connect("redis://127.0.0.1:1/0")
    slots = StoreSlots(store)
    started = time.monotonic()
    await slots.rest(connection, 0.3)

    await asyncio.gather(*(calls.make(slots, connection) for _ in range(4)))

    assert time.monotonic() - started >= 0.3
    assert calls.most <= CALLS_AT_ONCE
    await store.aclose()


async def test_a_store_that_hangs_and_comes_back_costs_no_call(
    server: RunningServer, calls: Calls, connection: UUID
) -> None:
    store = RedisCacheStore.connect(server.url)
    slots = StoreSlots(store)
    tasks = [asyncio.create_task(calls.make(slots, connection, n, 0.02)) for n in range(90)]
    await asyncio.sleep(0.1)

    server.pause()
    await asyncio.sleep(0.5)
    server.resume()
    started = time.monotonic()
    await asyncio.gather(*tasks)

    print(f"served within {time.monotonic() - started:.2f} s, most at once {calls.most}")
    assert calls.order == list(range(90))
    assert calls.most == CALLS_AT_ONCE
    await store.aclose()


async def all_slots_are_free(slots: CallSlots, connection: UUID) -> None:
    """All three can be held at once, long before a lost one would come back by itself."""
    async with (
        asyncio.timeout(PATIENCE / 2),
        slots.slot(connection),
        slots.slot(connection),
        slots.slot(connection),
    ):
        pass
