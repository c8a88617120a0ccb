"""Runs any ASGI app under a real Hypercorn on a free port, in the current event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from hypercorn.asyncio import serve
from hypercorn.config import Config

App = TypeVar("App")


@dataclass(frozen=True)
class Served(Generic[App]):
    """An app that answers at `url`, which has no trailing slash."""

    url: str
    app: App


@asynccontextmanager
async def serving(
    make_app: Callable[[str], App], host: str = "127.0.0.1"
) -> AsyncIterator[Served[App]]:
    """
    Serve what `make_app` makes of its own address; gone when the block is left.

    The port is bound before the app is made, so the address is right and nobody else can take it.
    """
    with socket.socket() as listener:
        # Bound, but not listening before the app has started.
        listener.bind((host, 0))
        port = listener.getsockname()[1]
        served = Served(f"http://{host}:{port}", make_app(f"http://{host}:{port}"))
        # Hypercorn takes the descriptor over and closes it.
        descriptor = listener.detach()
    stop = asyncio.Event()
    server = asyncio.create_task(_run(served.app, descriptor, stop))
    try:
        await _until_ready(host, port, server)
        yield served
    finally:
        stop.set()
        await server


async def _until_ready(host: str, port: int, server: asyncio.Task[None]) -> None:
    async with asyncio.timeout(10):
        while not server.done():
            try:
                _, writer = await asyncio.open_connection(host, port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.005)
                continue
            writer.close()
            await writer.wait_closed()
            return
    await server


async def _run(app: Any, descriptor: int, stop: asyncio.Event) -> None:
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.graceful_timeout = 1.0
    config.shutdown_timeout = 5.0
    config.loglevel = "WARNING"
    await serve(app, config, shutdown_trigger=stop.wait)
