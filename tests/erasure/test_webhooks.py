"""Messages to our webhooks: true ones do what they say, all others change nothing."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from quart_passport.storage.models import DeletionRow, TenantState
from quart_passport.tenancy.tenant import Tenant
from tests.stack import Stack
from tests.waiting import seconds_until

EXAMPLES = Path(__file__).parents[3] / "shared" / "akeneo" / "spec" / "examples" / "events.json"
PRODUCTS = ("SF-KULL-01", "SF-SOLV-OAT-S")


@dataclass
class Message:
    """One delivery, ready to be falsified."""

    url: str
    payload: dict[str, Any]
    secret: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def sign(self) -> "Message":
        self.body = self.body or json.dumps(self.payload).encode()
        signature = hmac.new(self.secret.encode(), self.body, hashlib.sha256).hexdigest()
        self.headers = {
            "content-type": "application/json",
            "x-akeneo-signature-algorithm": "HmacSHA256",
            "x-akeneo-signature-primary": signature,
        } | self.headers
        return self

    async def send(self, browser: httpx.AsyncClient) -> int:
        headers = {name.encode(): text.encode("latin-1") for name, text in self.headers.items()}
        answer = await browser.post(self.url, content=self.body, headers=headers)
        return answer.status_code


async def notice(stack: Stack, tenant: Tenant, **changes: Any) -> Message:
    _, secret = await stack.services.connections.hook_secrets(tenant.connection.id)
    payload = {
        "notification_type": "subscription.revoked",
        "timestamp": datetime.now(UTC).isoformat(),
        "subscription_id": tenant.connection.subscription_id,
        "subscriber_id": tenant.connection.subscriber_id,
        "destination": "https://wherever.example",
        "events": [],
        "subject": f"{tenant.origin}/",
    }
    url = f"{stack.url}/akeneo/notifications/{tenant.connection.notification_hook}"
    return Message(url, payload | changes, secret.reveal())


async def event(stack: Stack, tenant: Tenant, **changes: Any) -> Message:
    secret, _ = await stack.services.connections.hook_secrets(tenant.connection.id)
    payload = {
        "specversion": "1.0",
        "id": "6a2c6ae1-6f7f-4b5c-8f5d-6c1f0c1b7d2e",
        "type": "com.akeneo.pim.v1.product.updated",
        "source": "pim",
        "subject": tenant.connection.subscription_id,
        "time": datetime.now(UTC).isoformat(),
        "data": {"product": {"uuid": uuid_of(stack, PRODUCTS[0])}},
    }
    url = f"{stack.url}/akeneo/events/{tenant.connection.event_hook}"
    return Message(url, payload | changes, secret.reveal())


def uuid_of(stack: Stack, identifier: str) -> str:
    product = stack.pim.products.with_identifier(identifier)
    assert product is not None
    return str(product["uuid"])


async def visit(stack: Stack) -> int:
    """Look at the passports; how many products are kept then, with those that they link to."""
    for product in PRODUCTS:
        answer = await stack.get(f"/t/acme/p/{product}")
        assert answer.status_code == 200, product
    held = await kept(stack, await stack.services.directory.find("acme"))
    assert held >= len(PRODUCTS)
    return held


async def kept(stack: Stack, tenant: Tenant) -> int:
    return await stack.services.store.count(tenant.connection.scope, "product")


def unsigned(message: Message) -> None:
    del message.headers["x-akeneo-signature-primary"]


def changed_signature(change: Callable[[str], str]) -> Callable[[Message], None]:
    def falsify(message: Message) -> None:
        name = "x-akeneo-signature-primary"
        message.headers[name] = change(message.headers[name])

    return falsify


def reserialised(message: Message) -> None:
    message.body = json.dumps(json.loads(message.body), separators=(",", ":")).encode()


def another_body(message: Message) -> None:
    message.body = message.body.replace(b"product", b"Product").replace(b"revoked", b"revokeD")


def another_algorithm(message: Message) -> None:
    message.headers["x-akeneo-signature-algorithm"] = "HmacSHA512"


def no_algorithm(message: Message) -> None:
    del message.headers["x-akeneo-signature-algorithm"]


def huge(message: Message) -> None:
    message.body += b" " * (1024 * 1024)


FALSIFIED: dict[str, Callable[[Message], None]] = {
    "unsigned": unsigned,
    "empty signature": changed_signature(lambda _: ""),
    "upper case": changed_signature(str.upper),
    "truncated": changed_signature(lambda text: text[:32]),
    "lengthened": changed_signature(lambda text: text + "00"),
    "last digit": changed_signature(lambda text: text[:-1] + ("0" if text[-1] != "0" else "1")),
    "first digit": changed_signature(lambda text: ("0" if text[0] != "0" else "1") + text[1:]),
    "zeros": changed_signature(lambda _: "0" * 64),
    "not ASCII": changed_signature(lambda text: text[:-1] + "\xe9"),
    "re-serialised": reserialised,
    "another body": another_body,
    "another algorithm": another_algorithm,
    "no algorithm": no_algorithm,
    "huge": huge,
}
WRONG_NOTICES: dict[str, dict[str, Any]] = {
    "old": {"timestamp": (datetime.now(UTC) - timedelta(minutes=20)).isoformat()},
    "future": {"timestamp": (datetime.now(UTC) + timedelta(days=1)).isoformat()},
    "no zone": {"timestamp": "2026-01-01T00:00:00"},
    "no time": {"timestamp": "now"},
    "another subscription": {"subscription_id": "00000000-0000-4000-8000-000000000000"},
    "no subscription": {"subscription_id": ""},
    "another subscriber": {"subscriber_id": "00000000-0000-4000-8000-000000000000"},
    "another PIM": {"subject": "https://other.cloud.akeneo.com"},
    "no text": {"subscription_id": None},
}
WRONG_EVENTS: dict[str, dict[str, Any]] = {
    "another subscription": {"subject": "00000000-0000-4000-8000-000000000000"},
    "no subscription": {"subject": ""},
    "data of another kind": {"data": []},
    "another app": {
        "type": "com.akeneo.pim.v1.app.deleted",
        "data": {"app": {"client_id": "another"}},
    },
    "no app": {"type": "com.akeneo.pim.v1.app.deleted", "data": {}},
    "an odd app": {"type": "com.akeneo.pim.v1.app.deleted", "data": {"app": {"client_id": 7}}},
}


async def test_forged_messages_are_refused_and_change_nothing(stack: Stack) -> None:
    tenant, other = await stack.connect("acme"), await stack.connect("other", pim=1)
    held = await visit(stack)
    browser, tried = stack.browser, 0

    for make in (notice, event):
        for name, falsify in FALSIFIED.items():
            message = (await make(stack, tenant)).sign()
            falsify(message)
            status = await message.send(browser)
            assert status == (413 if name == "huge" else 401), (make.__name__, name)
        foreign = await make(stack, other)
        mine = await make(stack, tenant)
        mine.secret = foreign.secret
        assert await mine.sign().send(browser) == 401
        mine = (await make(stack, tenant)).sign()
        mine.url = foreign.url
        assert await mine.send(browser) == 401
        mine.url = mine.url[:-1] + ("0" if mine.url[-1] != "0" else "1")
        assert await mine.send(browser) == 404
        tried += len(FALSIFIED) + 3
    for changes in WRONG_NOTICES.values():
        assert await (await notice(stack, tenant, **changes)).sign().send(browser) == 401
    for changes in WRONG_EVENTS.values():
        assert await (await event(stack, tenant, **changes)).sign().send(browser) == 401, changes
    for body in (b"", b"null", b"[]", b"{", b"[" * 100_000, b"\xff", b'{"a":1}'):
        for make in (notice, event):
            message = await make(stack, tenant)
            message.body = body or b" "
            assert await message.sign().send(browser) == 401
    tried += len(WRONG_NOTICES) + len(WRONG_EVENTS) + 14

    assert await kept(stack, tenant) == held
    assert await DeletionRow.all().count() == 0
    for slug in ("acme", "other"):
        assert (await stack.services.directory.find(slug)).state is TenantState.ACTIVE
    print(f"forged {tried}, accepted 0, changes 0")


async def test_the_platform_may_ask_whether_a_hook_is_there(shop: Stack) -> None:
    tenant = await shop.connect("acme")
    urls = [(await make(shop, tenant)).url for make in (notice, event)]

    answers = [await shop.browser.head(url) for url in urls]
    unknown = await shop.browser.head(urls[0][:-4] + "ffff")
    wrong = await shop.browser.put(urls[0])

    assert [answer.status_code for answer in answers] == [200, 200]
    assert (unknown.status_code, wrong.status_code) == (404, 405)


async def test_a_true_event_forgets_exactly_that_product(shop: Stack) -> None:
    tenant = await shop.connect("acme")
    held = await visit(shop)

    status = await (await event(shop, tenant)).sign().send(shop.browser)

    assert status == 200
    assert await kept(shop, tenant) == held - 1
    shop.pim.traffic.reset()
    # By other addresses than before, which nobody remembers.
    await shop.get(f"/t/acme/p/{uuid_of(shop, PRODUCTS[1])}")
    assert shop.pim.traffic.total.by_group["products"] == 0
    await shop.get(f"/t/acme/p/{uuid_of(shop, PRODUCTS[0])}")
    assert shop.pim.traffic.total.by_group["products"] == 1


async def test_an_edit_in_the_pim_shows_at_once(shop: Stack) -> None:
    await shop.connect("acme")
    await visit(shop)

    shop.pim.edit_product(uuid_of(shop, PRODUCTS[0]), enabled=False)
    await shop.pim.courier.settled()

    assert [delivery.status for delivery in shop.pim.courier.deliveries] == [200]
    await seconds_until(shop, f"/t/acme/p/{PRODUCTS[0]}", 404)


async def test_events_that_do_not_concern_us_are_accepted_and_left_alone(shop: Stack) -> None:
    tenant = await shop.connect("acme")
    held = await visit(shop)
    others: list[dict[str, Any]] = [
        # The task is about that product, which did not change.
        {"type": "com.akeneo.pim.v1.workflow.task.created"},
        {"type": "com.akeneo.pim.v1.family.updated", "data": {"family": {"code": "x"}}},
        {"type": "another.kind"},
        {"data": {}},
        {"data": {"product": None}},
        {"data": {"product": {"uuid": "none"}}},
        {"data": {"product": {"uuid": 7}}},
        {"data": {"product": {}}},
    ]

    statuses = [
        await (await event(shop, tenant, **one)).sign().send(shop.browser) for one in others
    ]

    assert statuses == [200] * len(others)
    assert await kept(shop, tenant) == held


async def test_every_published_event_is_accepted(shop: Stack) -> None:
    if not EXAMPLES.exists():
        pytest.skip(f"the published examples are not at {EXAMPLES}")
    tenant = await shop.connect("acme")
    events = json.loads(EXAMPLES.read_text())["events"]
    # Of our own app it would be the end.
    del events["com.akeneo.pim.v1.app.deleted"]

    statuses = [
        await (await event(shop, tenant, type=name, data=one["data"])).sign().send(shop.browser)
        for name, one in events.items()
    ]

    print(f"events {len(statuses)}, accepted {statuses.count(200)}")
    assert statuses == [200] * 36
    assert (await shop.services.directory.reread("acme")).state is TenantState.ACTIVE


async def test_a_second_signature_counts_while_a_secret_is_changed(shop: Stack) -> None:
    tenant = await shop.connect("acme")
    held = await visit(shop)
    message = (await event(shop, tenant)).sign()
    true = message.headers.pop("x-akeneo-signature-primary")
    message.headers |= {
        "x-akeneo-signature-primary": "0" * 64,
        "x-akeneo-signature-secondary": true,
    }

    assert await message.send(shop.browser) == 200
    assert await kept(shop, tenant) == held - 1


async def test_a_suspended_subscription_deletes_nothing(shop: Stack) -> None:
    tenant = await shop.connect("acme")

    for kind in ("subscription.suspended.system", "subscription.resumed", "anything"):
        message = await notice(shop, tenant, notification_type=kind)
        assert await message.sign().send(shop.browser) == 200

    assert (await shop.services.directory.find("acme")).state is TenantState.ACTIVE


async def test_many_replays_of_an_event_do_no_more_than_one(shop: Stack) -> None:
    tenant = await shop.connect("acme")
    held = await visit(shop)
    message = (await event(shop, tenant)).sign()

    statuses = {await message.send(shop.browser) for _ in range(30)}

    assert statuses == {200}
    assert await kept(shop, tenant) == held - 1
    assert msgspec.json.decode(message.body)["subject"] == tenant.connection.subscription_id
