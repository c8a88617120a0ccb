"""The doors for PIMs: activate and callback, for the published app and for each custom app."""

from uuid import UUID

from quart import Blueprint, Response, request

from quart_passport.errors import AuthorizationRefused, PassportError
from quart_passport.onboarding.states import LIFETIME, Ticket
from quart_passport.passport.identifiers import canonical_path
from quart_passport.tenancy.tenant import Tenant
from quart_passport.web.context import answers, services

blueprint = Blueprint("connect", __name__, url_prefix="/akeneo")


@blueprint.get("/activate")
@blueprint.get("/<uuid:connection>/activate")
async def activate(connection: UUID | None = None) -> Response:
    """The PIM opens this with its own address; the merchant is sent there to consent."""
    beginning = await services().onboarding.begin(request.args.get("pim_url", ""), connection)
    response = Response(status=302, headers={"Location": beginning.authorize_url})
    response.set_cookie(
        _cookie_name(),
        beginning.ticket.browser,
        max_age=int(LIFETIME.total_seconds()),
        path="/",
        secure=_is_https(),
        httponly=True,
        samesite="Lax",
    )
    return response


@blueprint.get("/callback")
@blueprint.get("/<uuid:connection>/callback")
async def finish(connection: UUID | None = None) -> Response:
    """The PIM sends the merchant back with a code."""
    state, code = request.args.get("state", ""), request.args.get("code", "")
    browser = request.cookies.get(_cookie_name(), "")
    if not (state and code and browser):
        raise AuthorizationRefused(
            "something is missing in this request; please open your PIM and choose “Connect” again"
        )
    tenant = await services().onboarding.finish(Ticket(state, browser), code, connection)
    response = answers().page("connected.html", tenant=tenant, example=await _example_of(tenant))
    response.delete_cookie(
        _cookie_name(), path="/", secure=_is_https(), httponly=True, samesite="Lax"
    )
    return response


async def _example_of(tenant: Tenant) -> str | None:
    """The address of a passport to look at; none if the PIM has none to show just now."""
    try:
        publication = await services().passports.example(tenant)
    except PassportError:
        return None
    if publication is None:
        return None
    path = canonical_path(publication.identity)
    return f"{services().settings.base_url}/t/{tenant.slug}{path}"


def _is_https() -> bool:
    return services().settings.base_url.startswith("https://")


def _cookie_name() -> str:
    # Browsers take the prefix from https pages only, and then nobody else can set the cookie.
    return "__Host-qp-connect" if _is_https() else "qp-connect"
