"""How a stored product or product model looks in an answer."""

from collections.abc import Callable
from urllib.parse import quote

from quart_passport.sandbox.catalog import JSONObject
from quart_passport.sandbox.editions import Feature
from quart_passport.sandbox.pim import Pim
from quart_passport.sandbox.selection import Selection
from quart_passport.sandbox.value_form import ValueForm

# The least completeness, in percent, for each quality score that a catalogue does not name itself.
_SCORES = ((90, "A"), (75, "B"), (60, "C"), (40, "D"), (0, "E"))
_Name = Callable[[str], str | None]


class ProductForm:
    """Shows products and product models of one PIM."""

    def __init__(self, pim: Pim, api_url: str) -> None:
        self._catalog = pim.catalog
        self._store = pim.products
        self._has = pim.has
        self._values = ValueForm(pim, api_url)
        self._api_url = api_url

    def by_uuid(self, product: JSONObject, selection: Selection) -> JSONObject:
        """As `products-uuid` shows it: no identifier on top, associations by UUID."""
        shown = self._product(product, selection, f"products-uuid/{product['uuid']}")
        del shown["identifier"]
        root = self._root_parent(product) if selection.with_root_parent else None
        if root is not None:
            shown["root_parent"] = root
        return shown | self._all_associations(product, self._to_uuid, "uuid")

    def by_identifier(self, product: JSONObject, selection: Selection) -> JSONObject:
        """As `products` shows it: with its identifier, associations by identifier."""
        code = quote(product["identifier"], safe="")
        shown = self._product(product, selection, f"products/{code}")
        return shown | self._all_associations(product, self._to_identifier, "identifier")

    def model(self, model: JSONObject, selection: Selection) -> JSONObject:
        """As `product-models` shows it."""
        link = f"{self._api_url}/product-models/{quote(model['code'], safe='')}"
        shown: JSONObject = {
            "_links": {"self": {"href": link}},
            "family": None,
            "family_variant": None,
            "parent": None,
            "categories": [],
            **model,
            "values": self._values.values(model, selection),
        }
        shown.pop("completenesses", None)
        self._add_extras(shown, model, selection)
        return shown | self._all_associations(model, self._to_identifier, "identifier")

    def _product(self, product: JSONObject, selection: Selection, path: str) -> JSONObject:
        shown: JSONObject = {
            "_links": {"self": {"href": f"{self._api_url}/{path}"}},
            "enabled": True,
            "family": None,
            "categories": [],
            "groups": [],
            "parent": None,
            **product,
            "values": self._values.values(product, selection),
        }
        completenesses = shown.pop("completenesses", None) or []
        self._add_extras(shown, product, selection)
        if selection.with_completenesses:
            shown["completenesses"] = _chosen(completenesses, selection)
        return shown

    def _add_extras(self, shown: JSONObject, holder: JSONObject, selection: Selection) -> None:
        metadata = shown.pop("metadata", {"workflow_status": "working_copy"})
        if self._has(Feature.METADATA):
            shown["metadata"] = metadata
        shown.pop("quality_scores", None)
        if selection.with_quality_scores:
            shown["quality_scores"] = _chosen(_quality_scores(holder), selection)

    def _root_parent(self, product: JSONObject) -> str | None:
        parent: str | None = product.get("parent")
        above = self._catalog.product_models.get(parent or "", {}).get("parent")
        return above or parent

    def _all_associations(self, holder: JSONObject, name: _Name, key: str) -> JSONObject:
        return {
            "associations": self._associations(holder, name),
            "quantified_associations": self._quantified(holder, name, key),
        }

    def _associations(self, holder: JSONObject, name: _Name) -> JSONObject:
        held = holder.get("associations") or {}
        shown = {}
        for code in sorted({*self._plain_types(), *held}):
            kinds = held.get(code, {})
            shown[code] = {
                "products": [n for p in kinds.get("products", []) if (n := name(p)) is not None],
                "product_models": kinds.get("product_models", []),
                "groups": kinds.get("groups", []),
            }
        return shown

    def _quantified(self, holder: JSONObject, name: _Name, key: str) -> JSONObject:
        """Products with their quantities, named as the endpoint names products."""
        shown = {}
        for code, kinds in (holder.get("quantified_associations") or {}).items():
            products = [
                {key: found, "quantity": link["quantity"]}
                for link in kinds.get("products", [])
                if (found := name(link.get("uuid") or link["identifier"])) is not None
            ]
            shown[code] = {"products": products, "product_models": kinds.get("product_models", [])}
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


def _chosen(entries: list[JSONObject], selection: Selection) -> list[JSONObject]:
    return [entry for entry in entries if selection.holds(entry["locale"], entry["scope"])]


def _quality_scores(holder: JSONObject) -> list[JSONObject]:
    """The catalogue's own scores, else letters made from completeness."""
    if "quality_scores" in holder:
        stored: list[JSONObject] = holder["quality_scores"]
        return stored
    return [entry | {"data": _letter(entry["data"])} for entry in holder.get("completenesses", ())]


def _letter(percent: int) -> str:
    return next(letter for least, letter in _SCORES if percent >= least)
