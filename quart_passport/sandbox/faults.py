"""
Faults on demand: what a PIM, or a proxy in front of it, may do instead of the right thing.

A new fault that is an answer is one function from the fault's details to a `Reply`, and one row in
`_REPLIES`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

import msgspec

from quart_passport.sandbox.routes import Route


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """
    A fault that the next calls will meet.

    `times` is how often it happens, None until it is cleared; with `every` only each n-th call
    meets it. `route` narrows it to a route (`products-uuid/*`) or a group (`products`,
    `structure`, `records`, `assets`, `media`, `token`, `events`), `scope` to the routes that need
    a scope (`read_products`). `retry_after` and `seconds` are in seconds, `size` is in bytes, and
    None for `retry_after` leaves the header out. `status`, `message` and `body` replace the usual
    ones.
    """

    kind: str
    times: int | None = 1
    every: int = 1
    route: str | None = None
    scope: str | None = None
    retry_after: int | None = None
    status: int | None = None
    message: str | None = None
    body: str | None = None
    seconds: float = 10.0
    size: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(sorted(FAULTS))}")
        if (self.times is not None and self.times < 1) or self.every < 1:
            raise ValueError("times and every count calls from 1 on")
        if not 0 <= self.seconds <= 600:
            raise ValueError("seconds lie between 0 and 600")
        if not 0 <= self.size <= 1024**3:
            raise ValueError("size is at most 1073741824 bytes")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError("status is an HTTP status from 200 to 599")

    def concerns(self, route: Route) -> bool:
        """Whether calls of the route meet this fault."""
        return self.route in {None, route.name, route.group} and self.scope in {None, route.scope}


@dataclass(frozen=True)
class Reply:
    """An answer as it goes over the wire; `missing_bytes` are promised and never sent."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    missing_bytes: int = 0

    def all_headers(self) -> Iterator[tuple[str, str]]:
        yield "content-type", self.content_type
        yield "content-length", str(len(self.body) + self.missing_bytes)
        yield from self.headers.items()


def reply_to(fault: Fault) -> Reply | None:
    """The answer that a fault is; None for one that is none, or that comes before the right one."""
    make = _REPLIES.get(fault.kind)
    return None if make is None else make(fault)


def _error(status: int, message: str) -> Callable[[Fault], Reply]:
    def reply(fault: Fault) -> Reply:
        code = fault.status or status
        body = msgspec.json.encode({"code": code, "message": fault.message or message})
        headers = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
        return Reply(code, _body(fault, body), headers=headers)

    return reply


def _answer(
    status: int, body: bytes, content_type: str = "application/json", missing_bytes: int = 0
) -> Callable[[Fault], Reply]:
    def reply(fault: Fault) -> Reply:
        return Reply(
            fault.status or status,
            _body(fault, body),
            content_type=content_type,
            headers={} if fault.retry_after is None else {"retry-after": str(fault.retry_after)},
            missing_bytes=missing_bytes,
        )

    return reply


def _body(fault: Fault, usual: bytes) -> bytes:
    return usual if fault.body is None else fault.body.encode()


_PROXY_PAGE = b"<!DOCTYPE html><title>502</title><h1>502 Bad Gateway</h1><hr>a proxy in between"
_CUT = b'{"_links":{"self":{"href":"'

_REPLIES: dict[str, Callable[[Fault], Reply]] = {
    "unauthorized": _error(401, "The access token provided is invalid."),
    "disconnected": _error(
        401,
        "The access token provided is invalid. Your app has been disconnected from that PIM.",
    ),
    "forbidden": _error(403, "Access forbidden. You are not allowed to access the web API."),
    "not_found": _error(404, "The requested resource does not exist."),
    "unprocessable": _error(422, 'Attribute "not_found" does not exist.'),
    "rate_limited": _error(429, "You have exceeded the limit of API requests per second."),
    "server_error": _error(500, "Internal Server Error"),
    "unavailable": _error(503, "Service Unavailable"),
    "html_error": _answer(502, _PROXY_PAGE, content_type="text/html"),
    "truncated_body": _answer(200, _CUT, missing_bytes=4096),
    "not_json": _answer(200, b"{'single': 'quotes'}"),
    "wrong_type": _answer(200, b'[42,"not what you asked for",null]'),
    "empty_body": _answer(200, b""),
}

# Every fault there is, in words.
FAULTS: dict[str, str] = {
    "unauthorized": "401: the token is unknown",
    "disconnected": "401: the app was disconnected",
    "forbidden": "403: a permission is missing",
    "not_found": "404: nothing is there",
    "unprocessable": "422: an attribute is unknown",
    "rate_limited": "429: too many calls",
    "server_error": "500: the PIM failed",
    "unavailable": "503: the PIM is away",
    "html_error": "502: an HTML page of a proxy",
    "truncated_body": "200: the body ends too early",
    "not_json": "200: the body is no JSON",
    "wrong_type": "200: JSON of another type",
    "empty_body": "200: no body",
    "huge_body": "200: a huge body",
    "slow": "the right answer, late",
    "slow_body": "the right answer, drop by drop",
    "dropped_connection": "the connection ends before the first byte",
    "dropped_in_headers": "the connection ends within the headers",
}


class PendingFault:
    """A fault that waits for calls; `name` is how it is taken away again."""

    def __init__(self, name: str, fault: Fault) -> None:
        self.name = name
        self.fault = fault
        self.left = fault.times
        self._calls = 0

    def meets(self, route: Route) -> bool:
        """Whether a call meets the fault; each question counts as a call."""
        if not self.fault.concerns(route):
            return False
        self._calls += 1
        if self._calls % self.fault.every:
            return False
        if self.left is not None:
            self.left -= 1
        return True


class Faults:
    """The faults that wait, in the order in which they were added."""

    def __init__(self) -> None:
        self._pending: dict[str, PendingFault] = {}
        self._names = count(1)

    def __iter__(self) -> Iterator[PendingFault]:
        return iter(list(self._pending.values()))

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, fault: Fault) -> str:
        """Let calls meet the fault from now on; the name is for `remove`."""
        name = str(next(self._names))
        self._pending[name] = PendingFault(name, fault)
        return name

    def remove(self, name: str) -> bool:
        """Take one fault away; False if it is not there any more."""
        return self._pending.pop(name, None) is not None

    def clear(self) -> None:
        """Take every fault away."""
        self._pending.clear()

    def next_for(self, route: Route) -> Fault | None:
        """The first fault that a call of this route meets; it is used up by one."""
        for pending in self:
            if pending.meets(route):
                if pending.left == 0:
                    self.remove(pending.name)
                return pending.fault
        return None
