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
    Edition,
    SandboxError,
    create_sandbox,
    load_catalog,
    world_directory,
)
from quart_passport.sandbox.switches import MAX_LATENCY


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
    help="A folder with a catalogue of your own, in the PIM's JSON, instead of a world.",
)
@click.option(
    "--supplement",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A folder that adds to the catalogue. May be given several times.",
)
@click.option(
    "--edition",
    type=click.Choice([edition.value for edition in Edition], case_sensitive=False),
    default=Edition.SERENITY.value,
    show_default=True,
    help="Serenity: SaaS Enterprise; GE: SaaS Growth; EE: 7.0 Enterprise; CE: 7.0 Community.",
)
@click.option(
    "--latency",
    type=click.FloatRange(0, MAX_LATENCY),
    default=0.0,
    show_default=True,
    help="Seconds added to every call.",
)
@click.option("--port", type=int, default=8100, show_default=True, help="On 127.0.0.1 only.")
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="A file that keeps apps, connections and tokens over a restart.",
)
def sandbox(
    world: str,
    catalog: Path | None,
    supplement: tuple[Path, ...],
    edition: str,
    latency: float,
    port: int,
    state: Path | None,
) -> None:
    """Run a PIM to play with, until stopped. It is no part of an installation."""
    check_port(port, "--port")
    base_url = f"http://127.0.0.1:{port}"
    try:
        loaded = load_catalog(catalog or world_directory(world), *supplement)
        app = create_sandbox(loaded, base_url=base_url, edition=edition, state_file=state)
    except SandboxError as error:
        raise InvalidInput(str(error), where="sandbox") from None
    app.pim.traffic.latency = latency
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    click.echo(f"Sandbox PIM of {loaded.merchant.name} ({edition}) at {base_url}", err=True)
    click.echo(f"Control page at {base_url}/_sandbox/", err=True)
    asyncio.run(serve(app, config))
