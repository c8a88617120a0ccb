"""What tests of deletions share: a clock, a tenant, and a look at what is left."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from quart_passport.cache.store import CacheStore, Key, Lease, Scope
from quart_passport.erasure.deletion import Deletions
from quart_passport.secret import Secret
from quart_passport.storage import models
from quart_passport.tenancy.tenant import Tenant
from tests.backends import Core

PAGE = "/t/acme/p/SF-KULL-01"
ORIGIN = "https://acme.cloud.akeneo.com"
TENANT_TABLES = (
    *(models.TenantRow, models.ConnectionRow, models.PassportConfigRow),
    *(models.UserRow, models.AuthorizationStateRow),
)
PRODUCT = Key("product", "one")
STEPS = ("fenced", "unsubscribed", "erased", "swept", "swept again", "finished")


class Hand:
    """A wall clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **time: float) -> None:
        self.now += timedelta(**time)


async def rows_left() -> dict[str, int]:
    counts = {table.__name__: await table.all().count() for table in TENANT_TABLES}
    return {name: count for name, count in counts.items() if count}


async def no_subscription(_connection: UUID) -> None:
    """There is nothing to end."""


async def active_tenant(core: Core, slug: str = "acme", origin: str = ORIGIN) -> Tenant:
    connection = await core.connections.register(origin, slug=slug)
    await core.connections.keep_token(connection, Secret("a-token"), frozenset())
    tenant = await core.directory.find(slug)
    await core.fences.open(tenant)
    return tenant


async def keep_product(store: CacheStore, scope: Scope) -> None:
    lease = await store.read_or_lease(scope, PRODUCT)
    assert isinstance(lease, Lease)
    assert await store.fill(lease, PRODUCT, b"data", ttl=600, refresh_after=300)


def deletions_of(core: Core, clock: Callable[[], datetime], **others: Any) -> Deletions:
    store = others.pop("store", core.store)
    unsubscribe = others.pop("unsubscribe", no_subscription)
    return Deletions(store, core.slugs, unsubscribe, clock=clock)
