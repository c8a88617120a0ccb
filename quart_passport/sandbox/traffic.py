"""
The gate in front of the machine-facing routes: counts calls, limits them, and plays faults.

It sits outside the web framework, so that a call is in flight until its last byte is handed over
and a fault can say things no well-behaved framework would.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from quart_passport.sandbox.faults import FAULTS, Fault, Reply

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[..., Awaitable[None]]

_REST = "/api/rest/v1"
_GROUPS = {
    "products": "products",
    "products-uuid": "products",
    "product-models": "products",
    "media-files": "media",
    "system-information": "root",
    "": "root",
}
_OTHERS = {
    "/connect/apps/v1/oauth2/token": ("token", "token"),
    "/connect/apps/v1/openid/public-key": ("public-key", "token"),
    "/connect/apps/v1/scopes/update": ("scopes-update", "token"),
}


@dataclass(frozen=True)
class Route:
    """`name` is one route, as `products-uuid/*`; `group` is products, structure, media, …"""

    name: str
    group: str


def route_of(path: str) -> Route | None:
    """The counted route of a path; None for pages and for the control API."""
    if path in _OTHERS:
        return Route(*_OTHERS[path])
    if path.startswith("/event-platform/"):
        return Route("event-platform", "events")
    if path != _REST and not path.startswith(f"{_REST}/"):
        return None
    first, slash, rest = path.removeprefix(_REST).removeprefix("/").partition("/")
    name = first + ("/*" if slash else "")
    if first == "attributes" and "/options" in rest:
        name = "attributes/*/options"
    if first == "media-files" and rest.endswith("/download"):
        name += "/download"
    return Route(name, _GROUPS.get(first, "structure"))


def token_reference(token: str) -> str:
    """How a token is named where the token itself must not appear."""
    return hashlib.sha256(token.encode()).hexdigest()[:12]


@dataclass
class Tally:
    """What was asked, in total or with one token; `max_in_flight` counts refused calls too."""

    calls: int = 0
    refused: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    by_route: Counter[str] = field(default_factory=Counter)
    by_group: Counter[str] = field(default_factory=Counter)

    def begin(self, route: Route) -> None:
        self.calls += 1
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        self.by_route[route.name] += 1
        self.by_group[route.group] += 1

    def reset(self) -> None:
        """Back to zero, except for calls that are still in flight."""
        self.calls = self.refused = 0
        self.max_in_flight = self.in_flight
        self.by_route.clear()
        self.by_group.clear()


class Traffic:
    """Counters, latency and pending faults of one PIM."""

    per_token = 4  # concurrent calls of one connection
    per_pim = 10  # concurrent calls of all connections

    def __init__(self) -> None:
        self.total = Tally()
        self.latency = 0.0  # seconds added to every counted call
        self.faults: list[Fault] = []
        self._tallies: dict[str, Tally] = {}

    def of(self, token: str) -> Tally:
        """What was asked with one token."""
        return self._tallies.setdefault(token_reference(token), Tally())

    def references(self) -> dict[str, Tally]:
        """Every token's tally, under a name that is not the token."""
        return dict(self._tallies)

    def reset(self) -> None:
        """Set the counters to zero; latency and faults stay."""
        for tally in (self.total, *self._tallies.values()):
            tally.reset()

    def play(self, kind: str, times: int = 1, **details: Any) -> None:
        """Let the next `times` calls meet a fault; see `Fault` for the details."""
        self.faults.append(Fault(kind=kind, times=times, **details))

    def next_fault(self, route: Route) -> Reply | None:
        """What the next pending fault for this route answers; each answer uses it up by one."""
        for fault in self.faults:
            if fault.route in {None, route.name, route.group}:
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return FAULTS[fault.kind](fault)
        return None


class TrafficGate:
    """ASGI middleware that lets calls through to the PIM as `Traffic` says."""

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self._app = app
        self._traffic = traffic

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        route = route_of(scope["path"]) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        token = _bearer(scope)
        tallies = [self._traffic.total]
        if token is not None:
            tallies.append(self._traffic.of(token))
        for tally in tallies:
            tally.begin(route)
        try:
            reply = self._refusal(scope["path"], tallies) or self._traffic.next_fault(route)
            if self._traffic.latency:
                await asyncio.sleep(self._traffic.latency)
            if reply is None:
                await self._app(scope, receive, send)
            else:
                await _answer(reply, send)
        finally:
            for tally in tallies:
                tally.in_flight -= 1

    def _refusal(self, path: str, tallies: list[Tally]) -> Reply | None:
        if not path.startswith(_REST):
            return None
        limits = (self._traffic.per_pim, self._traffic.per_token)
        if all(tally.in_flight <= limit for tally, limit in zip(tallies, limits, strict=False)):
            return None
        for tally in tallies:
            tally.refused += 1
        return FAULTS["rate_limited"](Fault(kind="rate_limited", retry_after=1))


def _bearer(scope: Any) -> str | None:
    for name, value in scope["headers"]:
        if name.lower() == b"authorization" and value[:7].lower() == b"bearer ":
            return str(value[7:].strip().decode("latin-1"))
    return None


async def _answer(reply: Reply, send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [(n.encode(), v.encode()) for n, v in reply.all_headers()],
        }
    )
    # With more_body and nothing more to come, the server closes the connection mid-body.
    await send(
        {"type": "http.response.body", "body": reply.body, "more_body": reply.missing_bytes > 0}
    )
