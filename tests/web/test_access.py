"""What each route of the access table answers, by every method, of what nobody knows."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from quart_passport.sandbox import Catalog
from tests.stack import Stack
from tests.test_house import ACCESS
from tests.web.conftest import connected_stack
from tests.web.wire import ask

pytestmark = pytest.mark.asyncio(loop_scope="module")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
NO_ID = "00000000-0000-4000-8000-000000000000"
# An address of the route that names a tenant, product, connection or hook that does not exist.
NOBODY = {
    "/": ("/", 200),
    "/privacy": ("/privacy?tenant=nobody", 200),
    "/.well-known/security.txt": ("/.well-known/security.txt", 404),
    "/healthz": ("/healthz", 200),
    "/readyz": ("/readyz", 200),
    "/t/<slug>/p/<rest:product>": ("/t/nobody/p/X", 404),
    "/t/<slug>/01/<rest:link>": ("/t/nobody/01/09521001006019", 404),
    "/t/<slug>/qr/<rest:code>": ("/t/nobody/qr/X.svg", 404),
    "/t/<slug>/media/<key>/<name>": ("/t/nobody/media/x/y", 404),
    "/static/<theme>/<digest>/<path:name>": ("/static/none/0/x.svg", 404),
    "/akeneo/activate": ("/akeneo/activate", 400),
    "/akeneo/<uuid:connection>/activate": (
        f"/akeneo/{NO_ID}/activate?pim_url=https%3A%2F%2Fnobody.cloud.akeneo.com",
        404,
    ),
    "/akeneo/callback": ("/akeneo/callback", 403),
    "/akeneo/<uuid:connection>/callback": (f"/akeneo/{NO_ID}/callback?state=x&code=y", 403),
    "/akeneo/notifications/<hook>": (f"/akeneo/notifications/{'0' * 32}", 404),
    "/akeneo/events/<hook>": (f"/akeneo/events/{'0' * 32}", 404),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(folder: Path, worlds: dict[str, Catalog]) -> AsyncIterator[Stack]:
    async with connected_stack(folder, {"skarrefell": worlds["clothing"]}) as running:
        yield running


@pytest.mark.parametrize("route", ACCESS)
async def test_a_route_gives_nothing_away_and_takes_only_its_methods(
    stack: Stack, route: str
) -> None:
    path, status = NOBODY[route]
    methods = set(ACCESS[route][1].split())

    answers = {method: await ask(stack.url, path, method=method) for method in METHODS}

    for method, answer in answers.items():
        assert answer.status == (status if method in methods else 405), method
        assert answer.all("set-cookie") == []
        assert answer.all("location") == []
        if answer.status == 405:
            assert set(answer["allow"].split(", ")) == methods
