"""Slots of connections in the memory of this process; the contract is that of `CacheStore`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from quart_passport.cache.store import PLACE_SECONDS, seconds_in_line


@dataclass(slots=True)
class _Slots:
    """Those of one connection. Times are ends, on the clock of the whole."""

    held: dict[str, float] = field(default_factory=dict)
    # In the order of arrival.
    line: dict[str, float] = field(default_factory=dict)
    rest: float = 0.0

    def drop_expired(self, now: float) -> bool:
        """Whether anything is left."""
        self.held = {token: until for token, until in self.held.items() if until > now}
        self.line = {token: until for token, until in self.line.items() if until > now}
        return bool(self.held or self.line or self.rest > now)


class MemorySlots:
    """Who may call which PIM. What nobody uses any more is let go of."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._slots: dict[UUID, _Slots] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def take(self, connection: UUID, token: str, *, most: int, seconds: float) -> float:
        """0.0 if a slot was taken, else in how many seconds to ask again."""
        slots, now = self._slots.setdefault(connection, _Slots()), self._clock()
        slots.drop_expired(now)
        if slots.rest > now:
            return slots.rest - now
        waiting = list(slots.line)
        ahead = waiting.index(token) if token in waiting else len(waiting)
        place = len(slots.held) + ahead - most
        if place < 0:
            slots.line.pop(token, None)
            slots.held[token] = now + seconds
            return 0.0
        slots.line[token] = now + PLACE_SECONDS
        return seconds_in_line(place + 1)

    def give_back(self, connection: UUID, token: str) -> None:
        """Leave the slot, or the line."""
        if slots := self._slots.get(connection):
            slots.held.pop(token, None)
            slots.line.pop(token, None)
            self.drop_expired()

    def pause(self, connection: UUID, *, seconds: float) -> None:
        """No slot for anybody for so long."""
        slots = self._slots.setdefault(connection, _Slots())
        slots.rest = max(slots.rest, self._clock() + seconds)

    def drop(self, connection: UUID) -> int:
        """Forget the connection; 1 if there was anything."""
        return int(self._slots.pop(connection, None) is not None)

    def drop_expired(self) -> None:
        """Let go of connections that nobody calls or waits for."""
        now = self._clock()
        for connection in [
            one for one, slots in self._slots.items() if not slots.drop_expired(now)
        ]:
            del self._slots[connection]
