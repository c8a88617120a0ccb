"""The database: opening, migrating and closing it, on PostgreSQL or SQLite."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import asyncpg
from tortoise import Tortoise, connections
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import BaseORMException, DBConnectionError
from tortoise.migrations.api import migrate as apply_migrations
from tortoise.migrations.executor import PlanStep

from quart_passport.errors import StorageUnavailable
from quart_passport.secret import Secret

P = ParamSpec("P")
T = TypeVar("T")

_UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresConnectionError, DBConnectionError)

# Any number, as long as it is always the same: whoever migrates holds this lock.
_MIGRATION_LOCK = 7_239_471
# Seconds. The pool itself has no limit for waiting, so each command has one.
_COMMAND_TIMEOUT = 10
_POOL_SIZE = 10


def database_config(url: Secret, data_dir: Path) -> dict[str, Any]:
    """Tortoise's configuration for a `postgres://` URL, or for SQLite where the URL is empty."""
    # The ORM remembers statements by the connection's name, and they differ between engines.
    name = "postgresql" if url else "sqlite"
    return {
        "connections": {name: _connection_url(url, data_dir)},
        "apps": {
            "core": {
                "models": ["quart_passport.storage.models"],
                "migrations": "quart_passport.storage.migrations",
                "default_connection": name,
            }
        },
    }


def _connection_url(url: Secret, data_dir: Path) -> str:
    if not url:
        data_dir.mkdir(parents=True, exist_ok=True)
        return f"sqlite://{data_dir / 'passport.sqlite3'}?secure_delete=ON&foreign_keys=ON"
    scheme, _, rest = url.reveal().partition("://")
    if scheme not in {"postgres", "postgresql", "asyncpg"}:
        raise StorageUnavailable("PASSPORT_DATABASE_URL must begin with postgres://")
    joint = "&" if "?" in rest else "?"
    limits = f"maxsize={_POOL_SIZE}&command_timeout={_COMMAND_TIMEOUT}"
    return f"asyncpg://{rest}{joint}{limits}"


@asynccontextmanager
async def open_database(config: dict[str, Any]) -> AsyncIterator[None]:
    """Keep the database open; one at a time in a process.

    Request tasks do not inherit the context in which the ORM was set up, hence the global fallback.
    """
    context = await Tortoise.init(config=config, _enable_global_fallback=True)
    try:
        yield
    finally:
        await context.close_connections()


async def check_schema(config: dict[str, Any]) -> None:
    """StorageUnavailable, with what to do, where the schema is not up to date."""
    if pending := await _migrate(config, dry_run=True):
        raise StorageUnavailable(
            f"the database lacks {', '.join(pending)}; run `quart-passport migrate` first"
        )


async def migrate_database(config: dict[str, Any]) -> list[str]:
    """Bring the schema up to date; the names of the migrations that were applied.

    Several processes may start at once: on PostgreSQL one does the work and the others wait.
    """
    url = _url_of(config)
    try:
        if not url.startswith("asyncpg://"):
            return await _migrate(config)
        lock = await asyncpg.connect(url.replace("asyncpg://", "postgres://").partition("?")[0])
        try:
            await lock.execute("select pg_advisory_lock($1)", _MIGRATION_LOCK)
            return await _migrate(config)
        finally:
            await lock.close()
    except (OSError, asyncpg.PostgresError, BaseORMException) as error:
        raise StorageUnavailable(f"the database cannot be migrated: {error}") from error


async def _migrate(config: dict[str, Any], *, dry_run: bool = False) -> list[str]:
    applied: list[str] = []

    def note(_connection: str, steps: list[PlanStep], _fake: bool, _dry_run: bool) -> None:
        applied.extend(step.migration.name for step in steps)

    try:
        await apply_migrations(config=config, reporter=note, dry_run=dry_run)
        return applied
    finally:
        await Tortoise.close_connections()


def current_connection() -> BaseDBAsyncClient:
    """The database connection of this process."""
    connection: BaseDBAsyncClient = connections.all()[0]
    return connection


def _url_of(config: dict[str, Any]) -> str:
    (url,) = config["connections"].values()
    return str(url)


def reaches_database(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Mark a function that queries: a database that cannot be reached is StorageUnavailable."""

    @functools.wraps(function)
    async def translated(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await function(*args, **kwargs)
        except _UNREACHABLE as error:
            raise StorageUnavailable("the database does not answer") from error

    return translated


@reaches_database
async def ping_database() -> None:
    """Return if the database answers; StorageUnavailable if it does not."""
    await current_connection().execute_query("select 1")


async def scrub_database() -> None:
    """Take deleted text out of SQLite's write-ahead log; PostgreSQL has nothing to do here."""
    connection = current_connection()
    if connection.capabilities.dialect == "sqlite":
        await connection.execute_query("pragma wal_checkpoint(truncate)")
