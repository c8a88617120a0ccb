"""The keys that seal credentials."""

from pathlib import Path

import rich_click as click

from quart_passport.crypto.keyring import KeyRing
from quart_passport.errors import Conflict
from quart_passport.settings import key_ring_file


@click.group()
def keys() -> None:
    """The key ring that credentials are sealed with."""


@keys.command()
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    help="Where to write it; else where PASSPORT_KEY_RING says.",
)
def new(file: Path | None) -> None:
    """Make a key ring. Keep a copy: without it nothing that was sealed can be read again."""
    # Other settings may still be wrong; a missing key ring is one of the mistakes.
    path = file or key_ring_file()
    if path.exists():
        raise Conflict(f"{path} exists; a key ring is never overwritten")
    KeyRing.create(path)
    click.echo(f"Wrote {path}. Keep a copy of it in a safe place, apart from database backups.")
