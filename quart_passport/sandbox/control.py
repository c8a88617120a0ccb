"""
`/_sandbox`: what tests and demos may do to the PIM over HTTP; a real PIM has nothing like it.

Bodies are JSON. Only the PIM's own pages and callers that are no browsers get in.
"""

from dataclasses import asdict
from typing import Any, TypeVar

import msgspec
from quart import Blueprint, Response, request

from quart_passport.sandbox.control_pages import connections_page
from quart_passport.sandbox.errors import AppRefused
from quart_passport.sandbox.faults import Fault
from quart_passport.sandbox.form_guard import refuse_other_sites
from quart_passport.sandbox.pim import current_pim
from quart_passport.sandbox.scopes import AUTHORIZATION
from quart_passport.sandbox.switches import Switches, read_switches
from quart_passport.sandbox.switches import set_switches as apply_switches
from quart_passport.sandbox.traffic import Tally

control = Blueprint("control", __name__, url_prefix="/_sandbox")

_Shape = TypeVar("_Shape")


class BadBody(Exception):
    """What the caller sent is not what this route reads."""


class _NewApp(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    activate_url: str
    callback_url: str


class _NewConnection(msgspec.Struct, forbid_unknown_fields=True):
    label: str
    scopes: list[str] = msgspec.field(default_factory=lambda: sorted(AUTHORIZATION))


class _Event(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    data: dict[str, Any]


@control.errorhandler(BadBody)
async def refuse_body(error: BadBody) -> Response:
    return _json({"error": str(error)}, 422)


@control.before_request
async def check_caller() -> None:
    refuse_other_sites()


@control.get("/apps")
async def list_apps() -> Response:
    apps = current_pim().apps
    return _json(
        [
            {
                "client_id": app.client_id,
                "name": app.name,
                "activate_url": app.activate_url,
                "callback_url": app.callback_url,
                "connected": (connected := apps.connected(app.client_id)) is not None,
                "scopes": connected.scopes if connected else [],
            }
            for app in apps.registered()
        ]
    )


@control.post("/apps")
async def register_app() -> Response:
    wanted = await read_body(_NewApp)
    try:
        app = current_pim().apps.register(wanted.name, wanted.activate_url, wanted.callback_url)
    except AppRefused as error:
        raise BadBody(str(error)) from None
    return _json({"client_id": app.client_id, "client_secret": app.client_secret}, 201)


@control.post("/apps/<client_id>/disconnect")
async def disconnect_app(client_id: str) -> Response:
    return done(current_pim().disconnect(client_id), "connected app")


@control.get("/connections")
async def list_connections() -> Response | str:
    # A browser that leads a person here says so; programs take anything, or ask for JSON.
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return await connections_page()
    shown = ("client_id", "label", "username", "scopes")
    return _json(
        [{name: getattr(c, name) for name in shown} for c in current_pim().connections.all()]
    )


@control.post("/connections")
async def create_connection() -> Response:
    wanted = await read_body(_NewConnection)
    unknown = set(wanted.scopes) - AUTHORIZATION.keys()
    if unknown:
        raise BadBody(f"unknown scopes: {', '.join(sorted(unknown))}")
    try:
        made = current_pim().connections.create(wanted.label, wanted.scopes)
    except AppRefused as error:
        raise BadBody(str(error)) from None
    shown = ("client_id", "client_secret", "username", "password")
    return _json({name: getattr(made, name) for name in shown}, 201)


@control.post("/connections/<client_id>/expire")
async def expire_tokens(client_id: str) -> Response:
    return done(current_pim().connections.expire(client_id), "connection")


@control.delete("/connections/<client_id>")
async def remove_connection(client_id: str) -> Response:
    return done(current_pim().connections.remove(client_id), "connection")


@control.get("/calls")
async def show_calls() -> Response:
    traffic = current_pim().traffic
    tokens = {name: _show_tally(tally) for name, tally in traffic.references().items()}
    return _json({"total": _show_tally(traffic.total), "tokens": tokens})


@control.delete("/calls")
async def reset_calls() -> Response:
    current_pim().traffic.reset()
    return Response(status=204)


@control.get("/faults")
async def list_faults() -> Response:
    return _json(
        [
            {"name": pending.name, "left": pending.left, **msgspec.to_builtins(pending.fault)}
            for pending in current_pim().traffic.faults
        ]
    )


@control.post("/faults")
async def add_fault() -> Response:
    name = current_pim().traffic.faults.add(await read_body(Fault))
    return _json({"name": name}, 201)


@control.delete("/faults")
async def clear_faults() -> Response:
    current_pim().traffic.faults.clear()
    return Response(status=204)


@control.delete("/faults/<name>")
async def remove_fault(name: str) -> Response:
    return done(current_pim().traffic.faults.remove(name), "fault that still waits")


@control.get("/switches")
async def show_switches() -> Response:
    return _json(read_switches(current_pim()))


@control.patch("/switches")
async def set_switches() -> Response:
    apply_switches(current_pim(), await read_body(Switches))
    return Response(status=204)


@control.post("/events")
async def publish_event() -> Response:
    event = await read_body(_Event)
    current_pim().event_platform.publish(event.type, event.data)
    return Response(status=202)


@control.post("/key")
async def rotate_key() -> Response:
    current_pim().identity.rotate_key()
    return Response(status=204)


@control.get("/deliveries")
async def list_deliveries() -> Response:
    return _json([asdict(delivery) for delivery in current_pim().courier.deliveries])


@control.delete("/deliveries")
async def forget_deliveries() -> Response:
    current_pim().courier.deliveries.clear()
    return Response(status=204)


def _show_tally(tally: Tally) -> dict[str, Any]:
    return {name: value for name, value in vars(tally).items() if name != "in_flight_by_route"}


def done(is_done: bool, what: str) -> Response:
    """204, or 404 with the sentence that there is no such thing."""
    return Response(status=204) if is_done else _json({"error": f"no such {what}"}, 404)


async def read_body(shape: type[_Shape]) -> _Shape:
    """The JSON of the request. Raises BadBody, whose message is for the caller."""
    if request.mimetype != "application/json":
        raise BadBody("Content-Type must be application/json")
    try:
        return msgspec.json.decode(await request.get_data(), type=shape)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadBody(str(error)) from None


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status=status, content_type="application/json")
