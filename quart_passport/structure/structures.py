"""The structure of a tenant's PIM, fetched once for all workers and remembered for a moment."""

import time
from collections.abc import Callable

import msgspec

from quart_passport.cache.reading import Fetched, ReadThrough
from quart_passport.cache.store import CacheStore, Key, Scope
from quart_passport.passport.structure import Structure
from quart_passport.pim.client import PimClient
from quart_passport.tenancy.connections import Connections
from quart_passport.tenancy.tenant import Tenant

KEY = Key("structure", "all")
# Seconds that a decoded structure serves without another look at the store.
_REMEMBERED = 4.0
_MOST_REMEMBERED = 200

_decoder = msgspec.msgpack.Decoder(Structure)


class Structures:
    """Reads structures through the cache. One per process."""

    def __init__(
        self,
        reading: ReadThrough,
        store: CacheStore,
        pim: PimClient,
        connections: Connections,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reading = reading
        self._store = store
        self._pim = pim
        self._connections = connections
        self._clock = clock
        self._remembered: dict[Scope, tuple[float, Structure]] = {}

    async def structure_of(self, tenant: Tenant) -> Structure:
        """How this tenant's PIM is built, as known at most half a TTL or 15 minutes ago."""
        scope = tenant.connection.scope
        at, structure = self._remembered.get(scope, (0.0, None))
        if structure is not None and self._clock() - at <= _REMEMBERED:
            return structure
        looked_at = self._clock()
        found = await self._reading.read(scope, KEY, lambda: self._fetch(tenant))
        # A structure is never absent: without one the fetch raises.
        try:
            structure = _decoder.decode(getattr(found, "body"))  # noqa: B009
        except msgspec.DecodeError:
            # Another version of ours wrote it.
            structure = await self._replaced(tenant)
        self._drop_old()
        self._remembered[scope] = (looked_at, structure)
        return structure

    async def read_anew(self, tenant: Tenant) -> Structure:
        """The structure after dropping what is cached, because it was found to be old."""
        scope = tenant.connection.scope
        self._remembered.pop(scope, None)
        await self._store.forget(scope, KEY)
        return await self.structure_of(tenant)

    async def forget(self, tenant: Tenant, entry: Key) -> None:
        """Drop one entry of the tenant's cache that was found to be unreadable."""
        await self._store.forget(tenant.connection.scope, entry)

    async def _replaced(self, tenant: Tenant) -> Structure:
        fetched = await self._fetch(tenant)
        await self._store.forget(tenant.connection.scope, KEY)
        return _decoder.decode(fetched.body)

    def _drop_old(self) -> None:
        """Let go of what will not be served again, a deleted merchant's above all."""
        until = self._clock() - _REMEMBERED
        for scope in [scope for scope, (at, _) in self._remembered.items() if at < until]:
            del self._remembered[scope]
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()

    async def _fetch(self, tenant: Tenant) -> Fetched:
        structure = await self._pim.read_structure(await self._connections.access(tenant))
        return Fetched(
            entry=KEY,
            body=msgspec.msgpack.encode(structure),
            ttl=tenant.ttl,
            refresh_after=tenant.refresh_after,
        )
