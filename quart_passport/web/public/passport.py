"""The passport page, and the same passport as data."""

from typing import Any

from quart import Blueprint, Response, request

from quart_passport.errors import ProductNotFound
from quart_passport.passport.assembly import assemble_passport
from quart_passport.passport.identifiers import (
    canonical_path,
    decode_segment,
    digital_link_path,
    parse_digital_link,
    parse_uuid,
    product_path,
)
from quart_passport.passport.json_ld import describe, encode
from quart_passport.passport.languages import languages_of
from quart_passport.passport.model import Passport, Picture
from quart_passport.publishing.passports import Publication
from quart_passport.tenancy.tenant import Tenant
from quart_passport.theming.page import PageURLs
from quart_passport.web.context import services, turn
from quart_passport.web.etags import unless_known
from quart_passport.web.front_door import PAGE_LIFE, remember
from quart_passport.web.headers import as_data, as_page, kept_for
from quart_passport.web.paths import raw_segments
from quart_passport.web.variants import LINKED_DATA, Wish

blueprint = Blueprint("passport", __name__)


@blueprint.get("/t/<slug>/p/<rest:product>")
async def show_product(slug: str, product: str) -> Response:  # noqa: ARG001 - the raw path has it
    """A passport by the product's identifier or UUID."""
    segments = raw_segments("t", slug, "p")
    if len(segments) != 1:
        raise ProductNotFound("an identifier is one percent-encoded segment")
    name = decode_segment(segments[0], where="product")

    async def answer(tenant: Tenant) -> Response:
        publication = await services().passports.by_name(tenant, name, parse_uuid(name))
        async with turn():
            return _respond(tenant, publication, product_path(publication.identity))

    return await services().fences.serve(slug, answer)


@blueprint.get("/t/<slug>/01/<rest:link>")
async def show_digital_link(slug: str, link: str) -> Response:  # noqa: ARG001
    """A passport by GS1 Digital Link."""

    async def answer(tenant: Tenant) -> Response:
        segments = raw_segments("t", slug)
        if len(segments) > 2 and not segments[-1]:
            # GS1 asks resolvers to tolerate a slash at the end.
            segments.pop()
        parsed = parse_digital_link(segments)
        publication = await services().passports.by_link(tenant, parsed)
        async with turn():
            return _respond(tenant, publication, digital_link_path(publication.identity))

    return await services().fences.serve(slug, answer)


def _respond(tenant: Tenant, publication: Publication, path: str) -> Response:
    wish, languages = Wish.of(request), languages_of(publication.config)
    language = wish.language(languages)
    passport = assemble_passport(
        publication.product,
        publication.structure,
        publication.config,
        publication.identity,
        language,
    )
    urls = _addresses(tenant, publication, passport, path)
    response = (
        _as_linked_data(tenant, passport, urls)
        if wish.form == LINKED_DATA
        else _as_html(tenant, publication, passport, urls)
    )
    response.headers["Content-Language"] = language.tag
    response.headers["Vary"] = "Accept, Accept-Language"
    remember(request, languages, publication.remaining)
    # Whoever gets a remembered page gets it that much later.
    return kept_for(response, publication.remaining - PAGE_LIFE)


def _as_html(
    tenant: Tenant, publication: Publication, passport: Passport, urls: PageURLs
) -> Response:
    page = services().renderer.render(
        passport,
        publication.config,
        urls,
        tenant_slug=tenant.slug,
        json_ld=_description(passport, urls),
    )
    response = unless_known(page.html.encode(), "text/html; charset=utf-8", owner=tenant)
    return as_page(response, style_hash=page.style_hash)


def _as_linked_data(tenant: Tenant, passport: Passport, urls: PageURLs) -> Response:
    body = encode(_description(passport, urls))
    return as_data(unless_known(body, LINKED_DATA, owner=tenant))


def _description(passport: Passport, urls: PageURLs) -> dict[str, Any]:
    picture = passport.picture
    picture_url = services().settings.base_url + urls.picture(picture) if picture else None
    return describe(passport, url=urls.canonical, picture_url=picture_url)


def _addresses(tenant: Tenant, publication: Publication, passport: Passport, path: str) -> PageURLs:
    home = f"/t/{tenant.slug}"
    base = services().settings.base_url
    canonical = canonical_path(passport.identity)
    media = services().media

    def picture(value: Picture) -> str:
        key = media.picture_key(tenant, publication.product.uuid, value)
        return f"{home}/media/{key}/picture.webp"

    logo = publication.config.logo_url
    return PageURLs(
        canonical=f"{base}{home}{canonical}",
        languages={
            language.tag: f"{base}{home}{path}?lang={language.tag}"
            for language in passport.languages
        },
        data=f"{base}{home}{path}",
        qr=f"{home}/qr{canonical.removeprefix('/p')}.svg",
        privacy=f"/privacy?tenant={tenant.slug}",
        picture=picture,
        logo=f"{home}/media/{media.logo_key(logo)}/logo.webp" if logo else None,
    )
