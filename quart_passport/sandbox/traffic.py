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

from quart_passport.sandbox.faults import Fault, Faults, Reply, reply_to
from quart_passport.sandbox.routes import Route, route_of
from quart_passport.sandbox.wire import Send, play, send_reply

ASGIApp = Callable[..., Awaitable[None]]


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
    max_by_route: Counter[str] = field(default_factory=Counter)
    in_flight_by_route: Counter[str] = field(default_factory=Counter)

    def begin(self, route: Route) -> None:
        self.calls += 1
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        name = route.name
        self.by_route[name] += 1
        self.by_group[route.group] += 1
        self.in_flight_by_route[name] += 1
        self.max_by_route[name] = max(self.max_by_route[name], self.in_flight_by_route[name])

    def end(self, route: Route) -> None:
        self.in_flight -= 1
        self.in_flight_by_route[route.name] -= 1

    def reset(self) -> None:
        """Back to zero, except for calls that are still in flight."""
        self.calls = self.refused = 0
        self.max_in_flight = self.in_flight
        self.by_route.clear()
        self.by_group.clear()
        self.max_by_route.clear()


class Traffic:
    """Counters, limits, latency and pending faults of one PIM."""

    def __init__(self) -> None:
        self.total = Tally()
        self.per_token = 4  # concurrent calls of one connection
        self.per_pim = 10  # concurrent calls of all connections
        self.latency = 0.0  # seconds added to every counted call
        self.faults = Faults()
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

    def play(self, kind: str, times: int | None = 1, **details: Any) -> str:
        """Let the next calls meet a fault; see `Fault` for the details. The name removes it."""
        return self.faults.add(Fault(kind=kind, times=times, **details))

    def refusal(self, tallies: list[Tally]) -> Reply | None:
        """What a call over the limits is answered; `tallies` are the PIM's and the token's."""
        limits = (self.per_pim, self.per_token)
        if all(tally.in_flight <= limit for tally, limit in zip(tallies, limits, strict=False)):
            return None
        for tally in tallies:
            tally.refused += 1
        return reply_to(Fault(kind="rate_limited", retry_after=1))


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
            await self._answer(route, tallies, scope, receive, send)
        finally:
            for tally in tallies:
                tally.end(route)

    async def _answer(
        self, route: Route, tallies: list[Tally], scope: Any, receive: Any, send: Send
    ) -> None:
        # Whom the limits refuse meets no fault, and uses none up.
        refusal = self._traffic.refusal(tallies) if route.is_rest else None
        fault = None if refusal else self._traffic.faults.next_for(route)
        if self._traffic.latency:
            await asyncio.sleep(self._traffic.latency)
        if refusal is not None:
            await send_reply(refusal, send)
        elif fault is not None:
            await play(fault, lambda to: self._app(scope, receive, to), receive, send)
        else:
            await self._app(scope, receive, send)


def _bearer(scope: Any) -> str | None:
    for name, value in scope["headers"]:
        if name.lower() == b"authorization" and value[:7].lower() == b"bearer ":
            return str(value[7:].strip().decode("latin-1"))
    return None
