"""Pictures in the cache: what renditions there are of each, and the renditions themselves.

One download and one run of the recoding program make them all, and one step stores them all. One
that the cache let go by itself is made anew in the same way.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Collection
from uuid import UUID

import msgspec

from quart_passport.cache.reading import Fetched, Nothing, ReadThrough
from quart_passport.cache.store import Absent, CacheStore, Found, Key, Lease
from quart_passport.errors import CacheUnavailable, MediaNotFound, PassportError, Unavailable
from quart_passport.publishing.file_names import RenditionName
from quart_passport.publishing.originals import Originals, Place
from quart_passport.publishing.recoders import AT_ONCE, WIDTHS, Form, Recoded, Recoders, Size
from quart_passport.tenancy.tenant import Tenant

# From the smallest up; none of a file that is no picture.
Sizes = tuple[Size, ...]

# A file that cannot be shown is not tried again for this many seconds.
ABSENCE = 300.0
# Of one tenant; as many as can be made in the time that a reader waits for a picture.
_MOST_IN_WORK = 40
_RETRY_AFTER = 3


class Pictures:
    """Makes pictures, keeps them, and knows their sizes."""

    def __init__(self, originals: Originals, reading: ReadThrough, store: CacheStore) -> None:
        """`reading` should be patient: making a picture takes a while."""
        self._originals = originals
        self._reading = reading
        self._store = store
        self._recoders = Recoders()
        # How many are being made, by connection.
        self._in_work: Counter[UUID] = Counter()
        # How many pages wait for sizes.
        self._hopes = 0

    async def rendition(self, tenant: Tenant, place: Place, wish: RenditionName) -> Found:
        """The largest rendition that is not wider than the wish says.

        MediaNotFound where there is no picture, or where no page has such a wish.
        """
        widths = [size.width for size in await self._sizes(tenant, place)]
        if wish.width not in {*widths, *WIDTHS}:
            raise MediaNotFound(str(wish))
        width = max((width for width in widths if width <= wish.width), default=widths[0])
        return await self._read(tenant, place, _rendition_key(place, width, wish.form))

    async def known_sizes(self, tenant: Tenant, places: Collection[Place]) -> dict[Place, Sizes]:
        """The sizes of those that are in the cache; nothing is fetched."""
        looks = asyncio.gather(*(self._look(tenant, place) for place in places))
        # A reader who leaves in between must not leave leases behind.
        found = await asyncio.shield(looks)
        return {
            place: sizes for place, sizes in zip(places, found, strict=True) if sizes is not None
        }

    async def sizes_soon(
        self, tenant: Tenant, places: Collection[Place], seconds: float
    ) -> dict[Place, Sizes]:
        """The sizes of those that are made within so many seconds; none if others are in work.

        Making goes on afterwards, for whoever asks next.
        """
        if max(self._hopes, self._in_work.total()) >= AT_ONCE:
            return {}
        self._hopes += 1
        reads = {
            asyncio.ensure_future(self._sizes_or_none(tenant, place)): place for place in places
        }
        try:
            done, _ = await asyncio.wait(reads, timeout=seconds)
        finally:
            self._hopes -= 1
            for read in reads:
                read.cancel()
        return {reads[read]: read.result() for read in done}

    async def _look(self, tenant: Tenant, place: Place) -> Sizes | None:
        with contextlib.suppress(CacheUnavailable):
            outcome = await self._store.read_or_lease(tenant.connection.scope, _picture_key(place))
            match outcome:
                case Found(body=body, refresh=None):
                    return _decode(body)
                case Found(body=body, refresh=Lease() as lease):
                    await self._store.release(lease)
                    return _decode(body)
                case Lease():
                    # Whoever asks for the picture itself makes it.
                    await self._store.release(outcome)
                case Absent():
                    return ()
        return None

    async def _sizes_or_none(self, tenant: Tenant, place: Place) -> Sizes:
        try:
            return await self._sizes(tenant, place)
        except PassportError:
            # The page does without; whoever asks for the picture is told.
            return ()

    async def _sizes(self, tenant: Tenant, place: Place) -> Sizes:
        key = _picture_key(place)
        sizes = _decode((await self._read(tenant, place, key)).body)
        if sizes is None:
            await self._store.forget(tenant.connection.scope, key)
            raise Unavailable("the picture is made anew", retry_after=_RETRY_AFTER)
        return sizes

    async def _read(self, tenant: Tenant, place: Place, key: Key) -> Found:
        found = await self._reading.read(
            tenant.connection.scope, key, lambda: self._fetch(tenant, place, key)
        )
        if isinstance(found, Absent):
            raise MediaNotFound(str(place))
        return found

    async def _fetch(self, tenant: Tenant, place: Place, wanted: Key) -> Fetched | Nothing:
        connection = tenant.connection.id
        if self._in_work[connection] >= _MOST_IN_WORK:
            raise Unavailable("too many pictures are in work", retry_after=_RETRY_AFTER)
        self._in_work[connection] += 1
        try:
            return await self._make(tenant, place, wanted)
        finally:
            self._in_work -= Counter({connection: 1})

    async def _make(self, tenant: Tenant, place: Place, wanted: Key) -> Fetched | Nothing:
        original = await self._originals.fetch(tenant, place)
        if original is None:
            return Nothing("unknown", ABSENCE)
        recoded = await self._recoders.recode(original)
        if recoded is None:
            return Nothing("unusable", ABSENCE)
        entries = _entries(place, recoded)
        if wanted not in entries:
            # What a link leads to has changed meanwhile.
            return Nothing("unknown", ABSENCE)
        # Made anew at the end of its life, and not before: most files never change.
        body = entries.pop(wanted)
        return Fetched(wanted, body, tenant.ttl, tenant.ttl, companions=entries)


def _picture_key(place: Place) -> Key:
    return Key("picture", str(place))


def _rendition_key(place: Place, width: int, form: Form) -> Key:
    return Key("rendition", f"{place}@{width}.{form}")


def _entries(place: Place, recoded: Recoded) -> dict[Key, bytes]:
    renditions = {
        _rendition_key(place, width, form): body for (width, form), body in recoded.files.items()
    }
    return {_picture_key(place): msgspec.json.encode(recoded.sizes)} | renditions


def _decode(body: bytes) -> Sizes | None:
    """What was stored; None if another version of ours stored it."""
    try:
        return msgspec.json.decode(body, type=Sizes)
    except msgspec.DecodeError:
        return None
