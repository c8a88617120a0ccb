"""A sandbox PIM behind a real socket, and what we need to call it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest

from quart_passport.egress.address import EgressRules
from quart_passport.egress.fetch import Egress
from quart_passport.pim.authorization import (
    OPTIONAL_SCOPES,
    READING_SCOPES,
    Grant,
    exchange_code,
)
from quart_passport.pim.client import PimAccess, PimClient
from quart_passport.pim.slots import CallSlots
from quart_passport.sandbox import (
    Catalog,
    Edition,
    Pim,
    SandboxApp,
    create_sandbox,
    load_catalog,
    world_directory,
)
from quart_passport.secret import Secret
from tests.egress.loopback import TLS
from tests.serving import serving

DEMO_CATALOG = Path(__file__).parents[3] / "shared" / "akeneo" / "catalog"
ALL_SCOPES = (*READING_SCOPES, *OPTIONAL_SCOPES)


@cache
def catalog_at(*folders: Path) -> Catalog:
    return load_catalog(*folders)


def demo_catalog() -> Catalog:
    """The 1,239 products of Akeneo's demo, with records, assets and tables laid over them."""
    if not DEMO_CATALOG.is_dir():
        pytest.skip(f"the demo catalogue is not at {DEMO_CATALOG}")
    return catalog_at(DEMO_CATALOG / "api", DEMO_CATALOG / "supplement")


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

    async def access(self, scopes: tuple[str, ...] = ALL_SCOPES) -> PimAccess:
        grant = await self.exchange(self.code(scopes))
        return PimAccess(self.url, grant.token, uuid4())


@asynccontextmanager
async def connected(
    catalog: Catalog, edition: Edition = Edition.SERENITY, slots: CallSlots | None = None
) -> AsyncIterator[Connected]:
    """A PIM that serves the catalogue, with our app registered."""

    def make(url: str) -> SandboxApp:
        return create_sandbox(catalog, base_url=url, edition=edition)

    async with serving(make) as served:
        rules = EgressRules.parse(exempt=[served.url.removeprefix("http://")])
        async with Egress(rules, user_agent="quart-passport/test", ssl_context=TLS) as egress:
            pim = served.app.pim
            app = pim.apps.register(
                "Passports", "https://p.example/activate", "https://p.example/callback"
            )
            secret = Secret(app.client_secret)
            client = PimClient(egress, slots)
            yield Connected(served.url, pim, egress, client, app.client_id, secret)


@asynccontextmanager
async def pims(
    editions: Iterable[Edition], slots: CallSlots | None = None
) -> AsyncIterator[list[Connected]]:
    """PIMs that serve side by side, for tests that mostly wait."""
    async with AsyncExitStack() as stack:
        catalog = catalog_at(world_directory("batteries"))
        yield [
            await stack.enter_async_context(connected(catalog, edition, slots))
            for edition in editions
        ]


@pytest.fixture(params=list(Edition), ids=str)
def edition(request: pytest.FixtureRequest) -> Edition:
    """Each edition of the PIM in turn."""
    found: Edition = request.param
    return found


@pytest.fixture
async def sandbox(edition: Edition) -> AsyncIterator[Connected]:
    """A PIM of each edition, with the batteries of a small merchant."""
    async with connected(catalog_at(world_directory("batteries")), edition) as side:
        yield side


@pytest.fixture
async def large_sandbox(edition: Edition) -> AsyncIterator[Connected]:
    """A PIM of each edition, with a large catalogue that holds every type of value."""
    async with connected(demo_catalog(), edition) as side:
        yield side


@pytest.fixture(params=[Edition.SERENITY, Edition.GROWTH], ids=str)
async def saas_sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    """A PIM of the editions that have the Event Platform."""
    async with connected(catalog_at(world_directory("batteries")), request.param) as side:
        yield side


@pytest.fixture(params=[Edition.SERENITY, Edition.ENTERPRISE], ids=str)
async def enterprise_sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    """A PIM of the editions that have records and assets."""
    async with connected(demo_catalog(), request.param) as side:
        yield side
