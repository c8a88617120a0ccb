"""Checks an installation, and says what to do."""
# ruff: noqa: E501 - each remark is one line

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Literal

import rich_click as click

from quart_passport.cache.redis import RedisCacheStore
from quart_passport.cli.running import as_json, console, print_json
from quart_passport.crypto.keyring import KeyRing
from quart_passport.errors import PassportError, SettingsError, StorageUnavailable
from quart_passport.settings import Settings, read_settings
from quart_passport.storage.database import (
    check_schema,
    database_config,
    open_database,
    ping_database,
)
from quart_passport.tenancy.keys import check_key_ring
from quart_passport.theming.registry import ThemeRegistry

Verdict = tuple[Literal["ok", "note", "bad"], str]
_COLOURS = {"ok": "green", "note": "yellow", "bad": "red"}


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Check settings, plugins, keys, database and cache."""
    verdicts = asyncio.run(_examine())
    if as_json:
        print_json([{"verdict": verdict, "text": text} for verdict, text in verdicts])
    else:
        for verdict, text in verdicts:
            console.print(f"[{_COLOURS[verdict]}]{verdict:5}[/]", end=" ")
            console.print(text, soft_wrap=True, markup=False)
    if any(verdict == "bad" for verdict, _ in verdicts):
        sys.exit(1)


async def _examine() -> list[Verdict]:
    try:
        settings = read_settings()
    except SettingsError as error:
        return [("bad", problem) for problem in error.problems]
    verdicts: list[Verdict] = [("ok", "settings")]
    verdicts += [("note", remark) for remark in _remarks(settings)]
    for check in (_check_plugins, _check_keys, _check_database, _check_cache):
        verdicts.append(await _verdict_of(check, settings))
    return verdicts


async def _verdict_of(check: Callable[[Settings], Awaitable[str]], settings: Settings) -> Verdict:
    try:
        return "ok", await check(settings)
    except PassportError as error:
        return "bad", str(error)


async def _check_plugins(_settings: Settings) -> str:
    return f"themes: {', '.join(ThemeRegistry.installed().names)}"


async def _check_keys(settings: Settings) -> str:
    file = settings.key_ring_file
    if not file.exists():
        return f"key ring: {file} is made at the first start"
    KeyRing.load(file)
    return f"key ring {file}"


async def _check_database(settings: Settings) -> str:
    config = database_config(settings.database_url, settings.data_dir)
    async with open_database(config):
        await ping_database()
    try:
        await check_schema(config)
    except StorageUnavailable:
        if settings.is_production:
            raise
        return "database; its schema is brought up to date at the next start"
    if settings.key_ring_file.exists():
        async with open_database(config):
            await check_key_ring(KeyRing.load(settings.key_ring_file))
    return "database"


async def _check_cache(settings: Settings) -> str:
    if not settings.redis_url:
        return "cache in each process"
    store = RedisCacheStore.connect(settings.redis_url.reveal())
    try:
        return await store.check() or "cache in Redis"
    finally:
        await store.aclose()


def _remarks(settings: Settings) -> list[str]:
    remarks = (
        (not settings.is_production, "this is a development installation; PASSPORT_ENVIRONMENT=production makes it strict"),
        (not settings.database_url, "SQLite serves one machine; PASSPORT_DATABASE_URL names a PostgreSQL database"),
        (not settings.redis_url, "the in-process cache serves one process; PASSPORT_REDIS_URL names a Redis server"),
        (not settings.contact_email, "PASSPORT_CONTACT_EMAIL is empty; the privacy page needs it"),
        (not settings.security_contact, "PASSPORT_SECURITY_CONTACT is empty; security.txt needs it"),
    )  # fmt: skip
    return [text for applies, text in remarks if applies]
