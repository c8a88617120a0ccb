"""The server that tests run apps under."""

import socket

import httpx
import pytest
from quart import Quart, request

from tests.serving import serving


def _echo(url: str) -> Quart:
    app = Quart(__name__)

    @app.get("/<path:rest>")
    async def echo(rest: str) -> dict[str, str]:
        return {"url": url, "raw_path": request.scope["raw_path"].decode()}

    return app


async def test_an_app_answers_at_the_address_it_was_made_for() -> None:
    async with serving(_echo) as served, httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{served.url}/a%2Fb")

    assert answer.json() == {"url": served.url, "raw_path": "/a%2Fb"}


async def test_nothing_listens_after_the_block() -> None:
    async with serving(_echo) as served:
        port = int(served.url.rpartition(":")[2])

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


async def test_an_app_that_cannot_start_fails_the_test_that_wants_it() -> None:
    app = Quart(__name__)

    @app.before_serving
    async def fail() -> None:
        raise RuntimeError("no database")

    with pytest.raises(Exception, match="no database"):
        async with serving(lambda url: app):
            pytest.fail("the block must not be entered")
