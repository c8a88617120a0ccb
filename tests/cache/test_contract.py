"""What every cache store promises; each test runs on both."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from quart_passport.cache.store import Absent, CacheStore, Found, Gone, Key, Lease, Scope, Wait
from tests.cache.keeping import body_of, keep, product_key, take_lease

SKU = Key("identifier", "SKU 1/ä")
GTIN = Key("gtin", "04012345678901")


async def test_what_was_filled_is_found_with_its_age(store: CacheStore, scope: Scope) -> None:
    entry = product_key()
    await keep(store, scope, entry, b"\x00body\n\xff", ttl=60, refresh_after=30)

    found = await store.read_or_lease(scope, entry)

    assert isinstance(found, Found)
    assert found.body == b"\x00body\n\xff"
    assert found.refresh is None
    assert 0 <= found.age < 5
    assert 55 < found.remaining <= 60


async def test_an_empty_body_and_a_large_one_come_back(store: CacheStore, scope: Scope) -> None:
    bodies = [b"", b"\n", bytes(range(256)) * 4096]
    for body in bodies:
        entry = product_key()
        await keep(store, scope, entry, body)
        assert await body_of(store, scope, entry) == body


async def test_aliases_lead_to_the_entry(store: CacheStore, scope: Scope) -> None:
    entry = product_key()
    await keep(store, scope, entry, b"body", SKU, GTIN)

    bodies = [await body_of(store, scope, key) for key in (entry, SKU, GTIN)]

    assert bodies == [b"body"] * 3


async def test_the_key_of_the_lease_becomes_an_alias(store: CacheStore, scope: Scope) -> None:
    lease = await take_lease(store, scope, SKU)
    await store.fill(lease, product_key(), b"body", ttl=60, refresh_after=30)

    assert await body_of(store, scope, SKU) == b"body"


async def test_a_renamed_product_is_not_found_under_its_old_name(
    store: CacheStore, scope: Scope
) -> None:
    entry, new = product_key(), Key("identifier", "SKU 2")
    await keep(store, scope, entry, b"old", SKU)
    lease = await take_lease(store, scope, new)
    await store.fill(lease, entry, b"new", ttl=60, refresh_after=30)

    outcome = await store.read_or_lease(scope, SKU)

    assert isinstance(outcome, Lease)
    assert await body_of(store, scope, new) == b"new"


async def test_of_250_readers_at_once_one_gets_the_lease(store: CacheStore, scope: Scope) -> None:
    leases = []
    for _ in range(20):
        entry = product_key()
        outcomes = await asyncio.gather(*(store.read_or_lease(scope, entry) for _ in range(250)))
        leases.append(sum(isinstance(outcome, Lease) for outcome in outcomes))
        assert all(isinstance(outcome, Lease | Wait) for outcome in outcomes)

    bad = sum(count != 1 for count in leases)
    print(f"tried {len(leases)}, bad {bad}")
    assert bad == 0


async def test_a_lease_that_was_given_back_is_free_at_once(store: CacheStore, scope: Scope) -> None:
    entry = product_key()
    lease = await take_lease(store, scope, entry)
    assert await store.read_or_lease(scope, entry) == Wait()

    await store.release(lease)

    assert isinstance(await store.read_or_lease(scope, entry), Lease)


async def test_only_its_holder_gives_a_lease_back(store: CacheStore, scope: Scope) -> None:
    entry = product_key()
    first = await take_lease(store, scope, entry)
    await store.release(first)
    await take_lease(store, scope, entry)

    await store.release(first)

    assert await store.read_or_lease(scope, entry) == Wait()


async def test_a_lease_ends_and_may_still_fill(store: CacheStore, scope: Scope) -> None:
    entry = product_key()
    late = await take_lease(store, scope, entry)
    await store.postpone(late, seconds=0.05)
    await asyncio.sleep(0.1)
    second = await take_lease(store, scope, entry)

    filled = await store.fill(late, entry, b"late", ttl=60, refresh_after=30)

    assert filled
    assert second.token != late.token
    assert await body_of(store, scope, entry) == b"late"


async def test_a_late_fill_leaves_a_younger_lease_alone(store: CacheStore, scope: Scope) -> None:
    late = await take_lease(store, scope, SKU)
    await store.postpone(late, seconds=0.05)
    await asyncio.sleep(0.1)
    await take_lease(store, scope, SKU)
    entry = product_key()
    await store.forget(scope, entry)

    filled = await store.fill(late, entry, b"late", ttl=60, refresh_after=30)

    assert not filled
    assert await store.read_or_lease(scope, SKU) == Wait()


async def test_an_absence_is_remembered_for_its_time(store: CacheStore, scope: Scope) -> None:
    lease = await take_lease(store, scope, SKU)
    await store.fill_absent(lease, "unpublished", seconds=0.5)

    absent = await store.read_or_lease(scope, SKU)
    await asyncio.sleep(0.55)
    later = await store.read_or_lease(scope, SKU)

    assert isinstance(absent, Absent)
    assert absent.reason == "unpublished"
    assert 0 < absent.remaining <= 0.5
    assert isinstance(later, Lease)


async def test_the_time_to_live_is_a_hard_limit(store: CacheStore, scope: Scope) -> None:
    entry = product_key()
    await keep(store, scope, entry, b"body", SKU, ttl=0.3, refresh_after=0.1)
    await asyncio.sleep(0.35)

    outcomes = [await store.read_or_lease(scope, key) for key in (entry, SKU)]

    assert all(isinstance(outcome, Lease) for outcome in outcomes)
    assert await store.count(scope, "product") == 0


async def test_one_reader_is_asked_to_refresh(store: CacheStore, scope: Scope) -> None:
    entry = product_key()
    await keep(store, scope, entry, b"old", SKU, GTIN, ttl=60, refresh_after=0.05)
    await asyncio.sleep(0.1)

    outcomes = await asyncio.gather(
        *(store.read_or_lease(scope, key) for key in (entry, SKU, GTIN) for _ in range(20))
    )

    found = [outcome for outcome in outcomes if isinstance(outcome, Found)]
    assert [outcome.body for outcome in found] == [b"old"] * 60
    assert sum(outcome.refresh is not None for outcome in found) == 1


async def test_a_refresh_replaces_the_entry(store: CacheStore, scope: Scope) -> None:
    entry = product_key()
    await keep(store, scope, entry, b"old", SKU, ttl=60, refresh_after=0.05)
    await asyncio.sleep(0.1)
    due = await store.read_or_lease(scope, SKU)
    assert isinstance(due, Found)
    assert due.refresh is not None
    await store.fill(due.refresh, entry, b"new", ttl=60, refresh_after=30)

    fresh = await store.read_or_lease(scope, SKU)

    assert isinstance(fresh, Found)
    assert (fresh.body, fresh.refresh) == (b"new", None)


@pytest.mark.parametrize("through_alias", [True, False])
async def test_a_refresh_that_finds_nothing_drops_the_entry(
    store: CacheStore, scope: Scope, through_alias: bool
) -> None:
    entry = product_key()
    await keep(store, scope, entry, b"old", SKU, GTIN, ttl=60, refresh_after=0.05)
    await asyncio.sleep(0.1)
    due = await store.read_or_lease(scope, SKU if through_alias else entry)
    assert isinstance(due, Found)
    assert due.refresh is not None

    await store.fill_absent(due.refresh, "unknown", seconds=60)

    bodies = [await body_of(store, scope, key) for key in (entry, SKU, GTIN)]
    assert bodies == [None, None, None]


async def test_a_postponed_refresh_keeps_the_entry_and_asks_nobody(
    store: CacheStore, scope: Scope
) -> None:
    entry = product_key()
    await keep(store, scope, entry, b"old", ttl=60, refresh_after=0.05)
    await asyncio.sleep(0.1)
    due = await store.read_or_lease(scope, entry)
    assert isinstance(due, Found)
    assert due.refresh is not None

    await store.postpone(due.refresh, seconds=0.5)

    early = await store.read_or_lease(scope, entry)
    await asyncio.sleep(0.55)
    later = await store.read_or_lease(scope, entry)
    assert isinstance(early, Found)
    assert isinstance(later, Found)
    assert early.refresh is None
    assert later.refresh is not None


async def test_what_was_forgotten_is_not_found_by_any_name(store: CacheStore, scope: Scope) -> None:
    entry = product_key()
    await keep(store, scope, entry, b"old", SKU)

    await store.forget(scope, entry)

    assert isinstance(await store.read_or_lease(scope, SKU), Lease)
    assert isinstance(await store.read_or_lease(scope, entry), Lease)


@pytest.mark.parametrize("asked", ["entry", "alias"])
async def test_a_look_up_in_flight_cannot_bring_back_what_was_forgotten(
    store: CacheStore, scope: Scope, asked: str
) -> None:
    entry = product_key()
    lease = await take_lease(store, scope, SKU if asked == "alias" else entry)

    await store.forget(scope, entry)
    filled = await store.fill(lease, entry, b"old", ttl=60, refresh_after=30, aliases=(SKU, GTIN))

    assert not filled
    assert await body_of(store, scope, entry) is None
    assert await body_of(store, scope, GTIN) is None


async def test_forgetting_refuses_older_leases_only(store: CacheStore, scope: Scope) -> None:
    entry, other = product_key(), product_key()
    lease = await take_lease(store, scope, other)
    await store.forget(scope, entry)

    later = await take_lease(store, scope, entry)

    assert await store.fill(lease, other, b"other", ttl=60, refresh_after=30)
    assert await store.fill(later, entry, b"new", ttl=60, refresh_after=30)


async def test_an_absence_from_before_the_forgetting_is_refused(
    store: CacheStore, scope: Scope
) -> None:
    entry = product_key()
    lease = await take_lease(store, scope, entry)
    await store.forget(scope, entry)

    assert not await store.fill_absent(lease, "unknown", seconds=60)
    assert isinstance(await store.read_or_lease(scope, entry), Lease)


async def test_clearing_drops_everything_and_refuses_older_leases(
    store: CacheStore, scope: Scope
) -> None:
    entries = [product_key() for _ in range(7)]
    for entry in entries:
        await keep(store, scope, entry, b"body", Key("identifier", entry.name[:8]))
    waiting = await take_lease(store, scope, SKU)

    dropped = await store.clear(scope)

    assert dropped == 7
    assert [await body_of(store, scope, entry) for entry in entries] == [None] * 7
    assert not await store.fill(waiting, product_key(), b"old", ttl=60, refresh_after=30)


@pytest.mark.parametrize("change", ["cleared", "a new generation"])
async def test_nobody_waits_for_what_would_be_refused(
    change: str, store: CacheStore, scope: Scope
) -> None:
    lease = await take_lease(store, scope, SKU)
    await store.postpone(lease, seconds=60)

    if change == "cleared":
        await store.clear(scope)
    else:
        scope = replace(scope, generation=scope.generation + 1)
        await store.open_fence(scope)

    fresh = await take_lease(store, scope, SKU)
    await store.release(lease)
    assert await store.read_or_lease(scope, SKU) == Wait()
    assert await store.fill(fresh, product_key(), b"new", ttl=60, refresh_after=30)


async def test_a_cleared_connection_may_be_filled_again(store: CacheStore, scope: Scope) -> None:
    entry = product_key()
    await keep(store, scope, entry)
    await store.clear(scope)

    await keep(store, scope, entry, b"new")

    assert await body_of(store, scope, entry) == b"new"


async def test_an_outdated_kind_is_served_and_refreshed(store: CacheStore, scope: Scope) -> None:
    entry, structure = product_key(), Key("structure", "families")
    await keep(store, scope, entry, b"old")
    await keep(store, scope, structure, b"as it is")

    await store.outdate(scope, "product")

    due, other = [await store.read_or_lease(scope, key) for key in (entry, structure)]
    assert isinstance(due, Found)
    assert isinstance(other, Found)
    assert (due.body, other.refresh) == (b"old", None)
    assert due.refresh is not None
    await store.fill(due.refresh, entry, b"new", ttl=60, refresh_after=30)
    fresh = await store.read_or_lease(scope, entry)
    assert isinstance(fresh, Found)
    assert (fresh.body, fresh.refresh) == (b"new", None)


async def test_what_was_fetched_while_its_kind_became_outdated_is_due(
    store: CacheStore, scope: Scope
) -> None:
    entry = product_key()
    lease = await take_lease(store, scope, entry)
    await store.outdate(scope, "product")
    await store.fill(lease, entry, b"old", ttl=60, refresh_after=30)

    due = await store.read_or_lease(scope, entry)

    assert isinstance(due, Found)
    assert due.refresh is not None


async def test_entries_are_counted_by_kind(store: CacheStore, scope: Scope) -> None:
    for _ in range(3):
        await keep(store, scope, product_key(), b"body", SKU)
    await keep(store, scope, Key("structure", "families"))
    await store.fill_absent(await take_lease(store, scope, product_key()), "no", seconds=60)

    counts = [await store.count(scope, kind) for kind in ("product", "structure", "media")]

    assert counts == [3, 1, 0]


async def test_without_a_fence_nothing_is_read(store: CacheStore) -> None:
    assert await store.read_or_lease(Scope(uuid4(), 1), product_key()) == Gone()


@pytest.mark.parametrize("generation", [4, 6])
async def test_another_generation_reads_and_fills_nothing(
    store: CacheStore, scope: Scope, generation: int
) -> None:
    entry = product_key()
    await keep(store, scope, entry)
    lease = await take_lease(store, scope, SKU)
    other = Scope(scope.connection, generation)

    outcome = await store.read_or_lease(other, entry)
    stolen = Lease(other, SKU, lease.number + 10, lease.token, lease.lock)

    assert outcome == Gone()
    assert not await store.fill(stolen, product_key(), b"x", ttl=60, refresh_after=30)


async def test_a_newer_generation_drops_what_the_older_held(
    store: CacheStore, scope: Scope
) -> None:
    entry, newer = product_key(), Scope(scope.connection, 6)
    await keep(store, scope, entry)
    lease = await take_lease(store, scope, SKU)

    await store.open_fence(newer)

    assert await store.read_or_lease(scope, entry) == Gone()
    assert isinstance(await store.read_or_lease(newer, entry), Lease)
    assert not await store.fill(lease, entry, b"old", ttl=60, refresh_after=30)


async def test_an_older_generation_does_not_take_over(store: CacheStore, scope: Scope) -> None:
    entry = product_key()
    await keep(store, scope, entry)

    await store.open_fence(Scope(scope.connection, 4))
    await store.open_fence(scope)

    assert await body_of(store, scope, entry) == b"body"


async def test_closing_deletes_all_and_refuses_everything(store: CacheStore, scope: Scope) -> None:
    entry = product_key()
    await keep(store, scope, entry, b"body", SKU)
    lease = await take_lease(store, scope, GTIN)

    deleted = await store.close_fence(scope.connection)

    assert deleted >= 2
    assert await store.read_or_lease(scope, entry) == Gone()
    assert not await store.fill(lease, entry, b"body", ttl=60, refresh_after=30)
    assert not await store.fill_absent(lease, "unknown", seconds=60)
    assert await store.count(scope, "product") == 0
    assert await store.sweep(scope.connection) == 0


@pytest.mark.parametrize(("generation", "reopened"), [(4, False), (5, False), (6, True)])
async def test_only_a_newer_generation_reopens_a_closed_fence(
    store: CacheStore, scope: Scope, generation: int, reopened: bool
) -> None:
    await store.close_fence(scope.connection)
    again = Scope(scope.connection, generation)

    await store.open_fence(again)

    outcome = await store.read_or_lease(again, product_key())
    assert isinstance(outcome, Lease if reopened else Gone)


async def test_a_fence_that_was_closed_unseen_is_never_reopened(store: CacheStore) -> None:
    scope = Scope(uuid4(), 9)
    await store.close_fence(scope.connection)

    await store.open_fence(scope)

    assert await store.read_or_lease(scope, product_key()) == Gone()


async def test_closing_twice_and_dropping_leave_nothing(store: CacheStore, scope: Scope) -> None:
    await keep(store, scope, product_key())

    await store.close_fence(scope.connection)
    again = await store.close_fence(scope.connection)
    await store.drop_fence(scope.connection)

    assert again == 0
    assert await store.read_or_lease(scope, product_key()) == Gone()
    assert await store.sweep(scope.connection) == 0


async def test_after_a_flush_the_fence_is_set_again_and_old_leases_obey_forgetting(
    store: CacheStore, scope: Scope
) -> None:
    entry = product_key()
    lease = await take_lease(store, scope, entry)
    await store.drop_fence(scope.connection)  # as if all data were lost
    await store.forget(scope, entry)
    await store.open_fence(scope)

    filled = await store.fill(lease, entry, b"old", ttl=60, refresh_after=30)

    assert not filled
    await store.sweep(scope.connection)


async def test_two_connections_never_see_each_others_entries(
    store: CacheStore, scope: Scope
) -> None:
    other = Scope(uuid4(), scope.generation)
    await store.open_fence(other)
    keys = [Key("product", str(uuid4())), Key("structure", "families"), Key("media", "a/b.png")]
    for key in keys:
        await keep(store, scope, key, b"mine", SKU)
        await keep(store, other, key, b"theirs", SKU)

    mine = {await body_of(store, scope, key) for key in (*keys, SKU)}
    theirs = {await body_of(store, other, key) for key in (*keys, SKU)}
    await store.close_fence(scope.connection)
    left = {await body_of(store, other, key) for key in (*keys, SKU)}

    assert (mine, theirs, left) == ({b"mine"}, {b"theirs"}, {b"theirs"})


async def test_ping_returns_where_the_store_answers(store: CacheStore) -> None:
    await store.ping()
