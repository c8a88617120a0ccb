"""What a PIM's event platform tells us: that the app was disconnected, that a product changed.

The path finds the connection, the signature over the raw body proves the sender, and only then is
the body read. HEAD answers, because the platform asks so whether the address is there.
"""

from collections.abc import Awaitable, Callable

from quart import Blueprint, Response, request

from quart_passport.errors import NotFound
from quart_passport.tenancy.tenant import Tenant
from quart_passport.web.context import services

blueprint = Blueprint("webhooks", __name__, url_prefix="/akeneo")


@blueprint.route("/notifications/<hook>", methods=["HEAD", "POST"])
async def take_notification(hook: str) -> Response:
    """A notice about our subscription."""
    tenant = await _sender(services().directory.find_by_notification_hook, hook)
    if request.method == "HEAD":
        return Response()
    accepted = await services().notices.take_notification(tenant, await _body(), request.headers)
    return Response(status=200 if accepted else 401)


@blueprint.route("/events/<hook>", methods=["HEAD", "POST"])
async def take_event(hook: str) -> Response:
    """An event of the PIM."""
    tenant = await _sender(services().directory.find_by_event_hook, hook)
    if request.method == "HEAD":
        return Response()
    accepted = await services().notices.take_event(tenant, await _body(), request.headers)
    return Response(status=200 if accepted else 401)


async def _sender(find: Callable[[str], Awaitable[Tenant | None]], hook: str) -> Tenant:
    tenant = await find(hook)
    if tenant is None:
        raise NotFound("no such hook")
    return tenant


async def _body() -> bytes:
    body = await request.get_data(as_text=False)
    assert isinstance(body, bytes)
    return body
