"""Disconnection, the Event Platform and what it sends."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from quart import Quart, Response, request

from quart_passport.sandbox import SandboxApp
from tests.sandbox.conftest import SCOPES, AppSide, uuid_of
from tests.serving import Served, serving

NOTIFICATION_SECRET = "a-shared-secret-of-16-to-256-chars"
PRIMARY, SECONDARY = "averysecretprimarysecret", "the-rotated-secondary-secret"
EVENTS = ["com.akeneo.pim.v1.product.updated", "com.akeneo.pim.v1.app.deleted"]


@dataclass
class Inbox:
    """What a webhook has received; `answers` are given in turn, then 200."""

    url: str
    answers: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]


def inbox_app(inboxes: dict[str, Inbox], url: str) -> Quart:
    app = Quart(__name__)

    @app.post("/<name>")
    async def receive(name: str) -> Response:
        inbox = inboxes[name]
        body = await request.get_data()
        assert isinstance(body, bytes)
        inbox.bodies.append(body)
        inbox.headers.append(dict(request.headers))
        return Response(status=inbox.answers.pop(0) if inbox.answers else 200)

    for name in ("events", "notifications"):
        inboxes[name] = Inbox(f"{url}/{name}")
    return app


@pytest.fixture
async def inboxes() -> AsyncIterator[dict[str, Inbox]]:
    found: dict[str, Inbox] = {}
    async with serving(lambda url: inbox_app(found, url)):
        yield found


@dataclass
class Platform:
    """The Management API with an app's credentials."""

    app: AppSide
    pim: Served[SandboxApp]

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {
            "X-PIM-URL": self.pim.url + "/",
            "X-PIM-TOKEN": self.app.token,
            "X-PIM-CLIENT-ID": self.app.client_id,
        }
        url = f"{self.pim.app.pim.event_platform_url}/{path}"
        return await self.app.http.request(method, url, json=body, headers=headers)

    async def subscribe(self, inboxes: dict[str, Inbox]) -> tuple[str, str]:
        subscriber = await self.call("POST", "subscribers", subscriber_body(inboxes))
        assert subscriber.status_code == 201, subscriber.text
        subscriber_id = subscriber.json()["id"]
        subscription = await self.call(
            "POST",
            f"subscribers/{subscriber_id}/subscriptions",
            subscription_body(self.pim.url, inboxes),
        )
        assert subscription.status_code == 201, subscription.text
        return subscriber_id, subscription.json()["id"]


def subscriber_body(inboxes: dict[str, Inbox]) -> dict[str, Any]:
    return {
        "name": "passports",
        "contact": {
            "technical_email": "ops@example.com",
            "notification_channels": ["webhook", "email"],
            "notification_webhook_url": inboxes["notifications"].url,
            "notification_webhook_secret": NOTIFICATION_SECRET,
        },
    }


def subscription_body(pim_url: str, inboxes: dict[str, Inbox]) -> dict[str, Any]:
    return {
        "source": "pim",
        "subject": pim_url,
        "type": "https",
        "events": EVENTS,
        "send_product_identifier": False,
        "config": {
            "url": inboxes["events"].url,
            "secret": {"primary": PRIMARY, "secondary": SECONDARY},
            "headers": {"X-Tenant": "tenant-a"},
        },
    }


def signature(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.fixture
def platform(connected: AppSide, pim: Served[SandboxApp]) -> Platform:
    pim.app.pim.courier.pauses = (0.01, 0.01)
    return Platform(connected, pim)


async def test_a_disconnected_token_gets_the_long_message_everywhere(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    assert pim.app.pim.disconnect(connected.client_id)

    for path in ("products-uuid", "channels", "media-files/x", "products/x"):
        answer = await connected.get(path)
        assert answer.status_code == 401
        assert answer.json()["message"] == (
            "The access token provided is invalid. Your app has been disconnected from that PIM."
        )


async def test_a_disconnected_app_may_be_connected_again_with_a_new_token(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    old = connected.token
    pim.app.pim.disconnect(connected.client_id)

    await connected.connect()

    assert connected.token != old
    assert (await connected.get("channels")).status_code == 200


async def test_a_code_dies_with_the_connection(connected: AppSide, pim: Served[SandboxApp]) -> None:
    form = connected.token_form(await connected.code())

    pim.app.pim.disconnect(connected.client_id)
    answer = await connected.exchange(form)

    assert answer.json() == {"error": "invalid_grant"}


async def test_disconnecting_tells_each_subscription_in_a_signed_notification(
    platform: Platform, inboxes: dict[str, Inbox]
) -> None:
    subscriber_id, first = await platform.subscribe(inboxes)
    body = subscription_body(platform.pim.url, inboxes)
    second = await platform.call("POST", f"subscribers/{subscriber_id}/subscriptions", body)

    platform.pim.app.pim.disconnect(platform.app.client_id)
    await platform.pim.app.pim.courier.settled()

    inbox = inboxes["notifications"]
    assert {message["subscription_id"] for message in inbox.messages} == {
        first,
        second.json()["id"],
    }
    for message, raw, headers in zip(inbox.messages, inbox.bodies, inbox.headers, strict=True):
        assert message["notification_type"] == "subscription.revoked"
        assert message["subscriber_id"] == subscriber_id
        assert message["destination"] == inboxes["events"].url
        assert message["events"] == EVENTS
        assert message["subject"].rstrip("/") == platform.pim.url
        assert message["timestamp"] == "2026-09-21T14:13:20Z"
        assert headers["X-Akeneo-Signature-Primary"] == signature(NOTIFICATION_SECRET, raw)
        assert headers["X-Akeneo-Signature-Algorithm"] == "HmacSHA256"
        assert headers["User-Agent"] == "akeneo/event-platform"


async def test_the_token_is_dead_before_the_notification_arrives(
    platform: Platform, inboxes: dict[str, Inbox]
) -> None:
    await platform.subscribe(inboxes)

    platform.pim.app.pim.disconnect(platform.app.client_id)
    answers = await asyncio.gather(
        platform.app.get("channels"), platform.call("GET", "subscribers")
    )

    assert [answer.status_code for answer in answers] == [401, 401]
    await platform.pim.app.pim.courier.settled()


@pytest.mark.parametrize(
    ("answers", "attempts"),
    [([], 1), ([503], 2), ([429, 500], 3), ([500, 500, 500], 3), ([404], 1), ([302], 1)],
)
async def test_a_notification_is_tried_three_times_at_most(
    platform: Platform, inboxes: dict[str, Inbox], answers: list[int], attempts: int
) -> None:
    await platform.subscribe(inboxes)
    inboxes["notifications"].answers = answers

    platform.pim.app.pim.disconnect(platform.app.client_id)
    await platform.pim.app.pim.courier.settled()

    assert len(inboxes["notifications"].bodies) == attempts


async def test_app_deleted_goes_first_only_when_switched_on(
    platform: Platform, inboxes: dict[str, Inbox]
) -> None:
    _, subscription_id = await platform.subscribe(inboxes)
    platform.pim.app.pim.announces_deletion = True

    platform.pim.app.pim.disconnect(platform.app.client_id)
    await platform.pim.app.pim.courier.settled()

    (event,) = inboxes["events"].messages
    assert event["type"] == "com.akeneo.pim.v1.app.deleted"
    assert event["subject"] == subscription_id
    assert event["data"]["app"] == {"client_id": platform.app.client_id}


async def test_an_edited_product_is_announced_and_signed_with_both_keys(
    platform: Platform, inboxes: dict[str, Inbox]
) -> None:
    _, subscription_id = await platform.subscribe(inboxes)
    values = {"color": [{"locale": None, "scope": None, "data": None}]}

    platform.pim.app.pim.edit_product(uuid_of("plain"), values=values, enabled=False)
    await platform.pim.app.pim.courier.settled()
    product = (await platform.app.get(f"products-uuid/{uuid_of('plain')}")).json()

    (event,), (raw,), (headers,) = (
        inboxes["events"].messages,
        inboxes["events"].bodies,
        inboxes["events"].headers,
    )
    assert event["specversion"] == "1.0"
    assert event["type"] == "com.akeneo.pim.v1.product.updated"
    assert event["subject"] == subscription_id
    assert event["data"]["product"] == {"uuid": uuid_of("plain")}
    assert headers["X-Akeneo-Signature-Primary"] == signature(PRIMARY, raw)
    assert headers["X-Akeneo-Signature-Secondary"] == signature(SECONDARY, raw)
    assert headers["X-Tenant"] == "tenant-a"
    assert product["enabled"] is False
    assert "color" not in product["values"]
    assert product["updated"] == "2026-09-21T14:13:20+00:00"


@pytest.mark.parametrize("status", [404, 308])
async def test_a_destination_that_is_gone_or_moves_is_suspended_at_once(
    platform: Platform, inboxes: dict[str, Inbox], status: int
) -> None:
    subscriber_id, subscription_id = await platform.subscribe(inboxes)
    inboxes["events"].answers = [status]

    platform.pim.app.pim.edit_product(uuid_of("plain"), enabled=True)
    await platform.pim.app.pim.courier.settled()
    path = f"subscribers/{subscriber_id}/subscriptions/{subscription_id}"
    shown = await platform.call("GET", path)
    resumed = await platform.call("POST", f"{path}/resume")
    await platform.pim.app.pim.courier.settled()

    assert shown.json()["status"] == "suspended"
    assert resumed.json()["status"] == "active"
    assert [m["notification_type"] for m in inboxes["notifications"].messages] == [
        "subscription.suspended.system",
        "subscription.resumed",
    ]


async def test_secrets_are_never_shown_again(platform: Platform, inboxes: dict[str, Inbox]) -> None:
    subscriber_id, subscription_id = await platform.subscribe(inboxes)

    shown = [
        await platform.call("GET", "subscribers"),
        await platform.call("GET", f"subscribers/{subscriber_id}"),
        await platform.call("GET", f"subscribers/{subscriber_id}/subscriptions"),
        await platform.call("GET", f"subscribers/{subscriber_id}/subscriptions/{subscription_id}"),
    ]

    for answer in shown:
        assert answer.status_code == 200
        for secret in (NOTIFICATION_SECRET, PRIMARY, SECONDARY, "tenant-a"):
            assert secret not in answer.text


async def test_a_change_keeps_what_it_does_not_name(
    platform: Platform, inboxes: dict[str, Inbox]
) -> None:
    subscriber_id, subscription_id = await platform.subscribe(inboxes)
    path = f"subscribers/{subscriber_id}/subscriptions/{subscription_id}"

    answer = await platform.call("PATCH", path, {"config": {"secret": {"primary": "a-new-key"}}})
    platform.pim.app.pim.edit_product(uuid_of("plain"), enabled=True)
    await platform.pim.app.pim.courier.settled()

    inbox = inboxes["events"]
    assert answer.json()["config"]["url"] == inbox.url
    assert inbox.headers[0]["X-Akeneo-Signature-Primary"] == signature("a-new-key", inbox.bodies[0])


async def test_what_was_deleted_is_no_longer_there(
    platform: Platform, inboxes: dict[str, Inbox]
) -> None:
    subscriber_id, subscription_id = await platform.subscribe(inboxes)
    subscription = f"subscribers/{subscriber_id}/subscriptions/{subscription_id}"

    calls = [
        ("DELETE", subscription),
        ("GET", subscription),
        ("DELETE", f"subscribers/{subscriber_id}"),
        ("GET", f"subscribers/{subscriber_id}"),
    ]
    answers = [await platform.call(method, path) for method, path in calls]

    assert [answer.status_code for answer in answers] == [204, 404, 204, 404]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": ""}, 422),
        ({"contact": {}}, 422),
        ({"contact": {"technical_email": "a@b", "notification_channels": ["webhook"]}}, 422),
        (
            {
                "contact": {
                    "technical_email": "a@b",
                    "notification_channels": ["webhook"],
                    "notification_webhook_url": "https://x.example/",
                    "notification_webhook_secret": "too short",
                }
            },
            422,
        ),
    ],
)
async def test_a_bad_subscriber_is_refused(
    platform: Platform, inboxes: dict[str, Inbox], change: dict[str, Any], status: int
) -> None:
    answer = await platform.call("POST", "subscribers", subscriber_body(inboxes) | change)

    assert answer.status_code == status
    assert answer.json()["errors"][0]["message"]


async def test_the_event_platform_wants_the_checkbox_and_the_right_credentials(
    platform: Platform, inboxes: dict[str, Inbox]
) -> None:
    platform.pim.app.pim.event_platform.permitted = False
    unticked = await platform.call("POST", "subscribers", subscriber_body(inboxes))
    platform.pim.app.pim.event_platform.permitted = True
    platform.app.client_id = "another"
    stranger = await platform.call("GET", "subscribers")

    assert (unticked.status_code, stranger.status_code) == (403, 401)


async def test_one_app_does_not_see_the_subscribers_of_another(
    platform: Platform, inboxes: dict[str, Inbox]
) -> None:
    subscriber_id, _ = await platform.subscribe(inboxes)
    other = platform.pim.app.pim.apps.register("O", "http://o.example/a", "http://o.example/c")
    stranger = AppSide(platform.app.http, other.client_id, other.client_secret)
    await stranger.connect(SCOPES)

    answer = await Platform(stranger, platform.pim).call("GET", f"subscribers/{subscriber_id}")

    assert answer.status_code == 404
