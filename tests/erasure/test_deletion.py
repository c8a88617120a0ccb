"""Deleting a tenant: what starts it, that it cannot be undone, and that nothing is left."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from quart_passport.cache.memory import MemoryCacheStore
from quart_passport.cache.redis import RedisCacheStore
from quart_passport.cache.store import CacheStore, Gone, Key, Lease, Scope
from quart_passport.editing.declared import apply_declaration, parse_declaration
from quart_passport.erasure.deletion import Deletions, Reason, utc_now
from quart_passport.erasure.disconnection import CONFIRMATION, Decision, decide_on_refusal
from quart_passport.errors import Conflict, PimUnavailable, TenantGone
from quart_passport.pim.id_tokens import PimUser
from quart_passport.secret import Secret
from quart_passport.storage import models
from quart_passport.storage.models import (
    AuthorizationStateRow,
    ConnectionRow,
    DeletionRow,
    TenantRow,
)
from quart_passport.tenancy.connections import AppCredentials
from quart_passport.tenancy.tenant import Tenant
from quart_passport.tenancy.users import remember_user
from tests.backends import Core
from tests.dumps import dump_database, dump_folder, dump_redis, hits
from tests.stack import Backend, Stack
from tests.waiting import seconds_until

PAGE = "/t/acme/p/SF-KULL-01"
ORIGIN = "https://acme.cloud.akeneo.com"
TENANT_TABLES = (
    *(models.TenantRow, models.ConnectionRow, models.PassportConfigRow),
    *(models.UserRow, models.AuthorizationStateRow),
)
PRODUCT = Key("product", "one")
STEPS = ("fenced", "unsubscribed", "erased", "swept", "swept again", "finished")


class Hand:
    """A wall clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **time: float) -> None:
        self.now += timedelta(**time)


async def rows_left() -> dict[str, int]:
    counts = {table.__name__: await table.all().count() for table in TENANT_TABLES}
    return {name: count for name, count in counts.items() if count}


async def no_subscription(_connection: UUID) -> None:
    """There is nothing to end."""


async def active_tenant(core: Core, slug: str = "acme", origin: str = ORIGIN) -> Tenant:
    connection = await core.connections.register(origin, slug=slug)
    await core.connections.keep_token(connection, Secret("a-token"), frozenset())
    tenant = await core.directory.find(slug)
    await core.fences.open(tenant)
    return tenant


async def keep_product(store: CacheStore, scope: Scope) -> None:
    lease = await store.read_or_lease(scope, PRODUCT)
    assert isinstance(lease, Lease)
    assert await store.fill(lease, PRODUCT, b"data", ttl=600, refresh_after=300)


def deletions_of(core: Core, clock: Callable[[], datetime], **others: Any) -> Deletions:
    store = others.pop("store", core.store)
    unsubscribe = others.pop("unsubscribe", no_subscription)
    return Deletions(store, core.slugs, unsubscribe, clock=clock)


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


async def test_each_step_may_be_done_twice(core: Core) -> None:
    clock = Hand()
    deletions = deletions_of(core, clock)
    tenant = await active_tenant(core)
    await keep_product(core.store, tenant.connection.scope)
    deletion = await deletions._decide(tenant, Reason.ASKED)

    done = []
    for step in deletions._steps:
        clock.now = max(clock.now, step.due_at(deletion))
        await step.run(deletion)
        counts = await step.run(deletion)
        assert await deletions._record(deletion, step.name, counts)
        done.append(step.name)

    assert tuple(done) == STEPS
    assert await rows_left() == {}
    assert (await DeletionRow.get()).finished_at == clock.now


@pytest.mark.parametrize("last_done", ["decided", *STEPS[:-1]])
async def test_another_worker_goes_on_after_a_crash_at_any_step(last_done: str, core: Core) -> None:
    clock = Hand()
    tenant = await active_tenant(core)
    crashed = deletions_of(core, clock)
    deletion = await crashed._decide(tenant, Reason.ASKED)
    for step in crashed._steps:
        if deletion.step == last_done:
            # Done, but the process dies before it can say so.
            await step.run(deletion)
            break
        await step.run(deletion)
        await crashed._record(deletion, step.name, {})

    clock.move(days=8)
    carried_on = await deletions_of(core, clock).advance_all()

    assert carried_on == 1
    assert await rows_left() == {}
    receipt = await DeletionRow.get()
    assert (receipt.step, receipt.connection_id) == ("finished", None)
    with pytest.raises(TenantGone):
        await core.directory.find("acme")


async def test_later_steps_wait_for_their_time(core: Core) -> None:
    clock = Hand()
    deletions = deletions_of(core, clock)
    await deletions.delete(await active_tenant(core), Reason.ASKED)

    reached = [(await DeletionRow.get()).step]
    for seconds in (59, 2, 3500, 100):
        clock.move(seconds=seconds)
        await deletions.advance_all()
        reached.append((await DeletionRow.get()).step)

    assert reached == ["swept", "swept", "swept again", "swept again", "finished"]
    assert await deletions.advance_all() == 0


async def test_deleting_at_the_same_time_is_one_deletion(core: Core) -> None:
    clock = Hand()
    tenant = await active_tenant(core)

    outcomes = await asyncio.gather(
        *(deletions_of(core, clock).delete(tenant, Reason.ASKED) for _ in range(6)),
        return_exceptions=True,
    )

    receipts = {outcome for outcome in outcomes if isinstance(outcome, UUID)}
    errors = {type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)}
    assert len(receipts) == 1
    assert errors <= {TenantGone}
    assert await rows_left() == {}
    assert (await DeletionRow.get()).step == "swept"


async def test_workers_that_carry_on_side_by_side_finish_once(core: Core) -> None:
    clock = Hand()
    await deletions_of(core, clock).delete(await active_tenant(core), Reason.ASKED)
    clock.move(days=8)

    await asyncio.gather(*(deletions_of(core, clock).advance_all() for _ in range(6)))

    receipt = await DeletionRow.get()
    assert (receipt.step, receipt.connection_id) == ("finished", None)
    assert receipt.finished_at == clock.now


async def test_only_that_tenant_is_deleted(core: Core) -> None:
    clock = Hand()
    mine = await active_tenant(core)
    other = await active_tenant(core, "other", "https://other.cloud.akeneo.com")
    for tenant in (mine, other):
        await core.connections.keep_credentials(
            tenant.connection.id, AppCredentials("id", Secret("secret"))
        )
        await keep_product(core.store, tenant.connection.scope)
    before = await core.directory.find("other")

    await deletions_of(core, clock).delete(mine, Reason.ASKED)

    assert await core.directory.find("other") == before
    assert await core.store.count(other.connection.scope, "product") == 1


@pytest.mark.parametrize("failure", [PimUnavailable("down"), TenantGone("gone"), None])
async def test_a_pim_that_does_not_let_us_unsubscribe_stops_nothing(
    failure: Exception | None, core: Core
) -> None:
    async def unsubscribe(_connection: UUID) -> None:
        if failure is not None:
            raise failure
        # Longer than the event platform waits for our answer.
        await asyncio.sleep(30)

    clock = Hand()
    deletions = deletions_of(core, clock, unsubscribe=unsubscribe)
    async with asyncio.timeout(5):
        await deletions.delete(await active_tenant(core), Reason.REVOKED)

    assert await rows_left() == {}
    assert (await DeletionRow.get()).counts["unsubscribed"] == 0


async def test_a_change_made_just_before_cannot_open_the_fence_again(core: Core) -> None:
    clock = Hand()
    await active_tenant(core)
    await core.connections.begin_cache_anew((await core.directory.find("acme")).connection.id)
    # The change is committed, and its fence about to be opened, when the deletion comes.
    changed = await core.directory.reread("acme")

    await deletions_of(core, clock).delete(changed, Reason.ASKED)
    await core.fences.open(changed)

    outcome = await core.store.read_or_lease(changed.connection.scope, PRODUCT)
    assert isinstance(outcome, Gone)


async def test_a_fill_under_way_does_not_survive(core: Core) -> None:
    clock = Hand()
    tenant = await active_tenant(core)
    lease = await core.store.read_or_lease(tenant.connection.scope, PRODUCT)
    assert isinstance(lease, Lease)

    await deletions_of(core, clock).delete(tenant, Reason.ASKED)

    assert not await core.store.fill(lease, PRODUCT, b"data", ttl=60, refresh_after=30)


async def test_the_cache_of_another_process_is_closed_in_its_next_round(core: Core) -> None:
    """Decided by a command, while the pages are served from another process's memory."""
    if not isinstance(core.store, MemoryCacheStore):
        return
    clock = Hand()
    tenant = await active_tenant(core)
    await keep_product(core.store, tenant.connection.scope)
    serving = deletions_of(core, clock)

    await deletions_of(core, clock, store=MemoryCacheStore()).delete(tenant, Reason.ASKED)
    held = len(core.store._data)
    await serving.advance_all()

    assert (held, len(core.store._data)) == (1, 0)


async def test_the_cache_may_be_down_when_the_deletion_is_decided(core: Core) -> None:
    clock = Hand()
    tenant = await active_tenant(core)
    await keep_product(core.store, tenant.connection.scope)
    # Nothing listens there.
    down = RedisCacheStore.connect("redis://127.0.0.1:1/0")

    await deletions_of(core, clock, store=down).delete(tenant, Reason.ASKED)
    step, left = (await DeletionRow.get()).step, await rows_left()
    held = await core.store.count(tenant.connection.scope, "product")
    with pytest.raises(TenantGone):
        await core.directory.find_published("acme")
    clock.move(seconds=5)
    await deletions_of(core, clock).advance_all()

    assert (step, left, held) == ("erased", {}, 1)
    assert (await DeletionRow.get()).step == "swept"
    outcome = await core.store.read_or_lease(tenant.connection.scope, PRODUCT)
    assert isinstance(outcome, Gone)
    assert await core.store.close_fence(tenant.connection.id) == 0
    await down.aclose()


async def test_a_pending_tenant_is_deleted_too(core: Core) -> None:
    await core.connections.register(ORIGIN, slug="acme")
    tenant = await core.directory.find("acme")

    await deletions_of(core, Hand()).delete(tenant, Reason.ASKED)

    assert await rows_left() == {}
    assert await TenantRow.all().count() == 0
    with pytest.raises(Conflict):
        await core.connections.register("https://other.cloud.akeneo.com", slug="acme")
