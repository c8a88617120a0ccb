"""The products of one PIM: looked up by UUID, identifier or text, edited and deleted."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from quart_passport.sandbox.catalog import Catalog, Items, JSONObject

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
        values: dict[str, list[dict[str, Any]]] | None = None,
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
        merged = dict(product["values"])
        for attribute, entries in (values or {}).items():
            merged[attribute] = _merge_entries(merged.get(attribute, []), entries)
        changed = product | {
            "values": {attribute: entries for attribute, entries in merged.items() if entries},
            "enabled": product.get("enabled", True) if enabled is None else enabled,
            "updated": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
        }
        identifiers = changed["values"].get(self._main_identifier)
        changed["identifier"] = str(identifiers[0]["data"]) if identifiers else None
        self._forget(product)
        self._keep(changed)
        return changed

    def delete(self, uuid: str) -> Product | None:
        """Remove a product and give it back; None if there is none."""
        product = self.with_uuid(uuid)
        if product is not None:
            self._forget(product)
            del self._products[product["uuid"]]
        return product

    def _keep(self, product: Product) -> None:
        self._products[product["uuid"]] = product
        if product["identifier"] is not None:
            self._uuids[product["identifier"].lower()] = product["uuid"]

    def _forget(self, product: Product) -> None:
        self._texts.clear()
        if product["identifier"] is not None:
            self._uuids.pop(product["identifier"].lower(), None)


def _merge_entries(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def place(entry: dict[str, Any]) -> tuple[str | None, str | None]:
        return entry.get("locale"), entry.get("scope")

    replaced = {place(entry) for entry in new}
    kept = [entry for entry in old if place(entry) not in replaced]
    added = [
        {"locale": None, "scope": None, **entry} for entry in new if entry.get("data") is not None
    ]
    return kept + added
