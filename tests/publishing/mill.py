"""The merchant `acme` for many tests: set up once for a module, as new again before each test."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from quart_passport.cache.store import Key, Lease
from quart_passport.passport.config import SectionConfig
from quart_passport.passport.identifiers import parse_uuid
from quart_passport.publishing.passports import Publication
from quart_passport.sandbox import Catalog, Edition, Pim
from quart_passport.sandbox.edition_catalog import catalog_of
from quart_passport.sandbox.products import ProductStore
from quart_passport.tenancy.configs import Decisions, decisions_of, save_decisions
from quart_passport.tenancy.tenant import Tenant
from tests.backends import KINDS
from tests.publishing.linked_world import PRODUCT
from tests.servers import temporary_database
from tests.stack import Backend, Stack, running_stack

SHOWN = SectionConfig(
    attributes=("weaver", "seals", "leaflets", "spare_pair", "makeup", "main_fibre"),
    group="materials",
)


@dataclass(frozen=True)
class Mill:
    """A connected merchant whose products name records, assets and other products."""

    stack: Stack
    catalog: Catalog
    decisions: Decisions

    @property
    def pim(self) -> Pim:
        return self.stack.pim

    async def begin_anew(self) -> None:
        """Undo what a test did to the PIM and the configuration, and empty every memory."""
        self.pim.catalog = catalog_of(self.catalog, self.pim.edition)
        self.pim.products = ProductStore(self.pim.catalog)
        self.pim.traffic.faults.clear()
        self.pim.traffic.latency = 0.0
        self.pim.courier.deliveries.clear()
        memory = self.stack.app.asgi_app._memory  # type: ignore[attr-defined]
        memory._shelves.clear()
        tenant = await self.tenant()
        await save_decisions(tenant, self.decisions)
        await self.stack.services.connections.begin_cache_anew(tenant.connection.id)
        await self.warm_up()

    async def tenant(self) -> Tenant:
        return await self.stack.services.directory.reread("acme")

    async def change(self, **changes: Any) -> None:
        """Change the configuration; the structure is known again afterwards."""
        tenant = await self.tenant()
        decisions = decisions_of(tenant)
        config = msgspec.structs.replace(decisions.configs[0], **changes)
        await save_decisions(tenant, replace(decisions, configs=(config,)))
        await self.warm_up()

    async def warm_up(self) -> None:
        """Let the structure be read, and count from here."""
        services = self.stack.services
        await services.fences.open(await self.tenant())
        await services.fences.serve("acme", services.structures.structure_of)
        self.pim.traffic.reset()

    async def find(self, name: str = PRODUCT) -> Publication:
        """What is published under a name."""

        async def by_name(tenant: Tenant) -> Publication:
            return await self.stack.services.passports.by_name(tenant, name, parse_uuid(name))

        return await self.stack.services.fences.serve("acme", by_name)

    async def page(self, name: str = PRODUCT) -> httpx.Response:
        """The page in English."""
        return await self.stack.get(f"/t/acme/p/{name}?lang=en-US")

    def uuid(self, identifier: str) -> str:
        product = self.pim.products.with_identifier(identifier)
        assert product is not None
        return str(product["uuid"])

    def asked(self) -> dict[str, int]:
        """How often each route of the PIM was asked since then; pictures do not count."""
        routes = self.pim.traffic.total.by_route
        return {route: times for route, times in routes.items() if "media" not in route}

    async def settled(self) -> None:
        """Once events are delivered, and what was started in the background is done."""
        await self.pim.courier.settled()
        services = self.stack.services
        for reading in (services.structures._reading, services.passports._reading):
            for task in tuple(reading._tasks):
                await task

    async def forget(self, entry: Key) -> None:
        tenant = await self.tenant()
        await self.stack.services.store.forget(tenant.connection.scope, entry)

    async def fill(self, entry: Key, body: bytes) -> None:
        """Put something into the cache, as another version of ours would have written it."""
        scope = (await self.tenant()).connection.scope
        await self.stack.services.store.forget(scope, entry)
        lease = await self.stack.services.store.read_or_lease(scope, entry)
        assert isinstance(lease, Lease)
        assert await self.stack.services.store.fill(lease, entry, body, ttl=600, refresh_after=600)


@asynccontextmanager
async def running_mill(
    folder: Path, catalog: Catalog, backend: Backend, edition: Edition = Edition.SERENITY
) -> AsyncIterator[Mill]:
    async with running_stack(folder, catalog, backend=backend, edition=edition) as stack:
        tenant = await stack.connect("acme")
        config = msgspec.structs.replace(tenant.configs[0], sections=(SHOWN,))
        decisions = replace(decisions_of(tenant), configs=(config,))
        yield Mill(stack, catalog, decisions)


@asynccontextmanager
async def backend_of(
    request: pytest.FixtureRequest, kind: str, folder: Path
) -> AsyncIterator[Backend]:
    """One of the two backends, for as long as a module; the data folder is below `folder`."""
    async with AsyncExitStack() as opened:
        (folder / "data").mkdir()
        if kind == KINDS[0]:
            template: Path = request.getfixturevalue("sqlite_template")
            shutil.copy(template, folder / "data" / template.name)
            yield Backend()
            return
        server: str = request.getfixturevalue("pg_server")
        schema: str = request.getfixturevalue("pg_template")
        database = await opened.enter_async_context(temporary_database(server, schema))
        yield Backend(database, request.getfixturevalue("redis_server"))
