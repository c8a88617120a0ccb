"""Stacks for journeys: each on SQLite with the in-process cache, and on PostgreSQL with Redis."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from quart_passport.sandbox import Catalog, load_catalog, world_directory
from tests.servers import temporary_database
from tests.stack import Backend, Stack, running_stack


@pytest.fixture(scope="session")
def clothing() -> Catalog:
    return load_catalog(world_directory("clothing"))


@pytest.fixture(scope="session")
def batteries() -> Catalog:
    return load_catalog(world_directory("batteries"))


@pytest.fixture(params=["sqlite and memory", "postgresql and redis"])
async def backend(request: pytest.FixtureRequest) -> AsyncIterator[Backend]:
    """Where the app keeps things."""
    if request.param == "sqlite and memory":
        yield Backend()
        return
    redis_url = request.getfixturevalue("redis_url")
    async with temporary_database(request.getfixturevalue("pg_server")) as database_url:
        yield Backend(database_url, redis_url)


@pytest.fixture
async def stack(
    tmp_path: Path, backend: Backend, clothing: Catalog, batteries: Catalog
) -> AsyncIterator[Stack]:
    """An app with two PIMs that are not connected yet."""
    async with running_stack(tmp_path, clothing, batteries, backend=backend) as running:
        yield running
