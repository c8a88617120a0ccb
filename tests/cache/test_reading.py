"""Reading through both stores: crowds, failures, visitors who leave, and a store that is down."""

import asyncio
import contextvars
from collections import Counter
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest

from quart_passport.cache.reading import Fetched, Nothing, ReadThrough
from quart_passport.cache.redis import RedisCacheStore
from quart_passport.cache.store import Absent, CacheStore, Found, Key, Scope
from quart_passport.errors import (
    CacheUnavailable,
    PassportError,
    PimProtocolError,
    PimRateLimited,
    PimUnauthorized,
    PimUnavailable,
    TenantGone,
    Unavailable,
)
from tests.cache.keeping import PATIENCE, body_of, keep, product_key
from tests.servers import running_redis

SKU = Key("identifier", "SKU 1")


class Pim:
    """What stands behind the cache: counts its calls and answers as it is told."""

    def __init__(self) -> None:
        self.calls = 0
        self.seconds = 0.02
        self.answer: Fetched | Nothing | BaseException = fetched(product_key())

    async def __call__(self) -> Fetched | Nothing:
        self.calls += 1
        await asyncio.sleep(self.seconds)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def fetched(entry: Key, body: bytes = b"body", refresh_after: float = 30.0) -> Fetched:
    return Fetched(entry, body, ttl=60.0, refresh_after=refresh_after, aliases=(SKU,))


async def until(claim: Callable[[], bool]) -> None:
    """Wait for what a task in the background is about to do."""
    async with asyncio.timeout(PATIENCE):
        while not claim():
            await asyncio.sleep(0.005)


@pytest.fixture
def pim() -> Pim:
    return Pim()


@pytest.fixture
async def reading(store: CacheStore) -> AsyncIterator[ReadThrough]:
    made = ReadThrough(store, wait=PATIENCE)
    yield made
    await made.aclose()


async def test_what_is_not_there_is_fetched_once_and_then_found(
    reading: ReadThrough, scope: Scope, pim: Pim
) -> None:
    answers = [await reading.read(scope, SKU, pim) for _ in range(3)]

    assert [getattr(answer, "body", None) for answer in answers] == [b"body"] * 3
    assert pim.calls == 1


async def test_a_crowd_of_250_costs_one_fetch(
    reading: ReadThrough, store: CacheStore, scope: Scope, pim: Pim
) -> None:
    calls = []
    for number in range(20):
        pim.calls, key = 0, Key("identifier", str(number))
        pim.answer = Fetched(product_key(), b"body", 60, 30)
        answers = await asyncio.gather(*(reading.read(scope, key, pim) for _ in range(250)))
        calls.append(pim.calls)
        assert all(isinstance(answer, Found) for answer in answers)

    print(f"tried {len(calls)}, bad {sum(count != 1 for count in calls)}")
    assert calls == [1] * 20


async def test_two_processes_fetch_once_between_them(
    reading: ReadThrough, store: CacheStore, scope: Scope, pim: Pim
) -> None:
    other = ReadThrough(store, wait=PATIENCE)

    answers = await asyncio.gather(
        *(one.read(scope, SKU, pim) for one in (reading, other) for _ in range(20))
    )

    assert all(isinstance(answer, Found) for answer in answers)
    assert pim.calls == 1
    await other.aclose()


async def test_a_visitor_who_leaves_does_not_stop_the_fetch(
    reading: ReadThrough, store: CacheStore, scope: Scope, pim: Pim
) -> None:
    first = asyncio.create_task(reading.read(scope, SKU, pim))
    await until(lambda: pim.calls == 1)
    second = asyncio.create_task(reading.read(scope, SKU, pim))
    first.cancel()

    answer = await second

    assert isinstance(answer, Found)
    assert (pim.calls, first.cancelled()) == (1, True)


async def test_nobody_waits_for_long_and_the_fill_still_comes(
    store: CacheStore, scope: Scope, pim: Pim
) -> None:
    reading, pim.seconds = ReadThrough(store, wait=0.1), 0.4

    with pytest.raises(Unavailable, match="still being fetched") as refused:
        await reading.read(scope, SKU, pim)
    await reading.aclose(grace=PATIENCE)

    assert refused.value.retry_after > 0
    assert await body_of(store, scope, SKU) == b"body"


async def test_a_fetch_without_end_is_given_up(store: CacheStore, scope: Scope, pim: Pim) -> None:
    reading, pim.seconds = ReadThrough(store, wait=PATIENCE, deadline=0.05), 3600

    for _ in range(2):
        with pytest.raises(PimUnavailable):
            await reading.read(scope, SKU, pim)

    assert pim.calls == 1


@pytest.mark.parametrize(
    ("error", "retry_after"),
    [
        (PimUnavailable("down"), 30),
        (PimRateLimited("slower", retry_after=7), 7),
        (PimProtocolError("not JSON"), None),
    ],
)
async def test_a_failing_fetch_costs_a_crowd_one_call(
    reading: ReadThrough, scope: Scope, pim: Pim, error: PassportError, retry_after: int | None
) -> None:
    pim.answer = error

    together = await asyncio.gather(
        *(reading.read(scope, SKU, pim) for _ in range(50)), return_exceptions=True
    )
    after = await asyncio.gather(reading.read(scope, SKU, pim), return_exceptions=True)

    kinds = Counter(type(answer) for answer in [*together, *after])
    assert kinds == {type(error): 51}
    assert getattr(after[0], "retry_after", None) == retry_after
    assert pim.calls == 1


async def test_an_unexpected_failure_reaches_all_who_wait_and_is_not_remembered(
    reading: ReadThrough, scope: Scope, pim: Pim
) -> None:
    pim.answer, pim.seconds = PimUnauthorized("no"), 0.3
    together = await asyncio.gather(
        *(reading.read(scope, SKU, pim) for _ in range(10)), return_exceptions=True
    )
    pim.answer = fetched(product_key())

    answer = await reading.read(scope, SKU, pim)

    assert {type(one) for one in together} == {PimUnauthorized}
    assert isinstance(answer, Found)
    assert pim.calls == 2


async def test_that_there_is_nothing_is_remembered(
    reading: ReadThrough, scope: Scope, pim: Pim
) -> None:
    pim.answer = Nothing("unpublished", seconds=60)

    answers = [await reading.read(scope, SKU, pim) for _ in range(3)]

    assert {getattr(answer, "reason", None) for answer in answers} == {"unpublished"}
    assert pim.calls == 1


async def test_what_came_along_is_found_without_another_fetch(
    reading: ReadThrough, scope: Scope, pim: Pim
) -> None:
    steel, wool, cork = (Key("record", code) for code in ("steel", "wool", "cork"))
    pim.answer = Fetched(steel, b"steel", 60, 30, companions={wool: b"wool", cork: b""})

    answers = [await reading.read(scope, key, pim) for key in (steel, wool, cork)]

    assert [getattr(answer, "body", None) for answer in answers] == [b"steel", b"wool", b""]
    assert pim.calls == 1


async def test_what_is_empty_is_fetched_once_and_refreshed_like_anything(
    reading: ReadThrough, store: CacheStore, scope: Scope, pim: Pim
) -> None:
    entry = product_key()
    pim.answer, pim.seconds = fetched(entry, b"", refresh_after=0.05), 0.05

    crowd = await asyncio.gather(*(reading.read(scope, SKU, pim) for _ in range(20)))
    calls = pim.calls
    await asyncio.sleep(0.1)
    pim.answer = fetched(entry, b"there now")
    due = await reading.read(scope, SKU, pim)
    await reading.aclose(grace=PATIENCE)

    assert {getattr(answer, "body", None) for answer in (*crowd, due)} == {b""}
    assert (calls, pim.calls) == (1, 2)
    assert await body_of(store, scope, SKU) == b"there now"


async def test_what_is_due_is_served_and_refreshed_behind(
    reading: ReadThrough, store: CacheStore, scope: Scope, pim: Pim
) -> None:
    entry = product_key()
    await keep(store, scope, entry, b"old", SKU, refresh_after=0.01)
    await asyncio.sleep(0.02)
    pim.answer, pim.seconds = fetched(entry, b"new"), 0.2

    served = await asyncio.gather(*(reading.read(scope, SKU, pim) for _ in range(20)))
    await reading.aclose(grace=PATIENCE)

    assert {getattr(answer, "body", None) for answer in served} == {b"old"}
    assert pim.calls == 1
    assert await body_of(store, scope, SKU) == b"new"


@pytest.mark.parametrize("error", [PimRateLimited("slower", retry_after=60), PimUnauthorized("no")])
async def test_a_failing_refresh_keeps_the_entry_and_pauses(
    reading: ReadThrough, store: CacheStore, scope: Scope, pim: Pim, error: PassportError
) -> None:
    await keep(store, scope, product_key(), b"old", SKU, refresh_after=0.01)
    await asyncio.sleep(0.02)
    pim.answer = error

    for _ in range(5):
        answer = await reading.read(scope, SKU, pim)
        await reading.aclose(grace=PATIENCE)
        assert getattr(answer, "body", None) == b"old"

    assert pim.calls == 1


async def test_a_refresh_that_finds_nothing_ends_the_entry(
    reading: ReadThrough, store: CacheStore, scope: Scope, pim: Pim
) -> None:
    await keep(store, scope, product_key(), b"old", SKU, refresh_after=0.01)
    await asyncio.sleep(0.02)
    pim.answer = Nothing("unpublished")

    await reading.read(scope, SKU, pim)
    await reading.aclose(grace=PATIENCE)

    assert isinstance(await reading.read(scope, SKU, pim), Absent)


async def test_what_was_forgotten_during_its_fetch_is_fetched_again(
    reading: ReadThrough, store: CacheStore, scope: Scope
) -> None:
    entry, bodies = product_key(), [b"old", b"new"]

    async def fetch() -> Fetched:
        body = bodies.pop(0)
        if body == b"old":
            await store.forget(scope, entry)
        return fetched(entry, body)

    answer = await reading.read(scope, SKU, fetch)

    assert getattr(answer, "body", None) == b"new"
    assert await body_of(store, scope, SKU) == b"new"


async def test_a_deletion_during_a_fetch_ends_all_visits(
    reading: ReadThrough, store: CacheStore, scope: Scope, pim: Pim
) -> None:
    pim.seconds = 0.1
    visits = [asyncio.create_task(reading.read(scope, SKU, pim)) for _ in range(5)]
    await until(lambda: pim.calls == 1)

    await store.close_fence(scope.connection)
    ends = await asyncio.gather(*visits, return_exceptions=True)

    assert {type(end) for end in ends} == {TenantGone}
    with pytest.raises(TenantGone):
        await reading.read(scope, SKU, pim)
    assert await store.sweep(scope.connection) == 0


async def test_a_fetch_runs_outside_of_the_visitors_context(
    reading: ReadThrough, scope: Scope
) -> None:
    request: contextvars.ContextVar[str] = contextvars.ContextVar("request", default="nobody's")
    request.set("a visitor's")
    seen = []

    async def fetch() -> Nothing:
        seen.append(request.get())
        return Nothing("unknown")

    await reading.read(scope, SKU, fetch)

    assert seen == ["nobody's"]


async def test_closing_gives_leases_back_and_leaves_no_task(
    reading: ReadThrough, store: CacheStore, scope: Scope, pim: Pim
) -> None:
    pim.seconds = 3600
    visit = asyncio.create_task(reading.read(scope, SKU, pim))
    await until(lambda: pim.calls == 1)

    await reading.aclose()

    with pytest.raises(Unavailable, match="stopping"):
        await visit
    pim.seconds = 0
    assert isinstance(await reading.read(scope, SKU, pim), Found)


async def test_a_process_fetches_a_limited_number_of_things(
    store: CacheStore, scope: Scope, pim: Pim
) -> None:
    reading, pim.seconds = ReadThrough(store, wait=PATIENCE, most=5), 0.3
    there = product_key()
    await keep(store, scope, there, refresh_after=0.01)
    await asyncio.sleep(0.02)
    wanted = [product_key() for _ in range(20)]
    visits = [asyncio.create_task(reading.read(scope, key, pim)) for key in wanted]
    await until(lambda: pim.calls == 5)

    found = await reading.read(scope, there, pim)
    answers = await asyncio.gather(*visits, return_exceptions=True)
    refused = next(
        key for key, answer in zip(wanted, answers, strict=True) if isinstance(answer, Unavailable)
    )
    late = await reading.read(scope, refused, pim)

    kinds = Counter(type(answer) for answer in answers)
    assert kinds == {Found: 5, Unavailable: 15}
    assert isinstance(found, Found)
    # Nobody holds the lease of what was refused, and the refresh was left to a later reader.
    assert isinstance(late, Found)
    assert pim.calls == 6
    await reading.aclose()


async def test_a_process_keeps_nothing_of_what_it_fetched(
    reading: ReadThrough, scope: Scope, pim: Pim
) -> None:
    pim.seconds = 0
    for error in (None, PimUnavailable("down"), PimUnauthorized("no")):
        pim.answer = error or fetched(product_key())
        await asyncio.gather(
            *(reading.read(scope, product_key(), pim) for _ in range(200)), return_exceptions=True
        )

    assert (pim.calls, len(reading._flights), len(reading._tasks)) == (600, 0, 0)
    assert len(reading._without_store) == 0


async def test_without_a_store_each_process_fetches_a_thing_once_at_a_time(pim: Pim) -> None:
    with running_redis() as server:
        store = RedisCacheStore.connect(server.url)
        server.stop()
    reading, scope = ReadThrough(store, wait=PATIENCE), Scope(uuid4(), 1)
    pim.seconds = 0.3

    answers = await asyncio.gather(*(reading.read(scope, SKU, pim) for _ in range(100)))

    assert {getattr(answer, "body", None) for answer in answers} == {b"body"}
    assert pim.calls == 1
    await reading.aclose()
    await store.aclose()


async def test_without_a_store_four_things_are_fetched_at_a_time(pim: Pim) -> None:
    store = RedisCacheStore.connect("redis://127.0.0.1:1/0")
    reading, scope = ReadThrough(store, wait=PATIENCE), Scope(uuid4(), 1)
    pim.seconds = 0.3
    keys = [product_key() for _ in range(20)]

    answers = await asyncio.gather(
        *(reading.read(scope, key, pim) for key in keys), return_exceptions=True
    )
    again = await reading.read(scope, keys[-1], pim)

    kinds = Counter(type(answer) for answer in answers)
    assert kinds == {Found: 4, CacheUnavailable: 16}
    assert isinstance(again, Found)
    await reading.aclose()
    await store.aclose()


async def test_a_store_that_fails_during_the_fetch_does_not_cost_the_answer(pim: Pim) -> None:
    with running_redis() as server:
        store = RedisCacheStore.connect(server.url)
        reading, scope = ReadThrough(store, wait=PATIENCE), Scope(uuid4(), 1)
        await store.open_fence(scope)
        pim.seconds = 0.2
        visit = asyncio.create_task(reading.read(scope, SKU, pim))
        await until(lambda: pim.calls == 1)
        server.stop()

        answer = await visit

        assert isinstance(answer, Found)
        await reading.aclose()
        await store.aclose()
