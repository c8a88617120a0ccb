"""How long files are kept: as long as the tenant allows, and not a moment after it is gone."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis.asyncio

from quart_passport.erasure.deletion import Reason
from quart_passport.storage.models import TenantRow
from tests.publishing.media_world import IDENTIFIER, MediaShop, media_addresses, media_shop
from tests.stack import Backend

TTL = 3
KINDS = ("picture", "rendition", "document")


@pytest.fixture
async def media(
    tmp_path: Path, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MediaShop]:
    trusted = tmp_path / "authority.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    async with media_shop(tmp_path, backend, trusted) as shop:
        yield shop


async def held(media: MediaShop) -> list[int]:
    """How many pictures, renditions and documents the cache holds."""
    store, scope = media.stack.services.store, media.tenant.connection.scope
    return [await store.count(scope, kind) for kind in KINDS]


async def test_files_go_with_their_tenant(media: MediaShop) -> None:
    page = await media.stack.get(f"/t/acme/p/{IDENTIFIER}")
    addresses = [media.address(file) for file in (await media.files()).values()]
    for address in addresses:
        await media.stack.get(address)
    before = await held(media)

    await media.stack.services.deletions.delete(media.tenant, Reason.ASKED)
    asked = (*addresses, *media_addresses(page.text))
    answers = [await media.stack.get(address) for address in asked]

    print(f"held {dict(zip(KINDS, before, strict=True))}; addresses answered 410: {len(answers)}")
    assert min(before) > 0
    assert {answer.status_code for answer in answers} == {410}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert await keys_of_files(media) == []


async def test_files_are_kept_no_longer_than_the_tenant_allows(media: MediaShop) -> None:
    await TenantRow.filter(slug="acme").update(ttl=TTL)
    await media.reread()
    files = await media.files()
    chosen = [files["photo.jpg"], files["manual.pdf"], files["side.jpg"]]

    answers = [await media.get(file) for file in chosen]
    before = await held(media)
    async with asyncio.timeout(TTL + 10):
        while any(await held(media)) or await keys_of_files(media):
            await asyncio.sleep(0.1)
    downloads = media.downloads
    again = [await media.get(file) for file in chosen]

    assert [answer.status_code for answer in answers + again] == [200] * 6
    assert all(_seconds(answer.headers["cache-control"]) <= TTL for answer in answers)
    assert min(before) > 0
    assert media.downloads == downloads + 2


def _seconds(cache_control: str) -> int:
    return sum(int(each) for each in re.findall("[0-9]+", cache_control))


async def keys_of_files(media: MediaShop) -> list[bytes]:
    """What Redis holds of files."""
    url = media.stack.services.settings.redis_url.reveal()
    if not url:
        return []
    async with redis.asyncio.Redis.from_url(url) as client:
        keys = [key async for key in client.scan_iter(count=1000)]
    # Not the marks of what is forgotten or being fetched, which hold nothing of it.
    kinds = rb":[0-9]+:(picture|rendition|document|product):"
    return [key for key in keys if re.search(kinds, key)]
