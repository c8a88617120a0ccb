"""The contract of a cache store, whichever keeps the data.

Product data live here and nowhere else, each entry for at most its time to live. Looking for an
entry and taking the lease to fetch it are one step, so that a crowd costs one fetch. Two numbers
guard against data that come back from the dead:

- the *fence* of a connection holds its generation. No fence, another generation or a closed fence
  means that nothing may be read or filled: deletion closes it, and no fill in flight can undo that.
- the *invalidation number* counts what was forgotten. A lease remembers the number it was taken
  under; what was forgotten later refuses the fill.

Entries live under one subject, for products their UUID. Identifiers and GTINs are aliases of it,
because a change notice names the UUID alone and must reach look-ups that do not know it yet. An
entry knows its aliases: one that it does not list any more leads nowhere, so a renamed product is
not found under its old name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol
from uuid import UUID

# Longer than any fetch: 8 s at most. The lease only saves work, so its end decides nothing.
LEASE_SECONDS = 10.0
# How long a forgotten subject refuses fills; longer than any fetch that began before.
FORGOTTEN_SECONDS = 60.0
# How long a place in the line for a slot is kept for one who does not ask again, and in how many
# seconds to ask: soon if one is next, and the less often the more are before.
PLACE_SECONDS = 1.0
_NEXT_ASKS, _LAST_ASKS = 0.01, 0.1
# How many companions one fill stores; as many as a PIM gives on one page.
MOST_COMPANIONS = 100


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose entries: a connection under one generation."""

    connection: UUID
    generation: int


@dataclass(frozen=True, slots=True)
class Key:
    """What is looked for: an entry itself, or an alias of one.

    `kind` names the sort: `product`, `structure`, `record`, `picture` and so on for entries;
    `identifier`, `gtin` for aliases.
    """

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right, and the task, to fetch what was not there or has become old."""

    scope: Scope
    key: Key
    # The invalidation number at the time of the look-up.
    number: int
    # Told apart from a later lease of the same key, so that only the holder gives it back.
    token: str
    # What the store holds back, in its own words; the entry where an alias led to one that is due.
    lock: str


@dataclass(frozen=True, slots=True)
class Found:
    """An entry within its time to live."""

    body: bytes
    # How long ago it was filled, in seconds, by the store's own clock.
    age: float
    # How long it may still be served, in seconds.
    remaining: float
    # Given to one reader when the entry is due for a refresh.
    refresh: Lease | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """It was looked for a moment ago in vain; `reason` is the word that `fill_absent` was given."""

    reason: str
    remaining: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody else holds the lease; look again in a moment."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The fence is missing, closed, or of another generation: nothing may be served."""


Outcome = Found | Absent | Lease | Wait | Gone


class CacheStore(Protocol):
    """Every method may raise CacheUnavailable, and then nothing has to be assumed done."""

    async def open_fence(self, scope: Scope) -> None:
        """Set the fence from a committed, active row; a newer generation drops what the older held.

        A closed fence is never reopened by an older or equal generation, and by none at all where
        the store did not know the generation that it closed.
        """

    async def read_or_lease(self, scope: Scope, key: Key) -> Outcome:
        """Look the key up, through an alias if it is one, and take the lease if nothing is there.

        An entry that is due for a refresh is Found, and one reader also gets a lease for it.
        """

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
        """Store what was fetched under a lease, give the lease back, and set the aliases.

        `aliases` are all the names that lead to the entry from now on; the lease's own key is one
        without being named. `companions` are other entries that the same fetch brought, at most
        MOST_COMPANIONS, stored in the same step and for as long, except those that were forgotten
        since. False, and nothing is stored, where the fence changed or the entry was forgotten
        since the lease was taken. A lease that has run out may still fill. Seconds are counted
        from now.
        """

    async def fill_absent(self, lease: Lease, reason: str, *, seconds: float) -> bool:
        """Remember that the key leads nowhere, or that fetching failed, and give the lease back.

        An entry that was there, due for a refresh, goes. False, and nothing changes, as in `fill`.
        """

    async def release(self, lease: Lease) -> None:
        """Give the lease back without an answer."""

    async def postpone(self, lease: Lease, *, seconds: float) -> None:
        """Keep the lease for so long from now: nobody tries before, and what is there stays."""

    async def forget(self, scope: Scope, entry: Key) -> None:
        """Drop one entry, and refuse fills of it whose lease was taken before now.

        It is the fence's generation that forgets, whichever the caller knows.
        """

    async def clear(self, scope: Scope) -> int:
        """Drop every entry, alias and absence, refuse fills whose lease is older; how many
        entries there were."""

    async def outdate(self, scope: Scope, kind: str) -> None:
        """Let every entry of a kind be due for a refresh, still served until then."""

    async def count(self, scope: Scope, kind: str) -> int:
        """How many entries of a kind are held within their time to live."""

    async def close_fence(self, connection: UUID) -> int:
        """Close the fence and delete everything behind it; how many keys went.

        From the closing on, itself one step, nothing can be read or filled.
        """

    async def sweep(self, connection: UUID) -> int:
        """Delete whatever still carries the connection's name, the closed fence excepted."""

    async def drop_fence(self, connection: UUID) -> None:
        """Forget the connection altogether, once nothing can come back any more."""

    async def take_slot(self, connection: UUID, token: str, *, most: int, seconds: float) -> float:
        """Take one of the connection's `most` slots for so many seconds at the longest.

        0.0 if it was taken, else in how many seconds it may be worth asking again, with the same
        token: those who ask stand in line. Whoever does not ask for a second has left it, and a
        slot that is not given back in time is free again. Slots need no fence, and deletion takes
        them away.
        """

    async def give_back_slot(self, connection: UUID, token: str) -> None:
        """Let others have the slot, or the place in the line, that is taken under the token."""

    async def pause_slots(self, connection: UUID, *, seconds: float) -> None:
        """Give no slot to anybody for so long from now; a longer pause stays."""

    async def ping(self) -> None:
        """Return if the store answers."""

    async def aclose(self) -> None:
        """Let go of connections."""


def check_companions(companions: Mapping[Key, bytes]) -> None:
    """ValueError where a fetch brought more than one step should store."""
    if len(companions) > MOST_COMPANIONS:
        raise ValueError(f"{len(companions)} companions; a fill stores at most {MOST_COMPANIONS}")


def seconds_in_line(place: int) -> float:
    """When to ask for a slot again at a place in the line, the first being 1."""
    return min(place * _NEXT_ASKS, _LAST_ASKS)
