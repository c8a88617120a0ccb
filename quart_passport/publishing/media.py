"""Pictures, documents and logos: fetched from where the merchant has them, cached, served by us.

A reader's browser never talks to the PIM or to a merchant's server. A file's address names the
product and the file, signed, so that it can be resolved on any worker; it is answered only while
the product's passport shows the file. Pictures are drawn anew, documents are handed out as they
are, to be saved.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from uuid import UUID

from quart_passport.cache.patience import patience
from quart_passport.cache.reading import Fetched, Nothing, ReadThrough
from quart_passport.cache.store import Absent, CacheStore, Key
from quart_passport.crypto.signing import LEAST_SIZE, Signer
from quart_passport.errors import MediaNotFound
from quart_passport.passport.model import Document, MediaSource, Passport
from quart_passport.publishing.file_names import (
    document_name,
    download_name,
    read_rendition_name,
    stem_of,
)
from quart_passport.publishing.originals import Originals, Place
from quart_passport.publishing.passports import Passports, Publication
from quart_passport.publishing.pictures import ABSENCE, Pictures, Sizes
from quart_passport.publishing.shown import (
    DIGEST_BYTES,
    File,
    ShownLately,
    digest_of,
    pictures_of,
)
from quart_passport.tenancy.tenant import Tenant

# Seconds that a reader's browser waits for a file: the page is there already.
PATIENCE_FOR_MEDIA = 7.5
_LARGEST_LOGO = 2 * 2**20
# Product, digest and signature: three times sixteen bytes in base64.
_KEY = re.compile(r"[A-Za-z0-9_-]{64}")
_LOGO_KEY = re.compile(r"logo-[0-9a-f]{16}")
_PDF = b"%PDF-"
# The sizes of so many pictures of a page are looked up; those further down are loaded later.
_MOST_SIZES = 12
# Made now, if there is time, because they are seen first; a visitor hardly feels it, in seconds.
_LONGEST_WAIT = 0.6
_CONTENT_TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file ready to be sent."""

    body: bytes
    content_type: str
    # How long it may still be shown, in seconds.
    remaining: float
    # What to save it as, for documents; pictures are shown.
    saved_as: str = ""


class MediaLibrary:
    """Makes addresses of files, and answers them."""

    def __init__(
        self,
        passports: Passports,
        originals: Originals,
        reading: ReadThrough,
        store: CacheStore,
        signer: Signer,
    ) -> None:
        """`reading` should be patient: making a picture takes a while."""
        self._passports = passports
        self._originals = originals
        self._reading = reading
        self._pictures = Pictures(originals, reading, store)
        self._signer = signer
        self._lately = ShownLately()

    def key_of(self, tenant: Tenant, product: UUID, file: File) -> str:
        """The part of a file's address that names it."""
        named = product.bytes + digest_of(file)
        return base64.urlsafe_b64encode(named + self._sign(tenant, named)).decode()

    def key_of_logo(self, url: str) -> str:
        """The part of a logo's address that names it; changes with where it comes from."""
        return f"logo-{hashlib.sha256(url.encode()).hexdigest()[:16]}"

    async def find(self, tenant: Tenant, key: str, name: str) -> MediaFile:
        """The file of that key; MediaNotFound where no published passport shows it."""
        async with patience(PATIENCE_FOR_MEDIA):
            if _LOGO_KEY.fullmatch(key):
                return await self._rendition(tenant, self._logo(tenant, key), name, stem="logo")
            file = await self._shown(tenant, key)
            if isinstance(file, Document):
                return await self._document(tenant, file, name)
            stem = stem_of(file.filename, "picture")
            return await self._rendition(tenant, place_of(file), name, stem=stem)

    async def sizes(
        self, tenant: Tenant, publication: Publication, passport: Passport, *, seconds: float
    ) -> dict[Place, Sizes]:
        """The sizes of a page's pictures, as far as they are known.

        The logo and the main picture are seen first: if nobody has asked for them yet, they are
        made now while there is nothing else to make, within so many seconds at most. Nobody has
        seen the other pictures then either.
        """
        self._lately.remember(tenant.connection.scope, publication)
        logo = publication.config.logo_url
        first = [place_of_logo(logo)] if logo else []
        if passport.picture:
            first.append(place_of(passport.picture))
        known = await self._pictures.known_sizes(tenant, first)
        missing = [place for place in first if place not in known]
        if missing and seconds <= 0:
            return known
        if missing:
            seconds = min(seconds, _LONGEST_WAIT)
            return known | await self._pictures.sizes_soon(tenant, missing, seconds)
        shown = dict.fromkeys(place_of(picture) for picture in pictures_of(passport))
        others = [place for place in shown if place not in known]
        return known | await self._pictures.known_sizes(tenant, others[:_MOST_SIZES])

    async def _shown(self, tenant: Tenant, key: str) -> File:
        scope, (product, digest) = tenant.connection.scope, self._read_key(tenant, key)
        files = self._lately.find(scope, product)
        if files is None:
            publication = await self._passports.by_uuid(tenant, product)
            files = self._lately.remember(scope, publication)
        file = files.find(digest)
        if file is None:
            raise MediaNotFound(key)
        return file

    def _logo(self, tenant: Tenant, key: str) -> Place:
        for config in tenant.configs:
            if config.logo_url and self.key_of_logo(config.logo_url) == key:
                return place_of_logo(config.logo_url)
        raise MediaNotFound(key)

    async def _rendition(self, tenant: Tenant, place: Place, name: str, *, stem: str) -> MediaFile:
        wish = read_rendition_name(name)
        if wish is None or wish.stem != stem:
            raise MediaNotFound(name)
        found = await self._pictures.rendition(tenant, place, wish)
        return MediaFile(found.body, _CONTENT_TYPES[wish.form], found.remaining)

    async def _document(self, tenant: Tenant, document: Document, name: str) -> MediaFile:
        if name != document_name(document.filename):
            raise MediaNotFound(name)
        place = place_of(document)
        key = Key("document", str(place))
        found = await self._reading.read(
            tenant.connection.scope, key, lambda: self._fetch_document(tenant, place, key)
        )
        if isinstance(found, Absent):
            raise MediaNotFound(name)
        saved_as = download_name(document.filename)
        return MediaFile(found.body, "application/pdf", found.remaining, saved_as)

    async def _fetch_document(self, tenant: Tenant, place: Place, key: Key) -> Fetched | Nothing:
        body = await self._originals.fetch(tenant, place)
        if body is None:
            return Nothing("unknown", ABSENCE)
        if not body.startswith(_PDF):
            return Nothing("unusable", ABSENCE)
        return Fetched(key, body, ttl=tenant.ttl, refresh_after=tenant.ttl)

    def _read_key(self, tenant: Tenant, key: str) -> tuple[UUID, bytes]:
        """Product and digest; MediaNotFound where we have not signed them for this tenant."""
        if not _KEY.fullmatch(key):
            raise MediaNotFound(key)
        raw = base64.urlsafe_b64decode(key)
        named, signature = raw[:-LEAST_SIZE], raw[-LEAST_SIZE:]
        if not self._signer.verify(
            signature, "media", tenant.connection.id.bytes, named, size=LEAST_SIZE
        ):
            raise MediaNotFound(key)
        return UUID(bytes=named[:-DIGEST_BYTES]), named[-DIGEST_BYTES:]

    def _sign(self, tenant: Tenant, named: bytes) -> bytes:
        return self._signer.sign("media", tenant.connection.id.bytes, named, size=LEAST_SIZE)


def place_of(file: File) -> Place:
    """Where the original of a file is kept."""
    return Place(file.source, file.media)


def place_of_logo(url: str) -> Place:
    """Where the original of a logo is kept."""
    return Place(MediaSource.LINK, url, _LARGEST_LOGO)
