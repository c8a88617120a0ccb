"""The sandbox PIM, alone."""

import asyncio
from pathlib import Path

import rich_click as click
from hypercorn.asyncio import serve
from hypercorn.config import Config

from quart_passport.cli.ports import check_port
from quart_passport.errors import InvalidInput
from quart_passport.sandbox import (
    WORLDS,
    SandboxError,
    create_sandbox,
    load_catalog,
    world_directory,
)


@click.command()
@click.option(
    "--world",
    type=click.Choice(WORLDS),
    default=WORLDS[0],
    show_default=True,
    help="A built-in merchant's catalogue.",
)
@click.option(
    "--catalog",
    type=click.Path(path_type=Path),
    help="A folder with a catalogue of your own, in the PIM's JSON.",
)
@click.option("--port", type=int, default=8100, show_default=True)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="A file that keeps apps and tokens over a restart.",
)
def sandbox(world: str, catalog: Path | None, port: int, state: Path | None) -> None:
    """Run a PIM to play with, until stopped. It is no part of an installation."""
    check_port(port, "--port")
    base_url = f"http://127.0.0.1:{port}"
    try:
        loaded = load_catalog(catalog or world_directory(world))
        app = create_sandbox(loaded, base_url=base_url, state_file=state)
    except SandboxError as error:
        raise InvalidInput(str(error), where="sandbox") from None
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    click.echo(f"Sandbox PIM of {loaded.merchant.name} at {base_url}", err=True)
    asyncio.run(serve(app, config))
