"""Requests per second of a warm passport page, against a bare ASGI app that sends the same bytes.

    python -m benchmarks.pages [--seconds 3] [--rounds 3]

A sandbox PIM with the clothing catalogue is connected; then each server runs in a process of its
own with one worker, all by the Hypercorn configuration of `quart-passport serve`:

- bare: an ASGI app that answers every request with the page's status, headers and body
- memory: the app with the in-process cache
- redis: the app with a Redis server beside it

The app is asked in two ways: as readers do (`page`), and with a query that keeps the page from
being remembered (`rendered`), which shows what a request costs that goes through every floor. The
rounds are interleaved, so that a busy machine troubles all alike; what is printed are medians, and
their ratio to the bare app. The load comes from `wrk` where it is installed (16 connections, one
thread), else from a small client in this process, which is slower and says so.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from hypercorn.asyncio import serve

from quart_passport.cli.serve import server_config
from quart_passport.sandbox import load_catalog, world_directory
from quart_passport.settings import Settings
from tests.servers import running_redis
from tests.stack import Stack, running_stack

PAGE = "/t/skarrefell/p/SF-KULL-01"
# Anything but `lang` in the query keeps a page from being remembered.
RENDERED = f"{PAGE}?fresh"
CONNECTIONS = 16


async def main(seconds: float, rounds: int) -> None:
    """Start everything, measure, print."""
    with tempfile.TemporaryDirectory() as folder, running_redis() as redis:
        async with AsyncExitStack() as opened:
            catalog = load_catalog(world_directory("clothing"))
            stack = await opened.enter_async_context(running_stack(Path(folder), catalog))
            await stack.connect("skarrefell")
            given = _environment(stack)
            memory = await opened.enter_async_context(_app(given))
            shared = await opened.enter_async_context(
                _app(given | {"PASSPORT_REDIS_URL": redis.url})
            )
            kept, size = await _answer_of(memory)
            (Path(folder) / "answer.json").write_text(kept, encoding="utf-8")
            bare = await opened.enter_async_context(_bare(Path(folder) / "answer.json"))
            print(f"{PAGE}: {size} bytes, {CONNECTIONS} connections, load by {_load_name()}")
            targets = {
                "bare": f"{bare}{PAGE}",
                "memory, page": f"{memory}{PAGE}",
                "redis, page": f"{shared}{PAGE}",
                "memory, rendered": f"{memory}{RENDERED}",
                "redis, rendered": f"{shared}{RENDERED}",
            }
            measured: dict[str, list[float]] = {name: [] for name in targets}
            for _ in range(rounds):
                for name, url in targets.items():
                    measured[name].append(await _load(url, seconds))
    _report({name: statistics.median(figures) for name, figures in measured.items()})


def _report(figures: dict[str, float]) -> None:
    for name, figure in figures.items():
        print(f"{name:17} {figure:8.0f} requests/s   ratio {figure / figures['bare']:.2f}")


def _environment(stack: Stack) -> dict[str, str]:
    settings = stack.services.settings
    return {
        "PASSPORT_BASE_URL": settings.base_url,
        "PASSPORT_DATA_DIR": str(settings.data_dir),
        "PASSPORT_TENANTS_DIR": str(settings.tenants_dir),
        "PASSPORT_EGRESS_EXEMPT": ",".join(settings.egress_exempt),
        "PASSPORT_LOG_LEVEL": "warning",
    }


@asynccontextmanager
async def _app(given: dict[str, str]) -> AsyncIterator[str]:
    port = _free_port()
    program = Path(sys.executable).with_name("quart-passport")
    async with _process(
        port, str(program), "serve", **given, PASSPORT_BIND=f"127.0.0.1:{port}"
    ) as url:
        yield url


@asynccontextmanager
async def _bare(answer: Path) -> AsyncIterator[str]:
    port = _free_port()
    options = ("-m", "benchmarks.pages", "--bare", str(answer), "--port", str(port))
    async with _process(port, sys.executable, *options) as url:
        yield url


@asynccontextmanager
async def _process(port: int, *command: str, **given: str) -> AsyncIterator[str]:
    """A server that is there while the block runs."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **given},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await _until_warm(url, process)
        yield url
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _until_warm(url: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(30), httpx.AsyncClient(trust_env=False) as client:
        while process.returncode is None:
            try:
                if (await client.get(url + PAGE)).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise SystemExit(f"a server ended with {process.returncode}")


async def _answer_of(url: str) -> tuple[str, int]:
    """The page as JSON for the bare app, and how many bytes its body has."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(url + PAGE, headers={"accept-encoding": "identity"})
    own = [pair for pair in answer.headers.multi_items() if pair[0] != "date"]
    return json.dumps({"headers": own, "body": answer.text}), len(answer.content)


def _run_bare(file: Path, port: int) -> None:
    """Serve one answer, whatever is asked."""
    kept = json.loads(file.read_text(encoding="utf-8"))
    headers = [(name.encode(), value.encode()) for name, value in kept["headers"]]
    body = kept["body"].encode()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    asyncio.run(serve(app, server_config(Settings(bind=f"127.0.0.1:{port}"))))


def _load_name() -> str:
    return "wrk" if shutil.which("wrk") else "this process (install wrk for better figures)"


async def _load(url: str, seconds: float) -> float:
    """Requests per second."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return await _load_by_hand(url, seconds)
    process = await asyncio.create_subprocess_exec(
        *(wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", url), stdout=asyncio.subprocess.PIPE
    )
    said = (await process.communicate())[0].decode()
    if "Non-2xx" in said:
        raise SystemExit(f"not every answer was a page:\n{said}")
    found = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    if found is None:
        raise SystemExit(f"wrk said nothing of requests:\n{said}")
    return float(found[1])


async def _load_by_hand(url: str, seconds: float) -> float:
    ends = time.monotonic() + seconds
    counts = await asyncio.gather(*(_ask_until(url, ends) for _ in range(CONNECTIONS)))
    return sum(counts) / seconds


async def _ask_until(url: str, ends: float) -> int:
    """Ask again and again on a connection that is kept, and opened anew where the server closes."""
    parts, count = urlsplit(url), 0
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    request = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    while time.monotonic() < ends:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        closing = False
        while not closing and time.monotonic() < ends:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = re.search(rb"content-length: ([0-9]+)", head)
            await reader.readexactly(int(length[1]) if length else 0)
            count, closing = count + 1, b"connection: close" in head
        writer.close()
    return count


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure the passport page.")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bare", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        _run_bare(options.bare, options.port)
    else:
        asyncio.run(main(options.seconds, options.rounds))
