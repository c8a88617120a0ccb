"""How many calls to a PIM run at once, over all processes that share a cache store.

The callers of one process queue here first: as many as there are slots are let through, and only
the first of those in line asks the store, in pauses. The store keeps a line of its own, so each
process comes to its turn. A slot is a lease: one that a dead process held is free after a while.
While the store is down nobody knows of the others, so each process calls one at a time.
"""

import asyncio
import contextlib
import math
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable
from uuid import UUID
from weakref import WeakValueDictionary

from quart_passport.cache.memory_slots import MemorySlots
from quart_passport.cache.store import CacheStore
from quart_passport.errors import CacheUnavailable, PimUnavailable

# A PIM answers 4 calls of one connection at once. We stay below, so that a call whose process died
# may still be under way there.
_AT_ONCE = 3
# Longer than any call: 8 s at most.
_HELD_SECONDS = 10.0
# As long as a call may take altogether. Who would have to wait longer is told so at once.
_LONGEST_WAIT = 8.0
# A store that is late is not down: others may hold all the slots.
_LATE_SECONDS = 1.0
# Until it is asked again.
_LATE_PAUSE = 0.05
# Of the time waited so far: a PIM that takes seconds is not worth asking every few milliseconds.
_PAUSE_SHARE, _LONGEST_PAUSE = 0.1, 0.1
# Keeps processes from asking in step.
_JITTER = 1.25


class StoreSlots:
    """The `CallSlots` of a client whose processes share a store. One per process."""

    def __init__(
        self,
        store: CacheStore,
        at_once: int = _AT_ONCE,
        *,
        held: float = _HELD_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._at_once = at_once
        self._held = held
        self._clock = clock
        self._own = MemorySlots(clock)
        # Since when the store has not answered.
        self._silent_since: float | None = None
        # A queue lives as long as somebody stands in it.
        self._queues: WeakValueDictionary[UUID, _Queue] = WeakValueDictionary()
        self._leaving: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def slot(self, connection: UUID) -> AsyncIterator[None]:
        """Held for the time of one call; see `CallSlots`."""
        queue = self._queues.get(connection)
        if queue is None:
            queue = self._queues[connection] = _Queue(self._at_once)
        async with queue.places:
            token = secrets.token_hex(8)
            try:
                async with queue.turn:
                    await self._wait(connection, token)
                yield
            finally:
                await self._leave(connection, token)

    async def rest(self, connection: UUID, seconds: float) -> None:
        """Let nobody call for so long."""
        self._own.drop_expired()
        self._own.pause(connection, seconds=seconds)
        with contextlib.suppress(CacheUnavailable):
            await self._store.pause_slots(connection, seconds=seconds)

    async def _wait(self, connection: UUID, token: str) -> None:
        since = self._clock()
        while (pause := await self._ask(connection, token)) > 0:
            if pause > _LONGEST_WAIT:
                raise PimUnavailable(
                    "the PIM asked to be left alone for a while", retry_after=math.ceil(pause)
                )
            grown = min((self._clock() - since) * _PAUSE_SHARE, _LONGEST_PAUSE)
            await asyncio.sleep(max(pause, grown) * random.uniform(1, _JITTER))  # noqa: S311

    async def _ask(self, connection: UUID, token: str) -> float:
        most, seconds = self._at_once, self._held
        try:
            pause = await self._store.take_slot(connection, token, most=most, seconds=seconds)
        except CacheUnavailable:
            if self._silent_since is None:
                self._silent_since = self._clock()
            if self._clock() - self._silent_since < _LATE_SECONDS:
                return _LATE_PAUSE
            return self._own.take(connection, token, most=1, seconds=seconds)
        self._silent_since = None
        return pause

    async def _leave(self, connection: UUID, token: str) -> None:
        """Give back whatever is held, also where it is unknown whether the store gave a slot.

        A caller who is cancelled, even twice, cannot keep it from happening.
        """
        self._own.give_back(connection, token)
        leaving = asyncio.create_task(self._give_back(connection, token))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
        await asyncio.shield(leaving)

    async def _give_back(self, connection: UUID, token: str) -> None:
        # A store that is down forgets the slot by itself.
        with contextlib.suppress(CacheUnavailable):
            await self._store.give_back_slot(connection, token)


class _Queue:
    """The callers of this process for one connection, in the order of arrival."""

    def __init__(self, at_once: int) -> None:
        self.places = asyncio.Semaphore(at_once)
        self.turn = asyncio.Lock()
