"""Whether the process lives, and whether to send it traffic."""

from collections.abc import Awaitable

import msgspec
from quart import Blueprint, Response

from quart_passport.errors import Unavailable
from quart_passport.web.context import services

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
async def show_health() -> Response:
    """The process answers."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/readyz")
async def show_readiness() -> Response:
    """Database and cache answer; 503 if one does not."""
    states = {
        "database": await _answers(services().ping_database()),
        "cache": await _answers(services().store.ping()),
    }
    response = Response(
        msgspec.json.encode({name: "ok" if up else "down" for name, up in states.items()}),
        content_type="application/json",
    )
    response.status_code = 200 if all(states.values()) else 503
    return response


async def _answers(ping: Awaitable[None]) -> bool:
    try:
        await ping
    except Unavailable:
        return False
    return True
