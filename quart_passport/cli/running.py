"""How commands run: asynchronous, with the services open, for people or for programs."""

import asyncio
import functools
import json
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec

import rich_click as click
from rich.console import Console

from quart_passport.services import Services, build_services
from quart_passport.settings import read_settings

P = ParamSpec("P")

console = Console(highlight=False)

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def with_services(
    command: Callable[Concatenate[Services, P], Awaitable[None]],
) -> Callable[P, None]:
    """Run an asynchronous command with the services of this installation as first argument."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def opened() -> None:
            async with build_services(read_settings()) as services:
                await command(services, *args, **kwargs)

        asyncio.run(opened())

    return run


def print_json(data: Any) -> None:
    """Print data for programs."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False, default=str))
