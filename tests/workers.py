"""`quart-passport serve` in processes of their own, with the settings of a running stack."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.stack import Stack


@dataclass(frozen=True)
class Worker:
    """A process that answers readers."""

    url: str
    pid: int

    @property
    def resident(self) -> float:
        """The memory that it holds, in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmRSS:\s+([0-9]+) kB", status)[0]) / 1024


@asynccontextmanager
async def running_worker(stack: Stack) -> AsyncIterator[Worker]:
    """One more worker of the stack's app, for as long as the block runs."""
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
        yield Worker(f"http://127.0.0.1:{port}", process.pid)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 20)


async def _until_ready(url: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as client:
        while process.returncode is None:
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise AssertionError(f"the worker ended with {process.returncode}")
