"""The passport page, and the same passport as data."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from quart import Blueprint, Response, current_app, request

from quart_passport.cache.patience import PATIENCE_SECONDS
from quart_passport.errors import ProductNotFound
from quart_passport.passport.identifiers import (
    decode_segment,
    digital_link_path,
    parse_digital_link,
    parse_uuid,
    product_path,
)
from quart_passport.passport.json_ld import describe, encode
from quart_passport.passport.languages import languages_of
from quart_passport.passport.model import Passport
from quart_passport.publishing.passports import Publication
from quart_passport.tenancy.tenant import Tenant
from quart_passport.web.context import services, turn
from quart_passport.web.etags import unless_known
from quart_passport.web.front_door import PAGE_LIFE, remember
from quart_passport.web.headers import as_data, as_page, kept_for
from quart_passport.web.paths import raw_segments
from quart_passport.web.public.addresses import Addresses
from quart_passport.web.variants import LINKED_DATA, Wish

blueprint = Blueprint("passport", __name__)

# With so many readers waiting, pages come before pictures.
_CROWD = 3
_EXTENSION = "quart_passport.visits"


@dataclass(frozen=True, eq=False, slots=True)
class Visit:
    """A reader who waits for a page, among all who do."""

    all: set["Visit"]
    # On the loop's clock.
    began: float

    @property
    def time_left(self) -> float:
        """How many seconds the reader may still wait for what is not needed; 0 in a crowd."""
        waited = asyncio.get_running_loop().time() - self.began
        return max(0.0, PATIENCE_SECONDS - waited) if len(self.all) < _CROWD else 0.0


@contextmanager
def _visit() -> Iterator[Visit]:
    together = cast("set[Visit]", current_app.extensions.setdefault(_EXTENSION, set()))
    visit = Visit(together, asyncio.get_running_loop().time())
    together.add(visit)
    try:
        yield visit
    finally:
        together.discard(visit)


@blueprint.get("/t/<slug>/p/<rest:product>")
async def show_product(slug: str, product: str) -> Response:  # noqa: ARG001 - the raw path has it
    """A passport by the product's identifier or UUID."""
    segments = raw_segments("t", slug, "p")
    if len(segments) != 1:
        raise ProductNotFound("an identifier is one percent-encoded segment")
    name = decode_segment(segments[0], where="product")

    async def answer(tenant: Tenant) -> Response:
        with _visit() as visit:
            publication = await services().passports.by_name(tenant, name, parse_uuid(name))
            path = product_path(publication.identity)
            return await _respond(tenant, publication, path, visit)

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
        with _visit() as visit:
            publication = await services().passports.by_link(tenant, parsed)
            path = digital_link_path(publication.identity)
            return await _respond(tenant, publication, path, visit)

    return await services().fences.serve(slug, answer)


async def _respond(tenant: Tenant, publication: Publication, path: str, visit: Visit) -> Response:
    wish, languages = Wish.of(request), languages_of(publication.config)
    language = wish.language(languages)
    async with turn():
        passport = publication.passport_in(language)
    base, media = services().settings.base_url, services().media
    addresses = Addresses(base, tenant, publication.product.uuid, media)
    response = await (
        _as_linked_data(tenant, passport, addresses)
        if wish.form == LINKED_DATA
        else _as_html(tenant, publication, passport, addresses, path, visit)
    )
    response.headers["Content-Language"] = language.tag
    response.headers["Vary"] = "Accept, Accept-Language"
    remember(request, languages, publication.remaining)
    # Whoever gets a remembered page gets it that much later.
    return kept_for(response, publication.remaining - PAGE_LIFE)


async def _as_html(
    tenant: Tenant,
    publication: Publication,
    passport: Passport,
    addresses: Addresses,
    path: str,
    visit: Visit,
) -> Response:
    logo = publication.config.logo_url
    sizes = await services().media.sizes(tenant, publication, passport, seconds=visit.time_left)
    async with turn():
        page = services().renderer.render(
            passport,
            publication.config,
            addresses.page(passport, path, logo, sizes),
            tenant_slug=tenant.slug,
            json_ld=_description(passport, addresses),
        )
    response = unless_known(page.html.encode(), "text/html; charset=utf-8", owner=tenant)
    return as_page(response, style_hash=page.style_hash)


async def _as_linked_data(tenant: Tenant, passport: Passport, addresses: Addresses) -> Response:
    async with turn():
        body = encode(_description(passport, addresses))
    return as_data(unless_known(body, LINKED_DATA, owner=tenant))


def _description(passport: Passport, addresses: Addresses) -> dict[str, Any]:
    return describe(
        passport,
        url=addresses.canonical(passport),
        picture_url=addresses.elsewhere(passport.picture) if passport.picture else None,
        link=addresses.elsewhere,
    )
