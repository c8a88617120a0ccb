"""What can be changed in a PIM's catalogue; its Event Platform tells of each change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from quart_passport.sandbox.catalog import Catalog, Entity, Items, JSONObject
from quart_passport.sandbox.catalog_editing import (
    Entries,
    edit_item,
    edit_member,
    edit_model,
    edit_option,
)
from quart_passport.sandbox.edition_catalog import drop_attributes
from quart_passport.sandbox.event_platform import EventPlatform
from quart_passport.sandbox.products import Product, ProductStore


@dataclass(frozen=True)
class _MemberWords:
    """How an event calls a record or an asset, and the entity it belongs to."""

    event: str
    member: str
    entity: str

    def data(self, entity: str, code: str) -> JSONObject:
        return {self.member: {"code": code, self.entity: {"code": entity}}}


_RECORDS = _MemberWords("reference-entity-record", "reference_entity_record", "reference_entity")
_ASSETS = _MemberWords("asset", "asset", "asset_family")


class CatalogChanges:
    """The changes that people make in the PIM's own pages, or other apps over its API."""

    catalog: Catalog
    products: ProductStore
    event_platform: EventPlatform
    clock: Callable[[], float]

    def edit_product(
        self,
        uuid: str,
        *,
        values: Entries | None = None,
        enabled: bool | None = None,
    ) -> Product | None:
        """Patch a product and tell subscribers; None if there is no such product."""
        product = self.products.edit(uuid, now=self.clock(), values=values, enabled=enabled)
        if product is not None:
            self.event_platform.publish("product.updated", _event_data(product))
        return product

    def delete_product(self, uuid: str) -> Product | None:
        """Delete a product and tell subscribers; None if there is no such product."""
        product = self.products.delete(uuid)
        if product is not None:
            self.event_platform.publish("product.deleted", _event_data(product))
        return product

    def edit_product_model(self, code: str, values: Entries) -> JSONObject | None:
        """Patch a product model, which its variants inherit, and tell of the model alone."""
        model = edit_model(self.catalog, code, values, self.clock())
        if model is not None:
            self.products.inherit(self.catalog.descendants(code), values)
            self.event_platform.publish("product-model.updated", {"product_model": {"code": code}})
        return model

    def edit_record(self, entity: str, code: str, values: Entries) -> JSONObject | None:
        """Patch a record, or make it, and tell subscribers; None if there is no such entity."""
        entities = self.catalog.reference_entities
        return self._edit_member(_RECORDS, entities, entity, code, values)

    def delete_record(self, entity: str, code: str) -> bool:
        """Delete a record and tell subscribers; False if there is none."""
        return self._delete_member(_RECORDS, self.catalog.reference_entities, entity, code)

    def edit_asset(self, family: str, code: str, values: Entries) -> JSONObject | None:
        """Patch an asset, or make it, and tell subscribers; None if there is no such family."""
        return self._edit_member(_ASSETS, self.catalog.asset_families, family, code, values)

    def delete_asset(self, family: str, code: str) -> bool:
        """Delete an asset and tell subscribers; False if there is none."""
        return self._delete_member(_ASSETS, self.catalog.asset_families, family, code)

    def edit_attribute_option(
        self, attribute: str, code: str, labels: Mapping[str, str | None]
    ) -> JSONObject | None:
        """Patch an option's labels, or make the option; None if there is no such attribute."""
        if attribute not in self.catalog.attributes:
            return None
        options = self.catalog.attribute_options.get(attribute, {})
        verb = "updated" if code in options else "created"
        option = edit_option(self.catalog, attribute, code, labels)
        self._tell_of_option(attribute, code, verb)
        return option

    def delete_attribute_option(self, attribute: str, code: str) -> bool:
        """Delete an option; values that name it stay. False if there is none."""
        if self.catalog.attribute_options.get(attribute, {}).pop(code, None) is None:
            return False
        self._tell_of_option(attribute, code, "deleted")
        return True

    def edit_attribute(self, code: str, **changes: Any) -> JSONObject | None:
        """Change an attribute, such as its labels, and tell subscribers; None if there is none."""
        return self._edit_structure("attribute", self.catalog.attributes, code, changes)

    def edit_attribute_group(self, code: str, **changes: Any) -> JSONObject | None:
        """Change an attribute group and tell subscribers; None if there is none."""
        return self._edit_structure("attribute-group", self.catalog.attribute_groups, code, changes)

    def edit_family(self, code: str, **changes: Any) -> JSONObject | None:
        """Change a family and tell subscribers; None if there is none."""
        return self._edit_structure("family", self.catalog.families, code, changes)

    def delete_attribute(self, code: str) -> bool:
        """
        Delete an attribute with all its values and tell subscribers.

        False if there is none, or if it is the main identifier, which no PIM lets go.
        """
        if code not in self.catalog.attributes or code == self.catalog.main_identifier:
            return False
        drop_attributes(self.catalog, {code})
        self.products.drop_values(frozenset({code}))
        self.event_platform.publish("attribute.deleted", {"attribute": {"code": code}})
        return True

    def _edit_structure(
        self, kind: str, items: Items, code: str, changes: Mapping[str, Any]
    ) -> JSONObject | None:
        item = edit_item(items, code, changes)
        if item is not None:
            subject = {kind.replace("-", "_"): {"code": code}}
            self.event_platform.publish(f"{kind}.updated", subject)
        return item

    def _edit_member(
        self,
        words: _MemberWords,
        entities: Mapping[str, Entity],
        entity: str,
        code: str,
        values: Entries,
    ) -> JSONObject | None:
        held = entities.get(entity)
        if held is None:
            return None
        verb = "updated" if code in held.members else "created"
        member = edit_member(held, code, values, self.clock())
        self.event_platform.publish(f"{words.event}.{verb}", words.data(entity, code))
        return member

    def _delete_member(
        self, words: _MemberWords, entities: Mapping[str, Entity], entity: str, code: str
    ) -> bool:
        if entity not in entities or entities[entity].members.pop(code, None) is None:
            return False
        self.event_platform.publish(f"{words.event}.deleted", words.data(entity, code))
        return True

    def _tell_of_option(self, attribute: str, code: str, verb: str) -> None:
        option = {"code": code, "attribute": {"code": attribute}}
        self.event_platform.publish(f"attribute-option.{verb}", {"attribute_option": option})


def _event_data(product: Product) -> JSONObject:
    return {"product": {"uuid": product["uuid"], "identifier": product["identifier"]}}
