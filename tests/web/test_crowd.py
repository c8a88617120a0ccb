"""A crowd before two processes: a product that nobody has asked for yet costs the PIM one call."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio

from quart_passport.sandbox import Catalog
from quart_passport.storage.models import TenantRow
from tests.stack import Backend, Stack
from tests.web.conftest import connected_stack
from tests.web.wire import ask
from tests.workers import running_worker

CROWD = 250
PROCESSES = 2
# Product calls of a cold page: one for the product, and one for what it links to. The last links to
# the same as the one before.
ROUNDS = {"SF-KULL-01": 1, "SF-SOLV-OAT-S": 2, "SF-TORD-SLA-M": 1}
TTL = 2


@pytest.fixture(
    params=[
        pytest.param(0.0, id="quick PIM"),
        pytest.param(0.3, id="slow PIM", marks=pytest.mark.slow),
    ]
)
async def stack(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    worlds: dict[str, Catalog],
    on_servers: Callable[[], AbstractAsyncContextManager[Backend]],
) -> AsyncIterator[Stack]:
    async with on_servers() as backend:
        shop = {"skarrefell": worlds["clothing"]}
        async with connected_stack(tmp_path, shop, backend=backend) as running:
            running.pim.traffic.latency = request.param
            yield running


async def test_a_crowd_at_a_cold_product_costs_one_call_and_all_are_answered(stack: Stack) -> None:
    async with running_worker(stack) as first, running_worker(stack) as second:
        for sku, expected in ROUNDS.items():
            stack.pim.traffic.reset()

            path = f"/t/skarrefell/p/{sku}"
            answers = await asyncio.gather(
                *(ask((first.url, second.url)[n % PROCESSES], path) for n in range(CROWD))
            )

            calls = stack.pim.traffic.total.by_group["products"]
            statuses = Counter(answer.status for answer in answers)
            print(f"{sku}: asked {CROWD}, product calls {calls}, answered {dict(statuses)}")
            assert (calls, statuses) == (expected, {200: CROWD})
            # One of the processes may have learnt sooner how large the pictures are.
            assert len({re.sub(rb"<picture>.*?</picture>", b"", a.body) for a in answers}) == 1
            assert answers[0].all("server") == []


async def test_after_the_ttl_redis_holds_no_product(stack: Stack) -> None:
    await TenantRow.filter(slug="skarrefell").update(ttl=TTL)
    await stack.services.directory.reread("skarrefell")

    for sku in ROUNDS:
        assert (await stack.get(f"/t/skarrefell/p/{sku}")).status_code == 200
    filled = await _keys(stack)
    async with asyncio.timeout(TTL + 10):
        while left := await _keys(stack):
            await asyncio.sleep(0.1)

    print(f"product keys {len(filled)}, after the TTL {len(left)}")
    assert len(filled) >= len(ROUNDS)


async def _keys(stack: Stack) -> list[Any]:
    """Whatever is kept of products: the entries, and the names that lead to them."""
    connection = (await stack.services.directory.find("skarrefell")).connection.id
    async with redis.asyncio.Redis.from_url(stack.services.settings.redis_url.reveal()) as client:
        mine = f"qp:{{{connection}}}:*"
        keys = [key async for key in client.scan_iter(mine, count=1000)]
    return [
        key for key in keys if re.search(rb":(product|identifier|gtin|picture|rendition):", key)
    ]
