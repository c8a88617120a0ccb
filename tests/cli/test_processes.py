"""Commands beside an app that serves: what one process does, the other one shows."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from quart_passport.sandbox import Catalog
from quart_passport.storage.models import TenantRow
from tests.cli.commands import PROGRAM, environ_of, run
from tests.stack import Backend, Stack, running_stack
from tests.waiting import seconds_until

PAGE = "/t/acme/p/SF-KULL-01"


@asynccontextmanager
async def serving_elsewhere(environ: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """`quart-passport serve` in a process of its own, once it answers."""
    process = await asyncio.create_subprocess_exec(
        *(*PROGRAM, "serve"),
        env=environ,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        url = f"http://{environ['PASSPORT_BIND']}/readyz"
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(60):
            while not await _answers(client, url):
                assert process.returncode is None
                await asyncio.sleep(0.05)
        yield process
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.TransportError:
        return False


def free_address() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{listener.getsockname()[1]}"


async def test_clearing_the_cache_reaches_the_serving_process(shop: Stack, tmp_path: Path) -> None:
    tenant = await shop.connect("acme")
    uuid = shop.pim.products.with_identifier("SF-KULL-01")["uuid"]  # type: ignore[index]
    await shop.get(PAGE)
    # Without a word to us, so that only clearing shows it.
    shop.pim.products.edit(uuid, now=shop.pim.clock(), enabled=False)
    still = await shop.get(PAGE)

    environ = environ_of(shop.services.settings, tmp_path)
    done = await run(environ, "cache", "clear", "--tenant", "acme")
    waited = await seconds_until(shop, PAGE, 404)

    assert still.status_code == 200
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Cleared the cache of acme:")
    changed = await shop.services.directory.find("acme")
    assert changed.connection.generation > tenant.connection.generation
    print(f"shown after {waited:.1f} s")


async def test_erasing_ends_the_pages_of_the_serving_process(shop: Stack, tmp_path: Path) -> None:
    await shop.connect("acme")
    assert (await shop.get(PAGE)).status_code == 200

    done = await run(
        environ_of(shop.services.settings, tmp_path), "tenants", "erase", "acme", "--yes"
    )
    waited = await seconds_until(shop, PAGE, 410)

    assert done.code == 0, done.err
    assert await TenantRow.all().count() == 0
    print(f"the last page ended after {waited:.1f} s")


async def test_serving_ends_in_good_order_at_a_signal(tmp_path: Path) -> None:
    environ = {"PASSPORT_DATA_DIR": str(tmp_path), "PASSPORT_BIND": free_address()}

    async with serving_elsewhere(environ) as process:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            code = await process.wait()

    assert code == 0


async def test_serving_on_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener_port = listener.getsockname()[1]
        bind = f"127.0.0.1:{listener_port}"

        done = await run({"PASSPORT_DATA_DIR": str(tmp_path), "PASSPORT_BIND": bind}, "serve")

    assert done.code == 1
    assert f"PASSPORT_BIND: port {listener_port} is taken" in done.err
    assert "Traceback" not in done.err


async def test_serving_without_its_redis_is_a_sentence(tmp_path: Path) -> None:
    environ = {
        "PASSPORT_DATA_DIR": str(tmp_path),
        "PASSPORT_BIND": free_address(),
        "PASSPORT_REDIS_URL": "redis://127.0.0.1:1/0",
    }

    done = await run(environ, "serve")

    assert done.code == 1
    assert "Redis does not answer" in done.err
    assert "quart-passport doctor" in done.err
    assert "Traceback" not in done.err


async def test_workers_finish_what_they_have_begun(
    shared_backend: Backend, clothing: Catalog, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    async with running_stack(tmp_path, clothing, backend=shared_backend) as shop:
        await shop.connect("acme")
        bind = free_address()
        environ = environ_of(shop.services.settings, tmp_path) | {
            "PASSPORT_BIND": bind,
            "PASSPORT_WORKERS": "2",
        }
        async with serving_elsewhere(environ) as process:
            await shop.browser.get(f"http://{bind}/t/acme/p/SF-SOLV-OAT-S")
            # Its page takes two calls: the product, and what goes well with it.
            shop.pim.traffic.latency = 0.8
            under_way = asyncio.create_task(shop.browser.get(f"http://{bind}{PAGE}"))
            await asyncio.sleep(0.6)
            process.send_signal(signal.SIGTERM)
            answer = await under_way
            async with asyncio.timeout(20):
                code = await process.wait()

    assert (answer.status_code, code) == (200, 0)
    assert urlsplit(str(answer.url)).netloc == bind
