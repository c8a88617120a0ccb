"""The whole thing on real sockets: a sandbox PIM, the app under Hypercorn, a browser's requests."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from quart import Quart

from quart_passport.app import create_app
from quart_passport.sandbox import Catalog, Edition, Pim, SandboxApp, create_sandbox
from quart_passport.secret import Secret
from quart_passport.services import Services
from quart_passport.settings import Settings
from quart_passport.tenancy.connections import AppCredentials
from quart_passport.tenancy.tenant import Tenant
from quart_passport.web.context import EXTENSION
from tests.serving import Served, serving


@dataclass(frozen=True)
class Backend:
    """Where an app keeps things; empty addresses mean SQLite and the in-process cache."""

    database_url: str = ""
    redis_url: str = ""


@dataclass(frozen=True)
class Stack:
    """A running app, its PIMs, and a browser."""

    url: str
    app: Quart
    pims: tuple[Served[SandboxApp], ...]
    browser: httpx.AsyncClient

    @property
    def services(self) -> Services:
        found: Services = self.app.extensions[EXTENSION]
        return found

    @property
    def pim(self) -> Pim:
        return self.pims[0].app.pim

    async def register(self, slug: str, pim: int = 0) -> Tenant:
        """The two steps of a custom app."""
        served = self.pims[pim]
        connection = await self.services.connections.register(served.url, slug=slug)
        door = f"{self.url}/akeneo/{connection}"
        app = served.app.pim.apps.register(slug, f"{door}/activate", f"{door}/callback")
        await self.services.connections.keep_credentials(
            connection, AppCredentials(app.client_id, Secret(app.client_secret))
        )
        return await self.services.directory.find(slug)

    async def authorize(self, tenant: Tenant) -> httpx.Response:
        """What a merchant's browser does after “Connect”: the PIM's consent page and back."""
        door = f"{self.url}/akeneo/{tenant.connection.id}/activate"
        answer = await self.browser.get(door, params={"pim_url": tenant.origin})
        if "/connect/apps/v1/authorize" in answer.url.path:
            answer = await self.browser.post(answer.url, headers={"origin": tenant.origin})
        return answer

    async def connect(self, slug: str, pim: int = 0) -> Tenant:
        """A connected tenant."""
        tenant = await self.register(slug, pim)
        answer = await self.authorize(tenant)
        assert answer.status_code == 200, answer.text
        return await self.services.directory.reread(slug)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask the app for a path, sent as it is, percent signs and all."""
        return await self.browser.get(
            httpx.URL(self.url).copy_with(raw_path=path.encode()), headers=headers
        )


@asynccontextmanager
async def running_stack(
    folder: Path,
    *catalogs: Catalog,
    backend: Backend = Backend(),
    edition: Edition = Edition.SERENITY,
    configure: Callable[[dict[str, Any]], None] = lambda settings: None,
) -> AsyncIterator[Stack]:
    """Serve a sandbox PIM for each catalogue, and the app that may connect to them."""
    async with AsyncExitStack() as stack:
        sandboxes = [_sandbox(catalog, edition) for catalog in catalogs]
        pims = tuple([await stack.enter_async_context(serving(one)) for one in sandboxes])

        def make_app(url: str) -> Quart:
            given: dict[str, Any] = {
                "base_url": url,
                "data_dir": folder / "data",
                "tenants_dir": folder / "tenants",
                "database_url": backend.database_url,
                "redis_url": backend.redis_url,
                "egress_exempt": tuple(urlsplit(pim.url).netloc for pim in pims),
                "event_platform_url": "{pim}/event-platform/api/v1",
            }
            configure(given)
            return create_app(Settings(**given))

        served = await stack.enter_async_context(serving(make_app))
        client = httpx.AsyncClient(trust_env=False, follow_redirects=True, timeout=20)
        browser = await stack.enter_async_context(client)
        yield Stack(served.url, served.app, pims, browser)


def _sandbox(catalog: Catalog, edition: Edition) -> Callable[[str], SandboxApp]:
    return lambda url: create_sandbox(catalog, base_url=url, edition=edition)
