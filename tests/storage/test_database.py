"""The database: opening and migrating it, and what is said when it does not do its work."""

import asyncio
import sqlite3
import sys
from pathlib import Path

import asyncpg
import pytest
from tortoise.exceptions import (
    DBConnectionError,
    IntegrityError,
    OperationalError,
    TransactionManagementError,
)

from quart_passport.crypto.keyring import KeyRing
from quart_passport.errors import StorageUnavailable
from quart_passport.secret import Secret
from quart_passport.services import Services, build_services
from quart_passport.settings import Settings
from quart_passport.storage.database import (
    check_schema,
    database_config,
    migrate_database,
    open_database,
    ping_database,
    reaches_database,
)
from tests.backends import settings_for
from tests.servers import temporary_database
from tests.stack import Backend

# Nothing listens there: the port is reserved and needs privileges.
NOWHERE = Secret("postgres://u:hunter2@127.0.0.1:1/x")


@pytest.mark.parametrize("name", ["plain", "a b", "c#d", "e?f=g", "100%41", "ü"])
async def test_the_data_folder_may_be_called_anything(name: str, tmp_path: Path) -> None:
    config = database_config(Secret(""), tmp_path / name)

    await migrate_database(config)
    async with open_database(config):
        await ping_database()

    assert (tmp_path / name / "passport.sqlite3").stat().st_size > 0


async def test_migrating_twice_changes_nothing(tmp_path: Path, pg_server: str) -> None:
    async with temporary_database(pg_server) as url:
        for config in (
            database_config(Secret(url), tmp_path),
            database_config(Secret(""), tmp_path),
        ):
            first, second = await migrate_database(config), await migrate_database(config)

            assert first == ["0001_initial"]
            assert second == []


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_processes_that_migrate_at_the_same_time_all_succeed(
    engine: str, tmp_path: Path, pg_server: str
) -> None:
    async with temporary_database(pg_server) as url:
        environ = {"PASSPORT_DATA_DIR": str(tmp_path)}
        if engine == "postgresql":
            environ["PASSPORT_DATABASE_URL"] = url
        command = [sys.executable, "-c", "from quart_passport.cli import main; main()", "migrate"]

        processes = [
            await asyncio.create_subprocess_exec(
                *command,
                env=environ,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            for _ in range(3)
        ]
        answers = [await process.communicate() for process in processes]

        assert [process.returncode for process in processes] == [0, 0, 0], answers
        applied = sorted(out.decode().strip() for out, _ in answers)
        assert applied == ["Applied: 0001_initial.", *["The database is up to date."] * 2]


async def test_a_schema_that_is_behind_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="0001_initial; run `quart-passport migrate`"):
        await check_schema(database_config(Secret(""), tmp_path))


@pytest.mark.parametrize("act", [check_schema, migrate_database])
async def test_a_database_that_is_down_at_the_start_is_a_sentence(act, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(StorageUnavailable) as caught:
        await act(database_config(NOWHERE, tmp_path))

    assert "the database cannot be" in str(caught.value)
    assert "hunter2" not in str(caught.value)


async def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "passport.sqlite3").write_bytes(b"this is no database at all\n" * 100)

    with pytest.raises(StorageUnavailable, match="is not a database of ours"):
        await migrate_database(database_config(Secret(""), tmp_path))


async def test_connections_that_are_cut_heal_by_themselves(
    shared_backend: Backend, tmp_path: Path
) -> None:
    async with build_services(settings_for(tmp_path, shared_backend)) as services:
        await services.directory.list_all()
        killer = await asyncpg.connect(shared_backend.database_url)
        await killer.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        await killer.close()

        outcomes = []
        for _ in range(3):
            try:
                outcomes.append(await services.directory.list_all())
            except StorageUnavailable:
                await asyncio.sleep(0.05)

    assert outcomes
    assert outcomes[-1] == []


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        TimeoutError(),
        OperationalError("database is locked"),
        TransactionManagementError(),
        DBConnectionError(),
        sqlite3.DatabaseError("malformed"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("another operation is in progress"),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.CannotConnectNowError(),
        asyncpg.AdminShutdownError(),
        asyncpg.TooManyConnectionsError(),
        asyncpg.DeadlockDetectedError(),
        asyncpg.DiskFullError(),
        asyncpg.ReadOnlySQLTransactionError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_an_engine_that_fails_is_storage_unavailable(error: Exception) -> None:
    @reaches_database
    async def query() -> None:
        raise error

    with pytest.raises(StorageUnavailable):
        await query()


async def test_an_answer_about_the_data_is_no_failure() -> None:
    @reaches_database
    async def query() -> None:
        raise IntegrityError("unique")

    with pytest.raises(IntegrityError):
        await query()


async def test_queries_of_overlapping_tasks_do_not_disturb_each_other(services: Services) -> None:
    origins = [f"https://pim-{number}.cloud.akeneo.com" for number in range(20)]

    await asyncio.gather(*(services.connections.register(origin) for origin in origins))

    assert [tenant.origin for tenant in await services.directory.list_all()] == sorted(
        origins, key=lambda origin: origin.removeprefix("https://").partition(".")[0]
    )


async def test_production_does_not_migrate_by_itself(
    redis_url: str, tmp_path: Path, pg_server: str
) -> None:
    async with temporary_database(pg_server) as empty:
        settings = _production(tmp_path / "ring.json", empty, redis_url)

        with pytest.raises(StorageUnavailable, match="quart-passport migrate"):
            async with build_services(settings):
                pass


def _production(ring: Path, database_url: str, redis_url: str) -> Settings:
    KeyRing.create(ring)
    return Settings(
        environment="production",
        base_url="https://passport.example.com",
        database_url=database_url,
        redis_url=redis_url,
        key_ring=ring,
        operator_name="An operator",
        contact_email="data@example.com",
    )
