from uuid import UUID

import pytest

from quart_passport.egress.address import EgressRules
from quart_passport.egress.fetch import Egress
from quart_passport.errors import (
    PassportError,
    PimForbidden,
    PimInvalidRequest,
    PimNotFound,
    PimProtocolError,
    PimUnauthorized,
    PimUnavailable,
)
from quart_passport.pim.client import PimAccess
from quart_passport.pim.event_platform import EventPlatform
from quart_passport.secret import Secret
from tests.egress.loopback import TLS, answer_of, listening
from tests.pim.conftest import Connected


async def subscribe(platform: EventPlatform, access: PimAccess, client_id: str) -> str:
    return await platform.create_subscriber(
        access,
        client_id,
        name="quart-passport acme",
        technical_email="ops@example.com",
        notification_url="https://p.example/akeneo/notifications/x",
        notification_secret=Secret("a secret of 16 letters or more"),
    )


async def deliver(
    platform: EventPlatform, access: PimAccess, client_id: str, subscriber: str
) -> str:
    return await platform.create_subscription(
        access,
        client_id,
        subscriber,
        url="https://p.example/akeneo/events/x",
        secret=Secret("a secret of 16 letters or more"),
    )


async def test_a_subscription_is_made_and_ended(saas_sandbox: Connected) -> None:
    access = await saas_sandbox.access()
    client_id = saas_sandbox.client_id
    platform = EventPlatform(saas_sandbox.egress, saas_sandbox.pim.event_platform_url)

    subscriber = await subscribe(platform, access, client_id)
    subscription = await deliver(platform, access, client_id, subscriber)

    kept = saas_sandbox.pim.event_platform.subscribers(client_id)[0]
    assert (kept.id, list(kept.subscriptions)) == (subscriber, [subscription])
    assert kept.contact.notification_webhook_secret == "a secret of 16 letters or more"
    assert kept.subscriptions[subscription].config.url == "https://p.example/akeneo/events/x"
    assert "com.akeneo.pim.v1.app.deleted" in kept.subscriptions[subscription].events
    assert kept.subscriptions[subscription].send_product_identifier is False

    # Twice, as a resumed deletion does.
    for _ in range(2):
        await platform.delete_subscription(access, client_id, subscriber, subscription)
    for _ in range(2):
        await platform.delete_subscriber(access, client_id, subscriber)
    assert saas_sandbox.pim.event_platform.subscribers(client_id) == []


async def test_refusals_are_told_apart(saas_sandbox: Connected) -> None:
    access = await saas_sandbox.access()
    platform = EventPlatform(saas_sandbox.egress, saas_sandbox.pim.event_platform_url)
    stranger = PimAccess(access.origin, Secret("unknown-token"), access.connection)

    with pytest.raises(PimUnauthorized):
        await subscribe(platform, stranger, saas_sandbox.client_id)
    with pytest.raises(PimNotFound):
        await deliver(platform, access, saas_sandbox.client_id, str(UUID(int=0)))
    with pytest.raises(PimNotFound):
        await platform.create_subscription(
            access,
            saas_sandbox.client_id,
            "../x",
            url="https://p.example/x",
            secret=Secret("s" * 16),
        )
    with pytest.raises(PimInvalidRequest, match="16 to 256"):
        await platform.create_subscriber(
            access,
            saas_sandbox.client_id,
            name="x",
            technical_email="ops@example.com",
            notification_url="https://p.example/x",
            notification_secret=Secret("short"),
        )
    saas_sandbox.pim.event_platform.permitted = False
    with pytest.raises(PimForbidden):
        await subscribe(platform, access, saas_sandbox.client_id)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (answer_of(b"{}", status="201 Created"), PimProtocolError),
        (answer_of(b'{"id": "../x"}', status="201 Created"), PimProtocolError),
        (answer_of(b'{"id": 7}', status="201 Created"), PimProtocolError),
        (answer_of(b"<html>", "Content-Type: text/html"), PimUnavailable),
        (answer_of(b"", status="500 Oh"), PimUnavailable),
        (b"", PimUnavailable),
    ],
)
async def test_a_platform_that_fails_is_asked_once(
    answer: bytes, error: type[PassportError]
) -> None:
    async with listening(answer) as platform:
        base_url = f"http://127.0.0.1:{platform.port}/api/v1/"
        rules = EgressRules.parse(exempt=[f"127.0.0.1:{platform.port}"])
        async with Egress(rules, ssl_context=TLS) as egress:
            access = PimAccess("https://pim.example.com", Secret("canary-token"), UUID(int=1))
            with pytest.raises(error) as refusal:
                await subscribe(EventPlatform(egress, base_url), access, "id")

    assert platform.connections == 1
    assert platform.heads[0].startswith("post /api/v1/subscribers http/1.1")
    assert "x-pim-url: https://pim.example.com\r\n" in platform.heads[0]
    assert "x-pim-token: canary-token\r\n" in platform.heads[0]
    assert "x-pim-client-id: id\r\n" in platform.heads[0]
    assert "canary" not in str(refusal.value)
