"""
`/_sandbox`: what tests and demos may do to the PIM over HTTP; a real PIM has nothing like it.

Bodies are JSON. Only the PIM's own pages and callers that are no browsers get in.
"""

from dataclasses import asdict
from typing import Any

import msgspec
from quart import Blueprint, Response, request

from quart_passport.sandbox.errors import AppRefused
from quart_passport.sandbox.faults import Fault
from quart_passport.sandbox.form_guard import refuse_other_sites
from quart_passport.sandbox.pim import current_pim
from quart_passport.sandbox.traffic import Tally

control = Blueprint("control", __name__, url_prefix="/_sandbox")


class _BadBody(Exception):
    """What the caller sent is not what this route reads."""


class _NewApp(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    activate_url: str
    callback_url: str


class _Edit(msgspec.Struct, forbid_unknown_fields=True):
    values: dict[str, list[dict[str, Any]]] | None = None
    enabled: bool | None = None


class _Switches(msgspec.Struct, forbid_unknown_fields=True):
    latency: float | None = None
    event_platform: bool | None = None
    announce_deletion: bool | None = None
    empty_maps_as_lists: bool | None = None


@control.errorhandler(_BadBody)
async def refuse_body(error: _BadBody) -> Response:
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
    wanted = await _read(_NewApp)
    try:
        app = current_pim().apps.register(wanted.name, wanted.activate_url, wanted.callback_url)
    except AppRefused as error:
        raise _BadBody(str(error)) from None
    return _json({"client_id": app.client_id, "client_secret": app.client_secret}, 201)


@control.post("/apps/<client_id>/disconnect")
async def disconnect_app(client_id: str) -> Response:
    if not current_pim().disconnect(client_id):
        return _json({"error": "no such connected app"}, 404)
    return Response(status=204)


@control.get("/calls")
async def show_calls() -> Response:
    traffic = current_pim().traffic
    tokens = {name: _show_tally(tally) for name, tally in traffic.references().items()}
    return _json({"total": _show_tally(traffic.total), "tokens": tokens})


@control.delete("/calls")
async def reset_calls() -> Response:
    current_pim().traffic.reset()
    return Response(status=204)


@control.post("/faults")
async def add_fault() -> Response:
    current_pim().traffic.faults.append(await _read(Fault))
    return Response(status=204)


@control.delete("/faults")
async def clear_faults() -> Response:
    current_pim().traffic.faults.clear()
    return Response(status=204)


@control.patch("/switches")
async def set_switches() -> Response:
    wanted = await _read(_Switches)
    pim = current_pim()
    if wanted.latency is not None:
        pim.traffic.latency = max(0.0, wanted.latency)
    if wanted.event_platform is not None:
        pim.event_platform.permitted = wanted.event_platform
    if wanted.announce_deletion is not None:
        pim.announces_deletion = wanted.announce_deletion
    if wanted.empty_maps_as_lists is not None:
        pim.empty_maps_as_lists = wanted.empty_maps_as_lists
    return Response(status=204)


@control.patch("/products/<uuid>")
async def edit_product(uuid: str) -> Response:
    edit = await _read(_Edit)
    pim = current_pim()
    unknown = (edit.values or {}).keys() - pim.catalog.attributes.keys()
    if unknown:
        raise _BadBody(f"unknown attributes: {', '.join(sorted(unknown))}")
    if pim.edit_product(uuid, values=edit.values, enabled=edit.enabled) is None:
        return _json({"error": "no such product"}, 404)
    return Response(status=204)


@control.delete("/products/<uuid>")
async def delete_product(uuid: str) -> Response:
    if current_pim().delete_product(uuid) is None:
        return _json({"error": "no such product"}, 404)
    return Response(status=204)


@control.get("/deliveries")
async def list_deliveries() -> Response:
    return _json([asdict(delivery) for delivery in current_pim().courier.deliveries])


def _show_tally(tally: Tally) -> dict[str, Any]:
    counts = {"by_route": dict(tally.by_route), "by_group": dict(tally.by_group)}
    return vars(tally) | counts


async def _read(shape: type[Any]) -> Any:
    if request.mimetype != "application/json":
        raise _BadBody("Content-Type must be application/json")
    try:
        return msgspec.json.decode(await request.get_data(), type=shape)
    except (msgspec.DecodeError, ValueError) as error:
        raise _BadBody(str(error)) from None


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status=status, content_type="application/json")
