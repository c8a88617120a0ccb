"""Tenants: registering PIMs, declaring their passports, erasing them."""

from pathlib import Path
from typing import Any

import rich_click as click
from rich.table import Table

from quart_passport.cli.running import as_json, console, print_json, with_services
from quart_passport.editing.declared import (
    FILE_NAME,
    apply_declaration,
    format_declaration,
    read_declaration,
)
from quart_passport.erasure.deletion import Reason
from quart_passport.errors import (
    InvalidInput,
    TenantGone,
    TenantNotFound,
    TenantNotReady,
    Unavailable,
)
from quart_passport.passport.structure import Structure
from quart_passport.secret import Secret
from quart_passport.services import Services
from quart_passport.tenancy.connections import AppCredentials
from quart_passport.tenancy.tenant import Tenant


@click.group()
def tenants() -> None:
    """Register PIMs, declare their passports, erase them."""


@tenants.command("list")
@as_json
@with_services
async def list_tenants(services: Services, as_json: bool) -> None:
    """List every tenant."""
    found = await services.directory.list_all()
    if as_json:
        print_json([_summary(services, tenant) for tenant in found])
    elif not found:
        console.print("There are no tenants yet. Register a PIM: quart-passport tenants add --help")
    else:
        table = Table("slug", "state", "PIM", "passports")
        for tenant in found:
            table.add_row(tenant.slug, tenant.state, tenant.origin, str(len(tenant.configs)))
        console.print(table)


@tenants.command()
@click.argument("slug")
@as_json
@with_services
async def show(services: Services, slug: str, as_json: bool) -> None:
    """Show one tenant."""
    summary = _summary(services, await services.directory.find(slug))
    if as_json:
        print_json(summary)
    else:
        for name, value in summary.items():
            console.print(f"{name.replace('_', ' ')}: {value}", soft_wrap=True)


@tenants.command()
@click.option("--pim-url", required=True, help="The PIM's address.")
@click.option("--slug", help="What the tenant is called in addresses; else made from the PIM's.")
@click.option("--name", default="", help="The merchant's name.")
@as_json
@with_services
async def add(services: Services, pim_url: str, slug: str | None, name: str, as_json: bool) -> None:
    """Register a PIM, and print the addresses to paste into it."""
    origin = services.egress.check_pim_url(pim_url)
    connection = await services.connections.register(origin, slug=slug, name=name)
    tenant = await services.directory.find_by_connection(connection)
    assert tenant is not None, "it was just registered"
    summary = _summary(services, tenant)
    if as_json:
        print_json(summary)
        return
    console.print(
        f"Registered [bold]{tenant.slug}[/bold]. In the PIM, create a custom app with:\n"
        f"  activate URL  {summary['activate_url']}\n"
        f"  callback URL  {summary['callback_url']}\n"
        "The PIM then shows a client id and a client secret. Put the secret into a file, and:\n"
        f"  quart-passport tenants credentials {tenant.slug} "
        "--client-id … --client-secret-file …",
        soft_wrap=True,
    )


@tenants.command()
@click.argument("slug")
@click.option("--client-id", required=True, help="As the PIM shows it.")
@click.option(
    "--client-secret-file",
    required=True,
    type=click.Path(path_type=Path, allow_dash=True),
    help="A file that holds the client secret; `-` reads standard input.",
)
@with_services
async def credentials(
    services: Services, slug: str, client_id: str, client_secret_file: Path
) -> None:
    """Give a registered PIM's client id and secret, sealed before they are stored."""
    tenant = await services.directory.find_open(slug)
    secret = _read_secret(client_secret_file)
    await services.connections.keep_credentials(
        tenant.connection.id, AppCredentials(client_id.strip(), secret)
    )
    console.print(
        f"Kept. Now choose “Connect” for the app in the PIM at {tenant.origin}.", soft_wrap=True
    )


@tenants.command()
@click.argument("slug")
@click.option("--file", type=click.Path(path_type=Path), help="Another file than the tenant's own.")
@with_services
async def apply(services: Services, slug: str, file: Path | None) -> None:
    """Read a tenant.toml into the database."""
    path = file or services.settings.tenants_dir / slug / FILE_NAME
    declaration = read_declaration(path)
    structure = await _structure_of(services, slug)
    changed = await apply_declaration(
        services.directory,
        slug,
        declaration,
        services.check_config,
        where=str(path),
        structure=structure,
    )
    console.print("Applied." if changed else "Nothing to change.")


@tenants.command()
@click.argument("slug")
@click.option("--file", type=click.Path(path_type=Path), help="Another file than the tenant's own.")
@with_services
async def declare(services: Services, slug: str, file: Path | None) -> None:
    """Write a tenant.toml from the database."""
    path = file or services.settings.tenants_dir / slug / FILE_NAME
    text = format_declaration(await services.directory.find(slug))
    if path.exists() and path.read_text(encoding="utf-8") != text:
        click.confirm(f"{path} says something else. Overwrite it?", abort=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    console.print(f"Wrote {path}.", soft_wrap=True)


@tenants.command()
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_services
async def erase(services: Services, slug: str, yes: bool) -> None:
    """Delete everything that is stored about a tenant, at once and for good."""
    tenant = await services.directory.find(slug)
    if not yes:
        console.print(
            f"Every page, configuration, credential and cached product of [bold]{slug}[/bold] "
            "will be deleted. Printed QR codes will lead to “no longer published”."
        )
        if click.prompt("Type the slug to go on") != slug:
            raise click.Abort
    receipt = await services.deletions.delete(tenant, Reason.ASKED)
    console.print(f"Deleted. Receipt {receipt}.", soft_wrap=True)
    folder = services.settings.tenants_dir / slug
    if folder.exists():
        console.print(f"Your own files are left for you to remove: {folder}", soft_wrap=True)


async def _structure_of(services: Services, slug: str) -> Structure | None:
    """How the tenant's PIM is built, if it is connected and answers."""
    try:
        return await services.fences.serve(slug, services.structures.structure_of)
    except Unavailable:
        click.echo("The PIM cannot be asked now, so its codes were not compared.", err=True)
    except (TenantNotReady, TenantNotFound, TenantGone):
        # There is no PIM to ask; what else is wrong with the tenant is told when it is written.
        pass
    return None


def _summary(services: Services, tenant: Tenant) -> dict[str, Any]:
    connection = tenant.connection
    door = f"{services.settings.base_url}/akeneo/{connection.id}"
    return {
        "slug": tenant.slug,
        "name": tenant.name,
        "state": str(tenant.state),
        "pim": tenant.origin,
        "ttl": tenant.ttl,
        "gtin_attribute": tenant.gtin_attribute,
        "configurations": [config.name for config in tenant.configs],
        "scopes": sorted(connection.scopes),
        "has_credentials": connection.has_credentials,
        "is_subscribed_to_events": bool(connection.subscription_id),
        "flaw": tenant.flaw,
        "activate_url": f"{door}/activate",
        "callback_url": f"{door}/callback",
    }


def _read_secret(file: Path) -> Secret:
    try:
        with click.open_file(str(file), encoding="utf-8") as stream:
            text = stream.read(10_000).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot be read: {error}", where=str(file)) from None
    if not text or not text.isascii() or any(char.isspace() for char in text):
        raise InvalidInput("must hold the client secret and nothing else", where=str(file))
    return Secret(text)
