"""Serving pages, and bringing the database up to date first."""

import asyncio
import sys

import rich_click as click
from hypercorn.asyncio import serve as serve_app
from hypercorn.config import Config
from hypercorn.run import run as run_workers
from hypercorn.utils import LifespanFailureError

from quart_passport.app import create_app
from quart_passport.cli.ports import check_port
from quart_passport.errors import InvalidInput, PassportError, Unavailable
from quart_passport.observability.logs import set_up_logs
from quart_passport.services import build_services
from quart_passport.settings import Settings, read_settings
from quart_passport.storage.database import database_config, migrate_database


def server_config(settings: Settings) -> Config:
    """Hypercorn's configuration, with limits on slow and greedy clients."""
    config = Config()
    config.bind = [settings.bind]
    config.workers = settings.workers
    config.application_path = "quart_passport.asgi:app"
    config.include_server_header = False
    config.keep_alive_timeout = 5
    config.read_timeout = 15
    config.keep_alive_max_requests = 1000
    config.h2_max_concurrent_streams = 50
    config.h11_max_incomplete_size = 16 * 1024
    config.graceful_timeout = 10
    config.accesslog = None
    config.errorlog = None
    return config


@click.command()
def serve() -> None:
    """Serve passports until stopped."""
    settings = read_settings()
    set_up_logs(settings.log_level, as_json=settings.is_production)
    host, _, port = settings.bind.rpartition(":")
    check_port(int(port), "PASSPORT_BIND", host=host.strip("[]"))
    # What cannot work is told here in a sentence, before workers start and each tells it again.
    asyncio.run(_try(settings))
    config = server_config(settings)
    click.echo(f"Passports at {settings.base_url}, listening on {settings.bind}.", err=True)
    try:
        if settings.workers > 1:
            sys.exit(run_workers(config))
        asyncio.run(serve_app(create_app(settings), config))
    except LifespanFailureError as error:
        raise PassportError(f"{error}; `quart-passport doctor` says more") from None
    except OSError as error:
        raise InvalidInput(
            f"cannot listen on {settings.bind}: {error.strerror}", where="PASSPORT_BIND"
        ) from None


async def _try(settings: Settings) -> None:
    try:
        async with build_services(settings):
            pass
    except Unavailable as error:
        raise PassportError(f"{error}; `quart-passport doctor` says more") from None


@click.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    settings = read_settings()
    applied = asyncio.run(
        migrate_database(database_config(settings.database_url, settings.data_dir))
    )
    click.echo(f"Applied: {', '.join(applied)}." if applied else "The database is up to date.")
