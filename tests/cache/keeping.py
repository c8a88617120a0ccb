"""Short ways to fill a store and to say what came back."""

from uuid import uuid4

from quart_passport.cache.store import CacheStore, Found, Key, Lease, Scope

# Seconds for an answer of Redis: a machine that runs many tests at once is slow, not broken.
PATIENCE = 10.0


def product_key() -> Key:
    return Key("product", str(uuid4()))


async def take_lease(store: CacheStore, scope: Scope, key: Key) -> Lease:
    outcome = await store.read_or_lease(scope, key)
    assert isinstance(outcome, Lease), outcome
    return outcome


async def keep(
    store: CacheStore,
    scope: Scope,
    entry: Key,
    body: bytes = b"body",
    *aliases: Key,
    ttl: float = 60.0,
    refresh_after: float = 30.0,
) -> None:
    lease = await take_lease(store, scope, entry)
    assert await store.fill(
        lease, entry, body, ttl=ttl, refresh_after=refresh_after, aliases=aliases
    )


async def body_of(store: CacheStore, scope: Scope, key: Key) -> bytes | None:
    """What is found, or None for any other outcome."""
    outcome = await store.read_or_lease(scope, key)
    return outcome.body if isinstance(outcome, Found) else None
