"""
A small Event Platform: subscribers, their subscriptions, and what is sent to them.

The real one is a central host beside the PIM; here it lives under `/event-platform/api/v1` of the
sandbox and knows this PIM alone.
"""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec

from quart_passport.sandbox.courier import Courier, Letter
from quart_passport.sandbox.errors import PlatformError
from quart_passport.sandbox.state import Contact, Destination, State, Subscriber, Subscription

MAX_SUBSCRIBERS = 20
MAX_SUBSCRIPTIONS = 20
EVENT_PREFIX = "com.akeneo.pim.v1."
_SCHEMAS = "https://event.prd.sdk.akeneo.cloud/spec"
_SECRET_LENGTHS = range(16, 257)
_SHOWN = ("source", "subject", "type", "events", "send_product_identifier", "filter")
_Fields = TypeVar("_Fields")


class _SubscriberFields(msgspec.Struct):
    name: str
    contact: Contact


class _SubscriptionFields(msgspec.Struct, kw_only=True):
    subject: str
    events: list[str]
    config: Destination
    source: Literal["pim"] = "pim"
    type: Literal["https"] = "https"
    send_product_identifier: bool = False
    filter: str | None = None


class EventPlatform:
    """Subscribers of one PIM; every change is saved before it is told."""

    def __init__(
        self,
        state: State,
        save: Callable[[], None],
        clock: Callable[[], float],
        courier: Courier,
        pim_url: str,
    ) -> None:
        self._state = state
        self._save = save
        self._clock = clock
        self._courier = courier
        self._pim_url = pim_url
        self.permitted = True  # the checkbox in the connected app's settings

    def subscribers(self, client_id: str) -> list[Subscriber]:
        return [s for s in self._state.subscribers.values() if s.client_id == client_id]

    def subscriber(self, client_id: str, subscriber_id: str) -> Subscriber:
        found = self._state.subscribers.get(subscriber_id)
        if found is None or found.client_id != client_id:
            raise PlatformError(404, "Subscriber not found.")
        return found

    def subscription(self, subscriber: Subscriber, subscription_id: str) -> Subscription:
        found = subscriber.subscriptions.get(subscription_id)
        if found is None:
            raise PlatformError(404, "Subscription not found.")
        return found

    def create_subscriber(self, client_id: str, body: Any) -> Subscriber:
        if len(self._state.subscribers) >= MAX_SUBSCRIBERS:
            raise PlatformError(422, f"A PIM has at most {MAX_SUBSCRIBERS} subscribers.")
        fields = _read_subscriber(body)
        now = self._clock()
        subscriber = Subscriber(
            id=str(uuid.uuid4()),
            client_id=client_id,
            name=fields.name,
            subject=self._pim_url,
            contact=fields.contact,
            created_at=now,
            updated_at=now,
        )
        self._state.subscribers[subscriber.id] = subscriber
        self._save()
        return subscriber

    def change_subscriber(self, subscriber: Subscriber, body: Any) -> None:
        current = {"name": subscriber.name, "contact": msgspec.to_builtins(subscriber.contact)}
        fields = _read_subscriber(_merge(current, body))
        subscriber.name, subscriber.contact = fields.name, fields.contact
        subscriber.updated_at = self._clock()
        self._save()

    def delete_subscriber(self, subscriber: Subscriber) -> None:
        del self._state.subscribers[subscriber.id]
        self._save()

    def create_subscription(self, subscriber: Subscriber, body: Any) -> Subscription:
        if len(subscriber.subscriptions) >= MAX_SUBSCRIPTIONS:
            raise PlatformError(422, f"A subscriber has at most {MAX_SUBSCRIPTIONS} subscriptions.")
        fields = self._read_subscription(body)
        now = self._clock()
        subscription = Subscription(
            id=str(uuid.uuid4()), created_at=now, updated_at=now, **_fields_of(fields)
        )
        subscriber.subscriptions[subscription.id] = subscription
        self._save()
        return subscription

    def change_subscription(self, subscription: Subscription, body: Any) -> None:
        names = _SubscriptionFields.__struct_fields__
        current = {name: msgspec.to_builtins(getattr(subscription, name)) for name in names}
        fields = self._read_subscription(_merge(current, body))
        for name, value in _fields_of(fields).items():
            setattr(subscription, name, value)
        subscription.updated_at = self._clock()
        self._save()

    def delete_subscription(self, subscriber: Subscriber, subscription: Subscription) -> None:
        del subscriber.subscriptions[subscription.id]
        self._save()

    def suspend(
        self, subscriber: Subscriber, subscription: Subscription, *, by: Literal["system", "user"]
    ) -> None:
        """Stop sending; events meanwhile are lost."""
        if subscription.status == "active":
            self._set_status(subscription, "suspended")
            self._notify(subscriber, subscription, f"subscription.suspended.{by}")

    def resume(self, subscriber: Subscriber, subscription: Subscription) -> None:
        if subscription.status == "suspended":
            self._set_status(subscription, "active")
            self._notify(subscriber, subscription, "subscription.resumed")

    def revoke(self, client_id: str) -> None:
        """End every subscription of an app that was disconnected, and tell each of them."""
        subscribers = self.subscribers(client_id)
        for subscriber in subscribers:
            subscriber.status = "revoked"
            del self._state.subscribers[subscriber.id]
        self._save()
        for subscriber in subscribers:
            for subscription in subscriber.subscriptions.values():
                self._set_status(subscription, "revoked")
                reason = "The app was disconnected from the PIM."
                self._notify(subscriber, subscription, "subscription.revoked", reason)

    def publish(self, event: str, data: dict[str, Any], *, client_id: str | None = None) -> None:
        """Send an event (`product.updated`) to all who asked for it, or to one app alone."""
        kind = EVENT_PREFIX + event
        for subscriber in list(self._state.subscribers.values()):
            if client_id is not None and subscriber.client_id != client_id:
                continue
            for subscription in subscriber.subscriptions.values():
                if subscription.status == "active" and kind in subscription.events:
                    self._send_event(subscriber, subscription, kind, data)

    def _send_event(
        self, subscriber: Subscriber, subscription: Subscription, kind: str, data: dict[str, Any]
    ) -> None:
        product = data.get("product")
        if product is not None and not subscription.send_product_identifier:
            data = data | {"product": {"uuid": product["uuid"]}}
        payload = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "type": kind,
            "source": "pim",
            "subject": subscription.id,
            "time": _iso(self._clock()),
            "datacontenttype": "application/json",
            "dataschema": f"{_SCHEMAS}/{kind}.schema.json",
            "data": data | {"author": {"identifier": "julia", "type": "user"}},
        }
        secret = subscription.config.secret
        keys = [key for key in (secret.primary, secret.secondary) if key]

        async def judge(status: int | None) -> None:
            # The platform suspends at once when the destination is gone or moves.
            if status is not None and (status == 404 or 300 <= status < 400):
                self.suspend(subscriber, subscription, by="system")

        letter = Letter(subscription.config.url, payload, keys, subscription.config.headers)
        self._courier.deliver(letter, judge)

    def _notify(
        self,
        subscriber: Subscriber,
        subscription: Subscription,
        kind: str,
        reason: str | None = None,
    ) -> None:
        contact = subscriber.contact
        url, secret = contact.notification_webhook_url, contact.notification_webhook_secret
        if "webhook" not in contact.notification_channels or url is None or secret is None:
            return
        payload = {
            "notification_type": kind,
            "timestamp": _iso(self._clock()),
            "subscription_id": subscription.id,
            "subscriber_id": subscriber.id,
            "destination": subscription.config.url,
            "events": subscription.events,
            **({} if reason is None else {"reason": reason}),
            # The documented example ends with a slash where a subscriber's own subject has none.
            "subject": f"{self._pim_url}/",
        }
        self._courier.notify(Letter(url, payload, [secret]))

    def _set_status(
        self, subscription: Subscription, status: Literal["active", "suspended", "revoked"]
    ) -> None:
        subscription.status = status
        subscription.updated_at = self._clock()
        self._save()

    def _read_subscription(self, body: Any) -> _SubscriptionFields:
        fields = _convert(body, _SubscriptionFields)
        if fields.subject.rstrip("/") != self._pim_url:
            raise PlatformError(422, "subject must be the URL of this PIM.")
        if not fields.events or not all(e.startswith(EVENT_PREFIX) for e in fields.events):
            raise PlatformError(422, "events must name at least one event type, and known ones.")
        if len(fields.config.headers) > 5:
            raise PlatformError(422, "config.headers holds at most 5 headers.")
        _check_web_address("config.url", fields.config.url)
        return fields


def _read_subscriber(body: Any) -> _SubscriberFields:
    fields = _convert(body, _SubscriberFields)
    contact = fields.contact
    if not fields.name.strip():
        raise PlatformError(422, "name should not be blank.")
    if "webhook" in contact.notification_channels:
        _check_web_address("notification_webhook_url", contact.notification_webhook_url or "")
        if len(contact.notification_webhook_secret or "") not in _SECRET_LENGTHS:
            raise PlatformError(422, "notification_webhook_secret needs 16 to 256 characters.")
    return fields


def _convert(body: Any, shape: type[_Fields]) -> _Fields:
    try:
        return msgspec.convert(body, shape)
    except msgspec.ValidationError as error:
        raise PlatformError(422, str(error)) from None


def _check_web_address(what: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise PlatformError(422, f"{what} must be a web address.")


def _fields_of(fields: _SubscriptionFields) -> dict[str, Any]:
    return {name: getattr(fields, name) for name in fields.__struct_fields__}


def _merge(current: dict[str, Any], patch: Any) -> dict[str, Any]:
    if not isinstance(patch, dict):
        raise PlatformError(422, "The body must be a JSON object.")
    nested = {
        k for k, v in patch.items() if isinstance(v, dict) and isinstance(current.get(k), dict)
    }
    return current | {k: _merge(current[k], v) if k in nested else v for k, v in patch.items()}


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def show_subscriber(subscriber: Subscriber) -> dict[str, Any]:
    """A subscriber as the API shows it: never with its secret."""
    contact = msgspec.to_builtins(subscriber.contact)
    del contact["notification_webhook_secret"]
    return {
        "id": subscriber.id,
        "name": subscriber.name,
        "subject": subscriber.subject,
        "status": subscriber.status,
        "contact": contact,
        "created_at": _iso(subscriber.created_at),
        "updated_at": _iso(subscriber.updated_at),
    }


def show_subscription(subscription: Subscription) -> dict[str, Any]:
    """A subscription as the API shows it: without secrets, with redacted headers."""
    headers = dict.fromkeys(subscription.config.headers, "***")
    return {
        "id": subscription.id,
        **{name: getattr(subscription, name) for name in _SHOWN},
        "config": {"url": subscription.config.url, "headers": headers},
        "status": subscription.status,
        "created_at": _iso(subscription.created_at),
        "updated_at": _iso(subscription.updated_at),
    }
