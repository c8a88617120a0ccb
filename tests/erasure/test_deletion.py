"""Deleting a tenant: what starts it, and that nothing is left."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from quart_passport.cache.memory import MemoryCacheStore
from quart_passport.cache.store import CacheStore
from quart_passport.editing.declared import apply_declaration, parse_declaration
from quart_passport.erasure.deletion import Reason, utc_now
from quart_passport.erasure.disconnection import CONFIRMATION, Decision, decide_on_refusal
from quart_passport.pim.id_tokens import PimUser
from quart_passport.storage.models import (
    AuthorizationStateRow,
    ConnectionRow,
    DeletionRow,
)
from quart_passport.tenancy.tenant import Tenant
from quart_passport.tenancy.users import remember_user
from tests.dumps import dump_database, dump_folder, dump_redis, hits
from tests.erasure.deleting import (
    PAGE,
    Hand,
    rows_left,
)
from tests.stack import Backend, Stack
from tests.waiting import seconds_until


async def test_the_pims_disconnect_button_ends_everything(shop: Stack) -> None:
    tenant = await shop.connect("acme")
    before = await shop.get(PAGE)
    client = (await shop.services.connections.credentials(tenant)).client_id

    pressed = await shop.browser.post(
        f"{shop.pim.base_url}/apps/{client}/disconnect", headers={"origin": shop.pim.base_url}
    )
    await shop.pim.courier.settled()
    waited = await seconds_until(shop, PAGE, 410)

    assert (before.status_code, pressed.status_code) == (200, 200)
    print(f"the last page ended after {waited:.1f} s")
    assert [delivery.status for delivery in shop.pim.courier.deliveries] == [200]
    assert await rows_left() == {}
    receipt = await DeletionRow.get()
    assert (receipt.reason, receipt.step) == (Reason.REVOKED, "swept")
    assert "acme" not in str(await DeletionRow.all().values())


async def test_the_event_that_the_app_was_deleted_ends_everything(shop: Stack) -> None:
    tenant = await shop.connect("acme")
    client = (await shop.services.connections.credentials(tenant)).client_id

    shop.pim.event_platform.publish("app.deleted", {"app": {"client_id": client}})
    await shop.pim.courier.settled()

    assert (await shop.get(PAGE)).status_code == 410
    assert await rows_left() == {}
    assert (await DeletionRow.get()).reason == Reason.APP_DELETED


async def refused_tenant(shop: Stack, clock: Hand) -> Tenant:
    """Connected without an event platform, disconnected in the PIM, and refused once."""
    shop.pim.event_platform.permitted = False
    tenant = await shop.connect("acme")
    await shop.services.structures.structure_of(tenant)
    shop.services.disconnections._clock = clock
    shop.services.deletions._clock = clock
    app = await shop.services.connections.credentials(tenant)
    assert shop.pim.disconnect(app.client_id)
    answer = await shop.get(PAGE)
    assert answer.status_code == 503
    return tenant


async def test_two_refusals_a_minute_apart_end_everything(shop: Stack) -> None:
    clock = Hand()
    await refused_tenant(shop, clock)

    clock.move(seconds=59)
    early = await shop.services.disconnections.confirm_all()
    still = await rows_left()
    clock.move(seconds=2)
    late = await shop.services.disconnections.confirm_all()

    assert (early, late) == (0, 1)
    assert still
    assert await rows_left() == {}
    assert (await shop.get(PAGE)).status_code == 410
    assert (await DeletionRow.get()).reason == Reason.DISCONNECTED


async def test_a_token_replaced_in_between_clears_the_suspicion(shop: Stack) -> None:
    clock = Hand()
    tenant = await refused_tenant(shop, clock)

    answer = await shop.authorize(tenant)
    clock.move(minutes=5)
    confirmed = await shop.services.disconnections.confirm_all()
    stale = await shop.services.disconnections.refused(tenant)

    assert answer.status_code == 200
    assert (confirmed, stale) == (0, Decision.IGNORE)
    assert await DeletionRow.all().count() == 0


@pytest.mark.parametrize(
    ("fault", "is_noted_still"),
    [("unauthorized", False), ("forbidden", False), ("server_error", True), ("html_error", True)],
)
async def test_another_answer_than_disconnected_deletes_nothing(
    fault: str, is_noted_still: bool, shop: Stack
) -> None:
    clock = Hand()
    await refused_tenant(shop, clock)
    clock.move(seconds=61)
    shop.pim.traffic.play(fault, times=9)

    confirmed = await shop.services.disconnections.confirm_all()

    assert confirmed == 0
    assert await DeletionRow.all().count() == 0
    noted = (await ConnectionRow.get()).disconnected_seen_at is not None
    assert noted is is_noted_still


@pytest.mark.parametrize(
    ("refused", "first_seen", "decision"),
    [
        (1, None, Decision.NOTE),
        (0, None, Decision.IGNORE),
        (1, timedelta(seconds=59), Decision.IGNORE),
        (1, CONFIRMATION, Decision.DELETE),
        (0, CONFIRMATION * 2, Decision.IGNORE),
        (1, -CONFIRMATION, Decision.IGNORE),
    ],
)
def test_one_decision_for_all_refusals(
    refused: int, first_seen: timedelta | None, decision: Decision
) -> None:
    now = utc_now()
    seen = None if first_seen is None else now - first_seen

    made = decide_on_refusal(refused_token=refused, current_token=1, first_seen=seen, now=now)

    assert made is decision


async def test_nothing_of_a_tenant_is_left_anywhere(
    shop: Stack, backend: Backend, tmp_path: Path
) -> None:
    tenant, canaries, sealed = await tenant_full_of_canaries(shop)
    services, store = shop.services, shop.services.store
    stores: tuple[tuple[str, Callable[[], Awaitable[bytes]]], ...] = (
        ("database", lambda: dump_database(backend, tmp_path)),
        ("Redis" if backend.redis_url else "memory", lambda: dump_cache(store, backend)),
        ("data folder", lambda: asyncio.to_thread(dump_folder, tmp_path / "data")),
    )
    found_before = {word for _, dump in stores for word in hits(await dump(), canaries)}

    await services.deletions.delete(tenant, Reason.ASKED)
    await seconds_until(shop, PAGE, 410)
    found_at_once = [(name, hits(await dump(), canaries)) for name, dump in stores]
    services.deletions._clock = lambda: utc_now() + timedelta(days=8)
    await services.deletions.advance_all()
    found_later = [(name, hits(await dump(), canaries)) for name, dump in stores]

    # What is sealed is never readable; all else must have been there, or nothing is shown.
    assert found_before == set(canaries) - sealed
    assert [found for _, found in (*found_at_once, *found_later) if found] == []
    receipt = await DeletionRow.get()
    assert (receipt.step, receipt.connection_id) == ("finished", None)
    words = [str(tenant.connection.id), tenant.connection.id.hex]
    everything = b"".join([await dump() for _, dump in stores])
    assert hits(everything, words) == []
    print(f"stores {len(stores)}, canary words {len(canaries)}, canary hits 0")


async def tenant_full_of_canaries(shop: Stack) -> tuple[Tenant, list[str], set[str]]:
    """A tenant, all words that are its own, and which of them are sealed."""
    uuid = str(shop.pim.products.with_identifier("SF-KULL-01")["uuid"])  # type: ignore[index]
    shop.pim.edit_product(uuid, values={"name": [_text("canary-product")]})
    tenant = await shop.connect("acme")
    services = shop.services
    declaration = parse_declaration(
        f"""
        name = "canary-tenant"
        [[configurations]]
        name = "canary-config"
        brand = "canary-brand"
        channel = "{tenant.configs[0].channel}"
        locales = ["en_US"]
        sections = [{{ attributes = ["name"], title = {{ en_US = "canary-title" }} }}]
        """,
        where="tenant.toml",
    )
    await apply_declaration(
        services.directory, "acme", declaration, services.check_config, where="tenant.toml"
    )
    user = PimUser("canary-sub", "canary@mail.example", "canary-user", "jti", 0.0)
    await remember_user(tenant, user)
    await AuthorizationStateRow.create(
        state_hash="s", browser_hash="b", origin=tenant.origin, expires_at=utc_now()
    )
    await services.directory.reread("acme")
    answer = await shop.get(PAGE)
    assert answer.status_code == 200
    assert "canary-product" in answer.text
    app = await services.connections.credentials(tenant)
    hooks = await services.connections.hook_secrets(tenant.connection.id)
    token = (await services.connections.access(tenant)).token
    sealed = {secret.reveal() for secret in (token, app.client_secret, *hooks)}
    plain = [
        *("canary-product", "canary-tenant", "canary-config", "canary-brand", "canary-title"),
        *("canary-sub", "canary@mail.example", "canary-user", "SF-KULL-01"),
        *(urlsplit(tenant.origin).netloc, app.client_id, "acme"),
        *(tenant.connection.event_hook, tenant.connection.notification_hook),
    ]
    return await services.directory.reread("acme"), [*plain, *sealed], sealed


def _text(text: str) -> dict[str, Any]:
    return {"locale": "en_US", "scope": None, "data": text}


async def dump_cache(store: CacheStore, backend: Backend) -> bytes:
    if isinstance(store, MemoryCacheStore):
        return repr([*store._data.items(), *store._leases, *store._forgotten]).encode()
    return await dump_redis(backend)
