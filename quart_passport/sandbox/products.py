"""The products of one PIM: looked up by UUID, identifier or text, edited and deleted."""

from collections.abc import Collection
from dataclasses import dataclass

from quart_passport.sandbox.catalog import Catalog, Items, JSONObject
from quart_passport.sandbox.catalog_editing import Entries, merge_values, moment
from quart_passport.sandbox.edition_catalog import product_without

Product = JSONObject


@dataclass(frozen=True)
class TextValue:
    """One text of one product, in lower case: the PIM's search index knows no case."""

    uuid: str
    text: str
    locale: str | None
    scope: str | None


class ProductStore:
    """
    A PIM's own copy of its catalogue's products.

    Products are never changed in place but replaced, so the catalogue they came from, which other
    PIMs may share, stays as it was loaded.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._main_identifier = catalog.main_identifier
        self._products: Items = dict(sorted(catalog.products.items()))
        self._uuids = {
            product["identifier"].lower(): uuid
            for uuid, product in self._products.items()
            if product["identifier"] is not None
        }
        self._texts: dict[str, list[TextValue]] = {}

    def __len__(self) -> int:
        return len(self._products)

    def all(self) -> list[Product]:
        """Every product, by UUID."""
        return list(self._products.values())

    def with_uuid(self, uuid: str) -> Product | None:
        return self._products.get(uuid.lower())

    def with_identifier(self, identifier: str) -> Product | None:
        uuid = self._uuids.get(identifier.lower())
        return None if uuid is None else self._products[uuid]

    def texts(self, attribute: str) -> list[TextValue]:
        """Every text of an attribute; gathered at the first question, forgotten at an edit."""
        if attribute not in self._texts:
            self._texts[attribute] = [
                TextValue(uuid, str(v["data"]).lower(), v.get("locale"), v.get("scope"))
                for uuid, product in self._products.items()
                for v in product["values"].get(attribute, ())
            ]
        return self._texts[attribute]

    def edit(
        self,
        uuid: str,
        *,
        now: float,
        values: Entries | None = None,
        enabled: bool | None = None,
    ) -> Product | None:
        """
        Patch a product as a PATCH of the PIM does; None if there is none.

        A given entry replaces the one of the same locale and scope, and `data: null` removes it.
        `now` is in seconds since 1970.
        """
        product = self.with_uuid(uuid)
        if product is None:
            return None
        changed = product | {
            "values": merge_values(product["values"], values or {}, "scope"),
            "enabled": product.get("enabled", True) if enabled is None else enabled,
            "updated": moment(now),
        }
        return self._replace(product, changed)

    def inherit(self, models: Collection[str], values: Entries) -> None:
        """Give the variants of product models what these were given; it is no update of theirs."""
        for product in self.all():
            if product.get("parent") in models:
                merged = merge_values(product["values"], values, "scope")
                self._replace(product, product | {"values": merged})

    def drop_values(self, attributes: frozenset[str]) -> None:
        """Take every value of attributes away, as when the attributes are deleted."""
        for uuid, product in self._products.items():
            self._products[uuid] = product_without(product, attributes)
        self._texts.clear()

    def delete(self, uuid: str) -> Product | None:
        """Remove a product and give it back; None if there is none."""
        product = self.with_uuid(uuid)
        if product is not None:
            self._forget(product)
            del self._products[product["uuid"]]
        return product

    def _replace(self, product: Product, changed: Product) -> Product:
        identifiers = changed["values"].get(self._main_identifier)
        identifier = str(identifiers[0]["data"]) if identifiers else None
        self._forget(product)
        self._keep(changed | {"identifier": identifier})
        return self._products[product["uuid"]]

    def _keep(self, product: Product) -> None:
        self._products[product["uuid"]] = product
        if product["identifier"] is not None:
            self._uuids[product["identifier"].lower()] = product["uuid"]

    def _forget(self, product: Product) -> None:
        self._texts.clear()
        if product["identifier"] is not None:
            self._uuids.pop(product["identifier"].lower(), None)
