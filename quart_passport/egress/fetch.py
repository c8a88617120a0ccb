"""One bounded request: how much may come back, and until when.

httpx is imported in this package only. It never sees the environment's proxies, keeps no cookie,
follows no redirect by itself and decodes nothing: bodies are decompressed here under a limit,
because a small answer may unfold to gigabytes. Nothing is tried twice; that is for the caller.
"""

import asyncio
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Protocol, Self

import httpx

from quart_passport.egress.address import EgressRules, check_pim_url, check_url, origin_of
from quart_passport.egress.transport import GuardedTransport, Resolver, resolve_by_system
from quart_passport.errors import Unavailable

# Per step, in seconds; httpx counts each read anew, so the deadline bounds the whole.
# A slow PIM takes 5 seconds and answers all the same; each request has a deadline of its own.
_TIMEOUT = httpx.Timeout(connect=3.0, read=8.0, write=5.0, pool=1.0)
_LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=40, keepalive_expiry=30.0)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What a request keeps when it is sent on to another place.
_KEPT_HEADERS = frozenset({"accept", "user-agent"})
# The window size that makes zlib read gzip and nothing else.
_GZIP_ONLY = 31


class EgressFailed(Unavailable):
    """The other host did not answer, or not well enough to be read."""


class EgressTooLarge(EgressFailed):
    """The answer is larger than allowed; asking again would change nothing."""


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer, headers by lower-case name; printing shows neither them nor the body."""

    status: int
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Egress:
    """The only way out. Close it with `aclose`, or use it as an async context manager."""

    def __init__(
        self,
        rules: EgressRules,
        *,
        user_agent: str = "quart-passport",
        resolve: Resolver = resolve_by_system,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._rules = rules
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(
                rules,
                resolve=resolve,
                ssl_context=ssl_context or _trusted_authorities(),
                limits=_LIMITS,
            ),
            headers={"user-agent": user_agent, "accept-encoding": "gzip"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=_TIMEOUT,
            trust_env=False,
            follow_redirects=False,
        )

    def check_pim_url(self, text: str) -> str:
        """The canonical origin of a PIM, or InvalidPimURL with a sentence for whoever typed it."""
        return check_pim_url(text, self._rules)

    def origin_of(self, url: str) -> str:
        """Scheme, host and port of a URL that may be asked; EgressRefused for any other."""
        return origin_of(check_url(url, self._rules))

    async def request(
        self,
        method: str,
        url: str,
        *,
        limit_bytes: int,
        deadline: float,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        json: Any = None,
        follow: int = 0,
    ) -> Response:
        """Send one request and read the whole answer, whatever its status.

        At most `limit_bytes` decoded bytes within `deadline` seconds. Up to `follow` redirects of
        a GET are followed, each checked like the first and without its headers; a redirect beyond
        is given back as it came. Raises EgressRefused before anything is sent to a forbidden
        place, EgressFailed for all that went wrong on the way.
        """
        request = self._client.build_request(
            method, check_url(url, self._rules), headers=headers, data=data, json=json
        )
        try:
            async with asyncio.timeout(deadline):
                response = await self._exchange(request, limit_bytes)
                for _ in range(follow):
                    if not (onward := self._next_hop(request, response)):
                        break
                    request = onward
                    response = await self._exchange(request, limit_bytes)
        except TimeoutError:
            raise EgressFailed(f"{request.url.host} did not answer within {deadline:g} s") from None
        return response

    async def _exchange(self, request: httpx.Request, limit_bytes: int) -> Response:
        try:
            answer = await self._client.send(request, stream=True)
            try:
                body = await _read_body(answer, limit_bytes)
            finally:
                await answer.aclose()
        except httpx.HTTPError as error:
            # The error's own text may quote what the other side sent.
            reason = type(error).__name__
            raise EgressFailed(f"{request.url.host} did not answer ({reason})") from None
        return Response(answer.status_code, str(request.url), dict(answer.headers), body)

    def _next_hop(self, request: httpx.Request, response: Response) -> httpx.Request | None:
        location = response.headers.get("location")
        if response.status not in _REDIRECTS or request.method != "GET" or not location:
            return None
        target = str(request.url.join(location))
        kept = {name: text for name, text in request.headers.items() if name in _KEPT_HEADERS}
        return self._client.build_request("GET", check_url(target, self._rules), headers=kept)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


def _trusted_authorities() -> ssl.SSLContext:
    """The public authorities that come with httpx, and those that the system was given."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


async def _read_body(answer: httpx.Response, limit_bytes: int) -> bytes:
    match answer.headers.get("content-encoding", "identity").strip().lower():
        case "identity" | "":
            unpacker: _Unpacker = _Plain()
        case "gzip" | "x-gzip":
            unpacker = _Gzip(limit_bytes)
        case _:
            raise EgressFailed("the answer is encoded in a way that was not asked for")
    body = bytearray()
    async for piece in answer.aiter_raw():
        body += unpacker.feed(piece)
        if len(body) > limit_bytes:
            raise EgressTooLarge(f"the answer is larger than {limit_bytes} bytes")
    unpacker.finish()
    return bytes(body)


class _Unpacker(Protocol):
    def feed(self, piece: bytes) -> bytes: ...

    def finish(self) -> None: ...


class _Plain:
    def feed(self, piece: bytes) -> bytes:
        return piece

    def finish(self) -> None:
        pass


class _Gzip:
    """Never unfolds more at once than one byte beyond the limit."""

    def __init__(self, limit_bytes: int) -> None:
        self._unzip = zlib.decompressobj(_GZIP_ONLY)
        self._most = limit_bytes + 1
        self._begun = False

    def feed(self, piece: bytes) -> bytes:
        self._begun = True
        try:
            unpacked = self._unzip.decompress(piece, self._most)
        except zlib.error:
            raise EgressFailed("the answer is not the gzip that it says it is") from None
        if self._unzip.unused_data:
            raise EgressFailed("the compressed answer goes on after its end")
        return unpacked

    def finish(self) -> None:
        if self._begun and not self._unzip.eof:
            raise EgressFailed("the compressed answer was cut short")
