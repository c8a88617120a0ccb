"""Lets a tenant be served behind its fence, and sets the fence where it is missing.

The cache refuses everything without the right fence: after a restart of an empty cache, after a
change of generation, and after a deletion. Only a committed, active row may set it again.
"""

import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from quart_passport.cache.store import CacheStore
from quart_passport.errors import CacheUnavailable, TenantGone, Unavailable
from quart_passport.storage.models import TenantState
from quart_passport.tenancy.directory import TenantDirectory
from quart_passport.tenancy.tenant import Tenant

T = TypeVar("T")


class Fences:
    """Serves tenants by slug."""

    def __init__(self, directory: TenantDirectory, store: CacheStore) -> None:
        self._directory = directory
        self._store = store

    async def serve(self, slug: str, act: Callable[[Tenant], Awaitable[T]]) -> T:
        """Do something for a tenant that may publish; see `TenantDirectory.find_published`.

        Where the cache says that the tenant is gone, the database is asked, which knows.
        """
        tenant = await self._directory.find_published(slug)
        try:
            return await act(tenant)
        except TenantGone:
            await self._directory.reread(slug)
            tenant = await self._directory.find_published(slug)
        await self.open(tenant)
        try:
            return await act(tenant)
        except TenantGone:
            raise Unavailable("the cache is being set up anew", retry_after=5) from None

    async def open(self, tenant: Tenant) -> None:
        """Set the fence of a tenant whose row was just read; a cache that is down goes without.

        Nothing is set for one that may not publish: a deletion has closed its fence for good.
        """
        if tenant.state is not TenantState.ACTIVE:
            return
        with contextlib.suppress(CacheUnavailable):
            await self._store.open_fence(tenant.connection.scope)
