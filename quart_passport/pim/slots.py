"""How many calls to a PIM run at once.

A PIM answers 4 calls of one connection at once and refuses more. We stay below, so that a retry
or a slow farewell of a connection never tips it over. One that says it had too many gets a rest.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol
from uuid import UUID
from weakref import WeakValueDictionary

from quart_passport.errors import PimUnavailable

CALLS_AT_ONCE = 3
# As long as a call may take altogether. Who would have to wait longer is told so at once.
_LONGEST_WAIT = 8.0


class CallSlots(Protocol):
    """Hands out the right to call; waits while all slots of the connection are taken."""

    def slot(self, connection: UUID) -> AbstractAsyncContextManager[None]:
        """Held for the time of one call; whoever asked first gets it first.

        PimUnavailable where the PIM rests for longer than a call may take.
        """

    async def rest(self, connection: UUID, seconds: float) -> None:
        """Let nobody call for so long from now; calls under way go on. A longer rest stays."""


class ProcessSlots:
    """Slots of this process alone, enough where one process serves."""

    def __init__(
        self, at_once: int = CALLS_AT_ONCE, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._at_once = at_once
        self._clock = clock
        # A semaphore lives as long as somebody holds it or waits for it.
        self._semaphores: WeakValueDictionary[UUID, asyncio.Semaphore] = WeakValueDictionary()
        # Until when, on the clock.
        self._rests: dict[UUID, float] = {}

    @asynccontextmanager
    async def slot(self, connection: UUID) -> AsyncIterator[None]:
        """Held for the time of one call."""
        semaphore = self._semaphores.get(connection)
        if semaphore is None:
            semaphore = self._semaphores[connection] = asyncio.Semaphore(self._at_once)
        async with semaphore:
            while (left := self._rests.get(connection, 0.0) - self._clock()) > 0:
                if left > _LONGEST_WAIT:
                    raise PimUnavailable(
                        "the PIM asked to be left alone for a while", retry_after=math.ceil(left)
                    )
                await asyncio.sleep(left)
            yield

    async def rest(self, connection: UUID, seconds: float) -> None:
        """Let nobody call for so long."""
        now = self._clock()
        self._rests = {one: until for one, until in self._rests.items() if until > now}
        self._rests[connection] = max(self._rests.get(connection, 0.0), now + seconds)
