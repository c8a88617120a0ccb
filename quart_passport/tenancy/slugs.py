"""Slugs: what a tenant is called in its addresses, and who may have which.

A slug stands in printed QR codes, so it is never given to another PIM, not even after its tenant
was deleted. What is kept of a deleted tenant for that purpose are two HMACs.
"""

import re
from urllib.parse import urlsplit

from quart_passport.crypto.signing import Signer
from quart_passport.errors import Conflict, InvalidInput
from quart_passport.storage.database import reaches_database
from quart_passport.storage.models import RetiredSlugRow, TenantRow

_FORM = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# More tenants of one host name than this were never meant to be.
_TRIES = 50


def is_slug(text: str) -> bool:
    """Whether a tenant could be called so."""
    return _FORM.fullmatch(text) is not None


def check_slug(slug: str) -> str:
    """The slug, if it is one: up to 63 lower-case letters, digits and inner hyphens."""
    if not is_slug(slug):
        raise InvalidInput(
            "may hold lower-case letters, digits and inner hyphens, at most 63", where="slug"
        )
    return slug


def slug_of(origin: str) -> str:
    """The slug that a PIM's address suggests: its host's first label, or all of an IP address."""
    parts = urlsplit(origin)
    host = parts.hostname or ""
    is_name = bool(re.search(r"[a-z]", host)) and ":" not in host
    base = host.split(".")[0] if is_name else f"pim-{host}-{parts.port or ''}"
    return re.sub(r"[^a-z0-9]+", "-", base).strip("-")[:50] or "pim"


class Slugs:
    """Gives out slugs and remembers the retired ones."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    @reaches_database
    async def claim(self, origin: str, wanted: str | None) -> str:
        """A slug for a new tenant of this PIM: the wanted one or Conflict, else a free one."""
        if wanted is not None:
            if not await self._is_free(check_slug(wanted), origin):
                raise Conflict(f"the slug {wanted!r} belongs to another PIM; choose another one")
            return wanted
        base = slug_of(origin)
        for number in range(1, _TRIES):
            slug = base if number == 1 else f"{base}-{number}"
            if await self._is_free(slug, origin):
                return slug
        raise Conflict(f"no free slug like {base!r}; choose one with --slug")

    @reaches_database
    async def retire(self, slug: str, origin: str) -> None:
        """Keep the slug for this PIM, for good."""
        await RetiredSlugRow.get_or_create(
            slug_hmac=self._hmac("slug", slug),
            defaults={"origin_hmac": self._hmac("origin", origin)},
        )

    @reaches_database
    async def is_retired(self, slug: str) -> bool:
        """Whether a deleted tenant had this slug."""
        return await RetiredSlugRow.exists(slug_hmac=self._hmac("slug", slug))

    async def _is_free(self, slug: str, origin: str) -> bool:
        if await TenantRow.exists(slug=slug):
            return False
        retired = await RetiredSlugRow.get_or_none(slug_hmac=self._hmac("slug", slug))
        return retired is None or retired.origin_hmac == self._hmac("origin", origin)

    def _hmac(self, what: str, text: str) -> str:
        return self._signer.sign(f"retired {what}", text.encode()).hex()
