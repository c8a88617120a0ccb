"""A merchant's browser, one step at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from quart import Quart

from quart_passport.app import create_app
from quart_passport.sandbox import Catalog, create_sandbox
from quart_passport.tenancy.tenant import Tenant
from tests.backends import settings_for
from tests.serving import serving
from tests.stack import Backend, Stack


def door_of(stack: Stack, tenant: Tenant | None) -> str:
    """A custom app's door, or the published app's."""
    return f"{stack.url}/akeneo/{tenant.connection.id}" if tenant else f"{stack.url}/akeneo"


async def begin(stack: Stack, tenant: Tenant | None, pim_url: str = "") -> httpx.Response:
    """Open the activate address, as the PIM does, and follow nothing."""
    return await stack.browser.get(
        f"{door_of(stack, tenant)}/activate",
        params={"pim_url": pim_url or stack.pim.base_url},
        follow_redirects=False,
    )


async def consent(stack: Stack, authorize: str, **changes: str) -> str:
    """Approve in the PIM; gives the address that the PIM sends the browser back to."""
    url = httpx.URL(authorize).copy_merge_params(changes)
    answer = await stack.browser.post(
        url, headers={"origin": stack.pim.base_url}, follow_redirects=False
    )
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def callback_of(stack: Stack, tenant: Tenant | None, **changes: str) -> str:
    """Where the PIM sends the browser after the merchant's consent."""
    beginning = await begin(stack, tenant)
    assert beginning.status_code == 302, beginning.text
    return await consent(stack, beginning.headers["location"], **changes)


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@asynccontextmanager
async def published_app(folder: Path, backend: Backend, catalog: Catalog) -> AsyncIterator[Stack]:
    """An installation whose app is published: one client id and secret for every PIM."""
    async with serving(lambda url: create_sandbox(catalog, base_url=url)) as pim:

        def make_app(url: str) -> Quart:
            door = f"{url}/akeneo"
            app = pim.app.pim.apps.register("Published", f"{door}/activate", f"{door}/callback")
            return create_app(
                settings_for(
                    folder,
                    backend,
                    base_url=url,
                    egress_exempt=(urlsplit(pim.url).netloc,),
                    event_platform_url="{pim}/event-platform/api/v1",
                    akeneo_client_id=app.client_id,
                    akeneo_client_secret=app.client_secret,
                )
            )

        async with (
            serving(make_app) as served,
            httpx.AsyncClient(trust_env=False, follow_redirects=True, timeout=20) as browser,
        ):
            yield Stack(served.url, served.app, (pim,), browser)
