"""Things kept in this process, bounded in bytes and in time."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# A value that would push out most of the others is not worth its place.
_LARGEST_SHARE = 4
# What a small object costs beyond its bytes: itself, its key and its place on the shelf, as
# measured and rounded up.
_OVERHEAD = 800


@dataclass(frozen=True, slots=True)
class _Kept(Generic[V]):
    value: V
    weight: int
    until: float


class Shelf(Generic[K, V]):
    """A mapping that loses what has expired, and what was not read for longest when it is full."""

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._kept: OrderedDict[K, _Kept[V]] = OrderedDict()
        self.weight = 0

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[K]:
        return iter(tuple(self._kept))

    def items(self) -> list[tuple[K, V]]:
        """Everything, without counting as a read."""
        return [(key, kept.value) for key, kept in self._kept.items()]

    def get(self, key: K) -> V | None:
        """The value, which thereby is the last to be evicted."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.until <= self._clock():
            self.drop(key)
            return None
        self._kept.move_to_end(key)
        return kept.value

    def put(self, key: K, value: V, *, size: int, seconds: float) -> None:
        """Keep a value of so many bytes for so many seconds; not one that is far too large."""
        self.drop(key)
        weight = size + _OVERHEAD
        if weight > self._limit // _LARGEST_SHARE:
            return
        self._kept[key] = _Kept(value, weight, self._clock() + seconds)
        self.weight += weight
        while self.weight > self._limit:
            self.drop(next(iter(self._kept)))

    def drop(self, key: K) -> bool:
        """Whether there was anything."""
        kept = self._kept.pop(key, None)
        if kept is None:
            return False
        self.weight -= kept.weight
        return True

    def drop_expired(self) -> None:
        """Let go of everything whose time is over."""
        now = self._clock()
        for key in [key for key, kept in self._kept.items() if kept.until <= now]:
            self.drop(key)
