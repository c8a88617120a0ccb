"""The steps of a deletion: each may be done twice, by anybody, and none can be undone."""

import asyncio
from uuid import UUID

import pytest

from quart_passport.cache.memory import MemoryCacheStore
from quart_passport.cache.redis import RedisCacheStore
from quart_passport.cache.store import Gone, Lease
from quart_passport.erasure.deletion import Reason
from quart_passport.errors import Conflict, PimUnavailable, TenantGone
from quart_passport.secret import Secret
from quart_passport.storage.models import (
    DeletionRow,
    TenantRow,
)
from quart_passport.tenancy.connections import AppCredentials
from tests.backends import Core
from tests.erasure.deleting import (
    ORIGIN,
    PRODUCT,
    STEPS,
    Hand,
    active_tenant,
    deletions_of,
    keep_product,
    rows_left,
)


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


async def test_a_slow_worker_does_not_set_a_deletion_back(core: Core) -> None:
    deletions = deletions_of(core, Hand())
    deletion = await deletions._decide(await active_tenant(core), Reason.ASKED)
    slow = await DeletionRow.get(id=deletion.id)
    await deletions.advance(deletion)

    recorded = await deletions._record(slow, "fenced", {"cache": 7})

    assert not recorded
    assert (await DeletionRow.get()).step == "swept"


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
