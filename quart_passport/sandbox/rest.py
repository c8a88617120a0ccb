"""`/api/rest/v1`: who may call, in which form answers and errors go out, and what is there."""

from collections.abc import Mapping
from typing import Any

import msgspec
from quart import Blueprint, Response, current_app, g, request
from werkzeug.exceptions import NotFound

from quart_passport.sandbox.connections import holder_of
from quart_passport.sandbox.editions import FEATURE_OF_PATH, version_of
from quart_passport.sandbox.errors import ApiError
from quart_passport.sandbox.pim import current_pim
from quart_passport.sandbox.scopes import allows
from quart_passport.sandbox.tokens import DeadToken

API_PATH = "/api/rest/v1"
_EMPTY_MAPS = frozenset(
    {"values", "associations", "quantified_associations", "labels", "conversion_units"}
)
# Served without a token.
_OPEN_ENDPOINTS = frozenset({"rest.list_endpoints", "rest.show_system_information"})
_DOWNLOADS = frozenset(
    {
        "rest.download_media_file",
        "rest.download_asset_media_file",
        "rest.download_record_media_file",
    }
)

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
    """Find the app or the connection behind the token. Raises ApiError 401."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ApiError(401, "Authentication is required")
    holder = holder_of(current_pim(), token.strip())
    if isinstance(holder, DeadToken):
        raise ApiError(401, holder.value)
    g.connected_app = holder


@rest.before_request
async def check_call() -> None:
    # As in the PIM, a route that is not there is missed before anybody is asked for a token.
    if not _is_there(request.path):
        raise NotFound
    if request.endpoint not in _OPEN_ENDPOINTS:
        authenticate()
    _check_accept()
    if any("[" in name for name in request.args):
        raise ApiError(400, "Bracket syntax is not supported in query parameters.")


def _is_there(path: str) -> bool:
    """Whether this edition has routes that begin as the path does."""
    below = path.removeprefix(f"{API_PATH}/")
    feature = FEATURE_OF_PATH.get(below) or FEATURE_OF_PATH.get(below.partition("/")[0])
    return feature is None or current_pim().has(feature)


def _check_accept() -> None:
    accept = request.headers.get("Accept")
    # Downloads are of any type.
    if accept is None or request.endpoint in _DOWNLOADS:
        return
    if request.accept_mimetypes["application/json"] <= 0:
        raise ApiError(
            406,
            f'"{accept}" in "Accept" header is not valid. Only "application/json" is allowed.',
        )


@rest.get("")
async def list_endpoints() -> Response:
    pim = current_pim()
    rules = [
        rule
        for rule in current_app.url_map.iter_rules()
        if rule.rule.startswith(f"{API_PATH}/") and _is_there(rule.rule)
    ]
    routes = {
        rule.rule.removeprefix(f"{API_PATH}/").replace("/", "_"): {
            "route": rule.rule.replace("<raw:", "{").replace("<", "{").replace(">", "}"),
            "methods": sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}),
        }
        for rule in sorted(rules, key=lambda rule: rule.rule)
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
    edition = current_pim().edition
    return answer({"version": version_of(edition), "edition": edition})


def _with_empty_lists(content: Any) -> Any:
    if isinstance(content, list):
        return [_with_empty_lists(item) for item in content]
    if not isinstance(content, dict):
        return content
    return {
        key: [] if key in _EMPTY_MAPS and value == {} else _with_empty_lists(value)
        for key, value in content.items()
    }
