"""Waiting for what has to be so within a few seconds."""

import asyncio
import time

from tests.stack import Stack


async def seconds_until(stack: Stack, path: str, status: int, *, most: float = 5.0) -> float:
    """How long it takes until a page answers with a status: pages are remembered for a moment."""
    started = time.monotonic()
    while (answer := await stack.get(path)).status_code != status:
        passed = time.monotonic() - started
        assert passed < most, f"{path} still answers {answer.status_code} after {passed:.1f} s"
        await asyncio.sleep(0.05)
    return time.monotonic() - started
