"""What the control page shows, as plain lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quart_passport.sandbox.courier import Delivery
from quart_passport.sandbox.faults import FAULTS, Fault, PendingFault
from quart_passport.sandbox.pim import Pim
from quart_passport.sandbox.routes import GROUPS
from quart_passport.sandbox.traffic import Tally, token_reference

# Routes that authors want to break most; any other can be named over the control API.
_ROUTES = (
    "products-uuid",
    "products-uuid/*",
    "attributes",
    "attributes/*/options",
    "families",
    "channels",
    "reference-entities/*/records",
    "asset-families/*/assets",
    "media-files/*/download",
    "login",
    "public-key",
    "scopes-update",
    "event-platform",
)
_SHOWN_DELIVERIES = 20


@dataclass(frozen=True)
class RouteLine:
    """How often a route was called, and how many calls of it were under way at once."""

    parts: list[str]
    calls: int
    at_once: int


@dataclass(frozen=True)
class TokenLine:
    """What was asked with one token: whose it is, or its reference where nobody holds it."""

    holder: str
    tally: Tally


@dataclass(frozen=True)
class ClientLine:
    """An app or a connection, and which of them it is."""

    name: str
    what: str


@dataclass(frozen=True)
class FaultLine:
    """A fault that waits: what happens, to which calls, and how often still."""

    name: str
    what: str
    where: str
    when: str


@dataclass(frozen=True)
class FaultChoices:
    """What the form for a fault offers."""

    kinds: dict[str, str]
    groups: Sequence[str]
    routes: Sequence[str]


@dataclass(frozen=True)
class DeliveryLine:
    """One attempt to tell a webhook something."""

    kind: str
    url: str
    attempt: int
    result: str
    is_good: bool


def route_lines(tally: Tally) -> list[RouteLine]:
    """The routes, the most called first."""
    ordered = sorted(tally.by_route.items(), key=lambda item: (-item[1], item[0]))
    return [
        RouteLine((name or "api/rest/v1").split("/"), calls, tally.max_by_route[name])
        for name, calls in ordered
    ]


def token_lines(pim: Pim) -> list[TokenLine]:
    """Every token that was used."""
    holders: dict[str, str] = {}
    for app in pim.apps.registered():
        connected = pim.apps.connected(app.client_id)
        if connected is not None and connected.token is not None:
            holders[token_reference(connected.token)] = app.name
    for connection in pim.connections.all():
        for token in connection.access_tokens:
            holders[token_reference(token)] = connection.label
    tallies = pim.traffic.references().items()
    return [TokenLine(holders.get(name, f"token {name}"), tally) for name, tally in tallies]


def client_lines(pim: Pim) -> list[ClientLine]:
    """Every app and every connection."""
    apps = [
        ClientLine(
            app.name,
            "app, registered" if pim.apps.connected(app.client_id) is None else "app, connected",
        )
        for app in pim.apps.registered()
    ]
    return apps + [ClientLine(each.label, "connection") for each in pim.connections.all()]


def fault_lines(faults: Iterable[PendingFault]) -> list[FaultLine]:
    """The faults that wait, the next one first."""
    return [
        FaultLine(pending.name, _what(pending.fault), _where(pending.fault), _when(pending))
        for pending in faults
    ]


def _what(fault: Fault) -> str:
    parts = [FAULTS[fault.kind]]
    if fault.kind in {"slow", "slow_body"}:
        parts.append(f"{fault.seconds:g} s")
    if fault.kind == "huge_body":
        parts.append(f"{fault.size:,} bytes")
    if fault.status is not None:
        parts.append(f"status {fault.status}")
    if fault.retry_after is not None:
        parts.append(f"Retry-After: {fault.retry_after}")
    return ", ".join(parts)


def _where(fault: Fault) -> str:
    places = [fault.route or "every route"]
    if fault.scope:
        places.append(f"needs {fault.scope}")
    return ", ".join(places)


def _when(pending: PendingFault) -> str:
    every = pending.fault.every
    often = f"one call in {every}" if every > 1 else "each call"
    if pending.left is None:
        return f"{often}, until it is removed"
    return f"{often}, {pending.left} more {'time' if pending.left == 1 else 'times'}"


def fault_choices() -> FaultChoices:
    """What the form for a fault offers."""
    return FaultChoices(FAULTS, GROUPS, _ROUTES)


def delivery_lines(deliveries: Sequence[Delivery]) -> list[DeliveryLine]:
    """The last deliveries, the latest first."""
    return [
        DeliveryLine(
            kind=delivery.kind,
            url=delivery.url,
            attempt=delivery.attempt,
            result="no answer" if delivery.status is None else f"answer {delivery.status}",
            is_good=delivery.status is not None and 200 <= delivery.status < 300,
        )
        for delivery in reversed(deliveries[-_SHOWN_DELIVERIES:])
    ]
