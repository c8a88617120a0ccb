"""Products by UUID and by identifier, and product models."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from quart import Response, request

from quart_passport.sandbox.catalog import JSONObject
from quart_passport.sandbox.conditions import Condition
from quart_passport.sandbox.editions import Feature
from quart_passport.sandbox.errors import ApiError
from quart_passport.sandbox.paging import hal_page, read_paging
from quart_passport.sandbox.pim import current_pim
from quart_passport.sandbox.product_form import ProductForm
from quart_passport.sandbox.product_search import select_models, select_products
from quart_passport.sandbox.products import Product
from quart_passport.sandbox.rest import answer, api_url, require_scope, rest
from quart_passport.sandbox.search import read_search
from quart_passport.sandbox.selection import Selection, read_selection

Show = Callable[[JSONObject, Selection], JSONObject]


# How much a search in a body may hold, as the PIM documents it.
_MAX_ATTRIBUTES = 800
_MAX_CRITERIA = 20
_MAX_VALUES = 800


@rest.get("/products-uuid")
async def list_products_by_uuid() -> Response:
    found, selection = _find_products(request.args)
    return _list(found, "products-uuid", _form().by_uuid, selection, key="uuid")


@rest.post("/products-uuid/search")
async def search_products_by_uuid() -> Response:
    """The same list with the filters in the body, where they may be longer than an address."""
    found, selection = _find_products(await _read_filters())
    return _list(found, "products-uuid/search", _form().by_uuid, selection, key="uuid")


@rest.get("/products-uuid/<uuid>")
async def show_product_by_uuid(uuid: str) -> Response:
    require_scope("read_products", "list products")
    return _show(current_pim().products.with_uuid(uuid), uuid, _form().by_uuid)


@rest.get("/products")
async def list_products() -> Response:
    found, selection = _find_products(request.args)
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
    pim = current_pim()
    selection = _select_models(request.args, of_list=True)
    found = _in_channel(select_models(pim, read_search(request.args)), selection)
    found.sort(key=lambda model: str(model["code"]))
    return _list(found, "product-models", _form().model, selection, key="code")


@rest.get("/product-models/<raw:code>")
async def show_product_model(code: str) -> Response:
    require_scope("read_products", "list product models")
    model = current_pim().catalog.product_models.get(code)
    if model is None:
        raise ApiError(
            404,
            f'Product model "{code}" does not exist or you do not have permission to access it.',
        )
    shown = _form().model(model, _select_models(request.args, of_list=False))
    del shown["_links"]
    return answer(shown)


def _form() -> ProductForm:
    return ProductForm(current_pim(), api_url())


def _select(query: Mapping[str, str], *, of_list: bool) -> Selection:
    pim = current_pim()
    return read_selection(pim.catalog, pim.has, query, of_list=of_list)


def _select_models(query: Mapping[str, str], *, of_list: bool) -> Selection:
    selection = _select(query, of_list=of_list)
    if current_pim().has(Feature.MODEL_OPTION_LABELS):
        return selection
    return replace(selection, with_options=False)


async def _read_filters() -> dict[str, str]:
    """The filters in a body. Raises ApiError for another type, no JSON, or too many of them."""
    if request.mimetype != "application/json":
        raise ApiError(
            415,
            'The "Content-Type" header is missing. "application/json" has to be specified as '
            "value.",
        )
    try:
        body = msgspec.json.decode(await request.get_data(as_text=False), type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise ApiError(400, "Invalid json message received") from None
    return {name: _as_query(name, value) for name, value in body.items() if value is not None}


def _as_query(name: str, value: Any) -> str:
    """A field of the body as the address would hold it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    raise ApiError(422, f'Property "{name}" expects a string or a boolean as data.')


def _find_products(filters: Mapping[str, str]) -> tuple[list[Product], Selection]:
    require_scope("read_products", "list products")
    conditions = read_search(filters)
    if filters is not request.args:
        _check_amounts(filters, conditions)
    selection = _select(filters, of_list=True)
    return _in_channel(select_products(current_pim(), conditions), selection), selection


def _check_amounts(filters: Mapping[str, str], conditions: list[Condition]) -> None:
    lists = [condition.value for condition in conditions if isinstance(condition.value, list)]
    for amount, most, what in (
        (len(filters.get("attributes", "").split(",")), _MAX_ATTRIBUTES, "attributes"),
        (len(conditions), _MAX_CRITERIA, "search criteria"),
        (max(map(len, lists), default=0), _MAX_VALUES, "values in a search criterion"),
    ):
        if amount > most:
            raise ApiError(422, f"You cannot request more than {most} {what}.")


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
    shown = show(product, _select(request.args, of_list=False))
    del shown["_links"]
    return answer(shown)
