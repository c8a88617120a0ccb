"""The catalogue's structure: attributes, families, channels, categories and the like."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from quart import Response, request

from quart_passport.sandbox.catalog import Catalog, Items, JSONObject
from quart_passport.sandbox.errors import ApiError
from quart_passport.sandbox.paging import hal_page, read_paging
from quart_passport.sandbox.pim import current_pim
from quart_passport.sandbox.rest import answer, api_url, require_scope, rest
from quart_passport.sandbox.search import read_search, select_items

_WITH_OPTIONS = frozenset({"pim_catalog_simpleselect", "pim_catalog_multiselect"})


@dataclass(frozen=True)
class Resource:
    """One kind of structure: where it is served, who may see it, and where it lies."""

    path: str
    scope: str
    plural: str
    singular: str
    items: Callable[[Catalog], Items]

    def visible_items(self) -> Items:
        """What the caller may see. Raises ApiError 403."""
        require_scope(self.scope, f"list {self.plural}")
        return self.items(current_pim().catalog)


RESOURCES = (
    Resource(
        "attributes", "read_catalog_structure", "attributes", "Attribute", lambda c: _attributes(c)
    ),
    Resource(
        "attribute-groups",
        "read_catalog_structure",
        "attribute groups",
        "Attribute group",
        lambda c: c.attribute_groups,
    ),
    Resource("families", "read_catalog_structure", "families", "Family", lambda c: c.families),
    Resource("categories", "read_categories", "categories", "Category", lambda c: c.categories),
    Resource("channels", "read_channel_settings", "channels", "Channel", lambda c: c.channels),
    Resource("locales", "read_channel_localization", "locales", "Locale", lambda c: c.locales),
    Resource(
        "currencies", "read_channel_localization", "currencies", "Currency", lambda c: c.currencies
    ),
    Resource(
        "association-types",
        "read_association_types",
        "association types",
        "Association type",
        lambda c: c.association_types,
    ),
)


def _serve(resource: Resource) -> None:
    async def list_all() -> Response:
        return _list(resource.visible_items(), resource.path)

    async def show_one(code: str) -> Response:
        return _show(resource.visible_items(), resource.path, code, resource.singular)

    name = resource.path.replace("-", "_")
    rest.add_url_rule(f"/{resource.path}", f"list_{name}", list_all, methods=["GET"])
    rest.add_url_rule(f"/{resource.path}/<code>", f"show_{name}", show_one, methods=["GET"])


for _resource in RESOURCES:
    _serve(_resource)


def _attributes(catalog: Catalog) -> Items:
    """Attributes; the options of tables' columns are there only when they are asked for."""
    if request.args.get("with_table_select_options") == "true":
        return catalog.attributes
    return {code: _without_options(found) for code, found in catalog.attributes.items()}


def _without_options(attribute: JSONObject) -> JSONObject:
    columns = attribute.get("table_configuration")
    if not columns:
        return attribute
    plain = [{k: v for k, v in column.items() if k != "options"} for column in columns]
    return attribute | {"table_configuration": plain}


@rest.get("/attributes/<attribute>/options")
async def list_options(attribute: str) -> Response:
    options = _options(attribute)
    return _list(options, f"attributes/{attribute}/options")


@rest.get("/attributes/<attribute>/options/<code>")
async def show_option(attribute: str, code: str) -> Response:
    path = f"attributes/{attribute}/options"
    return _show(_options(attribute), path, code, "Attribute option")


@rest.get("/families/<family>/variants")
async def list_variants(family: str) -> Response:
    variants = _variants(family)
    return _list(variants, f"families/{family}/variants", hidden="family")


@rest.get("/families/<family>/variants/<code>")
async def show_variant(family: str, code: str) -> Response:
    path = f"families/{family}/variants"
    return _show(_variants(family), path, code, "Family variant", hidden="family")


@rest.get("/measurement-families")
async def list_measurement_families() -> Response:
    return answer(current_pim().catalog.measurement_families)


def _options(attribute: str) -> Items:
    require_scope("read_attribute_options", "list attribute options")
    catalog = current_pim().catalog
    if attribute not in catalog.attributes:
        raise ApiError(404, f'Attribute "{attribute}" does not exist.')
    if catalog.attributes[attribute]["type"] not in _WITH_OPTIONS:
        raise ApiError(
            404,
            f'Attribute "{attribute}" does not support options. Only attributes of type '
            '"pim_catalog_simpleselect", "pim_catalog_multiselect" support options.',
        )
    return catalog.attribute_options.get(attribute, {})


def _variants(family: str) -> Items:
    require_scope("read_catalog_structure", "list family variants")
    catalog = current_pim().catalog
    if family not in catalog.families:
        raise ApiError(
            404, f'Family "{family}" does not exist or you do not have permission to access it.'
        )
    return catalog.family_variants.get(family, {})


def _list(items: Items, path: str, hidden: str | None = None) -> Response:
    conditions = read_search(request.args)
    paging = read_paging(f"{api_url()}/{path}", request.args)
    chosen = select_items((items[code] for code in sorted(items)), conditions)
    return answer(
        hal_page(
            paging,
            chosen,
            key=lambda item: str(item["code"]),
            show=lambda item: _with_link(item, path, hidden),
        )
    )


def _show(items: Items, path: str, code: str, singular: str, hidden: str | None = None) -> Response:
    if code not in items:
        raise ApiError(404, f'{singular} "{code}" does not exist.')
    item = _with_link(items[code], path, hidden)
    del item["_links"]
    return answer(item)


def _with_link(item: JSONObject, path: str, hidden: str | None) -> JSONObject:
    link = f"{api_url()}/{path}/{quote(str(item['code']), safe='')}"
    shown = {"_links": {"self": {"href": link}}, **item}
    if hidden is not None:
        shown.pop(hidden, None)
    return shown
