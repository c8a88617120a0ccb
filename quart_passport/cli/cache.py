"""The cache of product data."""

import rich_click as click

from quart_passport.cli.running import console, with_services
from quart_passport.services import Services


@click.group()
def cache() -> None:
    """What is cached of PIMs."""


@cache.command()
@click.option("--tenant", "slug", required=True, help="The tenant's slug.")
@with_services
async def clear(services: Services, slug: str) -> None:
    """Forget everything that is cached of a tenant, on every worker within 5 seconds."""
    tenant = await services.directory.find_open(slug)
    # The next generation also reaches caches inside other processes.
    await services.connections.begin_cache_anew(tenant.connection.id)
    cleared = await services.store.clear(tenant.connection.scope)
    await services.fences.open(await services.directory.reread(slug))
    console.print(f"Cleared the cache of {slug}: {cleared} entries here.")
