"""Reading through a cache store: look, and where nothing is there, fetch once for everybody.

Of all who ask for the same thing, in all workers, one gets the lease and its process fetches. The
fetch is a task of its own, because a visitor who leaves must not take it away from the others. Who
shares the process waits for that task, everybody else looks again in growing pauses, and nobody
waits for long: the fill still comes, for whoever asks next.
A fetch that fails is remembered for a short while, so that a crowd costs one call to a PIM that is
down. Where the store itself is down, each process still fetches a thing once at a time, and few
things at the same time.
"""

import asyncio
import contextlib
import contextvars
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field

from quart_passport.cache.failures import REMEMBERED, absence_for, pause_after, raise_failure
from quart_passport.cache.patience import PATIENCE_SECONDS, patience
from quart_passport.cache.store import (
    Absent,
    CacheStore,
    Found,
    Gone,
    Key,
    Lease,
    Scope,
    Wait,
)
from quart_passport.errors import (
    CacheUnavailable,
    PassportError,
    PimUnavailable,
    TenantGone,
    Unavailable,
)

# Shorter than a lease, so that no second fetch starts beside the first.
_DEADLINE_SECONDS = 8.0
# For looking again while another process fetches.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.1
# How many things one process fetches at a time while the store is down.
_FETCHES_WITHOUT_STORE = 4
# How many one process has under way, each with its closure and a place in the line for a slot:
# five times what 200 visitors of different products ask for at once.
_MOST_FETCHES = 1000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch brought, and how it is to be kept; see `CacheStore.fill`."""

    entry: Key
    body: bytes
    ttl: float
    refresh_after: float
    aliases: tuple[Key, ...] = ()
    # Other entries that came along, at most MOST_COMPANIONS.
    companions: Mapping[Key, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Nothing:
    """A fetch found that there is nothing. `reason`, one word, is for who asks within `seconds`."""

    reason: str
    seconds: float = 60.0


Fetch = Callable[[], Awaitable[Fetched | Nothing]]
# Its answer is None where what it fetched was forgotten meanwhile.
_Flight = asyncio.Task[Found | Absent | None]


class ReadThrough:
    """Reads what is in the store, and fetches what is not."""

    def __init__(
        self,
        store: CacheStore,
        *,
        wait: float = PATIENCE_SECONDS,
        deadline: float = _DEADLINE_SECONDS,
        most: int = _MOST_FETCHES,
    ) -> None:
        """`wait` is how long a reader waits and `deadline` how long a fetch takes, in seconds.

        The deadline must be shorter than FORGOTTEN_SECONDS, or old data could be filled.
        """
        self._store = store
        self._wait = wait
        self._deadline = deadline
        self._most = most
        self._tasks: set[_Flight] = set()
        self._flights: dict[tuple[Scope, Key], _Flight] = {}
        self._without_store: set[_Flight] = set()

    async def read(self, scope: Scope, key: Key, fetch: Fetch) -> Found | Absent:
        """What the key leads to, from the store or by one fetch.

        TenantGone where the fence does not stand; Unavailable if there is no answer in time;
        whatever the fetch raised, to all who waited for it. A fetch should not read through the
        cache in its turn: it would spend its own time on waiting for another, and two that wait
        for each other bring nothing.
        """
        async with patience(self._wait):
            answer = await self._read(scope, key, fetch)
            if isinstance(answer, Absent):
                raise_failure(answer)
            return answer

    async def aclose(self, grace: float = 0.0) -> None:
        """Give running fetches so many seconds to end, then cancel them."""
        tasks = tuple(self._tasks)
        if not tasks:
            return
        _, unfinished = await asyncio.wait(tasks, timeout=grace)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    async def _read(self, scope: Scope, key: Key, fetch: Fetch) -> Found | Absent:
        while True:
            try:
                outcome = await self._store.read_or_lease(scope, key)
            except CacheUnavailable:
                return await self._read_without_store(scope, key, fetch)
            if not isinstance(outcome, Lease | Wait):
                return self._serve(outcome, fetch)
            if answer := await _landed(await self._board(scope, key, outcome, fetch)):
                return answer

    async def _board(self, scope: Scope, key: Key, outcome: Lease | Wait, fetch: Fetch) -> _Flight:
        """The flight to wait for: one that is under way in this process, or a new one."""
        what = (scope, key)
        if isinstance(outcome, Wait) and (flight := self._flights.get(what)):
            return flight
        if self._is_full():
            if isinstance(outcome, Lease):
                await self._give_back(outcome)
            raise Unavailable("too much is being fetched at once", retry_after=5)
        if isinstance(outcome, Lease):
            return self._fly(what, self._fetch(outcome, fetch))
        return self._fly(what, self._watch(scope, key, fetch))

    async def _watch(self, scope: Scope, key: Key, fetch: Fetch) -> Found | Absent | None:
        """Look again in growing pauses while another process fetches; once for all of this one."""
        pause = _FIRST_PAUSE
        while True:
            await asyncio.sleep(pause)
            try:
                outcome = await self._store.read_or_lease(scope, key)
            except CacheUnavailable:
                # Whoever waits here looks again, and does without the store.
                return None
            if isinstance(outcome, Lease):
                return await self._fetch(outcome, fetch)
            if not isinstance(outcome, Wait):
                return self._serve(outcome, fetch)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _serve(self, outcome: Found | Absent | Gone, fetch: Fetch) -> Found | Absent:
        if isinstance(outcome, Gone):
            raise TenantGone("the connection's data are deleted, or about to be")
        # Without room for a refresh its lease runs out, and a later reader gets another.
        if isinstance(outcome, Found) and outcome.refresh is not None and not self._is_full():
            self._start(self._refresh(outcome.refresh, fetch))
        return outcome

    def _is_full(self) -> bool:
        return len(self._tasks) >= self._most

    async def _read_without_store(self, scope: Scope, key: Key, fetch: Fetch) -> Found | Absent:
        flight = self._flights.get((scope, key))
        if flight is None:
            if len(self._without_store) >= _FETCHES_WITHOUT_STORE:
                raise CacheUnavailable("too much is being fetched without a cache", retry_after=5)
            flight = self._fly((scope, key), self._fetch_unkept(fetch))
            self._without_store.add(flight)
            flight.add_done_callback(self._without_store.discard)
        answer = await _landed(flight)
        if answer is None:
            raise CacheUnavailable("the cache went away while something was fetched")
        return answer

    async def _fetch(self, lease: Lease, fetch: Fetch) -> Found | Absent | None:
        await self._hold(lease)
        try:
            return await self._keep(lease, await self._in_time(fetch))
        except REMEMBERED as error:
            _log.warning("a fetch failed: %s", type(error).__name__)
            absent = absence_for(error)
            with contextlib.suppress(CacheUnavailable):
                await self._store.fill_absent(lease, absent.reason, seconds=absent.remaining)
            return absent
        except BaseException:
            # The next one may try at once.
            await self._give_back(lease)
            raise

    async def _fetch_unkept(self, fetch: Fetch) -> Found | Absent:
        try:
            return _answer(await self._in_time(fetch))
        except REMEMBERED as error:
            return absence_for(error)

    async def _refresh(self, lease: Lease, fetch: Fetch) -> Found | Absent | None:
        """Fetch anew what is still served.

        If that fails, what is there stays, and the lease is kept so that nobody tries too soon.
        """
        await self._hold(lease)
        try:
            return await self._keep(lease, await self._in_time(fetch))
        except PassportError as error:
            _log.warning("a refresh failed: %s", type(error).__name__)
            with contextlib.suppress(CacheUnavailable):
                await self._store.postpone(lease, seconds=pause_after(error))
            return None

    async def _hold(self, lease: Lease) -> None:
        """Keep the lease for as long as the fetch may take."""
        if self._deadline > _DEADLINE_SECONDS:
            with contextlib.suppress(CacheUnavailable):
                await self._store.postpone(lease, seconds=self._deadline)

    async def _in_time(self, fetch: Fetch) -> Fetched | Nothing:
        try:
            async with asyncio.timeout(self._deadline):
                return await fetch()
        except TimeoutError:
            raise PimUnavailable("no answer in time") from None

    async def _keep(self, lease: Lease, fetched: Fetched | Nothing) -> Found | Absent | None:
        """The answer, once it is stored; None if it was forgotten meanwhile."""
        answer = _answer(fetched)
        try:
            if isinstance(fetched, Nothing):
                kept = await self._store.fill_absent(lease, fetched.reason, seconds=fetched.seconds)
            else:
                kept = await self._store.fill(
                    lease,
                    fetched.entry,
                    fetched.body,
                    ttl=fetched.ttl,
                    refresh_after=fetched.refresh_after,
                    aliases=fetched.aliases,
                    companions=fetched.companions,
                )
        except CacheUnavailable:
            # It may be full only: the lease must not keep others waiting for what never comes.
            await self._give_back(lease)
            return answer
        return answer if kept else None

    async def _give_back(self, lease: Lease) -> None:
        with contextlib.suppress(CacheUnavailable):
            await self._store.release(lease)

    def _fly(
        self, what: tuple[Scope, Key], fetching: Coroutine[None, None, Found | Absent | None]
    ) -> _Flight:
        """Start a fetch that others of this process may wait for."""
        flight = self._start(fetching)
        self._flights[what] = flight

        def land(done: _Flight) -> None:
            # A fetch that outlived its lease may have a younger one beside it.
            if self._flights.get(what) is done:
                del self._flights[what]

        flight.add_done_callback(land)
        return flight

    def _start(self, work: Coroutine[None, None, Found | Absent | None]) -> _Flight:
        # A context of its own: the request's database transaction and log fields end with it.
        task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._finish)
        return task

    def _finish(self, task: _Flight) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # Whoever waited raises it too; a refresh, or a fetch that all have left, has nobody.
            _log.error("a fetch failed: %s", type(error).__name__)


async def _landed(flight: _Flight) -> Found | Absent | None:
    """The flight's answer. It goes on when the one who waits here is cancelled."""
    await asyncio.wait({flight})
    if flight.cancelled():
        raise Unavailable("this process is stopping")
    return flight.result()


def _answer(fetched: Fetched | Nothing) -> Found | Absent:
    if isinstance(fetched, Nothing):
        return Absent(fetched.reason, fetched.seconds)
    return Found(fetched.body, age=0.0, remaining=fetched.ttl)
