"""Checks an installation, and says what to do."""
# ruff: noqa: E501 - each remark is one line

import asyncio
import sys

import rich_click as click

from quart_passport.cli.running import console
from quart_passport.errors import PassportError
from quart_passport.services import build_services
from quart_passport.settings import Settings, read_settings


@click.command()
def doctor() -> None:
    """Check settings, plugins, keys, database and cache."""
    settings = read_settings()
    console.print("[green]ok[/green]    settings")
    for remark in _remarks(settings):
        console.print(f"[yellow]note[/yellow]  {remark}", soft_wrap=True)
    try:
        asyncio.run(_open(settings))
    except PassportError as error:
        console.print(f"[red]bad[/red]   {error}", soft_wrap=True)
        sys.exit(1)


async def _open(settings: Settings) -> None:
    async with build_services(settings) as services:
        console.print(f"[green]ok[/green]    themes: {', '.join(services.registry.names)}")
        console.print(f"[green]ok[/green]    key ring {settings.key_ring_file}", soft_wrap=True)
        await services.ping_database()
        console.print("[green]ok[/green]    database")
        await services.store.ping()
        console.print("[green]ok[/green]    cache")


def _remarks(settings: Settings) -> list[str]:
    remarks = (
        (not settings.is_production, "this is a development installation; PASSPORT_ENVIRONMENT=production makes it strict"),
        (not settings.database_url, "SQLite serves one machine; PASSPORT_DATABASE_URL names a PostgreSQL database"),
        (not settings.redis_url, "the in-process cache serves one process; PASSPORT_REDIS_URL names a Redis server"),
        (not settings.contact_email, "PASSPORT_CONTACT_EMAIL is empty; the privacy page needs it"),
        (not settings.security_contact, "PASSPORT_SECURITY_CONTACT is empty; security.txt needs it"),
    )  # fmt: skip
    return [text for applies, text in remarks if applies]
