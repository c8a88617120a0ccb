"""Reading several entries of one kind through the cache: one question for all that is not there.

If the first is not cached, it is fetched together with all others; those are stored as its
companions, and found when their turn comes. What the PIM does not have is stored without a body, so
that nobody asks again for a while.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from quart_passport.cache.reading import Fetched, ReadThrough
from quart_passport.cache.store import MOST_COMPANIONS, CacheStore, Found, Key
from quart_passport.errors import (
    CacheUnavailable,
    InvalidInput,
    PassportError,
    PimInvalidRequest,
    PimRefused,
)
from quart_passport.tenancy.tenant import Tenant

T = TypeVar("T")

# As many as one fill keeps, and as one call brings.
MOST_AT_ONCE = MOST_COMPANIONS

# Seconds that the PIM's refusal holds: a merchant who grants a right wants to see it soon.
REFUSAL_LIFE = 300.0
# Seconds. The PIM's index lags behind: a product that is not there may be there soon.
_ABSENCE = 60.0
_PRODUCT = "product"
# Seconds; nobody feels it.
_MOMENT = 0.002
# How many of a batch are looked for at the same time: other pages want the store as well.
_READS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Brought:
    """One entry as it was fetched."""

    body: bytes
    aliases: tuple[Key, ...] = ()


# What there is of these names; PimRefused where the PIM lets us have none of them.
Bring = Callable[[Sequence[str]], Awaitable[Mapping[str, Brought]]]

_NOTHING = Brought(b"")


@dataclass(frozen=True, slots=True)
class Entries(Generic[T]):
    """What was found, by name, and for how long all of it may be shown, in seconds."""

    found: dict[str, T]
    remaining: float


@dataclass(eq=False, slots=True)
class Batch(Generic[T]):
    """Entries that one page needs of one kind, at most MOST_AT_ONCE. For one reading."""

    reading: ReadThrough
    store: CacheStore
    tenant: Tenant
    kind: str
    # Put before each name in the key.
    owner: str
    # In an order that pages share: so those that name the same begin with it, and wait for
    # each other.
    names: Sequence[str]
    bring: Bring
    # Raises InvalidInput for what another version of ours wrote.
    decode: Callable[[bytes], T]
    _looked_at: set[str] = field(default_factory=set)
    _due: set[str] = field(default_factory=set)
    _asked: frozenset[str] = frozenset()
    _outcome: Mapping[str, Brought] | PassportError = field(default_factory=dict)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_READS_AT_ONCE))

    async def read(self) -> Entries[T]:
        """Those that are there. Unavailable if any of them cannot be had now."""
        names = self.names
        entries = [await self._read(name) for name in names[:1]]
        others = names[1:]
        if others and entries[0].age == 0.0 and not await self._is_kept():
            entries += [await self._read_unkept(name) for name in others]
        else:
            # What is still missing now is asked for together all the same.
            entries += await asyncio.gather(*map(self._read_in_turn, others))
        remaining = min((entry.remaining for entry in entries), default=self.tenant.ttl)
        found: dict[str, T] = {}
        for name, entry in zip(names, entries, strict=True):
            if entry.body:
                try:
                    found[name] = self.decode(entry.body)
                except InvalidInput:
                    # The next reader fetches it; until then it is as if it were not there.
                    await self.store.forget(self.tenant.connection.scope, self._key(name))
                    remaining = 0.0
        return Entries(found, remaining)

    async def _read_in_turn(self, name: str) -> Found:
        async with self._turns:
            return await self._read(name)

    async def _read(self, name: str) -> Found:
        scope = self.tenant.connection.scope
        found = await self.reading.read(scope, self._key(name), lambda: self._fetch(name))
        self._looked_at.add(name)
        return found if isinstance(found, Found) else Found(b"", 0.0, found.remaining)

    async def _is_kept(self) -> bool:
        """Whether what was just fetched can be in the store."""
        try:
            await self.store.ping()
        except CacheUnavailable:
            return False
        return True

    async def _read_unkept(self, name: str) -> Found:
        """While the store is down, from what one question brought; the first one asks it."""
        if name not in self._asked:
            return await self._read(name)
        fetched = self._fetched(name)
        return Found(fetched.body, 0.0, fetched.ttl)

    async def _fetch(self, name: str) -> Fetched:
        await self._ask_with(name)
        return self._fetched(name)

    def _fetched(self, name: str) -> Fetched:
        """What the last question said of one name, which it was asked for."""
        brought, life = self._outcome, self.tenant.ttl + 0.0
        others = self._asked - self._looked_at - {name}
        if isinstance(brought, PimRefused) and not self._keeps_what_was(name, brought):
            # Others may be cached still; each that is not is told the same.
            brought, life, others = {}, min(REFUSAL_LIFE, life), frozenset()
        elif isinstance(brought, PassportError):
            raise brought
        if self.kind == _PRODUCT:
            others &= brought.keys()
            life = life if name in brought else min(_ABSENCE, life)
        own = brought.get(name, _NOTHING)
        return Fetched(
            entry=self._key(name),
            body=own.body,
            ttl=life,
            refresh_after=min(life, self.tenant.refresh_after),
            aliases=own.aliases,
            companions={self._key(one): brought.get(one, _NOTHING).body for one in others},
        )

    def _keeps_what_was(self, name: str, refusal: PimRefused) -> bool:
        """Whether a refusal says nothing of an entry that was read before: the PIM did not
        understand the question this time, and neither hides nor lacks what it is about."""
        return isinstance(refusal, PimInvalidRequest) and name in self._looked_at

    async def _ask_with(self, name: str) -> None:
        """What is due and what was not looked at yet, in one question.

        Entries that came together become old together: those that are due for a refresh at the
        same time wait here for the one question, and share its outcome.
        """
        if isinstance(self._outcome, PimRefused) and name in self._asked:
            return
        is_asking = self._asking.locked()
        self._due.add(name)
        async with self._asking:
            if not (is_asking and name in self._asked):
                # Others that are found to be due in the same moment say so first.
                await asyncio.sleep(_MOMENT)
                await self._ask()

    async def _ask(self) -> None:
        wanted = frozenset(self.names) - self._looked_at | self._due
        self._due, self._asked = set(), frozenset()
        try:
            self._outcome = await self.bring(sorted(wanted))
        except PassportError as error:
            self._outcome = error
        self._asked = wanted

    def _key(self, name: str) -> Key:
        return Key(self.kind, f"{self.owner}/{name}" if self.owner else name)
