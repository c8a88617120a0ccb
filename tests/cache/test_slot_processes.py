"""Slots between processes: real ones, one Redis, and a PIM that counts who calls."""

import asyncio
import contextlib
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from quart_passport.pim.slots import CALLS_AT_ONCE

ROOT = Path(__file__).parent.parent.parent
# Seconds that a test may take on a machine with other things to do.
PATIENCE = 60


@dataclass
class CountingPim:
    """Answers each call after a while, or never to those it is told to keep waiting."""

    port: int = 0
    seconds: float = 0.02
    kept_waiting: set[str] = field(default_factory=set)
    under_way: int = 0
    most: int = 0
    # Who called, and when.
    calls: list[tuple[str, float]] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = (await reader.readline()).decode().strip()
        self.calls.append((name, time.monotonic()))
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        # A caller that dies hangs up.
        waiting = None if name in self.kept_waiting else self.seconds
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(waiting):
                await reader.read()
        self.under_way -= 1
        with contextlib.suppress(ConnectionError):
            writer.write(b"done\n")
            writer.close()
            await writer.wait_closed()

    def times_of(self, name: str) -> list[float]:
        return [at for who, at in self.calls if who == name]

    async def called(self, name: str, times: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.times_of(name)) < times:
                await asyncio.sleep(0.01)


@pytest.fixture
async def pim() -> AsyncIterator[CountingPim]:
    made = CountingPim()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


class Callers:
    """Starts processes that call, and ends what is left of them."""

    def __init__(self, redis_url: str, pim: CountingPim) -> None:
        self.redis_url = redis_url
        self.pim = pim
        self.connection: UUID = uuid4()
        self.started: list[asyncio.subprocess.Process] = []

    async def start(
        self, name: str, *, calls: int, held: float = 10.0
    ) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.cache.caller", name, self.redis_url),
            *(str(self.connection), str(self.pim.port), str(calls), str(held)),
            cwd=ROOT,
        )
        self.started.append(process)
        return process

    async def end(self) -> None:
        for process in self.started:
            if process.returncode is None:
                process.kill()
            await process.wait()


@pytest.fixture
async def callers(redis_url: str, pim: CountingPim) -> AsyncIterator[Callers]:
    made = Callers(redis_url, pim)
    yield made
    await made.end()


async def test_four_processes_never_make_more_than_three_calls_at_once(
    callers: Callers, pim: CountingPim
) -> None:
    names = ["a", "b", "c", "d"]
    processes = [await callers.start(name, calls=40) for name in names]

    async with asyncio.timeout(PATIENCE):
        codes = [await process.wait() for process in processes]

    order = [name for name, _ in pim.calls]
    contested = order[: min(len(order) - order[::-1].index(name) for name in names)]
    waits = {name: _longest_wait(contested[contested.index(name) :], name) for name in names}
    print(f"tried {len(order)}, most at once {pim.most}, others served in between {waits}")
    assert codes == [0, 0, 0, 0]
    assert Counter(order) == dict.fromkeys(names, 40)
    assert pim.most == CALLS_AT_ONCE
    # One each of three others is ahead in the line; far more means that somebody starves.
    assert max(waits.values()) <= 20


async def test_what_a_killed_process_held_is_free_after_its_time_and_no_sooner(
    callers: Callers, pim: CountingPim
) -> None:
    held = 2.0
    pim.kept_waiting = {"doomed"}
    doomed = await callers.start("doomed", calls=5, held=held)
    await pim.called("doomed", CALLS_AT_ONCE)
    taken = pim.times_of("doomed")
    others = [await callers.start(name, calls=10) for name in ("a", "b")]

    doomed.send_signal(signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        codes = [await process.wait() for process in others]

    first = min(at for name, at in pim.calls if name != "doomed")
    print(f"killed; another called {first - taken[0]:.2f} s after the first slot was taken")
    assert codes == [0, 0]
    assert len(taken) == len(pim.times_of("doomed")) == CALLS_AT_ONCE
    # The slot was taken shortly before its call arrived.
    assert first - taken[0] > held - 0.5
    assert len(pim.times_of("a")) == len(pim.times_of("b")) == 10
    assert pim.most == CALLS_AT_ONCE


def _longest_wait(order: list[str], name: str) -> int:
    """How many others were served between two calls of one."""
    longest = since = 0
    for one in order:
        since = 0 if one == name else since + 1
        longest = max(longest, since)
    return longest
