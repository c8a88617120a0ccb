"""Where an app keeps things: SQLite with the in-process cache, and PostgreSQL with Redis.

Each test gets a database of its own, a copy of one that was migrated once.
"""

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from quart_passport.cache.memory import MemoryCacheStore
from quart_passport.cache.redis import RedisCacheStore
from quart_passport.cache.store import CacheStore
from quart_passport.crypto.keyring import KeyRing
from quart_passport.crypto.signing import Signer
from quart_passport.sandbox import Catalog, load_catalog, world_directory
from quart_passport.secret import Secret
from quart_passport.services import Services, build_services
from quart_passport.settings import Settings
from quart_passport.storage.database import database_config, migrate_database, open_database
from quart_passport.tenancy.connections import Connections
from quart_passport.tenancy.directory import TenantDirectory
from quart_passport.tenancy.fences import Fences
from quart_passport.tenancy.slugs import Slugs
from tests.servers import create_database, drop_database, temporary_database
from tests.stack import Backend, Stack, running_stack

KINDS = ("sqlite and memory", "postgresql and redis")


@pytest.fixture(scope="session")
def clothing() -> Catalog:
    return load_catalog(world_directory("clothing"))


@pytest.fixture(scope="session")
def batteries() -> Catalog:
    return load_catalog(world_directory("batteries"))


@pytest.fixture(scope="session")
def pg_template(pg_server: str) -> Iterator[str]:
    """The name of a PostgreSQL database that holds the schema and nothing else."""

    async def make() -> str:
        name = await create_database(pg_server)
        await migrate_database(database_config(Secret(pg_server + name), Path()))
        return name

    name = run_elsewhere(make())
    yield name
    run_elsewhere(drop_database(pg_server, name))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that holds the schema and nothing else."""
    folder = tmp_path_factory.mktemp("sqlite")
    run_elsewhere(migrate_database(database_config(Secret(""), folder)))
    return folder / "passport.sqlite3"


@pytest.fixture(params=KINDS)
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backend]:
    """Where the app keeps things; the data folder is `data` below `tmp_path`."""
    (tmp_path / "data").mkdir()
    if request.param == KINDS[0]:
        template = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "data" / template.name)
        yield Backend()
        return
    redis_url = request.getfixturevalue("redis_url")
    server, template = map(request.getfixturevalue, ("pg_server", "pg_template"))
    async with temporary_database(server, template) as database_url:
        yield Backend(database_url, redis_url)


@pytest.fixture
async def shared_backend(
    pg_server: str, pg_template: str, redis_url: str
) -> AsyncIterator[Backend]:
    """PostgreSQL and Redis alone, for what only several processes can do."""
    async with temporary_database(pg_server, pg_template) as database_url:
        yield Backend(database_url, redis_url)


@pytest.fixture
def settings(tmp_path: Path, backend: Backend) -> Settings:
    """Settings of an installation that may connect to Akeneo's cloud."""
    return settings_for(tmp_path, backend)


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    """The services, without anything that serves."""
    async with build_services(settings) as built:
        yield built


@dataclass(frozen=True)
class Core:
    """What tenants are kept with, without what makes pages of them: quick to build."""

    settings: Settings
    store: CacheStore
    slugs: Slugs
    directory: TenantDirectory
    connections: Connections
    fences: Fences


@pytest.fixture
async def core(settings: Settings) -> AsyncIterator[Core]:
    """Tenants in a database and a cache of their own."""
    ring = KeyRing.create(settings.key_ring_file)
    slugs = Slugs(Signer(ring.signing))
    store: CacheStore = MemoryCacheStore()
    if settings.redis_url:
        store = RedisCacheStore.connect(settings.redis_url.reveal(), time_limit=10)
    directory = TenantDirectory(slugs)
    async with open_database(database_config(settings.database_url, settings.data_dir)):
        yield Core(
            settings,
            store,
            slugs,
            directory,
            Connections(ring, slugs, None),
            Fences(directory, store),
        )
    await store.aclose()


@pytest.fixture
async def stack(
    tmp_path: Path, backend: Backend, clothing: Catalog, batteries: Catalog
) -> AsyncIterator[Stack]:
    """An app with two PIMs that are not connected yet."""
    async with running_stack(tmp_path, clothing, batteries, backend=backend) as running:
        yield running


@pytest.fixture
async def shop(tmp_path: Path, backend: Backend, clothing: Catalog) -> AsyncIterator[Stack]:
    """An app with one PIM that is not connected yet."""
    async with running_stack(tmp_path, clothing, backend=backend) as running:
        yield running


def settings_for(folder: Path, backend: Backend, **others: Any) -> Settings:
    """Settings for a backend, with the data folder where its files are."""
    return Settings(
        data_dir=folder / "data",
        tenants_dir=folder / "tenants",
        database_url=backend.database_url,
        redis_url=backend.redis_url,
        **others,
    )


def run_elsewhere(work: Any) -> Any:
    """Run a coroutine to its end in another thread: a loop may be running in this one."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(asyncio.run(work)))
    thread.start()
    thread.join(60)
    assert results, "it failed"
    return results[0]
