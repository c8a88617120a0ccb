"""What only the store in Redis promises: what its keys say, damage, and a server in trouble."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import redis.asyncio

from quart_passport.cache.redis import RedisCacheStore
from quart_passport.cache.store import Found, Gone, Key, Lease, Scope, Wait
from quart_passport.errors import CacheUnavailable, SettingsError
from tests.cache.keeping import PATIENCE, body_of, keep, product_key, take_lease
from tests.servers import running_redis

SKU = Key("identifier", "SKU-0815")
GTIN = Key("gtin", "04012345678901")


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[RedisCacheStore]:
    made = RedisCacheStore.connect(redis_url, time_limit=PATIENCE)
    yield made
    await made.aclose()


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    async with redis.asyncio.from_url(redis_url) as made:
        yield made


@pytest.fixture
async def scope(store: RedisCacheStore) -> Scope:
    made = Scope(uuid4(), 5)
    await store.open_fence(made)
    return made


async def _keys(client: redis.asyncio.Redis) -> list[str]:
    return sorted([key.decode() async for key in client.scan_iter("*")])


async def _value(client: redis.asyncio.Redis, key: str) -> bytes:
    value = await client.get(key)
    assert isinstance(value, bytes)
    return value


async def test_after_the_time_to_live_no_key_of_the_product_is_left(
    store: RedisCacheStore, scope: Scope, client: redis.asyncio.Redis
) -> None:
    for _ in range(20):
        await keep(store, scope, product_key(), b"body", SKU, GTIN, ttl=0.3, refresh_after=0.1)
    before = await _keys(client)

    await asyncio.sleep(0.4)

    prefix = f"qp:{{{scope.connection}}}:"
    after = await _keys(client)
    assert len(before) > 20
    assert set(after) <= {f"{prefix}fence", f"{prefix}ix", f"{prefix}ix:marks"}


async def test_only_the_fence_has_no_expiry(
    store: RedisCacheStore, scope: Scope, client: redis.asyncio.Redis
) -> None:
    await keep(store, scope, product_key(), b"body", SKU)
    await store.forget(scope, product_key())
    await store.outdate(scope, "product")
    await store.fill_absent(await take_lease(store, scope, GTIN), "unknown", seconds=60)
    await take_lease(store, scope, product_key())

    lasting = [key for key in await _keys(client) if await client.pttl(key) < 0]

    assert lasting == [f"qp:{{{scope.connection}}}:fence"]


async def test_no_key_and_no_index_says_an_identifier(
    store: RedisCacheStore, scope: Scope, client: redis.asyncio.Redis
) -> None:
    media = Key("media", "a/b/SKU-0815.png")
    await keep(store, scope, product_key(), b"body", SKU, GTIN)
    await keep(store, scope, media, b"picture")
    await take_lease(store, scope, Key("identifier", "SKU-0815-b"))
    await store.forget(scope, media)

    indexes = [key for key in await _keys(client) if ":ix" in key]
    members = [str(member) for key in indexes for member in await client.zrange(key, 0, -1)]

    said = " ".join([*await _keys(client), *members])
    assert len(indexes) == 2
    assert "0815" not in said
    assert GTIN.name not in said


async def test_every_key_of_a_connection_lies_on_one_slot(
    store: RedisCacheStore, scope: Scope, client: redis.asyncio.Redis
) -> None:
    await keep(store, scope, product_key(), b"body", SKU)
    await store.forget(scope, product_key())

    keys = await _keys(client)

    assert len(keys) >= 5
    assert all(key.startswith(f"qp:{{{scope.connection}}}:") for key in keys)


async def test_damaged_entries_are_misses(
    store: RedisCacheStore, scope: Scope, client: redis.asyncio.Redis
) -> None:
    chance, bad, tried = random.Random(3), 0, 200
    for number in range(tried):
        entry, body = product_key(), chance.randbytes(chance.randint(0, 300))
        alias = Key("identifier", f"SKU {number}")
        await keep(store, scope, entry, body, alias)
        names = [key for key in await _keys(client) if f"{scope.connection}}}:5:" in key]
        victim = chance.choice(names)
        raw = bytearray(await _value(client, victim))
        if chance.random() < 0.5:
            raw = raw[: chance.randrange(len(raw))]
        else:
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        await client.set(victim, bytes(raw), keepttl=True)

        through = entry if "product" in victim else alias
        outcome = await store.read_or_lease(scope, through)
        bad += not isinstance(outcome, Lease)
        bad += await client.exists(victim)
        await store.clear(scope)

    print(f"tried {tried}, bad {bad}")
    assert bad == 0


async def test_values_that_were_exchanged_by_hand_are_misses(
    store: RedisCacheStore, scope: Scope, client: redis.asyncio.Redis
) -> None:
    other, entry = Scope(uuid4(), scope.generation), product_key()
    await store.open_fence(other)
    await keep(store, scope, entry, b"mine")
    await keep(store, other, entry, b"theirs")
    mine, theirs = [f"qp:{{{one.connection}}}:5:product:{entry.name}" for one in (scope, other)]

    await client.set(mine, await _value(client, theirs), keepttl=True)

    assert isinstance(await store.read_or_lease(scope, entry), Lease)
    assert await body_of(store, other, entry) == b"theirs"


async def test_an_entry_without_an_end_is_a_miss(
    store: RedisCacheStore, scope: Scope, client: redis.asyncio.Redis
) -> None:
    entry = product_key()
    await keep(store, scope, entry)

    await client.persist(f"qp:{{{scope.connection}}}:5:product:{entry.name}")

    assert isinstance(await store.read_or_lease(scope, entry), Lease)


async def test_an_entry_whose_end_was_put_off_is_a_miss(
    store: RedisCacheStore, scope: Scope, client: redis.asyncio.Redis
) -> None:
    entry = product_key()
    await keep(store, scope, entry, ttl=60)

    await client.expire(f"qp:{{{scope.connection}}}:5:product:{entry.name}", 90)

    assert isinstance(await store.read_or_lease(scope, entry), Lease)


async def test_a_key_of_another_type_is_a_miss(
    store: RedisCacheStore, scope: Scope, client: redis.asyncio.Redis
) -> None:
    entry = product_key()
    await client.hset(f"qp:{{{scope.connection}}}:5:product:{entry.name}", "a", "b")

    assert isinstance(await store.read_or_lease(scope, entry), Lease)


async def test_a_damaged_entry_that_was_due_is_free_for_the_next(
    store: RedisCacheStore, scope: Scope, client: redis.asyncio.Redis
) -> None:
    entry = product_key()
    await keep(store, scope, entry, b"body", ttl=60, refresh_after=0.01)
    await asyncio.sleep(0.02)
    key = f"qp:{{{scope.connection}}}:5:product:{entry.name}"
    await client.set(key, (await _value(client, key))[:-1], keepttl=True)

    assert isinstance(await store.read_or_lease(scope, entry), Lease)


async def test_sweeping_finds_what_no_index_lists(
    store: RedisCacheStore, scope: Scope, client: redis.asyncio.Redis
) -> None:
    await keep(store, scope, product_key(), b"body", SKU)
    await client.delete(f"qp:{{{scope.connection}}}:ix")
    await store.close_fence(scope.connection)

    swept = await store.sweep(scope.connection)

    assert swept == 2
    assert await _keys(client) == [f"qp:{{{scope.connection}}}:fence"]


async def test_numbers_do_not_start_over_after_all_data_were_lost(
    store: RedisCacheStore, scope: Scope, client: redis.asyncio.Redis
) -> None:
    entry = product_key()
    for _ in range(20):
        await store.forget(scope, product_key())
    lease = await take_lease(store, scope, entry)
    await client.flushall()
    await store.open_fence(scope)
    await store.forget(scope, entry)

    assert not await store.fill(lease, entry, b"old", ttl=60, refresh_after=30)


async def test_forgetting_without_a_fence_leaves_nothing_that_lasts(
    store: RedisCacheStore, client: redis.asyncio.Redis
) -> None:
    await store.forget(Scope(uuid4(), 1), product_key())

    keys = await _keys(client)

    assert len(keys) == 2
    assert all([0 < await client.pttl(key) <= 60_000 for key in keys])


async def test_scripts_are_loaded_again_after_the_server_lost_them(
    store: RedisCacheStore, scope: Scope, client: redis.asyncio.Redis
) -> None:
    entry = product_key()
    await keep(store, scope, entry)

    await client.script_flush()

    assert await body_of(store, scope, entry) == b"body"


async def test_a_visitor_who_leaves_while_looking_takes_no_lease_along(
    store: RedisCacheStore, scope: Scope
) -> None:
    bad, tried = 0, 100
    for number in range(tried):
        entry = product_key()
        look = asyncio.create_task(store.read_or_lease(scope, entry))
        for _ in range(number % 12):
            await asyncio.sleep(0)
        look.cancel()
        await asyncio.wait({look})
        mine = await store.read_or_lease(scope, entry) if look.cancelled() else look.result()
        bad += mine == Wait()

    print(f"tried {tried}, bad {bad}")
    assert bad == 0


async def test_answers_never_get_mixed_up_when_visitors_leave(
    store: RedisCacheStore, scope: Scope
) -> None:
    entries = [product_key() for _ in range(40)]
    for entry in entries:
        await keep(store, scope, entry, entry.name.encode())
    chance, bad = random.Random(5), 0

    for _ in range(10):
        looks = {asyncio.create_task(store.read_or_lease(scope, key)): key for key in entries}
        await asyncio.sleep(chance.random() * 0.01)
        for look in chance.sample(list(looks), 20):
            look.cancel()
        await asyncio.wait(looks)
        for look, key in looks.items():
            if not look.cancelled():
                found = look.result()
                bad += not isinstance(found, Found) or found.body != key.name.encode()

    print(f"tried {10 * len(entries)}, bad {bad}")
    assert bad == 0


async def test_a_full_server_still_serves_what_it_has() -> None:
    with running_redis() as server:
        store, scope, due = (
            RedisCacheStore.connect(server.url, time_limit=PATIENCE),
            Scope(uuid4(), 1),
            product_key(),
        )
        await store.open_fence(scope)
        await keep(store, scope, due, b"body", ttl=60, refresh_after=0.01)
        async with redis.asyncio.from_url(server.url) as client:
            await client.config_set("maxmemory", "1")
        await asyncio.sleep(0.02)

        for _ in range(5):
            with pytest.raises(CacheUnavailable, match="refuses"):
                await store.read_or_lease(scope, product_key())
        found = await store.read_or_lease(scope, due)

        assert isinstance(found, Found)
        assert (found.body, found.refresh) == (b"body", None)
        await store.aclose()


async def test_a_full_server_still_forgets_clears_and_closes() -> None:
    with running_redis() as server:
        store, scope = RedisCacheStore.connect(server.url, time_limit=PATIENCE), Scope(uuid4(), 1)
        await store.open_fence(scope)
        entries = [product_key() for _ in range(3)]
        for entry in entries:
            await keep(store, scope, entry)
        lease = await take_lease(store, scope, SKU)
        async with redis.asyncio.from_url(server.url) as client:
            await client.config_set("maxmemory", "1")

        await store.forget(scope, entries[0])
        with pytest.raises(CacheUnavailable):
            await store.fill(lease, entries[1], b"new", ttl=60, refresh_after=30)
        cleared = await store.clear(scope)
        await store.close_fence(scope.connection)

        assert cleared == 2
        assert await store.read_or_lease(scope, entries[2]) == Gone()
        await store.aclose()


async def test_a_server_that_hangs_costs_three_time_limits_and_heals() -> None:
    with running_redis() as server:
        store, scope = RedisCacheStore.connect(server.url), Scope(uuid4(), 1)
        await store.open_fence(scope)
        server.pause()
        started = time.monotonic()
        for _ in range(50):
            with pytest.raises(CacheUnavailable):
                await store.ping()
        lost = time.monotonic() - started
        server.resume()

        print(f"50 calls lost {lost:.2f} s")
        assert lost < 1.5
        await store.aclose()


async def test_who_waits_for_a_turn_waits_while_others_are_answered(store: RedisCacheStore) -> None:
    store._time_limit, others = 0.2, 0

    async def late() -> str:
        await asyncio.sleep(0.5)
        return "late"

    waiting = asyncio.create_task(store._ask(late))
    while not waiting.done():
        await store.ping()
        others += 1
        await asyncio.sleep(0.02)

    assert waiting.result() == "late"
    assert others > 3
    with pytest.raises(CacheUnavailable, match="TimeoutError"):
        await store._ask(late)


async def test_a_process_that_was_held_up_does_not_take_redis_for_down(
    store: RedisCacheStore, scope: Scope
) -> None:
    entry = product_key()
    await keep(store, scope, entry)
    store._time_limit = 0.1

    look = asyncio.create_task(store.read_or_lease(scope, entry))
    for _ in range(3):
        await asyncio.sleep(0)
    time.sleep(0.3)

    assert isinstance(await look, Found)


async def test_a_closed_port_fails_at_once() -> None:
    store = RedisCacheStore.connect("redis://127.0.0.1:1/0")
    started = time.monotonic()

    with pytest.raises(CacheUnavailable, match="ConnectionError"):
        await store.read_or_lease(Scope(uuid4(), 1), SKU)

    assert time.monotonic() - started < 0.3
    await store.aclose()


@pytest.mark.parametrize("policy", ["noeviction", "volatile-lru", "volatile-lfu"])
async def test_a_policy_that_spares_fences_is_approved(policy: str) -> None:
    with running_redis("--maxmemory-policy", policy) as server:
        store = RedisCacheStore.connect(server.url, time_limit=PATIENCE)
        assert await store.check() is None
        await store.aclose()


async def test_a_policy_that_may_evict_fences_is_refused() -> None:
    with running_redis("--maxmemory-policy", "allkeys-lru") as server:
        store = RedisCacheStore.connect(server.url, time_limit=PATIENCE)
        with pytest.raises(SettingsError, match="allkeys-lru"):
            await store.check()
        await store.aclose()


async def test_a_policy_that_evicts_marks_first_is_pointed_out() -> None:
    with running_redis("--maxmemory-policy", "volatile-ttl") as server:
        store = RedisCacheStore.connect(server.url, time_limit=PATIENCE)
        note = await store.check()
        assert note is not None
        assert "volatile-lru" in note
        await store.aclose()


async def test_a_server_that_hides_its_settings_is_noted() -> None:
    with running_redis("--rename-command", "CONFIG", "") as server:
        store = RedisCacheStore.connect(server.url, time_limit=PATIENCE)
        note = await store.check()
        assert note is not None
        assert "maxmemory-policy" in note
        await store.aclose()


def test_a_bad_address_is_refused_without_its_password() -> None:
    with pytest.raises(SettingsError) as refused:
        RedisCacheStore.connect("http://user:hunter2@127.0.0.1/0")

    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("kind", ["", "Product", "a:b", "5"])
async def test_a_kind_that_could_be_mistaken_is_refused(
    store: RedisCacheStore, scope: Scope, kind: str
) -> None:
    with pytest.raises(ValueError, match="kind"):
        await store.read_or_lease(scope, Key(kind, "x"))
