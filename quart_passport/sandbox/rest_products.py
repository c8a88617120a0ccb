"""Products by UUID and by identifier, and product models."""

from collections.abc import Callable

from quart import Response, request

from quart_passport.sandbox.catalog import JSONObject
from quart_passport.sandbox.errors import ApiError
from quart_passport.sandbox.paging import hal_page, read_paging
from quart_passport.sandbox.pim import current_pim
from quart_passport.sandbox.product_form import ProductForm, Selection, read_selection
from quart_passport.sandbox.product_search import select_models, select_products
from quart_passport.sandbox.products import Product
from quart_passport.sandbox.rest import answer, api_url, require_scope, rest
from quart_passport.sandbox.search import read_search

Show = Callable[[JSONObject, Selection], JSONObject]


@rest.get("/products-uuid")
async def list_products_by_uuid() -> Response:
    found, selection = _find_products()
    return _list(found, "products-uuid", _form().by_uuid, selection, key="uuid")


@rest.get("/products-uuid/<uuid>")
async def show_product_by_uuid(uuid: str) -> Response:
    require_scope("read_products", "list products")
    return _show(current_pim().products.with_uuid(uuid), uuid, _form().by_uuid)


@rest.get("/products")
async def list_products() -> Response:
    found, selection = _find_products()
    named = [product for product in found if product["identifier"] is not None]
    named.sort(key=lambda product: str(product["identifier"]))
    return _list(named, "products", _form().by_identifier, selection, key="identifier")


@rest.get("/products/<raw:code>")
async def show_product(code: str) -> Response:
    require_scope("read_products", "list products")
    return _show(current_pim().products.with_identifier(code), code, _form().by_identifier)


@rest.get("/product-models")
async def list_product_models() -> Response:
    require_scope("read_products", "list product models")
    catalog = current_pim().catalog
    selection = read_selection(catalog, request.args, of_list=True)
    found = _in_channel(select_models(catalog, read_search(request.args)), selection)
    found.sort(key=lambda model: str(model["code"]))
    return _list(found, "product-models", _form().model, selection, key="code")


@rest.get("/product-models/<raw:code>")
async def show_product_model(code: str) -> Response:
    require_scope("read_products", "list product models")
    catalog = current_pim().catalog
    if code not in catalog.product_models:
        raise ApiError(
            404,
            f'Product model "{code}" does not exist or you do not have permission to access it.',
        )
    selection = read_selection(catalog, request.args, of_list=False)
    shown = _form().model(catalog.product_models[code], selection)
    del shown["_links"]
    return answer(shown)


def _form() -> ProductForm:
    pim = current_pim()
    return ProductForm(pim.catalog, pim.products, api_url())


def _find_products() -> tuple[list[Product], Selection]:
    require_scope("read_products", "list products")
    pim = current_pim()
    selection = read_selection(pim.catalog, request.args, of_list=True)
    found = select_products(pim.catalog, pim.products, read_search(request.args))
    return _in_channel(found, selection), selection


def _in_channel(products: list[JSONObject], selection: Selection) -> list[JSONObject]:
    """Only what lies in the category tree of the chosen channel; without a channel, everything."""
    if selection.scope is None:
        return products
    catalog = current_pim().catalog
    tree = catalog.category_tree(catalog.channels[selection.scope]["category_tree"])
    return [p for p in products if not tree.isdisjoint(p.get("categories") or ())]


def _list(
    found: list[JSONObject], path: str, show: Show, selection: Selection, *, key: str
) -> Response:
    paging = read_paging(f"{api_url()}/{path}", request.args, searchable=True)
    page = hal_page(
        paging, found, key=lambda item: str(item[key]), show=lambda item: show(item, selection)
    )
    return answer(page)


def _show(product: Product | None, name: str, show: Show) -> Response:
    if product is None:
        raise ApiError(
            404, f'Product "{name}" does not exist or you do not have permission to access it.'
        )
    selection = read_selection(current_pim().catalog, request.args, of_list=False)
    shown = show(product, selection)
    del shown["_links"]
    return answer(shown)
