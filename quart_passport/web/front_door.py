"""The first to see a request: refuses what is too large or ambiguous, and knows pages by heart.

A crowd that looks at one product costs one rendering a second: while a page is remembered, or just
being made for somebody else, it is answered here, and neither Quart, nor database, nor cache hears
of it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from quart import Request
from werkzeug.http import parse_etags

from quart_passport.cache.pages import PageMemory, RememberedPage
from quart_passport.passport.model import Language
from quart_passport.web.headers import STRICTEST
from quart_passport.web.variants import Wish, read_wish

# Seconds. A page ends at most five seconds after its oldest ingredient was read, and a tenant that
# it was made from may have been read four seconds before.
PAGE_LIFE = 1.0

# Bytes; more than any browser sends.
_LONGEST_TARGET = 2 * 1024
_MOST_HEADERS = 16 * 1024
_OF_THE_BODY = frozenset({b"content-length", b"content-type"})
_EXTENSION = "quart_passport.remembered"

Headers = Iterable[tuple[bytes, bytes]]
Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Memo:
    """What a view says of its answer, so that it can be remembered."""

    languages: tuple[Language, ...]
    # How long the data in it may still be shown, in seconds.
    remaining: float


@dataclass(frozen=True, slots=True)
class _Landing:
    """How it went with an answer that others wait for."""

    page: RememberedPage | None = None
    languages: tuple[Language, ...] = ()
    # An error, for example: the others get their own.
    is_for_one_only: bool = False


_Flight = asyncio.Future[_Landing]


def remember(request: Request, languages: tuple[Language, ...], remaining: float) -> None:
    """Let the answer to this request be given again; it depends on its path and wish alone."""
    cast("Scope", request.scope)[_EXTENSION] = _Memo(languages, remaining)


class FrontDoor:
    """ASGI middleware around the app."""

    def __init__(self, app: ASGIApp, memory: PageMemory) -> None:
        self._app = app
        self._memory = memory
        # What is being answered now, for whoever asks for the same.
        self._flights: dict[tuple[bytes, Wish], _Flight] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on to the app."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        elif refusal := _refusal(scope):
            await _refuse(*refusal, send)
        elif wish := _wish_for_page(scope):
            await self._serve(wish, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _serve(self, wish: Wish, scope: Scope, receive: Receive, send: Send) -> None:
        path: bytes = scope["raw_path"]
        page = self._find(path, wish)
        while page is None and (flight := self._flights.get((path, wish))):
            # Somebody asked for just this a moment ago, and the answer will do for both.
            landing = await asyncio.shield(flight)
            if landing.is_for_one_only:
                await self._app(scope, receive, send)
                return
            page = landing.page
        if page is not None:
            await _answer(page, scope["headers"], send)
        elif scope["method"] == "GET":
            await self._lead(wish, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _lead(self, wish: Wish, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask the app, and let all who ask for the same meanwhile have its answer."""
        path: bytes = scope["raw_path"]
        flight: _Flight = asyncio.get_running_loop().create_future()
        self._flights[path, wish] = flight

        def land(landing: _Landing) -> None:
            del self._flights[path, wish]
            if landing.page:
                variant = _variant(wish, landing.languages)
                self._memory.keep(path, landing.languages, variant, landing.page)
            flight.set_result(landing)

        try:
            await self._app(scope, receive, _Recorder(scope, send, land, now=self._memory.clock()))
        finally:
            if not flight.done():
                # This reader left before there was an answer: the next one leads.
                land(_Landing())

    def _find(self, path: bytes, wish: Wish) -> RememberedPage | None:
        languages = self._memory.languages_at(path)
        return self._memory.find(path, _variant(wish, languages)) if languages else None


class _Recorder:
    """Passes an answer on, and lets one land that may be remembered.

    Such an answer is held back until it is complete, so that nobody waits for a slow reader.
    """

    def __init__(
        self, scope: Scope, send: Send, land: Callable[[_Landing], None], *, now: float
    ) -> None:
        self._scope = scope
        self._send = send
        self._land = land
        self._now = now
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        memo = self._scope.get(_EXTENSION)
        if message["type"] == "http.response.start":
            if isinstance(memo, _Memo) and message["status"] == 200:
                self._start = message
                return
            self._land(_Landing(is_for_one_only=True))
        elif self._start is not None and isinstance(memo, _Memo):
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                self._land(_Landing(self._page(self._start, memo), memo.languages))
                await self._send(self._start)
                await self._send({"type": "http.response.body", "body": self._body})
            return
        await self._send(message)

    def _page(self, start: Message, memo: _Memo) -> RememberedPage:
        headers = tuple(start["headers"])
        etag = dict(headers).get(b"etag", b"").decode("latin-1").strip('"')
        expires = self._now + min(PAGE_LIFE, memo.remaining)
        return RememberedPage(headers, self._body, etag, expires)


def _variant(wish: Wish, languages: tuple[Language, ...]) -> tuple[str, str]:
    return wish.form, wish.language(languages).tag


def _refusal(scope: Scope) -> tuple[int, str] | None:
    """The status and the reason, if the request is not even read."""
    path, query, headers = scope["raw_path"], scope["query_string"], scope["headers"]
    if len(path) + len(query) >= _LONGEST_TARGET:
        return 414, "This address is too long.\n"
    if sum(len(name) + len(value) for name, value in headers) > _MOST_HEADERS:
        return 431, "The headers of this request are too large.\n"
    if not path.startswith(b"/"):
        # What a proxy would be asked; nobody asks us that but by mistake or to mislead caches.
        return 400, "This server is no proxy; ask for a path.\n"
    names = {name for name, _ in headers}
    if b"content-length" in names and b"transfer-encoding" in names:
        # Two servers in a row may disagree where such a request ends (RFC 9112, section 11.2).
        return 400, "This request says in two ways how long it is.\n"
    return None


def _wish_for_page(scope: Scope) -> Wish | None:
    if scope["method"] not in {"GET", "HEAD"} or not scope["raw_path"].startswith(b"/t/"):
        return None
    return read_wish(scope["query_string"], scope["headers"])


async def _refuse(status: int, reason: str, send: Send) -> None:
    body = reason.encode()
    headers = [(name.lower().encode(), value.encode()) for name, value in STRICTEST.items()]
    headers.append((b"content-type", b"text/plain; charset=utf-8"))
    headers.append((b"content-length", b"%d" % len(body)))
    # What follows on this connection may be the rest of what was refused.
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _answer(page: RememberedPage, asked: Headers, send: Send) -> None:
    known = b", ".join(value for name, value in asked if name == b"if-none-match")
    if known and parse_etags(known.decode("latin-1")).contains_weak(page.etag):
        kept = [pair for pair in page.headers if pair[0].lower() not in _OF_THE_BODY]
        await send({"type": "http.response.start", "status": 304, "headers": kept})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": page.headers})
    await send({"type": "http.response.body", "body": page.body})
