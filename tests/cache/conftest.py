"""Both stores, each behind an open fence."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from quart_passport.cache.memory import MemoryCacheStore
from quart_passport.cache.redis import RedisCacheStore
from quart_passport.cache.store import CacheStore, Scope
from tests.cache.keeping import PATIENCE


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[CacheStore]:
    made: CacheStore
    if request.param == "redis":
        made = RedisCacheStore.connect(request.getfixturevalue("redis_url"), time_limit=PATIENCE)
    else:
        made = MemoryCacheStore()
    yield made
    await made.aclose()


@pytest.fixture
async def scope(store: CacheStore) -> Scope:
    made = Scope(uuid4(), 5)
    await store.open_fence(made)
    return made
