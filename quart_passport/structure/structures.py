"""The structure of a tenant's PIM, fetched once for all workers and remembered for a moment."""

import asyncio
import contextlib
import contextvars
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

import msgspec

from quart_passport.cache.reading import Fetched, ReadThrough
from quart_passport.cache.store import CacheStore, Found, Key, Lease, Scope
from quart_passport.errors import CacheUnavailable, PimInvalidRequest, PimUnavailable
from quart_passport.passport.structure import Labels, Structure
from quart_passport.pim.client import PimAccess, PimClient
from quart_passport.tenancy.access import TenantAccess
from quart_passport.tenancy.tenant import Tenant

KEY = Key("structure", "all")
# Seconds that a decoded structure serves without another look at the store.
_REMEMBERED = 4.0
_MOST_REMEMBERED = 200
# Seconds within which a structure that was found to be old is not read a second time: a question
# that the PIM refuses for another reason must not cost the whole structure each time.
_ANEW = 15.0

_decoder = msgspec.msgpack.Decoder(Structure)
_options_decoder = msgspec.msgpack.Decoder(dict[str, Labels])


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A structure, when it was looked at, and until when it may be shown, on the clock."""

    structure: Structure
    at: float
    until: float


@dataclass(frozen=True, slots=True)
class Known:
    """How a PIM is built."""

    structure: Structure
    # How long it may still be shown, in seconds.
    remaining: float


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one attribute."""

    # By code.
    labels: Mapping[str, Labels]
    # How long they may still be shown, in seconds.
    remaining: float


class Structures:
    """Reads structures through the cache. One per process."""

    def __init__(
        self,
        reading: ReadThrough,
        store: CacheStore,
        pim: PimClient,
        access: TenantAccess,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reading = reading
        self._store = store
        self._pim = pim
        self._access = access
        self._clock = clock
        self._remembered: dict[Scope, _Remembered] = {}
        self._read_anew: dict[Scope, _Remembered] = {}
        self._being_read: dict[Scope, asyncio.Task[Structure]] = {}

    async def structure_of(self, tenant: Tenant) -> Structure:
        """How this tenant's PIM is built, as known at most half a TTL or 15 minutes ago."""
        return (await self.known(tenant)).structure

    async def known(self, tenant: Tenant) -> Known:
        """The same, and how long it may still be shown."""
        scope, now = tenant.connection.scope, self._clock()
        held = self._remembered.get(scope)
        if held is None or now - held.at > _REMEMBERED or now >= held.until:
            held = await self._look(tenant)
            self._remember(scope, held)
        return Known(held.structure, max(0.0, held.until - self._clock()))

    async def _look(self, tenant: Tenant) -> _Remembered:
        now = self._clock()
        found = await self._reading.read(tenant.connection.scope, KEY, lambda: self._fetch(tenant))
        # A structure is never absent: without one the fetch raises.
        try:
            structure = _decoder.decode(getattr(found, "body"))  # noqa: B009
        except msgspec.DecodeError:
            # Another version of ours wrote it.
            return _Remembered(await self._replaced(tenant), now, now + tenant.ttl)
        return _Remembered(structure, now, now + found.remaining)

    async def options_of(self, tenant: Tenant, attribute: str) -> Options:
        """The options of an attribute, however many; none where the PIM does not tell them."""
        scope, key = tenant.connection.scope, Key("options", attribute)
        found = await self._reading.read(scope, key, lambda: self._fetch_options(tenant, attribute))
        body: bytes = getattr(found, "body")  # noqa: B009 - never absent either
        try:
            return Options(_options_decoder.decode(body), found.remaining)
        except msgspec.DecodeError:
            await self.forget(tenant, key)
            fetched = await self._fetch_options(tenant, attribute)
            return Options(_options_decoder.decode(fetched.body), fetched.ttl)

    async def read_anew(self, tenant: Tenant) -> Structure:
        """The structure from the PIM itself, because what is cached was found to be old.

        Once for all of this process who find it at the same time. Others are served what is cached
        meanwhile, and then this.
        """
        scope = tenant.connection.scope
        held = self._read_anew.get(scope)
        if held is not None and self._clock() - held.at <= _ANEW:
            return held.structure
        task = self._being_read.get(scope)
        if task is None:
            # A task and a context of its own: whoever leaves takes it away from nobody.
            task = self._being_read[scope] = asyncio.get_running_loop().create_task(
                self._replace(tenant), context=contextvars.Context()
            )
            task.add_done_callback(lambda done: self._finish(scope, done))
        await asyncio.wait({task})
        if task.cancelled():
            raise PimUnavailable("this process is stopping")
        return task.result()

    async def forget(self, tenant: Tenant, entry: Key) -> None:
        """Drop one entry of the tenant's cache that was found to be unreadable."""
        await self._store.forget(tenant.connection.scope, entry)

    async def aclose(self) -> None:
        """Give up what is being read."""
        tasks = tuple(self._being_read.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _replace(self, tenant: Tenant) -> Structure:
        """Read the structure, and put it in the place of the cached one."""
        scope = tenant.connection.scope
        lease = await self._lease_of_old(scope)
        try:
            fetched = await self._fetch(tenant)
        except BaseException:
            await self._give_back(lease)
            raise
        structure = _decoder.decode(fetched.body)
        if lease is not None:
            with contextlib.suppress(CacheUnavailable):
                await self._store.fill(
                    lease,
                    KEY,
                    fetched.body,
                    ttl=fetched.ttl,
                    refresh_after=fetched.refresh_after,
                )
        now = self._clock()
        held = _Remembered(structure, now, now + tenant.ttl)
        self._remember(scope, held)
        self._read_anew[scope] = held
        return structure

    def _finish(self, scope: Scope, done: asyncio.Task[Structure]) -> None:
        self._being_read.pop(scope, None)
        if not done.cancelled():
            # Whoever waited raises it; perhaps nobody does any more.
            done.exception()

    async def _lease_of_old(self, scope: Scope) -> Lease | None:
        """The right to fill the cache; None where another process has it already."""
        try:
            await self._store.outdate(scope, KEY.kind)
            outcome = await self._store.read_or_lease(scope, KEY)
        except CacheUnavailable:
            return None
        if isinstance(outcome, Found):
            return outcome.refresh
        return outcome if isinstance(outcome, Lease) else None

    async def _give_back(self, lease: Lease | None) -> None:
        if lease is not None:
            with contextlib.suppress(CacheUnavailable):
                await self._store.release(lease)

    async def _replaced(self, tenant: Tenant) -> Structure:
        fetched = await self._fetch(tenant)
        await self._store.forget(tenant.connection.scope, KEY)
        return _decoder.decode(fetched.body)

    def _remember(self, scope: Scope, held: _Remembered) -> None:
        """Remember for a moment, and let go of what will not be served again: a deleted
        merchant's above all."""
        self._drop_old()
        self._remembered[scope] = held

    def _drop_old(self) -> None:
        for remembered, life in ((self._remembered, _REMEMBERED), (self._read_anew, _ANEW)):
            until = self._clock() - life
            for scope in [scope for scope, held in remembered.items() if held.at < until]:
                del remembered[scope]
            if len(remembered) >= _MOST_REMEMBERED:
                remembered.clear()

    async def _fetch(self, tenant: Tenant) -> Fetched:
        async with self._asking(tenant) as access:
            structure = await self._pim.read_structure(access)
            wanted = tenant.wanted_attributes(structure)
            structure = await self._pim.read_linked_structure(access, structure, wanted)
        return Fetched(
            entry=KEY,
            body=msgspec.msgpack.encode(structure),
            ttl=tenant.ttl,
            refresh_after=tenant.refresh_after,
        )

    async def _fetch_options(self, tenant: Tenant, attribute: str) -> Fetched:
        async with self._asking(tenant) as access:
            labels = await self._pim.read_options(access, attribute)
        return Fetched(
            entry=Key("options", attribute),
            body=msgspec.msgpack.encode(labels),
            ttl=tenant.ttl,
            refresh_after=tenant.refresh_after,
        )

    @contextlib.asynccontextmanager
    async def _asking(self, tenant: Tenant) -> AsyncIterator[PimAccess]:
        """Access, where a refusal is a failure like others: remembered for a while."""
        try:
            async with self._access.to(tenant) as access:
                yield access
        except PimInvalidRequest as error:
            raise PimUnavailable("the PIM refuses to say how it is built") from error
