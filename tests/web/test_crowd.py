"""A crowd before two processes: a product that nobody has asked for yet costs the PIM one call."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis.asyncio

from quart_passport.sandbox import Catalog
from quart_passport.storage.models import TenantRow
from tests.stack import Backend, Stack
from tests.web.conftest import connected_stack
from tests.web.wire import ask

CROWD = 250
PROCESSES = 2
ROUNDS = ("SF-KULL-01", "SF-SOLV-OAT-S", "SF-TORD-SLA-M")
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


@asynccontextmanager
async def _worker(stack: Stack) -> AsyncIterator[str]:
    """`quart-passport serve` in a process of its own, with the stack's settings."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    settings = stack.services.settings
    given = {
        "PASSPORT_BASE_URL": settings.base_url,
        "PASSPORT_DATA_DIR": str(settings.data_dir),
        "PASSPORT_TENANTS_DIR": str(settings.tenants_dir),
        "PASSPORT_DATABASE_URL": settings.database_url.reveal(),
        "PASSPORT_REDIS_URL": settings.redis_url.reveal(),
        "PASSPORT_EGRESS_EXEMPT": ",".join(settings.egress_exempt),
        "PASSPORT_BIND": f"127.0.0.1:{port}",
        "PASSPORT_LOG_LEVEL": "error",
    }
    process = await asyncio.create_subprocess_exec(
        *(Path(sys.executable).with_name("quart-passport"), "serve"),
        env=os.environ | given,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _until_ready(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 20)


async def _until_ready(url: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(30), httpx.AsyncClient(trust_env=False) as client:
        while process.returncode is None:
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise AssertionError(f"the worker ended with {process.returncode}")


async def test_a_crowd_at_a_cold_product_costs_one_call_and_all_are_answered(stack: Stack) -> None:
    async with _worker(stack) as first, _worker(stack) as second:
        for sku in ROUNDS:
            stack.pim.traffic.reset()

            path = f"/t/skarrefell/p/{sku}"
            answers = await asyncio.gather(
                *(ask((first, second)[n % PROCESSES], path) for n in range(CROWD))
            )

            calls = stack.pim.traffic.total.by_group["products"]
            statuses = Counter(answer.status for answer in answers)
            print(f"{sku}: asked {CROWD}, product calls {calls}, answered {dict(statuses)}")
            assert (calls, statuses) == (1, {200: CROWD})
            assert len({answer.body for answer in answers}) == 1
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
    return [key for key in keys if re.search(rb":(product|identifier|gtin|media):", key)]
