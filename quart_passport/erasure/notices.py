"""Signed messages of a PIM's event platform, and what they set off.

A notification that our live subscription was revoked, or an event that our app was deleted, starts
the deletion; any other event is handed on, and only makes us forget what is cached. So a message
that comes twice does nothing the second time.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from quart_passport.cache.store import Scope
from quart_passport.crypto.webhooks import SignatureHeaders, is_signed
from quart_passport.erasure.deletion import utc_now
from quart_passport.erasure.disconnection import Disconnections
from quart_passport.tenancy.connections import Connections
from quart_passport.tenancy.tenant import Tenant

_REVOKED = "subscription.revoked"
_EVENT_PREFIX = "com.akeneo.pim.v1."
_APP_DELETED = "app.deleted"
# The platform tries a notification again within seconds.
_NOTIFICATION_AGE = timedelta(seconds=300)


class Notification(msgspec.Struct, frozen=True):
    """What we read of a notification."""

    notification_type: str
    timestamp: datetime
    subscription_id: str
    subscriber_id: str
    # The PIM's address, with or without a slash at its end.
    subject: str = ""


class Event(msgspec.Struct, frozen=True):
    """What we read of an event (CloudEvents 1.0)."""

    id: str
    type: str
    # The subscription that it is delivered to.
    subject: str
    data: dict[str, Any] = {}


class OnChange(Protocol):
    """Told of each proven event that is not about the app: its type without the prefix."""

    def __call__(self, scope: Scope, kind: str, data: dict[str, Any]) -> Awaitable[None]: ...


class Notices:
    """Takes messages; each method is false where the sender proves nothing."""

    def __init__(
        self,
        connections: Connections,
        disconnections: Disconnections,
        on_change: OnChange,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._connections = connections
        self._disconnections = disconnections
        self._on_change = on_change
        self._clock = clock

    async def take_notification(
        self, tenant: Tenant, body: bytes, headers: SignatureHeaders
    ) -> bool:
        """A notice about our subscription."""
        _, secret = await self._connections.hook_secrets(tenant.connection.id)
        if not is_signed(body, headers, [secret]):
            return False
        notification = _read(body, Notification)
        if notification is None or not self._is_fresh(notification):
            return False
        if notification.subject.rstrip("/") not in ("", tenant.origin):
            return False
        if notification.notification_type != _REVOKED:
            return True
        return await self._disconnections.revoked(
            tenant,
            subscriber=notification.subscriber_id,
            subscription=notification.subscription_id,
        )

    async def take_event(self, tenant: Tenant, body: bytes, headers: SignatureHeaders) -> bool:
        """An event of the PIM; those that do not concern us are accepted and left alone."""
        secret, _ = await self._connections.hook_secrets(tenant.connection.id)
        if not is_signed(body, headers, [secret]):
            return False
        event = _read(body, Event)
        if event is None or event.subject != tenant.connection.subscription_id:
            return False
        kind = event.type.removeprefix(_EVENT_PREFIX)
        if kind == _APP_DELETED:
            return await self._disconnections.app_deleted(tenant, client_id=_app_of(event))
        await self._on_change(tenant.connection.scope, kind, event.data)
        return True

    def _is_fresh(self, notification: Notification) -> bool:
        if notification.timestamp.tzinfo is None:
            return False
        return abs(self._clock() - notification.timestamp) <= _NOTIFICATION_AGE


def _read(body: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError):
        return None


def _app_of(event: Event) -> str:
    """The client id of the app that an event is about; empty if it says none."""
    app = event.data.get("app")
    client_id = app.get("client_id") if isinstance(app, dict) else None
    return client_id if isinstance(client_id, str) else ""
