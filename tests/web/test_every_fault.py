"""Whatever goes wrong at a PIM: what is cached is served, the rest is told to come back."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from quart_passport.sandbox import Catalog
from quart_passport.tenancy.tenant import Tenant
from tests.stack import Stack
from tests.web.conftest import connected_stack
from tests.web.wire import Answer, ask

pytestmark = pytest.mark.slow

REQUESTS = 200
SLUG = "skarrefell"
CACHED = f"/t/{SLUG}/p/SF-KULL-01"
AT_ONCE = 50
# Seconds: a visitor waits 2.5 at most; the rest is for a busy machine.
PATIENCE = 10.0

FAULTS: dict[str, dict[str, Any]] = {
    "unauthorized": {},
    "disconnected": {},
    "forbidden": {},
    "not_found": {},
    "unprocessable": {},
    "rate_limited": {},
    "rate_limited, retry after 1 s": {"retry_after": 1},
    "rate_limited, retry after 3,600 s": {"retry_after": 3600},
    "server_error": {},
    "unavailable": {"retry_after": 7},
    "html_error": {},
    "html_error, as 200": {"status": 200},
    "html_error, as 401": {"status": 401},
    "truncated_body": {},
    "not_json": {},
    "wrong_type": {},
    "empty_body": {},
    "huge_body": {"size": 32 * 2**20},
    "slow": {"seconds": 10},
    "slow_body": {"seconds": 10},
    "dropped_connection": {},
    "dropped_in_headers": {},
}


@pytest.fixture
async def stack(tmp_path: Path, worlds: dict[str, Catalog]) -> AsyncIterator[Stack]:
    async with connected_stack(tmp_path, {SLUG: worlds["clothing"]}) as running:
        yield running


@pytest.fixture
async def tenant(stack: Stack) -> Tenant:
    """The tenant, with a cache that holds the structure and one product."""
    found = await stack.services.directory.reread(SLUG)
    # With the size of its picture, which a page does not wait for long.
    async with asyncio.timeout(20):
        while not await _is_complete(stack):
            await asyncio.sleep(0.1)
    return found


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_is_cached_is_served(stack: Stack, tenant: Tenant, fault: str) -> None:
    _play(stack, fault, "products")

    answers = await _ask_often(stack, [CACHED])

    assert all("SF-KULL-01" in answer.text for answer in answers)
    _report(fault, "cached", answers, {200})


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_is_not_cached_is_told_to_come_back_and_then_is_there(
    stack: Stack, tenant: Tenant, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    products = stack.pim.products.all()
    paths = [f"/t/{SLUG}/p/{product['uuid']}" for product in products][:20]
    paths = [path for path in paths if (await ask(stack.url, path)).status == 200][:8]
    await stack.services.store.clear(tenant.connection.scope)
    await stack.services.structures.structure_of(tenant)
    _play(stack, fault, "products")

    with caplog.at_level(logging.ERROR):
        answers = await _ask_often(stack, paths)

    _report(fault, "not cached", answers, {503})
    assert all(1 <= int(answer["retry-after"]) <= 60 for answer in answers)
    assert caplog.records == []
    stack.pim.traffic.faults.clear()
    if fault.startswith(("rate_limited", "unauthorized", "disconnected")):
        # It is left alone for a while.
        return
    await stack.services.store.clear(tenant.connection.scope)
    again = await asyncio.gather(*(ask(stack.url, path) for path in paths))
    assert {answer.status for answer in again} == {200}


async def _is_complete(stack: Stack) -> bool:
    answer = await ask(stack.url, CACHED)
    return answer.status == 200 and "srcset" in answer.text


def _play(stack: Stack, fault: str, route: str) -> None:
    kind = fault.partition(",")[0]
    stack.pim.traffic.play(kind, times=None, route=route, **FAULTS[fault])


async def _ask_often(stack: Stack, paths: list[str]) -> list[Answer]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Answer:
        async with turns, asyncio.timeout(PATIENCE):
            return await ask(stack.url, paths[number % len(paths)])

    return list(await asyncio.gather(*(one(number) for number in range(REQUESTS))))


def _report(fault: str, place: str, answers: list[Answer], wanted: set[int]) -> None:
    statuses = Counter(answer.status for answer in answers)
    bad = sum(count for status, count in statuses.items() if status not in wanted)
    print(f"{fault}, {place}: tried {len(answers)}, answered {dict(statuses)}, bad {bad}")
    assert bad == 0
