"""A sandbox PIM behind a real socket, and what we need to call it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest

from quart_passport.egress.address import EgressRules
from quart_passport.egress.fetch import Egress
from quart_passport.pim.authorization import READING_SCOPES, Grant, exchange_code
from quart_passport.pim.client import PimAccess, PimClient
from quart_passport.sandbox import (
    Catalog,
    Pim,
    SandboxApp,
    create_sandbox,
    load_catalog,
    world_directory,
)
from quart_passport.secret import Secret
from tests.egress.loopback import TLS
from tests.serving import serving

DEMO_CATALOG = Path(__file__).parents[3] / "shared" / "akeneo" / "catalog" / "api"


@cache
def catalog_at(folder: Path) -> Catalog:
    return load_catalog(folder)


@dataclass
class Connected:
    """A PIM, and our side of it."""

    url: str
    pim: Pim
    egress: Egress
    client: PimClient
    client_id: str
    client_secret: Secret

    def code(
        self,
        scopes: tuple[str, ...] = READING_SCOPES,
        sign_in: tuple[str, ...] = (),
    ) -> str:
        """What the PIM sends back once its user has consented."""
        return self.pim.apps.grant(self.client_id, frozenset(scopes), frozenset(sign_in))

    async def exchange(self, code: str) -> Grant:
        return await exchange_code(
            self.egress,
            self.url,
            client_id=self.client_id,
            client_secret=self.client_secret,
            code=code,
        )

    async def access(self, scopes: tuple[str, ...] = READING_SCOPES) -> PimAccess:
        grant = await self.exchange(self.code(scopes))
        return PimAccess(self.url, grant.token, uuid4())


@asynccontextmanager
async def connected(catalog: Catalog) -> AsyncIterator[Connected]:
    """A PIM that serves the catalogue, with our app registered."""

    def make(url: str) -> SandboxApp:
        return create_sandbox(catalog, base_url=url)

    async with serving(make) as served:
        rules = EgressRules.parse(exempt=[served.url.removeprefix("http://")])
        async with Egress(rules, user_agent="quart-passport/test", ssl_context=TLS) as egress:
            pim = served.app.pim
            app = pim.apps.register(
                "Passports", "https://p.example/activate", "https://p.example/callback"
            )
            secret = Secret(app.client_secret)
            client = PimClient(egress)
            yield Connected(served.url, pim, egress, client, app.client_id, secret)


@pytest.fixture
async def sandbox() -> AsyncIterator[Connected]:
    """A PIM with the batteries of a small merchant."""
    async with connected(catalog_at(world_directory("batteries"))) as side:
        yield side


@pytest.fixture
async def large_sandbox() -> AsyncIterator[Connected]:
    """A PIM with the 1,239 products of Akeneo's demo catalogue."""
    if not DEMO_CATALOG.is_dir():
        pytest.skip(f"the demo catalogue is not at {DEMO_CATALOG}")
    async with connected(catalog_at(DEMO_CATALOG)) as side:
        yield side
