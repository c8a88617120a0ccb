"""Pictures and logos: fetched from where the merchant has them, recoded, cached, served by us.

A reader's browser never talks to the PIM or to a merchant's server. A picture's address carries
the product and the file, signed, so that it can be resolved on any worker and nothing but what a
published passport shows can be asked for.
"""

import asyncio
import base64
import binascii
import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from quart_passport.cache.reading import Fetched, Nothing, ReadThrough
from quart_passport.cache.store import Absent, Key
from quart_passport.crypto.signing import Signer
from quart_passport.egress.fetch import Egress, EgressTooLarge
from quart_passport.errors import (
    EgressRefused,
    MediaNotFound,
    PimNotFound,
    PimUnauthorized,
    Unavailable,
)
from quart_passport.passport.model import Picture
from quart_passport.pim.client import PimClient
from quart_passport.publishing.passports import Passports
from quart_passport.tenancy.connections import Connections
from quart_passport.tenancy.tenant import Tenant

CONTENT_TYPE = "image/webp"
_LOGO_BYTES = 2 * 1024 * 1024
_PICTURE_WIDTH, _LOGO_WIDTH = 1200, 480
# A file that cannot be shown is not tried again for this many seconds.
_ABSENCE = 300.0
_SIGNATURE_BYTES = 16
# Seconds; the program has a limit on processor time of its own.
_RECODING = 15.0
# Decoding takes a core each.
_AT_ONCE = 2
_PROGRAM = Path(__file__).with_name("recoding.py")


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A picture ready to be sent."""

    body: bytes
    # How long it may still be shown, in seconds.
    remaining: float


class MediaLibrary:
    """Makes addresses of pictures, and answers them."""

    def __init__(
        self,
        passports: Passports,
        reading: ReadThrough,
        pim: PimClient,
        connections: Connections,
        egress: Egress,
        signer: Signer,
    ) -> None:
        self._passports = passports
        self._reading = reading
        self._pim = pim
        self._connections = connections
        self._egress = egress
        self._signer = signer
        self._recoders = asyncio.Semaphore(_AT_ONCE)

    def picture_key(self, tenant: Tenant, product: UUID, picture: Picture) -> str:
        """The part of a picture's address that names it."""
        code = picture.media.encode()
        signature = self._sign(tenant, product, code)
        return base64.urlsafe_b64encode(product.bytes + signature + code).decode().rstrip("=")

    async def picture(self, tenant: Tenant, key: str) -> MediaFile:
        """The picture of that key; MediaNotFound where no published passport shows it."""
        product, code = self._read_key(tenant, key)
        publication = await self._passports.by_uuid(tenant, product)
        shown = {
            value.data
            for values in publication.product.values.values()
            for value in values
            if isinstance(value.data, str)
        }
        if code not in shown:
            raise MediaNotFound(key)
        return await self._read(tenant, Key("media", code), _PICTURE_WIDTH)

    def logo_key(self, url: str) -> str:
        """The part of a logo's address that names it; changes with where it comes from."""
        return f"logo-{hashlib.sha256(url.encode()).hexdigest()[:16]}"

    async def logo(self, tenant: Tenant, key: str) -> MediaFile:
        """The logo of that key; MediaNotFound where no configuration has it."""
        for config in tenant.configs:
            if config.logo_url and self.logo_key(config.logo_url) == key:
                return await self._read(tenant, Key("logo", config.logo_url), _LOGO_WIDTH)
        raise MediaNotFound(key)

    async def _read(self, tenant: Tenant, key: Key, widest: int) -> MediaFile:
        found = await self._reading.read(
            tenant.connection.scope, key, lambda: self._fetch(tenant, key, widest)
        )
        if isinstance(found, Absent):
            raise MediaNotFound(key.name)
        return MediaFile(found.body, found.remaining)

    async def _fetch(self, tenant: Tenant, key: Key, widest: int) -> Fetched | Nothing:
        try:
            original = await self._original(tenant, key)
        except (PimNotFound, EgressRefused):
            return Nothing("unknown", _ABSENCE)
        except EgressTooLarge:
            return Nothing("unusable", _ABSENCE)
        except PimUnauthorized as error:
            raise await self._passports.refusal(tenant, error) from error
        recoded = await self._recode(original, widest)
        if recoded is None:
            return Nothing("unusable", _ABSENCE)
        return Fetched(key, recoded, ttl=tenant.ttl, refresh_after=tenant.ttl)

    async def _original(self, tenant: Tenant, key: Key) -> bytes:
        if key.kind == "logo":
            # Without credentials, and to wherever the merchant's own server sends us.
            answer = await self._egress.request(
                "GET", key.name, limit_bytes=_LOGO_BYTES, deadline=_RECODING, follow=3
            )
            if answer.status != 200:
                raise EgressRefused(f"the logo's address answered {answer.status}")
            return answer.body
        access = await self._connections.access(tenant)
        return (await self._pim.download(access, key.name)).body

    async def _recode(self, original: bytes, widest: int) -> bytes | None:
        async with self._recoders:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", str(_PROGRAM), str(widest),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL, env={},
            )  # fmt: skip
            try:
                async with asyncio.timeout(_RECODING):
                    recoded, _ = await process.communicate(original)
            except TimeoutError:
                raise Unavailable("a picture took too long") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        return recoded if process.returncode == 0 and recoded else None

    def _read_key(self, tenant: Tenant, key: str) -> tuple[UUID, str]:
        try:
            raw = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
            product, signature = UUID(bytes=raw[:16]), raw[16 : 16 + _SIGNATURE_BYTES]
            code = raw[16 + _SIGNATURE_BYTES :]
            text = code.decode()
        except (binascii.Error, ValueError):
            raise MediaNotFound(key) from None
        if not self._signer.verify(
            signature, "media", *self._signed(tenant, product, code), size=_SIGNATURE_BYTES
        ):
            raise MediaNotFound(key)
        return product, text

    def _sign(self, tenant: Tenant, product: UUID, code: bytes) -> bytes:
        return self._signer.sign(
            "media", *self._signed(tenant, product, code), size=_SIGNATURE_BYTES
        )

    def _signed(self, tenant: Tenant, product: UUID, code: bytes) -> tuple[bytes, bytes, bytes]:
        return tenant.connection.id.bytes, product.bytes, code
