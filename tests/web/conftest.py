"""Two merchants' PIMs, connected to one app, served over real sockets."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from quart_passport.sandbox import Catalog, load_catalog, world_directory
from tests.servers import temporary_database
from tests.stack import Backend, Stack, running_stack


@pytest.fixture(scope="session")
def worlds() -> dict[str, Catalog]:
    """The catalogues of the sandbox, by name."""
    names = ("clothing", "batteries", "furniture")
    return {name: load_catalog(world_directory(name)) for name in names}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the module's app."""
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="module")
def fresh_redis(redis_server: str) -> str:
    """The test run's Redis, empty at the start of a module."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server


@pytest.fixture(scope="module")
def on_servers(
    pg_server: str, fresh_redis: str
) -> Callable[[], AbstractAsyncContextManager[Backend]]:
    """PostgreSQL and Redis, with a database that lives as long as the block."""

    @asynccontextmanager
    async def given() -> AsyncIterator[Backend]:
        async with temporary_database(pg_server) as database_url:
            yield Backend(database_url, fresh_redis)

    return given


@asynccontextmanager
async def connected_stack(
    folder: Path, shops: dict[str, Catalog], **options: Any
) -> AsyncIterator[Stack]:
    """An app to which the PIM of each catalogue is connected, as the slug it is given under."""
    async with running_stack(folder, *shops.values(), **options) as stack:
        for number, slug in enumerate(shops):
            await stack.connect(slug, number)
        yield stack


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's browser."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("there is no chromium on this machine")
    return found
