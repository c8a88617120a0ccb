"""How many calls to a PIM run at once.

A PIM answers 4 calls of one connection at once and refuses more. We stay below, so that a retry
or a slow farewell of a connection never tips it over.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol
from uuid import UUID
from weakref import WeakValueDictionary

CALLS_AT_ONCE = 3


class CallSlots(Protocol):
    """Hands out the right to call; waits while all slots of the connection are taken."""

    def slot(self, connection: UUID) -> AbstractAsyncContextManager[None]:
        """Held for the time of one call."""


class ProcessSlots:
    """Slots of this process alone, enough where one process serves."""

    def __init__(self, at_once: int = CALLS_AT_ONCE) -> None:
        self._at_once = at_once
        # A semaphore lives as long as somebody holds it or waits for it.
        self._semaphores: WeakValueDictionary[UUID, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def slot(self, connection: UUID) -> AsyncIterator[None]:
        """Held for the time of one call."""
        semaphore = self._semaphores.get(connection)
        if semaphore is None:
            semaphore = self._semaphores[connection] = asyncio.Semaphore(self._at_once)
        async with semaphore:
            yield
