"""200 visitors of 200 products that nobody asked for yet, before two processes of ours."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from quart_passport.passport.config import SectionConfig
from quart_passport.sandbox import Catalog, load_catalog, world_directory
from tests.publishing.linked_world import crowded_catalog, reshape
from tests.stack import Backend, Stack, running_stack
from tests.web.wire import Answer, ask
from tests.workers import running_worker

pytestmark = pytest.mark.slow

CROWD = 200
# A visitor's patience, and what it takes to answer 200 of them on a busy machine; in seconds.
PATIENCE, LONGEST = 2.5, 3.5
# A failure is remembered for so many seconds at the most.
FAILURE_LIFE = 15


@pytest.fixture(scope="module")
def crowded() -> Catalog:
    return crowded_catalog(load_catalog(world_directory("clothing")), 2 * CROWD)


@pytest.fixture
async def shop(tmp_path: Path, shared_backend: Backend, crowded: Catalog) -> AsyncIterator[Stack]:
    """Pages are short, because it is the way to the PIM that is tried here, not the rendering."""
    async with running_stack(tmp_path, crowded, backend=shared_backend) as running:
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
        quick = await _ask_all(workers, _paths(0))
        calls, at_once = traffic.total.by_route["products-uuid"], traffic.total.max_in_flight
        print(f"PIM at 50 ms: {_told(quick)}; product calls {calls}, at once {at_once}")

        # A PIM that is slower than anybody waits.
        traffic.latency = 5.0
        traffic.reset()
        slow = await _ask_all(workers, _paths(CROWD))
        slow_at_once = traffic.total.max_in_flight
        print(f"PIM at 5 s: {_told(slow)}; at once {slow_at_once}")

        traffic.latency = 0.05
        lost = await _until_all_are_there(workers, _paths(CROWD))
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
