"""
Faults on demand: what a PIM, or a proxy in front of it, may answer instead of the truth.

A new fault is one function from the fault's details to a `Reply`, and one row in `FAULTS`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec


@dataclass
class Fault:
    """
    A fault that the next `times` calls will meet.

    `route` narrows it to a route (`products-uuid/*`) or a group (`products`, `structure`, `media`,
    `token`, `events`); `retry_after` is in seconds, and None leaves the header out; `message`
    replaces the usual text.
    """

    kind: str
    times: int = 1
    route: str | None = None
    retry_after: int | None = None
    message: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(sorted(FAULTS))}")
        if self.times < 1:
            raise ValueError("a fault must happen at least once")


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


def _error(status: int, message: str) -> Callable[[Fault], Reply]:
    def reply(fault: Fault) -> Reply:
        body = {"code": status, "message": fault.message or message}
        headers = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
        return Reply(status, msgspec.json.encode(body), headers=headers)

    return reply


def _always(reply: Reply) -> Callable[[Fault], Reply]:
    def same(_fault: Fault) -> Reply:
        return reply

    return same


_PROXY_PAGE = b"<!DOCTYPE html><title>502</title><h1>502 Bad Gateway</h1><hr>a proxy in between"

FAULTS: dict[str, Callable[[Fault], Reply]] = {
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
    "html_error": _always(Reply(502, _PROXY_PAGE, content_type="text/html")),
    "truncated_body": _always(Reply(200, b'{"_links":{"self":{"href":"', missing_bytes=4096)),
    "not_json": _always(Reply(200, b"{'single': 'quotes'}")),
    "empty_body": _always(Reply(200, b"")),
}
