"""Remembered pages: whole answers, kept in this process for a moment.

Nothing tells this memory that something changed. A page is short-lived instead, so that every
promise about how soon a change or a deletion shows holds on each machine by itself.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from quart_passport.passport.model import Language

# Bytes of bodies and addresses; some thousand pages.
_MOST_BYTES = 32 * 1024 * 1024
# What a page takes besides its body: headers and bookkeeping, roughly, in bytes.
_OVERHEAD = 2_000


@dataclass(frozen=True, slots=True)
class RememberedPage:
    """An answer with status 200, as it was sent."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    etag: str
    # On the memory's clock.
    expires: float


@dataclass(slots=True)
class _Shelf:
    """What is remembered of one address."""

    # The languages on offer there, from which the next reader's is chosen.
    languages: tuple[Language, ...]
    pages: dict[Hashable, RememberedPage] = field(default_factory=dict)
    size: int = 0


class PageMemory:
    """Pages by raw path and variant; the least recently asked for go first. One per process."""

    def __init__(
        self, *, most_bytes: int = _MOST_BYTES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.clock = clock
        self._most_bytes = most_bytes
        self._shelves: OrderedDict[bytes, _Shelf] = OrderedDict()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes that are held, expired pages among them."""
        return self._size

    def languages_at(self, path: bytes) -> tuple[Language, ...]:
        """The languages that an address offered when it was last remembered; empty if unknown."""
        shelf = self._shelves.get(path)
        return shelf.languages if shelf else ()

    def find(self, path: bytes, variant: Hashable) -> RememberedPage | None:
        """The page, unless its time is over."""
        shelf = self._shelves.get(path)
        page = shelf.pages.get(variant) if shelf else None
        if page is None or page.expires <= self.clock():
            return None
        self._shelves.move_to_end(path)
        return page

    def keep(
        self,
        path: bytes,
        languages: tuple[Language, ...],
        variant: Hashable,
        page: RememberedPage,
    ) -> None:
        """Remember a page; what was kept under other languages is forgotten with them."""
        if page.expires <= self.clock():
            return
        shelf = self._shelves.get(path)
        if shelf is None or shelf.languages != languages:
            self._drop(path)
            shelf = self._shelves[path] = _Shelf(languages)
        replaced = shelf.pages.get(variant)
        grown = _weight(path, page) - (_weight(path, replaced) if replaced else 0)
        shelf.pages[variant] = page
        shelf.size += grown
        self._size += grown
        self._shelves.move_to_end(path)
        while self._size > self._most_bytes:
            self._drop(next(iter(self._shelves)))

    def _drop(self, path: bytes) -> None:
        shelf = self._shelves.pop(path, None)
        if shelf is not None:
            self._size -= shelf.size


def _weight(path: bytes, page: RememberedPage) -> int:
    return len(page.body) + len(path) + _OVERHEAD
