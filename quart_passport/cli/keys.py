"""The keys that seal credentials."""

import rich_click as click

from quart_passport.crypto.keyring import KeyRing
from quart_passport.errors import Conflict
from quart_passport.settings import read_settings


@click.group()
def keys() -> None:
    """The key ring that credentials are sealed with."""


@keys.command()
@click.option(
    "--file", type=click.Path(), help="Where to write it; else where PASSPORT_KEY_RING says."
)
def new(file: str | None) -> None:
    """Make a key ring. Keep a copy: without it nothing that was sealed can be read again."""
    from pathlib import Path

    path = Path(file) if file else read_settings({}).key_ring_file
    if path.exists():
        raise Conflict(f"{path} exists; a key ring is never overwritten")
    path.parent.mkdir(parents=True, exist_ok=True)
    KeyRing.create(path)
    click.echo(f"Wrote {path}. Keep a copy of it in a safe place, apart from database backups.")
