"""`/event-platform/api/v1`: the Management API through which an app subscribes to events."""

from typing import Any

import msgspec
from quart import Blueprint, Response, g, request

from quart_passport.sandbox.editions import Feature
from quart_passport.sandbox.errors import PlatformError
from quart_passport.sandbox.event_platform import (
    EventPlatform,
    show_subscriber,
    show_subscription,
)
from quart_passport.sandbox.pim import current_pim
from quart_passport.sandbox.state import Subscriber, Subscription
from quart_passport.sandbox.tokens import DeadToken

events = Blueprint("events", __name__, url_prefix="/event-platform/api/v1")

_SUBSCRIBER = "/subscribers/<subscriber_id>"
_SUBSCRIPTION = f"{_SUBSCRIBER}/subscriptions/<subscription_id>"


@events.errorhandler(PlatformError)
async def refuse(error: PlatformError) -> Response:
    return _json({"errors": [{"message": error.message}]}, error.status)


@events.before_request
async def check_credentials() -> None:
    pim = current_pim()
    if not pim.has(Feature.EVENT_PLATFORM):
        raise PlatformError(404, "This PIM has no Event Platform.")
    holder = pim.apps.holder(request.headers.get("X-PIM-TOKEN", ""))
    if (
        isinstance(holder, DeadToken)
        or holder.client_id != request.headers.get("X-PIM-CLIENT-ID")
        or request.headers.get("X-PIM-URL", "").rstrip("/") != pim.base_url
    ):
        raise PlatformError(401, "Invalid credentials.")
    if not pim.event_platform.permitted:
        raise PlatformError(403, "The app is not allowed to subscribe to events of this PIM.")
    g.client_id = holder.client_id


@events.post("/subscribers")
async def create_subscriber() -> Response:
    subscriber = _platform().create_subscriber(g.client_id, await _body())
    return _json(show_subscriber(subscriber), 201)


@events.get("/subscribers")
async def list_subscribers() -> Response:
    return _json([show_subscriber(s) for s in _platform().subscribers(g.client_id)])


@events.get(_SUBSCRIBER)
async def get_subscriber(subscriber_id: str) -> Response:
    return _json(show_subscriber(_subscriber(subscriber_id)))


@events.patch(_SUBSCRIBER)
async def change_subscriber(subscriber_id: str) -> Response:
    subscriber = _subscriber(subscriber_id)
    _platform().change_subscriber(subscriber, await _body())
    return _json(show_subscriber(subscriber))


@events.delete(_SUBSCRIBER)
async def delete_subscriber(subscriber_id: str) -> Response:
    _platform().delete_subscriber(_subscriber(subscriber_id))
    return Response(status=204)


@events.post(f"{_SUBSCRIBER}/subscriptions")
async def create_subscription(subscriber_id: str) -> Response:
    subscriber = _subscriber(subscriber_id)
    subscription = _platform().create_subscription(subscriber, await _body())
    return _json(show_subscription(subscription), 201)


@events.get(f"{_SUBSCRIBER}/subscriptions")
async def list_subscriptions(subscriber_id: str) -> Response:
    subscriptions = _subscriber(subscriber_id).subscriptions.values()
    return _json([show_subscription(s) for s in subscriptions])


@events.get(_SUBSCRIPTION)
async def get_subscription(subscriber_id: str, subscription_id: str) -> Response:
    _, subscription = _subscription(subscriber_id, subscription_id)
    return _json(show_subscription(subscription))


@events.patch(_SUBSCRIPTION)
async def change_subscription(subscriber_id: str, subscription_id: str) -> Response:
    _, subscription = _subscription(subscriber_id, subscription_id)
    _platform().change_subscription(subscription, await _body())
    return _json(show_subscription(subscription))


@events.delete(_SUBSCRIPTION)
async def delete_subscription(subscriber_id: str, subscription_id: str) -> Response:
    _platform().delete_subscription(*_subscription(subscriber_id, subscription_id))
    return Response(status=204)


@events.post(f"{_SUBSCRIPTION}/suspend")
async def suspend_subscription(subscriber_id: str, subscription_id: str) -> Response:
    subscriber, subscription = _subscription(subscriber_id, subscription_id)
    _platform().suspend(subscriber, subscription, by="user")
    return _json(show_subscription(subscription))


@events.post(f"{_SUBSCRIPTION}/resume")
async def resume_subscription(subscriber_id: str, subscription_id: str) -> Response:
    subscriber, subscription = _subscription(subscriber_id, subscription_id)
    _platform().resume(subscriber, subscription)
    return _json(show_subscription(subscription))


def _platform() -> EventPlatform:
    return current_pim().event_platform


def _subscriber(subscriber_id: str) -> Subscriber:
    return _platform().subscriber(g.client_id, subscriber_id)


def _subscription(subscriber_id: str, subscription_id: str) -> tuple[Subscriber, Subscription]:
    subscriber = _subscriber(subscriber_id)
    return subscriber, _platform().subscription(subscriber, subscription_id)


async def _body() -> Any:
    if request.mimetype != "application/json":
        raise PlatformError(415, "Content-Type must be application/json.")
    try:
        return msgspec.json.decode(await request.get_data())
    except msgspec.DecodeError:
        raise PlatformError(400, "The body is not valid JSON.") from None


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status=status, content_type="application/json")
