"""The cache store in Redis, shared by all workers (Redis 6.2 or newer).

Each step that must not be divided is one script (`lua/`); what the keys are called is in
`redis_names.py`, how values are wrapped in `envelope.py`.
"""

import asyncio
import contextlib
import functools
import secrets
from collections.abc import Awaitable, Callable, Mapping
from importlib import resources
from types import MappingProxyType
from typing import Any, Self
from uuid import UUID

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from quart_passport.cache.breaker import Breaker
from quart_passport.cache.envelope import Envelope
from quart_passport.cache.redis_names import checked_kind, name_of, owner_of, prefix_of
from quart_passport.cache.store import (
    FORGOTTEN_SECONDS,
    LEASE_SECONDS,
    PLACE_SECONDS,
    Absent,
    Found,
    Gone,
    Key,
    Lease,
    Outcome,
    Scope,
    Wait,
    check_companions,
    seconds_in_line,
)
from quart_passport.errors import CacheUnavailable, SettingsError

# Seconds of silence after which Redis counts as down: a page that has to do without it should still
# come quickly. Among many calls, or behind large bodies, one may wait for its turn for longer, up
# to so many times the limit, as long as others are answered.
_TIME_LIMIT = 0.2
_TURNS = 5
# Each call holds one for well under a millisecond, and a crowd waits for its turn.
_MAX_CONNECTIONS = 32
# Seconds. A loop that wakes up later than this was at something else.
_LOOP_LATE = 0.02
# A damaged value is removed and looked up anew; an alias and its entry may both be damaged.
_LOOKS = 3
_SCRIPTS = (
    "advance", "close", "count", "fill", "forget", "hold", "look", "open", "purge",
    "take_slot", "give_back_slot", "pause_slots",
)  # fmt: skip


class RedisCacheStore:
    """A CacheStore on a Redis server. Time is the server's own."""

    def __init__(self, client: Redis, *, time_limit: float = _TIME_LIMIT) -> None:
        self._client = client
        self._time_limit = time_limit
        self._breaker = Breaker()
        # When anything was answered last, on the loop's clock.
        self._answered = 0.0
        self._scripts = {name: client.register_script(_source(name)) for name in _SCRIPTS}

    @classmethod
    def connect(cls, url: str, *, time_limit: float = _TIME_LIMIT) -> Self:
        """A store that connects when it is first asked; see `check` and `ping`."""
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=_MAX_CONNECTIONS,
                timeout=time_limit * _TURNS,
                # The defaults try ten times over seconds, while a visitor waits.
                retry=Retry(NoBackoff(), 0),
                socket_connect_timeout=time_limit,
                socket_timeout=time_limit * _TURNS,
            )
        except ValueError:
            # Without the cause, whose text may hold the password.
            raise SettingsError(
                ["REDIS_URL is not an address of a Redis server; write redis://host:6379/0"]
            ) from None
        return cls(Redis.from_pool(pool), time_limit=time_limit)

    async def check(self) -> str | None:
        """A sentence for the operator if the server's eviction policy could not be approved.

        SettingsError if the policy would throw away fences, without which nothing is published.
        """
        try:
            answer = await self._ask(lambda: self._client.config_get("maxmemory-policy"))
        except CacheUnavailable as error:
            if isinstance(error.__cause__, ResponseError):
                return (
                    "Redis does not let its settings be read. "
                    "Make sure that maxmemory-policy is noeviction or volatile-lru."
                )
            raise
        policy = str(answer.get("maxmemory-policy", ""))
        if policy == "volatile-ttl":
            return (
                "Redis evicts what expires soonest (volatile-ttl), which are the marks that keep "
                "outdated data from being stored. Set maxmemory-policy to volatile-lru."
            )
        if policy == "noeviction" or policy.startswith("volatile-"):
            return None
        problem = (
            f"Redis has the maxmemory-policy {policy!r}, which may evict keys without expiry. "
            "Set it to volatile-lru or noeviction."
        )
        raise SettingsError([problem])

    async def open_fence(self, scope: Scope) -> None:
        if await self._run("open", scope.connection, scope.generation):
            await self._purge(scope.connection)

    async def read_or_lease(self, scope: Scope, key: Key) -> Outcome:
        asked = name_of(key)
        for _ in range(_LOOKS):
            token = secrets.token_hex(8)
            match await self._look(scope, asked, token):
                case [b"gone"]:
                    return Gone()
                case [b"wait"]:
                    return Wait()
                case [b"lease", number]:
                    return Lease(scope, key, int(number), token, asked)
                case [_, raw, left, raw_alias, name, taken, number]:
                    at = name.decode("ascii", "replace")
                    lease = Lease(scope, key, int(number), token, at) if taken else None
                    outcome = _open(scope, asked, at, raw, raw_alias, left / 1000, lease)
                    if not isinstance(outcome, str):
                        return outcome
                    await self._discard(scope, outcome, lease)
        raise CacheUnavailable("what Redis holds comes back damaged")

    async def fill(
        self,
        lease: Lease,
        entry: Key,
        body: bytes,
        *,
        ttl: float,
        refresh_after: float,
        aliases: tuple[Key, ...] = (),
        companions: Mapping[Key, bytes] = MappingProxyType({}),
    ) -> bool:
        check_companions(companions)
        name, ttl_ms, refresh_ms = name_of(entry), _ms(ttl), _ms(refresh_after)
        others = sorted({name_of(alias) for alias in (*aliases, lease.key)} - {name})
        values = {
            name_of(key): Envelope("entry", ttl_ms, lease.number, content, refresh_ms)
            for key, content in companions.items()
        }
        values[name] = Envelope("entry", ttl_ms, lease.number, body, refresh_ms, tuple(others))
        alias_value = Envelope("alias", ttl_ms, lease.number, name.encode())
        return await self._fill(lease, values | dict.fromkeys(others, alias_value), guarded=name)

    async def fill_absent(self, lease: Lease, reason: str, *, seconds: float) -> bool:
        name = name_of(lease.key)
        value = Envelope("absent", _ms(seconds), lease.number, reason.encode())
        # A refresh through an alias holds the entry's lock: what the alias led to is not there.
        dropped = lease.lock if lease.lock != name else ""
        return await self._fill(lease, {name: value}, guarded=name, dropped=dropped)

    async def release(self, lease: Lease) -> None:
        await self._run("hold", lease.scope.connection, lease.lock, lease.token, 0)

    async def postpone(self, lease: Lease, *, seconds: float) -> None:
        await self._run("hold", lease.scope.connection, lease.lock, lease.token, _ms(seconds))

    async def forget(self, scope: Scope, entry: Key) -> None:
        await self._run("forget", scope.connection, name_of(entry), _ms(FORGOTTEN_SECONDS))

    async def clear(self, scope: Scope) -> int:
        if not await self._run("advance", scope.connection, scope.generation, "cleared"):
            return 0
        return await self._purge(scope.connection)

    async def outdate(self, scope: Scope, kind: str) -> None:
        field = f"outdated:{checked_kind(kind)}"
        await self._run("advance", scope.connection, scope.generation, field)

    async def count(self, scope: Scope, kind: str) -> int:
        entries, first, more = 0, 0, 1
        while more:
            found, more, listed = await self._run(
                "count", scope.connection, scope.generation, checked_kind(kind), first
            )
            entries, first = entries + found, first + listed
        return entries

    async def close_fence(self, connection: UUID) -> int:
        keys, more = 0, 1
        while more:
            deleted, more = await self._run("close", connection)
            keys += deleted
        return keys

    async def sweep(self, connection: UUID) -> int:
        keys, fence = 0, f"{prefix_of(connection)}fence".encode()
        cursor = None
        while cursor != 0:
            cursor, found = await self._ask(
                functools.partial(
                    self._client.scan, cursor or 0, match=f"{prefix_of(connection)}*", count=1000
                )
            )
            if doomed := [key for key in found if key != fence]:
                keys += await self._ask(functools.partial(self._client.unlink, *doomed))
        return keys

    async def drop_fence(self, connection: UUID) -> None:
        await self._ask(lambda: self._client.unlink(f"{prefix_of(connection)}fence"))

    async def take_slot(self, connection: UUID, token: str, *, most: int, seconds: float) -> float:
        rest, place = await self._run(
            "take_slot", connection, token, most, _ms(seconds), _ms(PLACE_SECONDS)
        )
        return rest / 1000 or seconds_in_line(place)

    async def give_back_slot(self, connection: UUID, token: str) -> None:
        await self._run("give_back_slot", connection, token)

    async def pause_slots(self, connection: UUID, *, seconds: float) -> None:
        await self._run("pause_slots", connection, _ms(seconds))

    async def ping(self) -> None:
        await self._ask(self._client.ping)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _look(self, scope: Scope, asked: str, token: str) -> Any:
        try:
            return await self._run(
                "look", scope.connection, scope.generation, asked, token, _ms(LEASE_SECONDS)
            )
        except asyncio.CancelledError:
            # The visitor left while Redis may just have given the lease: nobody would use it, and
            # everybody would wait for it.
            with contextlib.suppress(CacheUnavailable):
                await self._run("hold", scope.connection, asked, token, 0)
            raise

    async def _fill(
        self, lease: Lease, values: dict[str, Envelope], *, guarded: str, dropped: str = ""
    ) -> bool:
        arguments: list[str | int | bytes] = []
        for name, value in values.items():
            arguments += [name, value.ttl_ms, value.pack(owner_of(lease.scope, name))]
        filled = await self._run(
            "fill",
            lease.scope.connection,
            lease.scope.generation,
            lease.lock,
            lease.token,
            lease.number,
            guarded,
            dropped,
            *arguments,
        )
        return bool(filled)

    async def _purge(self, connection: UUID) -> int:
        entries, more = 0, 1
        while more:
            _, found, more = await self._run("purge", connection)
            entries += found
        return entries

    async def _discard(self, scope: Scope, name: str, lease: Lease | None) -> None:
        """Remove a damaged value, and give back the lease that was taken on finding it."""
        await self._ask(lambda: self._client.unlink(owner_of(scope, name)))
        if lease is not None:
            await self.release(lease)

    async def _run(self, script: str, connection: UUID, *arguments: str | int | bytes) -> Any:
        prefix = prefix_of(connection)
        keys = [f"{prefix}fence", f"{prefix}ix", f"{prefix}ix:marks"]
        return await self._ask(lambda: self._scripts[script](keys, [prefix, *arguments]))

    async def _ask(self, command: Callable[[], Awaitable[Any]]) -> Any:
        if not self._breaker.admits():
            raise CacheUnavailable("Redis did not answer a moment ago", retry_after=5)
        try:
            answer = await self._await_turn(command)
        except ResponseError as error:
            # It answers, if only to refuse: full, loading a script, or not allowed.
            self._note_answer()
            raise CacheUnavailable(f"Redis refuses: {type(error).__name__}") from error
        except (RedisError, OSError) as error:
            self._breaker.failed()
            raise CacheUnavailable(f"Redis does not answer: {type(error).__name__}") from error
        self._note_answer()
        return answer

    async def _await_turn(self, command: Callable[[], Awaitable[Any]]) -> Any:
        """The answer; TimeoutError once nobody has got any for the time limit."""
        loop = asyncio.get_running_loop()
        answer = asyncio.ensure_future(command())
        try:
            for _ in range(_TURNS):
                began = loop.time()
                await asyncio.wait({answer}, timeout=self._time_limit)
                if answer.done():
                    return answer.result()
                # A loop that was busy may just not have come to read the answer.
                in_time = loop.time() - began < self._time_limit + _LOOP_LATE
                if in_time and self._answered < began:
                    break
            raise TimeoutError
        finally:
            answer.cancel()

    def _note_answer(self) -> None:
        self._answered = asyncio.get_running_loop().time()
        self._breaker.succeeded()


def _open(
    scope: Scope,
    asked: str,
    name: str,
    raw: bytes,
    raw_alias: bytes,
    remaining: float,
    lease: Lease | None,
) -> Found | Absent | str:
    """The outcome that the values say, or the name of the one that is damaged or leads astray."""
    value = Envelope.unpack(owner_of(scope, name), raw)
    if value is None:
        return name
    if raw_alias:
        alias = Envelope.unpack(owner_of(scope, asked), raw_alias)
        if alias is None or alias.body != name.encode():
            return asked
    if value.form == "absent":
        return Absent(value.body.decode(), remaining)
    if raw_alias and asked not in value.aliases:
        return asked
    return Found(value.body, value.ttl_ms / 1000 - remaining, remaining, lease)


def _ms(seconds: float) -> int:
    return max(1, int(seconds * 1000))


@functools.cache
def _source(name: str) -> str:
    folder = resources.files(__package__) / "lua"
    return "\n".join(
        (folder / f"{part}.lua").read_text(encoding="utf-8") for part in ("_shared", name)
    )
