"""`/api/rest/v1`: who may call, in which form answers and errors go out, and what is there."""

from collections.abc import Mapping
from typing import Any

import msgspec
from quart import Blueprint, Response, current_app, g, request

from quart_passport.sandbox.apps import DeadToken
from quart_passport.sandbox.errors import ApiError
from quart_passport.sandbox.pim import current_pim
from quart_passport.sandbox.scopes import allows

API_PATH = "/api/rest/v1"
VERSION = "v20261110013744"
_EMPTY_MAPS = frozenset({"values", "associations", "quantified_associations", "labels"})
# Served without a token.
_OPEN_ENDPOINTS = frozenset({"rest.list_endpoints", "rest.show_system_information"})

rest = Blueprint("rest", __name__, url_prefix=API_PATH)


def api_url() -> str:
    return current_pim().base_url + API_PATH


def answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    if current_pim().empty_maps_as_lists:
        content = _with_empty_lists(content)
    return Response(
        msgspec.json.encode(content),
        status=status,
        headers=dict(headers or {}),
        content_type="application/json",
    )


def require_scope(scope: str, action: str) -> None:
    """Refuse a caller whose app was not granted `scope`; `action` completes the sentence."""
    if not allows(g.connected_app.token_scopes, scope):
        raise ApiError(403, f"Access forbidden. You are not allowed to {action}.")


def refuse_error(error: ApiError) -> Response:
    return answer(error.body(), error.status, error.headers)


rest.register_error_handler(ApiError, refuse_error)


def authenticate() -> None:
    """Find the app behind the token. Raises ApiError 401."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ApiError(401, "Authentication is required")
    match current_pim().apps.holder(token.strip()):
        case DeadToken.DISCONNECTED:
            raise ApiError(
                401,
                "The access token provided is invalid. "
                "Your app has been disconnected from that PIM.",
            )
        case DeadToken.UNKNOWN:
            raise ApiError(401, "The access token provided is invalid.")
        case app:
            g.connected_app = app


@rest.before_request
async def check_call() -> None:
    if request.endpoint not in _OPEN_ENDPOINTS:
        authenticate()
    _check_accept()
    if any("[" in name for name in request.args):
        raise ApiError(400, "Bracket syntax is not supported in query parameters.")


def _check_accept() -> None:
    accept = request.headers.get("Accept")
    # Downloads are of any type.
    if accept is None or request.endpoint == "rest.download_media_file":
        return
    if request.accept_mimetypes["application/json"] <= 0:
        raise ApiError(
            406,
            f'"{accept}" in "Accept" header is not valid. Only "application/json" is allowed.',
        )


@rest.get("")
async def list_endpoints() -> Response:
    pim = current_pim()
    every = {rule.rule for rule in current_app.url_map.iter_rules()}
    rules = sorted(rule for rule in every if rule.startswith(f"{API_PATH}/"))
    routes = {
        rule.removeprefix(f"{API_PATH}/").replace("/", "_"): {
            "route": rule.replace("<raw:", "{").replace("<", "{").replace(">", "}"),
            "methods": ["GET"],
        }
        for rule in rules
    }
    return answer(
        {
            "host": pim.base_url,
            "authentication": {
                "fos_oauth_server_token": {"route": "/api/oauth/v1/token", "methods": ["POST"]}
            },
            "routes": routes,
        }
    )


@rest.get("/system-information")
async def show_system_information() -> Response:
    return answer({"version": VERSION, "edition": "Serenity"})


def _with_empty_lists(content: Any) -> Any:
    if isinstance(content, list):
        return [_with_empty_lists(item) for item in content]
    if not isinstance(content, dict):
        return content
    return {
        key: [] if key in _EMPTY_MAPS and value == {} else _with_empty_lists(value)
        for key, value in content.items()
    }
