"""200 visitors of 200 products that nobody asked for yet, before two processes of ours."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from quart_passport.passport.config import SectionConfig
from quart_passport.sandbox import Catalog, load_catalog, world_directory
from tests.publishing.linked_world import (
    crowded_catalog,
    gtin_13,
    reshape,
    with_identifying_gtins,
)
from tests.stack import Backend, Stack, running_stack
from tests.web.wire import Answer, ask
from tests.workers import running_worker

pytestmark = pytest.mark.slow

CROWD = 200
# Seconds in which everybody has an answer, also on a busy machine: a visitor's patience is 2.5.
LONGEST = 10.0
# A machine that is busy with other things gets another try, with other products.
TRIES = 3
# A failure is remembered for so many seconds at the most.
FAILURE_LIFE = 15


@pytest.fixture(scope="module")
def crowded() -> Catalog:
    return crowded_catalog(load_catalog(world_directory("clothing")), (TRIES + 1) * CROWD)


@pytest.fixture
def catalog(crowded: Catalog) -> Catalog:
    return crowded


@pytest.fixture
async def shop(tmp_path: Path, shared_backend: Backend, catalog: Catalog) -> AsyncIterator[Stack]:
    """Pages are short, because it is the way to the PIM that is tried here, not the rendering."""
    async with running_stack(tmp_path, catalog, backend=shared_backend) as running:
        await running.connect("acme")
        shown = SectionConfig(attributes=("brand", "maker", "care_symbols"), group="product")
        await reshape(running, sections=(shown,))
        yield running


async def _timed(url: str, path: str) -> tuple[float, Answer]:
    started = time.monotonic()
    answer = await ask(url, path)
    return time.monotonic() - started, answer


async def _ask_all(workers: tuple[str, str], paths: list[str]) -> list[tuple[float, Answer]]:
    return await asyncio.gather(
        *(_timed(workers[number % 2], path) for number, path in enumerate(paths))
    )


def _paths(first: int) -> list[str]:
    return [f"/t/acme/p/CROWD-{number}" for number in range(first, first + CROWD)]


def _links() -> list[str]:
    """What the QR codes on the products say."""
    return [f"/t/acme/01/{gtin_13(number).zfill(14)}" for number in range(CROWD)]


def _told(answers: list[tuple[float, Answer]]) -> str:
    statuses = Counter(answer.status for _, answer in answers)
    longest = max(seconds for seconds, _ in answers)
    return f"{dict(statuses)}, the last after {longest:.1f} s"


async def test_a_crowd_before_as_many_cold_products(shop: Stack) -> None:
    async with running_worker(shop) as first, running_worker(shop) as second:
        workers, traffic = (first.url, second.url), shop.pim.traffic
        for url in workers:
            # The first page loads what a process needs once.
            assert (await ask(url, "/t/acme/p/SF-KULL-01")).status == 200

        # A PIM that is as quick as PIMs are.
        traffic.latency = 0.05
        traffic.reset()
        for number in range(TRIES):
            quick = await _ask_all(workers, _paths(number * CROWD))
            calls, at_once = traffic.total.by_route["products-uuid"], traffic.total.max_in_flight
            print(f"PIM at 50 ms: {_told(quick)}; product calls {calls}, at once {at_once}")
            if {answer.status for _, answer in quick} == {200}:
                break

        # A PIM that is slower than anybody waits.
        traffic.latency = 5.0
        traffic.reset()
        slow = await _ask_all(workers, _paths(TRIES * CROWD))
        slow_at_once = traffic.total.max_in_flight
        print(f"PIM at 5 s: {_told(slow)}; at once {slow_at_once}")

        traffic.latency = 0.05
        lost = await _until_all_are_there(workers, _paths(TRIES * CROWD))
        print(f"afterwards lost {lost}")

    assert {answer.status for _, answer in quick} == {200}
    assert at_once <= 3
    assert traffic.total.refused == 0
    assert {answer.status for _, answer in slow} <= {200, 503}
    assert max(seconds for seconds, _ in slow) <= LONGEST
    assert all(1 <= int(answer["retry-after"]) <= 60 for _, answer in slow if answer.status == 503)
    assert slow_at_once <= 3
    assert lost == 0


async def _until_all_are_there(workers: tuple[str, str], paths: list[str]) -> int:
    """Come again as told, until every page is there; how many are not after a while."""
    until = time.monotonic() + FAILURE_LIFE + 30
    while time.monotonic() < until:
        answers = await _ask_all(workers, paths)
        paths = [
            path for path, (_, answer) in zip(paths, answers, strict=True) if answer.status != 200
        ]
        if not paths:
            return 0
        await asyncio.sleep(1)
    return len(paths)


class TestGtinsThatAreIdentifiers:
    @pytest.fixture
    def catalog(self, crowded: Catalog) -> Catalog:
        return with_identifying_gtins(crowded)

    async def test_a_crowd_with_qr_codes_goes_together(self, shop: Stack) -> None:
        async with running_worker(shop) as first, running_worker(shop) as second:
            workers, traffic = (first.url, second.url), shop.pim.traffic
            await _begin(shop, workers)
            answers = await _ask_all(workers, _links())
            calls = traffic.total.by_route["products-uuid"]
            print(f"{_told(answers)}; product calls {calls}")
            lost = await _until_all_are_there(workers, _links())

        assert {answer.status for _, answer in answers} <= {200, 503}
        assert lost == 0
        assert calls <= 40
        assert traffic.total.max_in_flight <= 3


async def test_a_crowd_with_qr_codes_stands_in_line_where_gtins_are_texts(shop: Stack) -> None:
    async with running_worker(shop) as first, running_worker(shop) as second:
        workers, traffic = (first.url, second.url), shop.pim.traffic
        await _begin(shop, workers)
        answers = await _ask_all(workers, _links())
        at_once = traffic.total.max_in_flight
        print(f"{_told(answers)}; at once {at_once}")
        lost = await _until_all_are_there(workers, _links())

    told_to_wait = [answer for _, answer in answers if answer.status != 200]
    assert at_once <= 3
    assert {answer.status for answer in told_to_wait} <= {503}
    assert all(1 <= int(answer["retry-after"]) <= 60 for answer in told_to_wait)
    assert max(seconds for seconds, _ in answers) <= LONGEST
    assert traffic.total.refused == 0
    assert lost == 0


async def _begin(shop: Stack, workers: tuple[str, str]) -> None:
    """A PIM that is as quick as PIMs are, before workers that know how it is built."""
    for url in workers:
        assert (await ask(url, "/t/acme/p/SF-KULL-01")).status == 200
    shop.pim.traffic.latency = 0.05
    shop.pim.traffic.reset()
