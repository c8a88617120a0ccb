"""Pages of the installation itself: front page, privacy, and what security researchers look for."""

from datetime import UTC, datetime, timedelta

from quart import Blueprint, Response, request

from quart_passport.errors import NotFound, TenantGone, TenantNotReady
from quart_passport.tenancy.tenant import Tenant
from quart_passport.web.context import answers, services

blueprint = Blueprint("pages", __name__)

# RFC 9116: no more than a year.
_SECURITY_TXT_AGE = timedelta(days=300)


@blueprint.get("/")
async def show_front() -> Response:
    """What this installation is."""
    return answers().page("front.html", operator=services().settings.operator_name)


@blueprint.get("/privacy")
async def show_privacy() -> Response:
    """What is kept, for how long, and about whom: from the settings in force."""
    settings = services().settings
    return answers().page(
        "privacy.html",
        operator=settings.operator_name,
        contact=settings.contact_email,
        tenant=await _asked_tenant(),
        in_memory=not settings.redis_url,
        reports_errors=bool(settings.sentry_dsn),
    )


@blueprint.get("/.well-known/security.txt")
async def show_security_contact() -> Response:
    """Whom to tell of a weakness (RFC 9116)."""
    contact = services().settings.security_contact
    if not contact:
        raise NotFound("no security contact is set")
    address = contact if contact.startswith(("https://", "mailto:")) else f"mailto:{contact}"
    expires = (datetime.now(UTC) + _SECURITY_TXT_AGE).strftime("%Y-%m-%dT00:00:00Z")
    canonical = f"{services().settings.base_url}/.well-known/security.txt"
    text = f"Contact: {address}\nExpires: {expires}\nCanonical: {canonical}\n"
    return Response(text, content_type="text/plain; charset=utf-8")


async def _asked_tenant() -> Tenant | None:
    slug = request.args.get("tenant", "")
    if not slug:
        return None
    try:
        return await services().directory.find_published(slug)
    except (NotFound, TenantGone, TenantNotReady):
        return None
