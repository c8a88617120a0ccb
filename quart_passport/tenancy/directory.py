"""Finds tenants by slug or connection, and remembers them for a moment."""

import re
import time
from collections.abc import Callable
from uuid import UUID

from tortoise.queryset import QuerySet

from quart_passport.errors import TenantGone, TenantNotFound, TenantNotReady
from quart_passport.storage.database import reaches_database
from quart_passport.storage.models import ConnectionRow, TenantRow, TenantState
from quart_passport.tenancy.slugs import Slugs, is_slug
from quart_passport.tenancy.tenant import Tenant, tenant_from

# Seconds. A disconnected tenant's pages end within this time on every worker.
_REMEMBERED = 4.0
# Slugs come from visitors, so what is remembered of them is bounded.
_MOST_REMEMBERED = 10_000
_HOOK = re.compile(r"[0-9a-f]{32}")


class TenantDirectory:
    """The tenants of this installation. One per process."""

    def __init__(self, slugs: Slugs, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._slugs = slugs
        self._clock = clock
        self._remembered: dict[str, tuple[float, Tenant]] = {}

    async def find_published(self, slug: str) -> Tenant:
        """The tenant, if it may publish now.

        Raises TenantNotFound, TenantGone for one that was disconnected, TenantNotReady for one
        whose PIM is not connected.
        """
        at, tenant = self._remembered.get(slug, (0.0, None))
        if tenant is None or self._clock() - at > _REMEMBERED:
            tenant = await self.reread(slug)
        if tenant.state is TenantState.DELETING:
            raise _gone(slug)
        if tenant.state is not TenantState.ACTIVE:
            raise TenantNotReady(f"the PIM of {slug} is not connected; choose “Connect” in it")
        if tenant.flaw:
            raise TenantNotReady(tenant.flaw)
        return tenant

    async def reread(self, slug: str) -> Tenant:
        """The tenant as the database has it now, in whatever state."""
        read_at = self._clock()
        self._remembered.pop(slug, None)
        tenant = await self.find(slug)
        self._drop_old()
        self._remembered[slug] = (read_at, tenant)
        return tenant

    @reaches_database
    async def find(self, slug: str) -> Tenant:
        """The tenant in whatever state; TenantGone where only its retired slug is left."""
        # What no tenant can be called is not worth a query, nor would each engine take it.
        if not is_slug(slug):
            raise TenantNotFound("there is no such tenant; see `quart-passport tenants list`")
        tenant = await _first_of(TenantRow.filter(slug=slug))
        if tenant is not None:
            return tenant
        if await self._slugs.is_retired(slug):
            raise _gone(slug)
        raise TenantNotFound(
            f"there is no tenant {slug!r}; see `quart-passport tenants list`, or register its PIM: "
            f"quart-passport tenants add --slug {slug} --pim-url https://…"
        )

    async def find_open(self, slug: str) -> Tenant:
        """The tenant in whatever state but under deletion, which is TenantGone."""
        tenant = await self.find(slug)
        if tenant.state is TenantState.DELETING:
            raise _gone(slug)
        return tenant

    @reaches_database
    async def find_by_origin(self, origin: str) -> Tenant | None:
        """The tenant of a PIM, if there is one."""
        return await _first_of(TenantRow.filter(origin=origin))

    @reaches_database
    async def find_by_connection(self, connection: UUID) -> Tenant | None:
        """The tenant that a connection belongs to."""
        return await _first_of(TenantRow.filter(connection__id=connection))

    @reaches_database
    async def find_by_notification_hook(self, hook: str) -> Tenant | None:
        """The tenant whose notifications come to this address."""
        if not _HOOK.fullmatch(hook):
            return None
        return await _first_of(TenantRow.filter(connection__notification_hook=hook))

    @reaches_database
    async def find_by_event_hook(self, hook: str) -> Tenant | None:
        """The tenant whose events come to this address."""
        if not _HOOK.fullmatch(hook):
            return None
        return await _first_of(TenantRow.filter(connection__event_hook=hook))

    @reaches_database
    async def list_all(self) -> list[Tenant]:
        """Every tenant, by slug."""
        rows = await _complete(TenantRow.all()).order_by("slug")
        return [tenant for tenant in map(_read, rows) if tenant is not None]

    def _drop_old(self) -> None:
        """Let go of what may not be served any more, a deleted merchant's above all."""
        until = self._clock() - _REMEMBERED
        for slug in [slug for slug, (at, _) in self._remembered.items() if at < until]:
            del self._remembered[slug]
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()


def _gone(slug: str) -> TenantGone:
    return TenantGone(f"{slug} was disconnected; its data are deleted, or about to be")


async def _first_of(query: QuerySet[TenantRow]) -> Tenant | None:
    row = await _complete(query).first()
    return None if row is None else _read(row)


def _read(row: TenantRow) -> Tenant | None:
    """None for a row that a deletion took while it was being read: what hangs on it comes with a
    query of its own."""
    connection: ConnectionRow | None = row.connection
    return None if connection is None else tenant_from(row)


def _complete(query: QuerySet[TenantRow]) -> QuerySet[TenantRow]:
    return query.prefetch_related("connection", "configs")
