"""A call to a PIM: a slot, the token, another try for what fails in passing, and an end to it all.

Reading is all that happens here. What fails in passing is tried again, at most twice and within
8 seconds in all; what the PIM refuses is not. No error holds the token: each is raised outside of
the handler of what caused it, because the causes hold the request.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from random import SystemRandom
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

import msgspec
import stamina

from quart_passport.egress.fetch import Egress, EgressFailed, Response
from quart_passport.errors import (
    EgressRefused,
    PassportError,
    PimForbidden,
    PimNotFound,
    PimRateLimited,
    PimUnavailable,
)
from quart_passport.passport.decoding import decode_items
from quart_passport.pim.answers import check_answer, failure_of
from quart_passport.pim.paging import read_pages
from quart_passport.pim.slots import CALLS_AT_ONCE, CallSlots
from quart_passport.secret import Secret

T = TypeVar("T", bound=msgspec.Struct)
_Result = TypeVar("_Result")
Query = Mapping[str, str]
# A fixed name, or names and codes by turns.
Resource = str | tuple[str, ...]

# Where a list takes a limit, pages as large as the PIM makes them.
MOST_ITEMS = 100
LARGE_PAGES: Query = MappingProxyType({"limit": str(MOST_ITEMS)})
# Servers and proxies commonly take 8 KiB; the token and other headers need their share.
LONGEST_URL = 6000
LARGEST_JSON = 4 * 2**20
# Seconds for one answer, all attempts and waiting for a slot included.
USUAL_DEADLINE = 8.0
_NO_QUERY: Query = MappingProxyType({})
_API_PATH = "/api/rest/v1/"
_CODE = re.compile(r"[^\x00-\x1f\x7f\\]{1,500}")
_ATTEMPTS = 3
# Seconds by which waiting callers are spread, so that they do not come back all at once.
_JITTER = 0.2
_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class PimAccess:
    """What a call needs of a connection: where, by which right, and on whose account."""

    # Scheme, host and port, as `Egress.check_pim_url` gives it.
    origin: str
    token: Secret
    connection: UUID


class Calls:
    """Raises the PimRefused and PimUnavailable families, PimProtocolError and EgressRefused."""

    def __init__(self, egress: Egress, slots: CallSlots, *, deadline: float) -> None:
        self._egress = egress
        self._slots = slots
        self._deadline = deadline

    async def read(
        self,
        access: PimAccess,
        resource: Resource,
        query: Query = _NO_QUERY,
        *,
        limit_bytes: int = LARGEST_JSON,
    ) -> bytes:
        """The JSON of one answer."""
        url = url_of(access, resource, query)
        return await self._get_json(access, url, limit_bytes)

    async def pages(
        self,
        access: PimAccess,
        resource: Resource,
        query: Query = _NO_QUERY,
        *,
        limit_bytes: int = LARGEST_JSON,
    ) -> AsyncGenerator[bytes]:
        """The pages of a list, each of at most so many bytes, for as long as the PIM names one."""
        url = url_of(access, resource, query)
        fetch = read_pages(
            self._egress, lambda page: self._get_json(access, page, limit_bytes), url
        )
        async for body in fetch:
            yield body

    async def items(
        self,
        access: PimAccess,
        resource: Resource,
        kind: type[T],
        query: Query = _NO_QUERY,
        *,
        limit_bytes: int = LARGEST_JSON,
    ) -> list[T]:
        """All items of a list of one or many pages, or of a bare array."""
        pages = self.pages(access, resource, query, limit_bytes=limit_bytes)
        return [item async for body in pages for item in decode_items(body, kind)]

    async def items_if_allowed(
        self, access: PimAccess, resource: Resource, kind: type[T], query: Query = _NO_QUERY
    ) -> list[T]:
        """The same; nothing where the PIM does not have the list or keeps it from us."""
        try:
            return await self.items(access, resource, kind, query)
        except (PimForbidden, PimNotFound):
            return []

    async def file(self, access: PimAccess, resource: Resource, *, limit_bytes: int) -> Response:
        """A file, of whatever type."""
        url = url_of(access, resource)
        return await self._get(access, url, accept="*/*", limit_bytes=limit_bytes)

    async def _get_json(self, access: PimAccess, url: str, limit_bytes: int) -> bytes:
        response = await self._get(access, url, accept="application/json", limit_bytes=limit_bytes)
        return response.body

    async def _get(self, access: PimAccess, url: str, *, accept: str, limit_bytes: int) -> Response:
        return await in_time(
            self._deadline,
            self._try(access, url, accept, limit_bytes),
            f"the PIM did not answer within {self._deadline:g} s",
        )

    async def _try(self, access: PimAccess, url: str, accept: str, limit_bytes: int) -> Response:
        asked = False

        def pause(error: Exception) -> bool | float:
            # Who gets no slot, because the PIM rests, is told at once.
            return asked and _pause_before_another_try(error)

        async for attempt in stamina.retry_context(
            on=pause,
            attempts=_ATTEMPTS,
            timeout=self._deadline,
            wait_initial=0.2,
            wait_max=1.0,
            wait_jitter=_JITTER,
        ):
            with attempt:
                asked = False
                async with self._slots.slot(access.connection):
                    asked = True
                    return await self._ask(access, url, accept, limit_bytes)
        raise AssertionError("the last attempt returns or raises")

    async def _ask(self, access: PimAccess, url: str, accept: str, limit_bytes: int) -> Response:
        failure: PassportError
        try:
            response = await self._egress.request(
                "GET",
                url,
                headers={"accept": accept, "authorization": f"Bearer {access.token.reveal()}"},
                limit_bytes=limit_bytes,
                deadline=self._deadline,
            )
        except EgressFailed as error:
            failure = failure_of(error)
        except EgressRefused as error:
            failure = EgressRefused(str(error))
        else:
            return await self._checked(access, response)
        raise failure

    async def _checked(self, access: PimAccess, response: Response) -> Response:
        try:
            return check_answer(response)
        except PimRateLimited as limit:
            # Nobody else is to run into the limit meanwhile.
            await self._slots.rest(access.connection, limit.retry_after)
            raise


def url_of(access: PimAccess, resource: Resource, query: Query = _NO_QUERY) -> str:
    """The address of a resource. Raises PimNotFound for a code that would lead to another one."""
    parts = (resource,) if isinstance(resource, str) else resource
    path = "/".join(map(_quoted, parts))
    asked = f"?{urlencode(query, quote_via=quote)}" if query else ""
    return f"{access.origin}{_API_PATH}{path}{asked}"


def _quoted(code: str) -> str:
    # PIMs take slashes within a code as they are; empty and dotted parts would lead elsewhere.
    if not _CODE.fullmatch(code) or {"", ".", ".."} & set(code.split("/")):
        raise PimNotFound("nothing has such a code")
    return quote(code)


async def together(*reads: Callable[[], Awaitable[Any]]) -> list[Any]:
    """All results in order; the first failure stops the others and is raised by itself.

    No more at a time than there are slots, so that whoever asks meanwhile waits for one call only.
    """
    lanes = asyncio.Semaphore(CALLS_AT_ONCE)

    async def take_turn(read: Callable[[], Awaitable[Any]]) -> Any:
        async with lanes:
            return await read()

    failure: BaseException
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(take_turn(read)) for read in reads]
    except ExceptionGroup as failures:
        failure = failures.exceptions[0]
    else:
        return [task.result() for task in tasks]
    raise failure


async def in_time(seconds: float, work: Awaitable[_Result], otherwise: str) -> _Result:
    """What the work results in; PimUnavailable with the sentence `otherwise` if it takes longer."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        pass
    raise PimUnavailable(otherwise)


def _pause_before_another_try(error: Exception) -> bool | float:
    """Whether to try again, and after how many seconds if the PIM said so."""
    if isinstance(error, PimRateLimited):
        # Longer than a visitor waits: they are told instead.
        pause = error.retry_after + _random.uniform(0, _JITTER)
        return pause if error.retry_after < USUAL_DEADLINE else False
    return isinstance(error, PimUnavailable)
