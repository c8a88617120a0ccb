"""A shop with files of every kind, on both backends, served once for a module's tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import redis

from tests.backends import KINDS
from tests.publishing.media_world import MediaShop, media_shop
from tests.servers import temporary_database
from tests.stack import Backend


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def served_media(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[MediaShop]:
    folder = tmp_path_factory.mktemp("media")
    trusted = folder / "authority.pem"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(trusted))
        if request.param == KINDS[0]:
            async with media_shop(folder, Backend(), trusted) as shop:
                yield shop
            return
        redis_server = request.getfixturevalue("redis_server")
        with redis.Redis.from_url(redis_server) as client:
            client.flushall()
        async with (
            temporary_database(request.getfixturevalue("pg_server")) as database,
            media_shop(folder, Backend(database, redis_server), trusted) as shop,
        ):
            yield shop


@pytest_asyncio.fixture(loop_scope="module")
async def media(served_media: MediaShop) -> MediaShop:
    """A shop whose products have files, with an empty cache, and counters at zero."""
    await served_media.configure()
    await served_media.stack.services.store.clear(served_media.tenant.connection.scope)
    served_media.stack.pim.traffic.reset()
    served_media.cdn.listener.heads.clear()
    return served_media
