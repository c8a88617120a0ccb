"""Addresses of PostgreSQL databases: what the driver is told, and what is refused."""

import ssl
from typing import Any

import asyncpg
import certifi
import pytest

from quart_passport.errors import SettingsError
from quart_passport.secret import Secret
from quart_passport.storage.address import postgres_credentials

PLAIN = {"host": "db", "port": 5432, "user": "u", "password": "p", "database": "x"}


@pytest.mark.parametrize(
    ("url", "changes"),
    [
        ("postgres://u:p@db/x", {}),
        ("postgresql://u:p@db:6432/x", {"port": 6432}),
        ("postgres://u:p%40%2F%3A%25@db/x", {"password": "p@/:%"}),
        ("postgres://u%40corp:p@db/x%20y", {"user": "u@corp", "database": "x y"}),
        ("postgres://u@db/x", {"password": None}),
        ("postgres://u:p@/x?host=/run/postgresql", {"host": "/run/postgresql"}),
        ("postgres://u:p@[::1]/x", {"host": "::1"}),
        ("postgres://u:p@db/x?sslmode=require", {"ssl": "require"}),
        ("postgres://u:p@db/x?sslmode=disable", {"ssl": "disable"}),
        ("postgres://u:p@db/x?application_name=pages", {"application_name": "pages"}),
        ("postgres://u:p@db/x?statement_cache_size=0", {"statement_cache_size": 0}),
    ],
)
def test_an_address_is_read_as_libpq_reads_it(url: str, changes: dict[str, Any]) -> None:
    assert postgres_credentials(Secret(url)) == PLAIN | changes


@pytest.mark.parametrize(("mode", "checks"), [("verify-full", True), ("verify-ca", False)])
def test_authorities_of_ones_own_are_honoured(mode: str, checks: bool) -> None:
    url = f"postgres://u:p@db/x?sslmode={mode}&sslrootcert={certifi.where()}"

    context = postgres_credentials(Secret(url))["ssl"]

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is checks


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://u:hunter2@db/x", "must begin with postgres://"),
        ("postgres://u:hun/ter2@db/x", "percent-encode"),
        ("postgres://u:hunter2@db:port/x", "percent-encode"),
        ("postgres://u:hunter2@db", "names no database"),
        ("postgres://u:hunter2@db/", "names no database"),
        ("postgres://u:hunter2@db/x?sslmode=maybe", "sslmode must be one of"),
        ("postgres://u:hunter2@db/x?ssl=true", "unknown option ssl"),
        ("postgres://u:hunter2@db/x?sslmode=verify-full&sslrootcert=/none", "cannot be read"),
        ("postgres://u:hunter2@db/x?sslrootcert=/none", "needs sslmode"),
        ("postgres://u:hunter2@db/x?statement_cache_size=few", "whole number"),
    ],
)
def test_a_wrong_address_is_refused_without_its_password(url: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        postgres_credentials(Secret(url))

    assert said in str(caught.value)
    assert "PASSPORT_DATABASE_URL" in str(caught.value)
    assert "hun" not in str(caught.value)


async def test_the_options_reach_the_server(pg_server: str) -> None:
    url = f"{pg_server}postgres?sslmode=disable&application_name=pages"
    credentials = postgres_credentials(Secret(url))
    name = credentials.pop("application_name")

    connection = await asyncpg.connect(**credentials, server_settings={"application_name": name})

    assert await connection.fetchval("select current_setting('application_name')") == "pages"
    await connection.close()
