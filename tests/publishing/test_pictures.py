"""Making pictures in turn: who waits, who is told to come again, and what a look leaves behind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import UUID, uuid4

import pytest

from quart_passport.cache.memory import MemoryCacheStore
from quart_passport.cache.reading import ReadThrough
from quart_passport.cache.store import CacheStore, Key, Lease
from quart_passport.errors import MediaNotFound, Unavailable
from quart_passport.passport.model import MediaSource
from quart_passport.publishing.file_names import RenditionName
from quart_passport.publishing.originals import Originals, Place
from quart_passport.publishing.pictures import Pictures
from quart_passport.publishing.recoders import Size
from quart_passport.storage.models import TenantState
from quart_passport.tenancy.tenant import Connection, Tenant
from tests.publishing.pictures import HOSTILE, encoded

WISH = RenditionName("x", 1280, "webp")
MOST = 40


class Files(Originals):
    """A place where files are, which gives none before its door is open."""

    def __init__(self) -> None:
        self.door = asyncio.Event()
        self.asked: list[str] = []

    async def fetch(self, tenant: Tenant, place: Place) -> bytes | None:
        self.asked.append(place.media)
        await self.door.wait()
        return {"none": None, "hostile": HOSTILE["SVG"]}.get(place.media, encoded("PNG"))

    async def until(self, is_so: Callable[[list[str]], bool]) -> None:
        """Return once the files that were asked for are so."""
        async with asyncio.timeout(5):
            while not is_so(self.asked):
                await asyncio.sleep(0.01)


class Workshop:
    """Pictures of two tenants, with a cache."""

    def __init__(self, store: CacheStore) -> None:
        self.store = store
        self.files = Files()
        self.reading = ReadThrough(store)
        self.pictures = Pictures(self.files, self.reading, store)
        self.tenant, self.other = _tenant(), _tenant()

    async def rendition(self, media: str, tenant: Tenant | None = None) -> bytes:
        place = Place(MediaSource.PRODUCT, media)
        return (await self.pictures.rendition(tenant or self.tenant, place, WISH)).body


def _tenant() -> Tenant:
    connection = Connection(
        id=uuid4(), generation=1, client_id="", has_credentials=True, is_authorized=True,
        scopes=frozenset(), token_number=1, event_hook="", notification_hook="",
        subscriber_id="", subscription_id="",
    )  # fmt: skip
    return Tenant(
        id=UUID(int=1), slug="x", name="", origin="", state=TenantState.ACTIVE, ttl=3600,
        gtin_attribute="", configs=(), connection=connection,
    )  # fmt: skip


@pytest.fixture
async def workshop() -> AsyncIterator[Workshop]:
    shop = Workshop(MemoryCacheStore())
    for tenant in (shop.tenant, shop.other):
        await shop.store.open_fence(tenant.connection.scope)
    yield shop
    await shop.reading.aclose()


async def test_a_tenants_crowd_of_pictures_is_bounded_and_leaves_the_others_alone(
    workshop: Workshop,
) -> None:
    waiting = [asyncio.create_task(workshop.rendition(str(n))) for n in range(MOST)]
    await workshop.files.until(lambda asked: len(asked) == MOST)

    with pytest.raises(Unavailable) as refusal:
        await workshop.rendition("one more")
    others = asyncio.create_task(workshop.rendition("theirs", workshop.other))
    await workshop.files.until(lambda asked: "theirs" in asked)

    assert refusal.value.retry_after == 3
    assert "one more" not in workshop.files.asked
    for task in (*waiting, others):
        task.cancel()
    await asyncio.gather(*waiting, others, return_exceptions=True)


async def test_who_asks_for_the_same_picture_waits_for_the_same_work(workshop: Workshop) -> None:
    waiting = [asyncio.create_task(workshop.rendition("same")) for _ in range(50)]
    workshop.files.door.set()

    bodies = await asyncio.gather(*waiting)

    assert len(set(bodies)) == 1
    assert workshop.files.asked == ["same"]


@pytest.mark.parametrize("media", ["none", "hostile"])
async def test_what_is_no_picture_is_not_tried_twice(workshop: Workshop, media: str) -> None:
    workshop.files.door.set()
    place = Place(MediaSource.PRODUCT, media)

    for _ in range(3):
        with pytest.raises(MediaNotFound):
            await workshop.rendition(media)

    assert workshop.files.asked == [media]
    assert await workshop.pictures.known_sizes(workshop.tenant, [place]) == {place: ()}


async def test_a_look_fetches_nothing_and_leaves_no_lease(workshop: Workshop) -> None:
    places = [Place(MediaSource.PRODUCT, str(n)) for n in range(12)]
    workshop.files.door.set()
    await workshop.rendition("3")

    known = await workshop.pictures.known_sizes(workshop.tenant, places)
    leaving = asyncio.create_task(workshop.pictures.known_sizes(workshop.tenant, places))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    await asyncio.sleep(0.05)

    assert known == {places[3]: (Size(40, 30),)}
    assert workshop.files.asked == ["3"]
    outcome = await workshop.store.read_or_lease(
        workshop.tenant.connection.scope, Key("picture", "product:5")
    )
    assert isinstance(outcome, Lease)


async def test_hopeful_pages_make_few_pictures_at_a_time(workshop: Workshop) -> None:
    """Two hundred pages at once, each with a picture that nobody has asked for yet."""
    pages = [
        asyncio.create_task(
            workshop.pictures.sizes_soon(
                workshop.tenant, [Place(MediaSource.PRODUCT, str(n))], seconds=0.2
            )
        )
        for n in range(200)
    ]
    found = await asyncio.gather(*pages)
    late = await workshop.pictures.sizes_soon(
        workshop.tenant, [Place(MediaSource.PRODUCT, "late")], seconds=0.2
    )

    assert found == [{}] * 200
    assert late == {}
    assert workshop.files.asked == ["0", "1"]


async def test_what_another_version_stored_is_made_anew(workshop: Workshop) -> None:
    workshop.files.door.set()
    scope, key = workshop.tenant.connection.scope, Key("picture", "product:a")
    lease = await workshop.store.read_or_lease(scope, key)
    assert isinstance(lease, Lease)
    await workshop.store.fill(lease, key, b"from the future", ttl=60, refresh_after=60)

    with pytest.raises(Unavailable):
        await workshop.rendition("a")

    assert await workshop.rendition("a")
