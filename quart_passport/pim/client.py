"""Reading from a PIM: products, their structure, and files (Akeneo REST API v1).

Reading is all that happens here. What fails in passing is tried again, at most twice and within
8 seconds in all; what the PIM refuses is not.
"""

import asyncio
import json
import re
from collections.abc import Collection, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

import msgspec
import stamina

from quart_passport.egress.fetch import Egress, EgressFailed, Response
from quart_passport.errors import (
    PimForbidden,
    PimNotFound,
    PimRateLimited,
    PimUnavailable,
)
from quart_passport.passport.decoding import ActiveLocale, decode_items
from quart_passport.passport.product import Product
from quart_passport.passport.structure import (
    Attribute,
    AttributeGroup,
    Channel,
    Family,
    MeasurementFamily,
    Structure,
)
from quart_passport.pim.answers import check_answer, failure_of
from quart_passport.pim.paging import read_pages
from quart_passport.pim.slots import CallSlots, ProcessSlots
from quart_passport.secret import Secret

T = TypeVar("T", bound=msgspec.Struct)

API_PATH = "/api/rest/v1/"
MOST_ITEMS = 100
LARGEST_JSON = 4 * 2**20
LARGEST_FILE = 10 * 2**20
# Seconds for one answer, all attempts and waiting for a slot included.
USUAL_DEADLINE = 8.0
# For the whole structure, which may be many pages.
_STRUCTURE_DEADLINE = 30.0
_ATTEMPTS = 3
# Servers and proxies commonly take 8 KiB; the token and other headers need their share.
_LONGEST_URL = 6000
_ENABLED = '{"enabled":[{"operator":"=","value":true}]}'
_MEDIA_CODE = re.compile(r"[^\x00-\x1f\x7f\\]{1,500}")
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,64}")


@dataclass(frozen=True, slots=True)
class PimAccess:
    """What a call needs of a connection: where, by which right, and on whose account."""

    # Scheme, host and port, as `Egress.check_pim_url` gives it.
    origin: str
    token: Secret
    connection: UUID


@dataclass(frozen=True, slots=True)
class Download:
    """A file of the PIM. The type is what the PIM says, not what the bytes are."""

    body: bytes = field(repr=False)
    content_type: str


class PimClient:
    """Raises the PimRefused and PimUnavailable families, PimProtocolError and EgressRefused."""

    def __init__(
        self,
        egress: Egress,
        slots: CallSlots | None = None,
        *,
        deadline: float = USUAL_DEADLINE,
    ) -> None:
        self._egress = egress
        self._slots = slots or ProcessSlots()
        self._deadline = deadline

    async def find_products(
        self,
        access: PimAccess,
        search: dict[str, Any],
        *,
        attributes: Iterable[str] | None = None,
        completenesses: bool = False,
        limit: int = 10,
    ) -> list[Product]:
        """The first products, at most 100, that meet the PIM's search conditions.

        Of their values those of `attributes`, or all. The list is only a wish: where it would make
        the URL too long, all values come, and the caller keeps what it needs. A code that the PIM
        does not know makes it refuse the whole (PimInvalidRequest).
        """
        query = {"search": json.dumps(search, separators=(",", ":")), "limit": str(limit)}
        query["with_attribute_options"] = "true"
        if completenesses:
            query["with_completenesses"] = "true"
        url = _url(access, "products-uuid", query)
        if codes := sorted(attributes or ()):
            shorter = _url(access, "products-uuid", {**query, "attributes": ",".join(codes)})
            url = shorter if len(shorter) <= _LONGEST_URL else url
        return decode_items(await self._get_json(access, url), Product)

    async def read_structure(self, access: PimAccess) -> Structure:
        """How this PIM is built. Parts that the token may not read are empty, save for attributes
        and channels, without which there is no passport."""
        try:
            async with asyncio.timeout(_STRUCTURE_DEADLINE):
                return await self._read_structure(access)
        except TimeoutError:
            raise PimUnavailable("the PIM's structure was not read in time") from None

    async def download(self, access: PimAccess, code: str) -> Download:
        """A media file by its code."""
        # Slashes are part of the code; empty and dotted parts would lead to another resource.
        if not _MEDIA_CODE.fullmatch(code) or {"", ".", ".."} & set(code.split("/")):
            raise PimNotFound("no media file has such a code")
        url = f"{access.origin}{API_PATH}media-files/{quote(code)}/download"
        response = await self._get(access, url, accept="*/*", limit_bytes=LARGEST_FILE)
        return Download(response.body, _media_type(response))

    async def probe(self, access: PimAccess) -> None:
        """Return if the PIM accepts the token; the cheapest question that needs one."""
        decode_items(
            await self._get_json(access, _url(access, "channels", {"limit": "1"})), Channel
        )

    async def _read_structure(self, access: PimAccess) -> Structure:
        attributes, channels, groups, families, locales, measures = await _together(
            self._list(access, "attributes", Attribute),
            self._list(access, "channels", Channel),
            self._list_if_allowed(access, "attribute-groups", AttributeGroup),
            self._list_if_allowed(access, "families", Family),
            self._list_if_allowed(access, "locales", ActiveLocale, search=_ENABLED),
            self._list_if_allowed(access, "measurement-families", MeasurementFamily),
        )
        active = [locale.code for locale in locales if locale.enabled]
        return Structure(
            attributes=_by_code(attributes),
            groups=_by_code(groups),
            families=_by_code(families),
            channels=_by_code(channels),
            # What a channel holds is active, also where the list of locales may not be read.
            locales=tuple(dict.fromkeys([*active, *(c for one in channels for c in one.locales)])),
            measurement_families=_by_code(measures),
        )

    async def _list_if_allowed(
        self, access: PimAccess, resource: str, kind: type[T], **query: str
    ) -> list[T]:
        try:
            return await self._list(access, resource, kind, **query)
        except (PimForbidden, PimNotFound):
            return []

    async def _list(self, access: PimAccess, resource: str, kind: type[T], **query: str) -> list[T]:
        # The one list that comes whole and takes no limit.
        if resource != "measurement-families":
            query["limit"] = str(MOST_ITEMS)
        url = _url(access, resource, query)
        pages = read_pages(self._egress, lambda page: self._get_json(access, page), url)
        return [item async for body in pages for item in decode_items(body, kind)]

    async def _get_json(self, access: PimAccess, url: str) -> bytes:
        response = await self._get(access, url, accept="application/json", limit_bytes=LARGEST_JSON)
        return response.body

    async def _get(self, access: PimAccess, url: str, *, accept: str, limit_bytes: int) -> Response:
        headers = {"accept": accept, "authorization": f"Bearer {access.token.reveal()}"}
        try:
            async with asyncio.timeout(self._deadline):
                async for attempt in stamina.retry_context(
                    on=_pause_before_another_try,
                    attempts=_ATTEMPTS,
                    timeout=self._deadline,
                    wait_initial=0.2,
                    wait_max=1.0,
                    wait_jitter=0.2,
                ):
                    with attempt:
                        async with self._slots.slot(access.connection):
                            return await self._ask(url, headers, limit_bytes)
        except TimeoutError:
            raise PimUnavailable(f"the PIM did not answer within {self._deadline:g} s") from None
        raise AssertionError("the last attempt returns or raises")

    async def _ask(self, url: str, headers: dict[str, str], limit_bytes: int) -> Response:
        try:
            response = await self._egress.request(
                "GET", url, headers=headers, limit_bytes=limit_bytes, deadline=self._deadline
            )
        except EgressFailed as error:
            raise failure_of(error) from None
        return check_answer(response)


def _pause_before_another_try(error: Exception) -> bool | float:
    """Whether to try again, and after how many seconds if the PIM said so."""
    if isinstance(error, PimRateLimited):
        # Longer than a visitor waits: they are told instead.
        return float(error.retry_after) if error.retry_after < USUAL_DEADLINE else False
    return isinstance(error, PimUnavailable)


def _url(access: PimAccess, resource: str, query: dict[str, str]) -> str:
    return f"{access.origin}{API_PATH}{resource}?{urlencode(query, quote_via=quote)}"


def _by_code(items: Collection[Any]) -> dict[str, Any]:
    return {item.code: item for item in items}


def _media_type(response: Response) -> str:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"


async def _together(*reads: Coroutine[Any, Any, Any]) -> tuple[Any, ...]:
    """All results in order; the first failure stops the others and is raised by itself."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(read) for read in reads]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return tuple(task.result() for task in tasks)
