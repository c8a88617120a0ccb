"""`/connect/apps/v1`: consent, tokens, the public key, and the wish for more scopes."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import msgspec
from quart import Blueprint, Response, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from quart_passport.sandbox.errors import ApiError, TokenError
from quart_passport.sandbox.form_guard import refuse_other_sites
from quart_passport.sandbox.pim import current_pim
from quart_passport.sandbox.rest import answer, authenticate, refuse_error
from quart_passport.sandbox.scopes import AUTHENTICATION, AUTHORIZATION, split_scopes
from quart_passport.sandbox.state import ConnectedApp, RegisteredApp

connect = Blueprint("connect", __name__, url_prefix="/connect/apps/v1")
connect.register_error_handler(ApiError, refuse_error)


@dataclass(frozen=True)
class _Wish:
    """What an app that is registered here asks a user for, as far as that user can give it."""

    app: RegisteredApp
    scopes: frozenset[str]
    authentication: frozenset[str]


class _Refused(Exception):
    """The page to show instead of going on."""

    def __init__(self, status: int, title: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.title = title


@connect.errorhandler(_Refused)
async def refuse(error: _Refused) -> Response:
    page = await render_template("sandbox/error.html", title=error.title, message=str(error))
    return Response(page, status=error.status)


@connect.get("/authorize")
async def authorize() -> Response | AnyResponse:
    wish = _read_wish()
    app, apps = wish.app, current_pim().apps
    missing = apps.missing_consent(app.client_id, wish.scopes, wish.authentication)
    if missing is None:
        return _call_back(wish)
    page = await render_template(
        "sandbox/consent.html",
        app=app,
        wishes=[AUTHORIZATION[scope] for scope in sorted(missing[0])],
        personal=[text for scope, text in AUTHENTICATION.items() if scope in missing[1]],
        is_connected=apps.connected(app.client_id) is not None,
    )
    # Browsers hold the redirect after a form against form-action too.
    return Response(page, headers={"X-Sandbox-Form-Action": _origin(app.callback_url)})


@connect.post("/authorize")
async def approve() -> AnyResponse:
    refuse_other_sites()
    return _call_back(_read_wish())


@connect.post("/oauth2/token")
async def exchange_code() -> Response:
    form = await request.form
    pim = current_pim()
    try:
        grant = pim.apps.exchange(form)
    except TokenError as error:
        return _json(error.body(), 400)
    body = {
        "access_token": grant.access_token,
        "token_type": "bearer",
        "scope": grant.scope(),
    }
    if "openid" in grant.authentication:
        body["id_token"] = pim.identity.id_token(grant)
    return _json(body)


@connect.get("/openid/public-key")
async def show_public_key() -> Response:
    return _json({"public_key": current_pim().identity.certificate()})


@connect.post("/scopes/update")
async def ask_for_scopes() -> Response:
    # It changes nothing: a real PIM only tells its users that the app would like more.
    authenticate()
    if not isinstance(g.connected_app, ConnectedApp):
        raise ApiError(403, "Not an authenticated App")
    return answer("Ok")


def _read_wish() -> _Wish:
    apps = current_pim().apps
    app = apps.find(request.args.get("client_id", ""))
    if app is None or request.args.get("response_type") != "code":
        raise _Refused(
            400,
            "This app cannot be connected",
            "The request names no app that is registered here, or does not ask for a code. "
            "Register the app on the overview page, and give it the client ID shown there.",
        )
    asked, authentication = split_scopes(request.args.get("scope", ""))
    scopes = apps.grantable(app.client_id, asked)
    if scopes is None:
        raise _Refused(
            403,
            "You may not connect apps",
            f"Your user may not let {app.name} in. Ask an administrator of this PIM to connect it; "
            "in this sandbox, change what the user may do on the control page.",
        )
    return _Wish(app, scopes, authentication)


def _call_back(wish: _Wish) -> AnyResponse:
    app = wish.app
    code = current_pim().apps.grant(app.client_id, wish.scopes, wish.authentication)
    query = {"code": code}
    if request.args.get("state"):
        query["state"] = request.args["state"]
    joint = "&" if "?" in app.callback_url else "?"
    return redirect(f"{app.callback_url}{joint}{urlencode(query)}")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _json(content: object, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(content),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
