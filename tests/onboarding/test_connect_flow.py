"""Connecting a PIM: what proves a merchant, what is kept, and what is refused."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from tortoise.expressions import F

from quart_passport.erasure.deletion import Reason
from quart_passport.errors import AuthorizationRefused, Conflict
from quart_passport.onboarding.states import Attempt, AuthorizationStates, Ticket, utc_now
from quart_passport.sandbox import Catalog
from quart_passport.secret import Secret
from quart_passport.storage.models import (
    AuthorizationStateRow,
    ConnectionRow,
    TenantRow,
    TenantState,
    UserRow,
)
from quart_passport.tenancy.connections import AppCredentials
from quart_passport.tenancy.tenant import Tenant
from tests.backends import Core
from tests.onboarding.merchant import begin, callback_of, consent, published_app, query_of
from tests.stack import Backend, Stack

HOSTILE = [
    "",
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https://evil.example\\@pim.cloud.akeneo.com",
    "https://pim.cloud.akeneo.com@evil.example",
    "https://pim.cloud.akeneo.com:x@evil.example",
    "https://evil.example#.cloud.akeneo.com",
    "https://evil.example?.cloud.akeneo.com",
    "https://evil.example/.cloud.akeneo.com",
    "https://evil.example%2f.cloud.akeneo.com",
    "https://evil.example%23.cloud.akeneo.com",
    "https://evil.example%00.cloud.akeneo.com",
    "https://evil.example\x00.cloud.akeneo.com",
    "https://evil.example\t.cloud.akeneo.com",
    "https://evil.example\r\nLocation: https://evil.example",
    "https://cloud.akeneo.com.evil.example",
    "https://evilcloud.akeneo.com",
    "https://cloud.akeneo.com",
    "https://.cloud.akeneo.com",
    "https://pim..cloud.akeneo.com",
    "https://pim.cloud.akeneo.com.",
    "https://pim.cloud.akeneo.com:8443",
    "http://pim.cloud.akeneo.com",
    "ftp://pim.cloud.akeneo.com",
    "javascript:alert(1)//.cloud.akeneo.com",
    "data:text/html,x.cloud.akeneo.com",
    "https://pim.cloud.akeneo.com/../../evil.example",
    "https://pim.cloud.akeneo.com?next=https://evil.example",
    "https://pim.cloud.akeneo.com#@evil.example",
    "https://127.0.0.1",
    "https://2130706433",
    "https://0x7f.1",
    "https://[::1]",
    "https://localhost",
    "https://pim。cloud。akeneo。com.evil.example",
    "https://" + "a" * 9000 + ".cloud.akeneo.com",
    "pim.cloud.akeneo.com",
]


@pytest.fixture
async def published(tmp_path: Path, backend: Backend, clothing: Catalog) -> AsyncIterator[Stack]:
    async with published_app(tmp_path, backend, clothing) as running:
        yield running


async def token_of(stack: Stack, tenant: Tenant) -> str:
    return (await stack.services.connections.access(tenant)).token.reveal()


def token_requests(stack: Stack) -> int:
    return stack.pim.traffic.total.by_route["token"]


async def test_a_custom_app_connects_and_its_user_is_known(shop: Stack) -> None:
    tenant = await shop.register("acme")

    answer = await shop.authorize(tenant)
    connected = await shop.services.directory.reread("acme")

    assert answer.status_code == 200
    assert connected.state is TenantState.ACTIVE
    assert connected.connection.id == tenant.connection.id
    assert "read_products" in connected.connection.scopes
    assert connected.configs
    assert connected.gtin_attribute
    assert connected.connection.subscription_id
    (user,) = await UserRow.filter(tenant_id=tenant.id)
    assert user.sub
    # Spent, and no more of use to anybody.
    assert await AuthorizationStateRow.all().count() == 0
    assert "qp-connect" not in shop.browser.cookies


async def test_the_published_app_registers_its_pim_by_itself(published: Stack) -> None:
    callback = await callback_of(published, None)

    answer = await published.browser.get(callback)
    (tenant,) = await published.services.directory.list_all()

    assert answer.status_code == 200
    assert tenant.state is TenantState.ACTIVE
    assert tenant.origin == published.pim.base_url
    assert not tenant.connection.has_credentials
    assert tenant.connection.subscription_id


async def test_a_pim_with_a_custom_app_is_not_taken_over_by_the_published_one(
    published: Stack,
) -> None:
    tenant = await published.register("acme")

    answer = await begin(published, None)

    assert answer.status_code == 409
    assert "location" not in answer.headers
    assert not (await published.services.directory.find("acme")).connection.is_authorized
    assert tenant.connection.has_credentials


@pytest.mark.parametrize("door", ["published", "custom"])
async def test_no_hostile_pim_url_redirects_anywhere(door: str, published: Stack) -> None:
    tenant = await published.register("acme") if door == "custom" else None
    own = ("127.0.0.1", httpx.URL(published.pim.base_url).port)

    places = []
    for pim_url in HOSTILE:
        answer = await begin(published, tenant, pim_url or " ")
        assert answer.status_code in {400, 403, 404, 414}, (pim_url, answer.status_code)
        if location := answer.headers.get("location"):
            places.append((httpx.URL(location).host, httpx.URL(location).port))

    assert [place for place in places if place != own] == []
    assert await AuthorizationStateRow.all().count() == 0
    print(f"hostile addresses {len(HOSTILE)}, redirects elsewhere 0")


async def test_a_custom_apps_door_opens_for_its_own_pim_only(stack: Stack) -> None:
    tenant = await stack.register("acme", pim=0)

    answer = await begin(stack, tenant, stack.pims[1].url)

    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_an_installation_without_a_published_app_has_no_such_door(shop: Stack) -> None:
    answer = await begin(shop, None)

    assert answer.status_code == 400
    assert "tenants add" in answer.text


async def test_a_custom_app_without_credentials_says_who_has_to_give_them(shop: Stack) -> None:
    connection = await shop.services.connections.register(shop.pim.base_url, slug="acme")
    tenant = await shop.services.directory.find_by_connection(connection)

    answer = await begin(shop, tenant)

    assert answer.status_code == 403
    assert "tenants credentials acme" in answer.text


async def test_an_unknown_connection_has_no_door(shop: Stack) -> None:
    door = f"{shop.url}/akeneo/{uuid4()}"

    activate = await shop.browser.get(f"{door}/activate", params={"pim_url": shop.pim.base_url})
    callback = await shop.browser.get(f"{door}/callback", params={"state": "s", "code": "c"})

    assert activate.status_code == 404
    # Without the cookie of an attempt nothing is even looked up.
    assert callback.status_code == 403


async def test_a_callback_that_proves_nothing_asks_the_pim_for_no_token(shop: Stack) -> None:
    tenant = await shop.register("acme")
    callback = httpx.URL(await callback_of(shop, tenant))
    cookies = dict(shop.browser.cookies)
    shop.browser.cookies.clear()

    async def try_(url: httpx.URL | str, cookie: dict[str, str] = cookies) -> int:
        async with httpx.AsyncClient(trust_env=False, cookies=cookie) as somebody:
            return (await somebody.get(url)).status_code

    attempts = {
        "no state": try_(callback.copy_remove_param("state")),
        "no code": try_(callback.copy_remove_param("code")),
        "empty state": try_(callback.copy_set_param("state", "")),
        "no cookie": try_(callback, {}),
        "unknown state": try_(callback.copy_set_param("state", "x" * 43)),
        "odd state": try_(callback.copy_set_param("state", "\U0001f600\x00" * 99)),
        "another browser": try_(callback, {"qp-connect": "y" * 43}),
        "afterwards": try_(callback),
    }
    statuses = {name: await attempt for name, attempt in attempts.items()}

    assert statuses == dict.fromkeys(attempts, 403)
    assert token_requests(shop) == 0
    assert not (await shop.services.directory.find("acme")).connection.is_authorized


async def test_a_state_begun_at_one_door_is_refused_at_another(stack: Stack) -> None:
    tenant, other = await stack.register("acme"), await stack.register("other", pim=1)
    callback = await callback_of(stack, tenant)

    answer = await stack.browser.get(
        callback.replace(str(tenant.connection.id), str(other.connection.id))
    )

    assert answer.status_code == 403
    assert "another connection" in answer.text
    assert token_requests(stack) == 0


async def test_a_hundred_callbacks_at_once_ask_for_one_token(shop: Stack) -> None:
    tenant = await shop.register("acme")
    callback = await callback_of(shop, tenant)

    answers = await asyncio.gather(*(shop.browser.get(callback) for _ in range(100)))

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == 1
    assert statuses.count(403) == 99
    assert token_requests(shop) == 1
    print("callbacks 100, token requests 1")


async def test_a_state_is_good_for_ten_minutes(core: Core) -> None:
    now = utc_now()
    states = AuthorizationStates(clock=lambda: now)
    attempt = Attempt("https://acme.cloud.akeneo.com", None)
    early, late = await states.issue(attempt), await states.issue(attempt)

    now += timedelta(minutes=9, seconds=59)
    spent = await states.spend(early, None)
    now += timedelta(seconds=2)
    with pytest.raises(AuthorizationRefused, match="longer than ten minutes"):
        await states.spend(late, None)

    assert spent == attempt


async def test_a_ticket_is_spent_by_any_use_of_it(core: Core) -> None:
    states = AuthorizationStates()
    ticket = await states.issue(Attempt("https://acme.cloud.akeneo.com", None))

    with pytest.raises(AuthorizationRefused, match="another browser"):
        await states.spend(Ticket(ticket.state, "another"), None)
    with pytest.raises(AuthorizationRefused, match="not known or was used"):
        await states.spend(ticket, None)


async def test_old_attempts_do_not_pile_up(core: Core) -> None:
    now = utc_now()
    states = AuthorizationStates(clock=lambda: now)
    attempt = Attempt("https://acme.cloud.akeneo.com", None)
    for _ in range(5):
        await states.issue(attempt)

    now += timedelta(minutes=11)
    young = await states.issue(attempt)
    expired = await states.expire()

    assert expired == 5
    assert await states.spend(young, None) == attempt


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ("openid read_products", "did not grant read_attribute_options"),
        ("openid read_products write_products delete_products", "more than reading"),
        ("openid", "did not grant"),
    ],
)
async def test_other_scopes_than_reading_are_refused_and_nothing_is_kept(
    scope: str, said: str, shop: Stack
) -> None:
    tenant = await shop.register("acme")
    callback = await callback_of(shop, tenant, scope=scope)

    answer = await shop.browser.get(callback)

    assert answer.status_code == 403
    assert said in answer.text
    found = await shop.services.directory.find("acme")
    assert (found.state, found.connection.is_authorized) == (TenantState.PENDING, False)


async def test_nothing_is_kept_of_a_pim_that_cannot_vouch_for_its_user(shop: Stack) -> None:
    tenant = await shop.register("acme")
    callback = await callback_of(shop, tenant)
    shop.pim.traffic.play("server_error", times=9, route="public-key")

    answer = await shop.browser.get(callback)

    assert answer.status_code in {403, 503}
    found = await shop.services.directory.find("acme")
    assert (found.state, found.connection.is_authorized) == (TenantState.PENDING, False)
    assert await UserRow.all().count() == 0


async def test_a_client_secret_that_does_not_fit_is_told(shop: Stack) -> None:
    tenant = await shop.register("acme")
    app = await shop.services.connections.credentials(tenant)
    await shop.services.connections.keep_credentials(
        tenant.connection.id, AppCredentials(app.client_id, Secret("wrong"))
    )

    answer = await shop.browser.get(await callback_of(shop, tenant))

    assert answer.status_code == 403
    assert "client id and secret" in answer.text


@pytest.mark.parametrize("extra", ["", " read_categories"])
async def test_reauthorizing_replaces_the_token_and_keeps_everything_else(
    extra: str, shop: Stack
) -> None:
    before = await shop.connect("acme")
    token, users = await token_of(shop, before), await UserRow.all().values_list("id", "sub")
    await TenantRow.filter(id=before.id).update(state=TenantState.SUSPENDED, name="Renamed")
    beginning = await begin(shop, before)
    asked = query_of(beginning.headers["location"])["scope"]

    callback = await consent(shop, beginning.headers["location"], scope=asked + extra)
    answer = await shop.browser.get(callback)
    after = await shop.services.directory.reread("acme")

    assert answer.status_code == 200
    assert (await token_of(shop, after) != token) is bool(extra)
    assert after.connection.token_number == before.connection.token_number + 1
    assert (after.id, after.connection.id) == (before.id, before.connection.id)
    assert (after.configs, after.gtin_attribute) == (before.configs, before.gtin_attribute)
    assert (after.name, after.state) == ("Renamed", TenantState.ACTIVE)
    assert await UserRow.all().values_list("id", "sub") == users
    # One live subscription, the new one.
    assert after.connection.subscription_id != before.connection.subscription_id
    client = (await shop.services.connections.credentials(after)).client_id
    (subscriber,) = shop.pim.event_platform.subscribers(client)
    assert list(subscriber.subscriptions) == [after.connection.subscription_id]


async def test_a_pim_without_an_event_platform_connects_too(shop: Stack) -> None:
    shop.pim.event_platform.permitted = False

    tenant = await shop.connect("acme")

    assert tenant.state is TenantState.ACTIVE
    assert tenant.connection.subscription_id == ""


async def test_nobody_connects_during_a_deletion(shop: Stack) -> None:
    tenant = await shop.register("acme")
    callback = await callback_of(shop, tenant)
    await TenantRow.all().update(state=TenantState.DELETING)

    activate, finish = await begin(shop, tenant), await shop.browser.get(callback)

    for answer in (activate, finish):
        assert answer.status_code == 409
        assert "is being deleted; connect again in a few minutes" in answer.text
    assert token_requests(shop) == 0
    row = await ConnectionRow.get(id=tenant.connection.id)
    assert row.token is None


async def test_reconnecting_after_a_deletion_brings_back_nothing_but_the_slug(
    stack: Stack,
) -> None:
    before = await stack.connect("acme")
    await TenantRow.filter(id=before.id).update(ttl=F("ttl") + 1)
    await stack.services.deletions.delete(before, Reason.ASKED)

    with pytest.raises(Conflict, match="belongs to another PIM"):
        await stack.services.connections.register(stack.pims[1].url, slug="acme")
    gone = await stack.get("/t/acme/p/SF-KULL-01")
    after = await stack.connect("acme")
    back = await stack.get("/t/acme/p/SF-KULL-01")

    assert (gone.status_code, back.status_code) == (410, 200)
    assert after.origin == before.origin
    assert after.id != before.id
    assert after.connection.id != before.connection.id
    assert after.connection.generation > before.connection.generation
    assert after.connection.event_hook != before.connection.event_hook
    assert after.ttl == before.ttl
    assert await UserRow.all().count() == 1
