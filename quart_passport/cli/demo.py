"""Everything at once, on this machine: sandbox PIMs, the app, and two connected tenants.

The tenants connect as a merchant would: a browser's requests go through the PIM's consent page.
What was connected once stays so, because both sides keep their state in the data folder.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import rich_click as click
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart

from quart_passport.app import create_app
from quart_passport.cli.ports import check_port
from quart_passport.cli.running import console
from quart_passport.cli.serve import server_config
from quart_passport.editing.declared import FILE_NAME, apply_declaration, parse_declaration
from quart_passport.errors import InvalidInput, PassportError
from quart_passport.passport.identifiers import canonical_path
from quart_passport.qr import QRCode
from quart_passport.sandbox import (
    SandboxApp,
    SandboxError,
    create_sandbox,
    load_catalog,
    world_directory,
)
from quart_passport.secret import Secret
from quart_passport.services import Services
from quart_passport.settings import Settings
from quart_passport.storage.models import TenantState
from quart_passport.tenancy.connections import AppCredentials
from quart_passport.tenancy.tenant import Tenant
from quart_passport.web.context import EXTENSION

_HOST = "127.0.0.1"
_APP_NAME = "Product passports"


@dataclass(frozen=True, slots=True)
class Merchant:
    """A tenant of the demo, and whose catalogue its PIM has."""

    slug: str
    world: str


_MERCHANTS = (
    Merchant("skarrefell", "clothing"),
    Merchant("zellwarth", "batteries"),
)


@click.command()
@click.option("--port", type=int, default=8000, show_default=True, help="Where passports are.")
@click.option(
    "--pim-port",
    type=int,
    default=8100,
    show_default=True,
    help="Where the first sandbox PIM is; the second is on the next port.",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    default=Path("var/demo"),
    show_default=True,
    help="Keeps what is connected over a restart.",
)
def demo(port: int, pim_port: int, data_dir: Path) -> None:
    """Start two sandbox PIMs and the app, connect both, and print where to look."""
    check_port(port, "PORT")
    for pim in _pim_ports(pim_port):
        if pim == port:
            raise InvalidInput(
                f"{pim} is the port of the app too; choose another one", where="PIM_PORT"
            )
        check_port(pim, "PIM_PORT")
    settings = _settings(port, pim_port, data_dir / f"{port}-{pim_port}")
    try:
        asyncio.run(_run(settings))
    except BaseExceptionGroup as failures:
        # Several things run at once; what stopped them is one sentence for whoever started them.
        known, others = failures.split(PassportError)
        if others is not None or known is None:
            raise
        raise known.exceptions[0] from None


def _settings(port: int, pim_port: int, data_dir: Path) -> Settings:
    pims = tuple(f"{_HOST}:{pim}" for pim in _pim_ports(pim_port))
    return Settings(
        base_url=f"http://{_HOST}:{port}",
        bind=f"{_HOST}:{port}",
        data_dir=data_dir,
        egress_exempt=pims,
        event_platform_url="{pim}/event-platform/api/v1",
        operator_name="the demo on this machine",
    )


def _pim_ports(first: int) -> range:
    return range(first, first + len(_MERCHANTS))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    sandboxes = [
        _make_sandbox(merchant, origin, settings.data_dir)
        for merchant, origin in zip(_MERCHANTS, settings.egress_exempt, strict=True)
    ]
    app = create_app(settings)
    async with asyncio.TaskGroup() as group:
        for sandbox, origin in zip(sandboxes, settings.egress_exempt, strict=True):
            group.create_task(_serve(sandbox, _pim_config(origin), stop))
        group.create_task(_serve(app, server_config(settings), stop))
        group.create_task(_introduce(app, sandboxes, settings, stop))


async def _serve(app: Quart, config: Config, stop: asyncio.Event) -> None:
    config.graceful_timeout = 1
    await serve(app, config, shutdown_trigger=stop.wait)


async def _introduce(
    app: Quart, sandboxes: list[SandboxApp], settings: Settings, stop: asyncio.Event
) -> None:
    """Connect what is not connected yet, and tell where everything is."""
    try:
        async with _browser() as browser:
            await _until_healthy(browser, settings.base_url)
            services: Services = app.extensions[EXTENSION]
            for merchant, sandbox in zip(_MERCHANTS, sandboxes, strict=True):
                tenant = await _connected(services, merchant, sandbox, browser)
                await _show(services, tenant, sandbox)
        console.print("Stop everything with Ctrl-C.")
    except BaseException:
        stop.set()
        raise


@asynccontextmanager
async def _browser() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True, timeout=20) as browser:
        yield browser


async def _until_healthy(browser: httpx.AsyncClient, base_url: str) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                if (await browser.get(f"{base_url}/healthz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.02)


def _make_sandbox(merchant: Merchant, address: str, data_dir: Path) -> SandboxApp:
    data_dir.mkdir(parents=True, exist_ok=True)
    state_file = data_dir / f"sandbox-{merchant.world}.json"
    try:
        catalog = load_catalog(world_directory(merchant.world))
        return create_sandbox(catalog, base_url=f"http://{address}", state_file=state_file)
    except SandboxError as error:
        raise InvalidInput(str(error), where="sandbox") from None


async def _connected(
    services: Services, merchant: Merchant, sandbox: SandboxApp, browser: httpx.AsyncClient
) -> Tenant:
    tenant = await services.directory.find_by_origin(sandbox.pim.base_url)
    if tenant is None:
        tenant = await _register(services, merchant, sandbox)
    is_known = sandbox.pim.apps.connected(tenant.connection.client_id) is not None
    # Somebody may have disconnected the app while nothing of ours was running.
    if tenant.state is not TenantState.ACTIVE or not is_known:
        await _consent(services, tenant, browser)
    await _apply_declaration(services, tenant)
    return await services.directory.reread(tenant.slug)


async def _register(services: Services, merchant: Merchant, sandbox: SandboxApp) -> Tenant:
    """The two steps of a custom app: its addresses into the PIM, its credentials back to us."""
    connection = await services.connections.register(sandbox.pim.base_url, slug=merchant.slug)
    door = f"{services.settings.base_url}/akeneo/{connection}"
    _remove_dead_apps(sandbox)
    app = sandbox.pim.apps.register(_APP_NAME, f"{door}/activate", f"{door}/callback")
    await services.connections.keep_credentials(
        connection, AppCredentials(app.client_id, Secret(app.client_secret))
    )
    return await services.directory.find(merchant.slug)


def _remove_dead_apps(sandbox: SandboxApp) -> None:
    """Whatever earlier tenants of this demo left in the PIM leads nowhere any more."""
    for app in sandbox.pim.apps.registered():
        if app.name == _APP_NAME:
            sandbox.pim.apps.remove(app.client_id)


async def _consent(services: Services, tenant: Tenant, browser: httpx.AsyncClient) -> None:
    """What a merchant does: choose “Connect” in the PIM, and approve."""
    activate = f"{services.settings.base_url}/akeneo/{tenant.connection.id}/activate"
    answer = await browser.get(activate, params={"pim_url": tenant.origin})
    if "/connect/apps/v1/authorize" in answer.url.path:
        answer = await browser.post(answer.url, headers={"origin": tenant.origin})
    if answer.status_code != 200:
        raise InvalidInput(f"connecting answered {answer.status_code}", where=tenant.slug)


async def _apply_declaration(services: Services, tenant: Tenant) -> None:
    file = services.settings.tenants_dir / tenant.slug / FILE_NAME
    if not file.exists():
        return
    # The sandbox's address depends on the ports of this demo.
    text = file.read_text(encoding="utf-8").replace("{pim}", tenant.origin)
    declaration = parse_declaration(text, where=str(file))
    await apply_declaration(
        services.directory, tenant.slug, declaration, services.check_config, where=str(file)
    )


async def _show(services: Services, tenant: Tenant, sandbox: SandboxApp) -> None:
    publication = await services.fences.serve(tenant.slug, services.passports.example)
    path = canonical_path(publication.identity) if publication else ""
    url = f"{services.settings.base_url}/t/{tenant.slug}{path}"
    console.print(f"\n[bold]{tenant.name}[/bold], theme {tenant.configs[0].theme}")
    console.print(QRCode(url).terminal(), soft_wrap=True)
    console.print(f"  Passport     {url}", soft_wrap=True)
    console.print(f"  Sandbox PIM  {sandbox.pim.base_url}/", soft_wrap=True)


def _pim_config(address: str) -> Config:
    config = Config()
    config.bind = [address]
    config.accesslog = None
    config.errorlog = None
    return config
