"""The database: opening, migrating and closing it, on PostgreSQL or SQLite."""

import asyncio
import fcntl
import functools
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import asyncpg
from tortoise import Tortoise, connections
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import (
    BaseORMException,
    DBConnectionError,
    IntegrityError,
    NotExistOrMultiple,
    NoValuesFetched,
    OperationalError,
    TransactionManagementError,
)
from tortoise.migrations.api import migrate as apply_migrations
from tortoise.migrations.executor import PlanStep

from quart_passport.errors import StorageUnavailable
from quart_passport.secret import Secret
from quart_passport.storage.address import postgres_credentials

P = ParamSpec("P")
T = TypeVar("T")

# What an engine that is down, full, restarting or locked answers with. The ORM translates some of
# it and lets the rest through as the driver's own errors.
_FAILURES = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    sqlite3.Error,
    DBConnectionError,
    OperationalError,
    TransactionManagementError,
)
# These the ORM derives from OperationalError, though they say something about the data.
_ANSWERS = (IntegrityError, NotExistOrMultiple, NoValuesFetched)

# Any number, as long as it is always the same: whoever migrates holds this lock.
_MIGRATION_LOCK = 7_239_471
# Seconds. The pool itself has no limit for waiting, so each command has one.
_COMMAND_TIMEOUT = 10
_CONNECT_TIMEOUT = 5
_POOL_SIZE = 10

_log = logging.getLogger(__name__)


def database_config(url: Secret, data_dir: Path) -> dict[str, Any]:
    """Tortoise's configuration for a `postgres://` URL, or for SQLite where the URL is empty."""
    # The ORM remembers statements by the connection's name, and they differ between engines.
    name = _POSTGRES if url else _SQLITE
    return {
        "connections": {name: _postgres(url) if url else _sqlite(data_dir)},
        "apps": {
            "core": {
                "models": ["quart_passport.storage.models"],
                "migrations": "quart_passport.storage.migrations",
                "default_connection": name,
            }
        },
    }


_SQLITE_HEADER = b"SQLite format 3\0"
_POSTGRES, _SQLITE = "postgresql", "sqlite"


def _postgres(url: Secret) -> dict[str, Any]:
    limits = {
        "maxsize": _POOL_SIZE,
        "command_timeout": _COMMAND_TIMEOUT,
        "timeout": _CONNECT_TIMEOUT,
    }
    return {
        "engine": "tortoise.backends.asyncpg",
        "credentials": postgres_credentials(url) | limits,
    }


def _sqlite(data_dir: Path) -> dict[str, Any]:
    data_dir.mkdir(parents=True, exist_ok=True)
    file = data_dir / "passport.sqlite3"
    _check_header(file)
    return {
        "engine": "tortoise.backends.sqlite",
        "credentials": {
            "file_path": str(file),
            "foreign_keys": "ON",
            # What is deleted is overwritten, not only unlinked.
            "secure_delete": "ON",
        },
    }


def _check_header(file: Path) -> None:
    """The ORM waits for ever on a file that is something else."""
    if not file.exists():
        return
    with file.open("rb") as opened:
        header = opened.read(len(_SQLITE_HEADER))
    if header not in (b"", _SQLITE_HEADER):
        raise StorageUnavailable(f"{file} is not a database of ours; restore it or move it away")


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
    pending = await _translated(_migrate(config, dry_run=True), "the database cannot be checked")
    if pending:
        raise StorageUnavailable(
            f"the database lacks {', '.join(pending)}; run `quart-passport migrate` first"
        )


async def migrate_database(config: dict[str, Any]) -> list[str]:
    """Bring the schema up to date; the names of the migrations that were applied.

    Several processes may start at once: one does the work and the others wait.
    """
    return await _translated(_migrate_alone(config), "the database cannot be migrated")


async def _migrate_alone(config: dict[str, Any]) -> list[str]:
    ((name, connection),) = config["connections"].items()
    credentials = connection["credentials"]
    locked = _postgres_lock if name == _POSTGRES else _file_lock
    async with locked(credentials):
        return await _migrate(config)


@asynccontextmanager
async def _postgres_lock(credentials: dict[str, Any]) -> AsyncIterator[None]:
    # Without the limit on commands: another process may be migrating for longer.
    given = {key: value for key, value in credentials.items() if key in _CONNECTING}
    connection = await asyncpg.connect(**given)
    try:
        await connection.execute("select pg_advisory_lock($1)", _MIGRATION_LOCK)
        yield
    finally:
        await connection.close()


@asynccontextmanager
async def _file_lock(credentials: dict[str, Any]) -> AsyncIterator[None]:
    with Path(f"{credentials['file_path']}.lock").open("w") as file:  # noqa: ASYNC230 - empty
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
        yield


_CONNECTING = frozenset({"host", "port", "user", "password", "database", "ssl", "timeout"})


async def _translated(work: Awaitable[T], problem: str) -> T:
    try:
        return await work
    except (*_FAILURES, BaseORMException) as error:
        # An engine's words about connecting name hosts, users and databases, never a password.
        raise StorageUnavailable(f"{problem}: {error or type(error).__name__}") from error


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


def reaches_database(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Mark a function that queries: a database that does not do its work is StorageUnavailable."""

    @functools.wraps(function)
    async def translated(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await function(*args, **kwargs)
        except _ANSWERS:
            raise
        except _FAILURES as error:
            _log.warning("the database failed: %s", type(error.__cause__ or error).__name__)
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
