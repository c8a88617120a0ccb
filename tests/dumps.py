"""Everything that an installation holds, as bytes that can be searched for a word."""

import base64
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import asyncpg
import redis.asyncio

from tests.stack import Backend


async def dump_database(backend: Backend, folder: Path) -> bytes:
    """Every value of every row of every table."""
    if backend.database_url:
        return await _dump_postgres(backend.database_url)
    with sqlite3.connect(folder / "data" / "passport.sqlite3") as database:
        names = [row[0] for row in database.execute("select name from sqlite_master")]
        tables = [name for name in names if not name.startswith(("idx_", "uid_", "sqlite_"))]
        rows = [row for name in tables for row in database.execute(f'select * from "{name}"')]
    database.close()
    return _joined(rows)


async def dump_redis(backend: Backend) -> bytes:
    """Every key and what it holds; empty without Redis."""
    if not backend.redis_url:
        return b""
    async with redis.asyncio.Redis.from_url(backend.redis_url) as client:
        found = [key async for key in client.scan_iter(count=1000)]
        return b"\n".join([key + b"=" + (await client.dump(key) or b"") for key in found])


def dump_folder(folder: Path) -> bytes:
    """The names and bytes of every file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return b"\n".join(str(path).encode() + b"\n" + path.read_bytes() for path in files)


def hits(dump: bytes, words: Iterable[str]) -> list[str]:
    """Which of the words are in a dump, plain, in hex or in base64."""
    return [
        word
        for word in words
        if any(
            form in dump
            for form in (
                word.encode(),
                word.encode().hex().encode(),
                base64.b64encode(word.encode()).rstrip(b"="),
            )
        )
    ]


async def _dump_postgres(url: str) -> bytes:
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            "select tablename from pg_tables where schemaname = 'public'"
        )
        rows = [
            tuple(row)
            for table in tables
            for row in await connection.fetch(f'select * from "{table["tablename"]}"')
        ]
    finally:
        await connection.close()
    return _joined(rows)


def _joined(rows: Iterable[Iterable[Any]]) -> bytes:
    return b"\n".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
    )
