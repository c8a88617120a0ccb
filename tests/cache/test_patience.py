"""A visitor's time, over everything that is fetched for a page."""

import asyncio
import time

import pytest

from quart_passport.cache.memory import MemoryCacheStore
from quart_passport.cache.patience import PATIENCE_SECONDS, patience
from quart_passport.cache.reading import Fetched, ReadThrough
from quart_passport.cache.store import CacheStore, Key, Scope
from quart_passport.errors import Unavailable
from tests.cache.keeping import PATIENCE, body_of

KEYS = [Key("record", str(number)) for number in range(5)]


async def test_several_reads_share_one_span_and_every_fetch_goes_on(
    store: CacheStore, scope: Scope
) -> None:
    reading = ReadThrough(store, wait=PATIENCE)

    async def read(key: Key) -> None:
        async def fetch() -> Fetched:
            await asyncio.sleep(0.2)
            return Fetched(key, b"body", 60, 30)

        await reading.read(scope, key, fetch)

    async def visit() -> None:
        async with patience(0.3):
            await asyncio.gather(*(read(key) for key in KEYS[:2]))
            await asyncio.gather(*(read(key) for key in KEYS[2:]))

    started = time.monotonic()
    with pytest.raises(Unavailable, match="still being fetched") as told:
        await visit()
    waited = time.monotonic() - started
    await reading.aclose(grace=PATIENCE)

    assert 0.3 <= waited < PATIENCE / 2
    assert 0 < told.value.retry_after <= 10
    assert [await body_of(store, scope, key) for key in KEYS] == [b"body"] * 5


async def test_a_part_of_a_page_may_have_less_time_than_the_page() -> None:
    without = []

    async with patience(PATIENCE):
        try:
            async with patience(0.05):
                await asyncio.sleep(PATIENCE)
        except Unavailable:
            without.append("a picture")

    assert without == ["a picture"]


async def test_a_page_whose_time_is_over_does_not_go_on_without_a_part() -> None:
    went_on = []

    async def visit() -> None:
        async with patience(0.05):
            try:
                async with patience(PATIENCE):
                    await asyncio.sleep(PATIENCE)
            except Unavailable:
                went_on.append("without a picture")

    with pytest.raises(Unavailable):
        await visit()

    assert went_on == []


async def test_other_time_limits_and_departures_keep_their_meaning() -> None:
    with pytest.raises(TimeoutError):
        async with patience(PATIENCE), asyncio.timeout(0.01):
            await asyncio.sleep(PATIENCE)

    async def visit() -> None:
        async with patience(PATIENCE):
            await asyncio.sleep(PATIENCE)

    visitor = asyncio.create_task(visit())
    await asyncio.sleep(0)
    visitor.cancel()
    with pytest.raises(asyncio.CancelledError):
        await visitor


async def test_a_read_by_itself_has_a_visitors_patience() -> None:
    store = MemoryCacheStore()

    assert ReadThrough(store)._wait == PATIENCE_SECONDS <= 2.5
