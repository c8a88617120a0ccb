"""The files of merchants as they are: in the PIM, or wherever a link leads to."""

from dataclasses import dataclass

from quart_passport.egress.fetch import Egress, EgressTooLarge
from quart_passport.errors import (
    EgressRefused,
    PimProtocolError,
    PimRefused,
    PimUnauthorized,
    Unavailable,
)
from quart_passport.passport.model import MediaSource
from quart_passport.pim.client import LARGEST_FILE, PimClient
from quart_passport.pim.slots import ProcessSlots
from quart_passport.tenancy.access import TenantAccess
from quart_passport.tenancy.tenant import Tenant

# One slot less than a PIM gives us, so that pictures never keep all products waiting.
_AT_ONCE = 2
# Seconds.
_DEADLINE = 7.0
_MOST_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file is kept, and how large it may be."""

    source: MediaSource
    # The PIM's code of the file, or its address.
    media: str
    limit_bytes: int = LARGEST_FILE

    def __str__(self) -> str:
        return f"{self.source}:{self.media}"


class Originals:
    """Fetches files, few at a time for each tenant."""

    def __init__(self, access: TenantAccess, pim: PimClient, egress: Egress) -> None:
        self._access = access
        self._pim = pim
        self._egress = egress
        self._slots = ProcessSlots(_AT_ONCE)

    async def fetch(self, tenant: Tenant, place: Place) -> bytes | None:
        """The file; None if there is none, or a larger one.

        Raises Unavailable where asking again later may help.
        """
        async with self._slots.slot(tenant.connection.id):
            if place.source is MediaSource.LINK:
                return await self._follow(place)
            return await self._download(tenant, place)

    async def _download(self, tenant: Tenant, place: Place) -> bytes | None:
        async with self._access.to(tenant) as access:
            try:
                return (await self._pim.download(access, place.source, place.media)).body
            except PimUnauthorized:
                raise
            except (PimRefused, PimProtocolError):
                # Not there, not for us, or too large.
                return None

    async def _follow(self, place: Place) -> bytes | None:
        """Without credentials, and to wherever the merchant's own server sends us."""
        try:
            answer = await self._egress.request(
                "GET",
                place.media,
                limit_bytes=place.limit_bytes,
                deadline=_DEADLINE,
                follow=_MOST_REDIRECTS,
            )
        except (EgressRefused, EgressTooLarge):
            return None
        if answer.status >= 500 or answer.status == 429:
            raise Unavailable(f"the file's server answered {answer.status}")
        return answer.body if answer.status == 200 else None
