"""How a stored product looks in an answer: the values asked for, with labels and links."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from quart_passport.sandbox.catalog import Catalog, JSONObject
from quart_passport.sandbox.errors import ApiError
from quart_passport.sandbox.products import ProductStore

_MEDIA_TYPES = frozenset({"pim_catalog_image", "pim_catalog_file"})
_SELECT_TYPES = frozenset({"pim_catalog_simpleselect", "pim_catalog_multiselect"})


@dataclass(frozen=True)
class Selection:
    """Which values an answer holds; None stands for all."""

    scope: str | None = None
    locales: frozenset[str] | None = None
    attributes: frozenset[str] | None = None
    with_options: bool = False
    with_completenesses: bool = False


def read_selection(catalog: Catalog, query: Mapping[str, str], *, of_list: bool) -> Selection:
    """
    Read what an answer shall hold. Raises ApiError 422 with the PIM's text.

    A single product's GET ignores scope, locales and attributes, as the PIM's does.
    """
    options = query.get("with_attribute_options") == "true"
    completenesses = query.get("with_completenesses") == "true"
    if not of_list:
        return Selection(with_options=options, with_completenesses=completenesses)
    scope = query.get("scope")
    if scope is not None and scope not in catalog.channels:
        raise ApiError(422, f'Scope "{scope}" does not exist.')
    return Selection(
        scope=scope,
        locales=_read_locales(catalog, query.get("locales"), scope),
        attributes=_read_attributes(catalog, query.get("attributes")),
        with_options=options,
        with_completenesses=completenesses,
    )


def _read_locales(catalog: Catalog, text: str | None, scope: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    for locale in text.split(","):
        if not catalog.locales.get(locale, {}).get("enabled"):
            raise ApiError(422, f'Locale "{locale}" does not exist or is not activated.')
        if scope is not None and locale not in catalog.channels[scope]["locales"]:
            raise ApiError(422, f'Locale "{locale}" is not activated for the scope "{scope}".')
    return frozenset(text.split(","))


def _read_attributes(catalog: Catalog, text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    unknown = [code for code in text.split(",") if code not in catalog.attributes]
    if len(unknown) == 1:
        raise ApiError(422, f'Attribute "{unknown[0]}" does not exist.')
    if unknown:
        raise ApiError(422, f'Attributes "{", ".join(unknown)}" do not exist.')
    return frozenset(text.split(","))


class ProductForm:
    """Shows products and product models of one PIM."""

    def __init__(self, catalog: Catalog, store: ProductStore, api_url: str) -> None:
        self._catalog = catalog
        self._store = store
        self._api_url = api_url

    def by_uuid(self, product: JSONObject, selection: Selection) -> JSONObject:
        """As `products-uuid` shows it: no identifier on top, associations by UUID."""
        shown = self._product(product, selection, f"products-uuid/{product['uuid']}")
        del shown["identifier"]
        shown["associations"] = self._associations(product, self._to_uuid)
        return shown

    def by_identifier(self, product: JSONObject, selection: Selection) -> JSONObject:
        """As `products` shows it: with its identifier, associations by identifier."""
        code = quote(product["identifier"], safe="")
        shown = self._product(product, selection, f"products/{code}")
        shown["associations"] = self._associations(product, self._to_identifier)
        return shown

    def model(self, model: JSONObject, selection: Selection) -> JSONObject:
        """As `product-models` shows it."""
        link = f"{self._api_url}/product-models/{quote(model['code'], safe='')}"
        return {
            "_links": {"self": {"href": link}},
            **model,
            "values": self._values(model, selection),
            "associations": self._associations(model, self._to_identifier),
        }

    def _product(self, product: JSONObject, selection: Selection, path: str) -> JSONObject:
        shown: JSONObject = {
            "_links": {"self": {"href": f"{self._api_url}/{path}"}},
            "enabled": True,
            "family": None,
            "categories": [],
            "groups": [],
            "parent": None,
            "quantified_associations": {},
            **product,
            "values": self._values(product, selection),
        }
        completenesses = shown.pop("completenesses", None) or []
        if selection.with_completenesses:
            shown["completenesses"] = [
                entry for entry in completenesses if selection.scope in {None, entry["scope"]}
            ]
        return shown

    def _values(self, product: JSONObject, selection: Selection) -> JSONObject:
        shown = {}
        for code, entries in product["values"].items():
            if selection.attributes is not None and code not in selection.attributes:
                continue
            chosen = [self._value(code, e, selection) for e in entries if _is_chosen(e, selection)]
            if chosen:
                shown[code] = chosen
        return shown

    def _value(self, code: str, entry: JSONObject, selection: Selection) -> JSONObject:
        kind = self._catalog.attributes[code]["type"]
        shown = {"locale": None, "scope": None, "attribute_type": kind, **entry}
        if kind in _MEDIA_TYPES:
            link = f"{self._api_url}/media-files/{entry['data']}/download"
            shown["_links"] = {"download": {"href": link}}
        if kind in _SELECT_TYPES and selection.with_options:
            labels = self._option_labels(code, entry["data"])
            if labels:
                shown["linked_data"] = labels
        return shown

    def _option_labels(self, attribute: str, data: Any) -> JSONObject:
        """The label of the chosen option, or a map of them; deleted options have none."""
        options = self._catalog.attribute_options.get(attribute, {})

        def show(code: str) -> JSONObject:
            labels = options[code].get("labels") or {}
            return {"attribute": attribute, "code": code, "labels": labels}

        if isinstance(data, list):
            return {code: show(code) for code in data if code in options}
        return show(data) if data in options else {}

    def _associations(
        self, product: JSONObject, name: Callable[[str], str | None]
    ) -> dict[str, JSONObject]:
        held = product.get("associations") or {}
        shown = {}
        for code in sorted({*self._plain_types(), *held}):
            kinds = held.get(code, {})
            shown[code] = {
                "products": [n for p in kinds.get("products", []) if (n := name(p)) is not None],
                "product_models": kinds.get("product_models", []),
                "groups": kinds.get("groups", []),
            }
        return shown

    def _plain_types(self) -> list[str]:
        types = self._catalog.association_types.values()
        return [kind["code"] for kind in types if not kind.get("is_quantified")]

    def _to_uuid(self, name: str) -> str | None:
        product = self._store.with_uuid(name) or self._store.with_identifier(name)
        return None if product is None else product["uuid"]

    def _to_identifier(self, name: str) -> str | None:
        product = self._store.with_identifier(name) or self._store.with_uuid(name)
        return None if product is None else product["identifier"]


def _is_chosen(entry: JSONObject, selection: Selection) -> bool:
    locale, scope = entry.get("locale"), entry.get("scope")
    if selection.scope is not None and scope not in {None, selection.scope}:
        return False
    return selection.locales is None or locale is None or locale in selection.locales
