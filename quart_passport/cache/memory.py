"""The cache store of a single process: the same contract as in Redis, in its own memory.

Nothing here waits, so each method is one step. What has expired is let go within a second, whether
or not anyone asks for it, and the whole is bounded in bytes: what was not read for longest goes
first, and what would take most of the room is not kept at all. Fences are few and small, and are
never evicted.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from quart_passport.cache.memory_slots import MemorySlots
from quart_passport.cache.shelf import Shelf
from quart_passport.cache.store import (
    FORGOTTEN_SECONDS,
    LEASE_SECONDS,
    Absent,
    Found,
    Gone,
    Key,
    Lease,
    Outcome,
    Scope,
    Wait,
    check_companions,
)

_LIMIT_BYTES = 64 * 1024 * 1024
# How late expired entries may leave; nothing expired is served in between.
_TIDY_SECONDS = 1.0


@dataclass(slots=True)
class _Fence:
    generation: int | None
    closed: bool = False
    # What was fetched under a lower number is not there any more.
    cleared: int = 0
    # By kind: what was fetched under a lower number is due for a refresh.
    outdated: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Entry:
    body: bytes
    aliases: frozenset[Key]
    number: int
    filled: float
    due: float
    until: float


@dataclass(frozen=True, slots=True)
class _Alias:
    entry: Key


@dataclass(frozen=True, slots=True)
class _Absence:
    reason: str
    number: int
    until: float


_Value = _Entry | _Alias | _Absence


class MemoryCacheStore:
    """A CacheStore in the memory of this process, for installations that are one process."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, limit: int = _LIMIT_BYTES
    ) -> None:
        self._clock = clock
        self._number = 0
        self._fences: dict[UUID, _Fence] = {}
        self._data: Shelf[tuple[UUID, Key], _Value] = Shelf(limit, clock)
        # Small and short-lived; a bound of their own keeps data from pushing them out.
        self._leases: Shelf[tuple[UUID, str], str] = Shelf(limit // 8, clock)
        self._forgotten: Shelf[tuple[UUID, str], int] = Shelf(limit // 8, clock)
        self._slots = MemorySlots(clock)
        self._tidying: asyncio.TimerHandle | None = None

    async def open_fence(self, scope: Scope) -> None:
        fence = self._fences.get(scope.connection)
        if fence is not None:
            if fence.generation is None or scope.generation <= fence.generation:
                return
            self._purge(scope.connection)
        self._fences[scope.connection] = _Fence(scope.generation, cleared=self._advance())

    async def read_or_lease(self, scope: Scope, key: Key) -> Outcome:
        fence = self._standing(scope)
        if fence is None:
            return Gone()
        at, held = self._look(scope.connection, fence, key)
        if isinstance(held, _Absence):
            return Absent(held.reason, held.until - self._clock())
        if isinstance(held, _Entry):
            now = self._clock()
            due = now >= held.due or held.number < fence.outdated.get(at.kind, 0)
            refresh = self._lease(scope, key, at) if due else None
            return Found(held.body, now - held.filled, held.until - now, refresh)
        return self._lease(scope, key, key) or Wait()

    async def fill(
        self,
        lease: Lease,
        entry: Key,
        body: bytes,
        *,
        ttl: float,
        refresh_after: float,
        aliases: tuple[Key, ...] = (),
        companions: Mapping[Key, bytes] = MappingProxyType({}),
    ) -> bool:
        check_companions(companions)
        self._give_back(lease)
        if not self._accepts(lease, entry):
            return False
        now = self._clock()
        names = frozenset((*aliases, lease.key)) - {entry}
        for key, content in {**companions, entry: body}.items():
            known = names if key == entry else frozenset()
            value = _Entry(content, known, lease.number, now, now + refresh_after, now + ttl)
            self._keep(lease, key, value, size=len(content), seconds=ttl)
        for alias in names:
            self._keep(lease, alias, _Alias(entry), size=len(alias.name), seconds=ttl)
        self._tidy_later()
        return True

    async def fill_absent(self, lease: Lease, reason: str, *, seconds: float) -> bool:
        self._give_back(lease)
        if not self._accepts(lease, lease.key):
            return False
        # A refresh through an alias holds the entry's lock: what the alias led to is not there.
        self._data.drop((lease.scope.connection, _locked(lease.lock)))
        value = _Absence(reason, lease.number, self._clock() + seconds)
        self._keep(lease, lease.key, value, size=len(reason), seconds=seconds)
        self._tidy_later()
        return True

    async def release(self, lease: Lease) -> None:
        self._give_back(lease)

    async def postpone(self, lease: Lease, *, seconds: float) -> None:
        place = (lease.scope.connection, lease.lock)
        if self._leases.get(place) == lease.token:
            self._leases.put(place, lease.token, size=0, seconds=seconds)

    async def forget(self, scope: Scope, entry: Key) -> None:
        fence = self._fences.get(scope.connection)
        if fence is not None and fence.closed:
            return
        mark = (scope.connection, _lock(entry))
        self._forgotten.put(mark, self._advance(), size=len(mark[1]), seconds=FORGOTTEN_SECONDS)
        self._leases.drop(mark)
        self._data.drop((scope.connection, entry))
        self._tidy_later()

    async def clear(self, scope: Scope) -> int:
        fence = self._standing(scope)
        if fence is None:
            return 0
        fence.cleared = self._advance()
        entries = [value for _, value in self._held(scope.connection) if isinstance(value, _Entry)]
        self._purge(scope.connection)
        return len(entries)

    async def outdate(self, scope: Scope, kind: str) -> None:
        if fence := self._standing(scope):
            fence.outdated[kind] = self._advance()

    async def count(self, scope: Scope, kind: str) -> int:
        if self._standing(scope) is None:
            return 0
        now = self._clock()
        return sum(
            isinstance(value, _Entry) and key.kind == kind and value.until > now
            for key, value in self._held(scope.connection)
        )

    async def close_fence(self, connection: UUID) -> int:
        fence = self._fences.setdefault(connection, _Fence(generation=None))
        fence.closed = True
        return await self.sweep(connection)

    async def sweep(self, connection: UUID) -> int:
        places = [place for place in (*self._leases, *self._forgotten) if place[0] == connection]
        marks = sum(self._leases.drop(place) + self._forgotten.drop(place) for place in places)
        return self._purge(connection) + marks + self._slots.drop(connection)

    async def drop_fence(self, connection: UUID) -> None:
        self._fences.pop(connection, None)

    async def take_slot(self, connection: UUID, token: str, *, most: int, seconds: float) -> float:
        self._tidy_later()
        return self._slots.take(connection, token, most=most, seconds=seconds)

    async def give_back_slot(self, connection: UUID, token: str) -> None:
        self._slots.give_back(connection, token)

    async def pause_slots(self, connection: UUID, *, seconds: float) -> None:
        self._tidy_later()
        self._slots.pause(connection, seconds=seconds)

    async def ping(self) -> None:
        """Memory always answers."""

    async def aclose(self) -> None:
        if self._tidying is not None:
            self._tidying.cancel()
            self._tidying = None

    def _standing(self, scope: Scope) -> _Fence | None:
        fence = self._fences.get(scope.connection)
        if fence is None or fence.closed or fence.generation != scope.generation:
            return None
        return fence

    def _look(
        self, connection: UUID, fence: _Fence, key: Key
    ) -> tuple[Key, _Entry | _Absence | None]:
        """What the key leads to, and where it was found."""
        held, at = self._data.get((connection, key)), key
        if isinstance(held, _Alias):
            at = held.entry
            held = self._data.get((connection, at))
        if held is None or isinstance(held, _Alias) or held.number < fence.cleared:
            return at, None
        if isinstance(held, _Entry) and at != key and key not in held.aliases:
            return at, None
        return at, held

    def _accepts(self, lease: Lease, guarded: Key) -> bool:
        fence = self._standing(lease.scope)
        if fence is None or fence.cleared > lease.number:
            return False
        return not any(self._was_forgotten(lease, name) for name in (_lock(guarded), lease.lock))

    def _was_forgotten(self, lease: Lease, name: str) -> bool:
        """Whether it was forgotten since the lease was taken."""
        return (self._forgotten.get((lease.scope.connection, name)) or 0) > lease.number

    def _keep(self, lease: Lease, key: Key, value: _Value, *, size: int, seconds: float) -> None:
        if not self._was_forgotten(lease, _lock(key)):
            self._data.put((lease.scope.connection, key), value, size=size, seconds=seconds)

    def _lease(self, scope: Scope, key: Key, at: Key) -> Lease | None:
        place = (scope.connection, _lock(at))
        if self._leases.get(place) is not None:
            return None
        token = secrets.token_hex(8)
        self._leases.put(place, token, size=len(place[1]), seconds=LEASE_SECONDS)
        self._tidy_later()
        return Lease(scope, key, self._number, token, _lock(at))

    def _give_back(self, lease: Lease) -> None:
        place = (lease.scope.connection, lease.lock)
        if self._leases.get(place) == lease.token:
            self._leases.drop(place)

    def _advance(self) -> int:
        # One count for all connections never starts over, even when a fence was dropped.
        self._number += 1
        return self._number

    def _held(self, connection: UUID) -> list[tuple[Key, _Value]]:
        return [(place[1], value) for place, value in self._data.items() if place[0] == connection]

    def _purge(self, connection: UUID) -> int:
        """Drop what is held; how much it was. Nobody is to wait for who fetches just now either."""
        for place in self._leases:
            if place[0] == connection:
                self._leases.drop(place)
        return sum(self._data.drop(place) for place in self._data if place[0] == connection)

    def _tidy_later(self) -> None:
        if self._tidying is None:
            self._tidying = asyncio.get_running_loop().call_later(_TIDY_SECONDS, self._tidy)

    def _tidy(self) -> None:
        self._tidying = None
        kept = (self._data, self._leases, self._forgotten, self._slots)
        for one in kept:
            one.drop_expired()
        if any(kept):
            self._tidy_later()


def _lock(key: Key) -> str:
    return f"{key.kind}:{key.name}"


def _locked(lock: str) -> Key:
    return Key(*lock.split(":", 1))
