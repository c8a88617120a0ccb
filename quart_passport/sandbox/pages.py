"""The pages for people: overview, apps, products. Plain HTML, no script."""

from quart import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import Conflict, NotFound
from werkzeug.wrappers import Response as AnyResponse

from quart_passport.sandbox.errors import AppRefused, EditRefused
from quart_passport.sandbox.form_guard import refuse_other_sites
from quart_passport.sandbox.pim import current_pim
from quart_passport.sandbox.product_cards import (
    AppCard,
    product_card,
    search_products,
    show_values,
)
from quart_passport.sandbox.product_editing import read_edit, retype, text_fields
from quart_passport.sandbox.products import Product

PAGE_SIZE = 24
# What browsers draw without running anything.
_PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"})
# What a product's page says after its form was sent.
_NOTES = {
    "saved": "Saved. Connected apps that listen to this product are told.",
    "unchanged": "Nothing was changed, so nothing was saved.",
}

pages = Blueprint("pages", __name__)


@pages.get("/")
async def overview() -> str:
    return await _overview_page()


async def _overview_page(problem: str | None = None, form: dict[str, str] | None = None) -> str:
    pim = current_pim()
    cards = [AppCard.of(pim, app) for app in pim.apps.registered()]
    return await render_template(
        "sandbox/overview.html",
        product_count=len(pim.products),
        connected=[card for card in cards if card.is_connected],
        waiting=[card for card in cards if not card.is_connected],
        problem=problem,
        form=form or {"name": "", "activate_url": "", "callback_url": ""},
    )


@pages.post("/apps")
async def register_app() -> str | Response:
    refuse_other_sites()
    sent = await request.form
    form = {name: sent.get(name, "") for name in ("name", "activate_url", "callback_url")}
    pim = current_pim()
    try:
        app = pim.apps.register(**form)
    except AppRefused as error:
        return Response(await _overview_page(str(error), form), status=422)
    return await render_template("sandbox/registered.html", app=app, card=AppCard.of(pim, app))


@pages.get("/apps/<client_id>/disconnect")
async def confirm_disconnection(client_id: str) -> str:
    return await render_template("sandbox/disconnect.html", card=_connected_card(client_id))


@pages.post("/apps/<client_id>/disconnect")
async def disconnect_app(client_id: str) -> AnyResponse:
    refuse_other_sites()
    card = _connected_card(client_id)
    current_pim().disconnect(card.client_id)
    return redirect(url_for("pages.overview"), 303)


@pages.post("/apps/<client_id>/remove")
async def remove_app(client_id: str) -> AnyResponse:
    refuse_other_sites()
    apps = current_pim().apps
    if apps.connected(client_id) is not None:
        raise Conflict("This app is connected. Disconnect it first, then remove it.")
    if not apps.remove(client_id):
        raise NotFound("No app with this client ID is registered.")
    return redirect(url_for("pages.overview"), 303)


def _connected_card(client_id: str) -> AppCard:
    pim = current_pim()
    app = pim.apps.find(client_id)
    if app is None or pim.apps.connected(client_id) is None:
        raise NotFound("No app with this client ID is connected.")
    return AppCard.of(pim, app)


@pages.get("/products")
async def list_products() -> str:
    pim = current_pim()
    text = request.args.get("q", "").strip()
    found = search_products(pim, text)
    last = max(1, -(-len(found) // PAGE_SIZE))
    page = min(max(request.args.get("page", 1, type=int), 1), last)
    shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return await render_template(
        "sandbox/products.html",
        cards=[product_card(pim, product) for product in shown],
        text=text,
        count=len(found),
        page=page,
        last=last,
    )


@pages.get("/products/<uuid>")
async def show_product(uuid: str) -> str:
    note = _NOTES.get(request.args.get("note", ""))
    return await _product_page(_find_product(uuid), note=note)


@pages.post("/products/<uuid>")
async def edit_product(uuid: str) -> AnyResponse | Response:
    refuse_other_sites()
    product = _find_product(uuid)
    sent = await request.form
    pim = current_pim()
    try:
        edit = read_edit(pim, product, sent)
    except EditRefused as error:
        page = await _product_page(product, problem=str(error), sent=sent)
        return Response(page, status=422)
    note = "unchanged"
    if not edit.is_empty:
        pim.edit_product(uuid, values=edit.values, enabled=edit.enabled)
        note = "saved"
    return redirect(url_for("pages.show_product", uuid=product["uuid"], note=note), 303)


def _find_product(uuid: str) -> Product:
    product = current_pim().products.with_uuid(uuid)
    if product is None:
        raise NotFound("This PIM has no such product.")
    return product


async def _product_page(
    product: Product,
    *,
    note: str | None = None,
    problem: str | None = None,
    sent: MultiDict[str, str] | None = None,
) -> str:
    """The page of a product; `sent` is a refused form, shown as it was filled in."""
    pim = current_pim()
    card, fields, is_on = product_card(pim, product), text_fields(pim, product), None
    if sent is not None:
        fields, is_on = retype(fields, sent), "yes" in sent.getlist("enabled")
    return await render_template(
        "sandbox/product.html",
        product=product,
        card=card,
        groups=show_values(pim, product),
        fields=fields,
        is_on=card.is_enabled if is_on is None else is_on,
        note=note,
        problem=problem,
    )


@pages.get("/logo.png")
async def show_logo() -> Response:
    """The merchant's logo, as the merchant's own web server would have it."""
    logo = current_pim().catalog.logo
    if logo is None or not logo.is_file():
        raise NotFound("This merchant has no logo.")
    return Response(logo.read_bytes(), content_type="image/png")


@pages.get("/media/<raw:code>")
async def show_media(code: str) -> Response:
    """A picture for the pages, to a person who is taken as signed in."""
    file = current_pim().catalog.media_files.get(code)
    if file is None or file.path is None or not file.path.is_file():
        raise NotFound("This file is not there.")
    kind = file.shown["mime_type"]
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    if kind not in _PICTURES:
        headers["Content-Disposition"] = "attachment"
    return Response(file.path.read_bytes(), content_type=kind, headers=headers)
