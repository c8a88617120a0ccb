"""`/api/oauth/v1/token`: where connections log in."""

from typing import Any

import msgspec
from quart import Blueprint, Response, request

from quart_passport.sandbox.connections import ACCESS_LIFETIME
from quart_passport.sandbox.errors import ApiError
from quart_passport.sandbox.pim import current_pim
from quart_passport.sandbox.rest import refuse_error

login = Blueprint("login", __name__, url_prefix="/api/oauth/v1")
login.register_error_handler(ApiError, refuse_error)


@login.post("/token")
async def issue_token() -> Response:
    fields = await _fields()
    client_id, secret = _credentials(fields)
    tokens = current_pim().connections.log_in(client_id, secret, fields)
    body = {
        "access_token": tokens.access_token,
        "expires_in": ACCESS_LIFETIME,
        "token_type": "bearer",
        "scope": None,
        "refresh_token": tokens.refresh_token,
    }
    return Response(
        msgspec.json.encode(body),
        content_type="application/json",
        headers={"Cache-Control": "no-store", "Pragma": "no-cache"},
    )


async def _fields() -> dict[str, str]:
    kind = request.headers.get("Content-Type")
    match request.mimetype:
        case "application/x-www-form-urlencoded":
            return (await request.form).to_dict()
        case "application/json":
            return _strings(await request.get_data())
    if kind is None:
        text = 'The "Content-Type" header is missing.'
    else:
        text = f'"{kind}" in "Content-Type" header is not valid.'
    allowed = '"application/json" or "application/x-www-form-urlencoded"'
    raise ApiError(415, f"{text} Only {allowed} are allowed.")


def _strings(body: str | bytes) -> dict[str, str]:
    try:
        fields: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise ApiError(400, "Invalid JSON message received") from None
    if not isinstance(fields, dict):
        raise ApiError(400, "Invalid JSON message received")
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _credentials(fields: dict[str, str]) -> tuple[str, str]:
    """From the Authorization header, else from the body (RFC 6749, section 2.3.1)."""
    basic = request.authorization
    if basic is not None and basic.type == "basic":
        return basic.username or "", basic.password or ""
    return fields.get("client_id", ""), fields.get("client_secret", "")
