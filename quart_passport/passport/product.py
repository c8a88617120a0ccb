"""What a PIM says of one product, reduced to what passports are made from.

This is the form that the cache holds: raw values of all locales and channels, no formatting.
Numbers with a fraction are strings, never floats.
"""

from typing import Any
from uuid import UUID

import msgspec


class ProductValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of an attribute: `data` is whatever JSON the attribute's type prescribes."""

    data: Any
    locale: str | None = None
    scope: str | None = None
    # Option labels as the PIM sends them beside a select's codes.
    linked_data: Any = None


class AssociatedProduct(msgspec.Struct, frozen=True, omit_defaults=True):
    """A product that another one is associated with."""

    uuid: UUID
    # How many of it; None for associations that do not count.
    quantity: int | str | None = None


class Completeness(msgspec.Struct, frozen=True):
    """How complete the product is, in percent, for one channel and locale."""

    scope: str
    locale: str
    data: int


class Product(msgspec.Struct, frozen=True, omit_defaults=True):
    """A product as the PIM holds it; a variant's values include those of its models."""

    uuid: UUID
    enabled: bool = True
    family: str | None = None
    parent: str | None = None
    categories: tuple[str, ...] = ()
    values: dict[str, tuple[ProductValue, ...]] = {}
    completenesses: tuple[Completeness, ...] = ()
    # By association type; of the plain and the quantified ones alike, products only.
    associations: dict[str, tuple[AssociatedProduct, ...]] = {}
    # ISO 8601 with offset, as the PIM wrote it.
    updated: str = ""

    def reduced(
        self, attributes: frozenset[str], associations: frozenset[str] = frozenset()
    ) -> "Product":
        """The same product without the values of other attributes, and other associations."""
        values = {code: entries for code, entries in self.values.items() if code in attributes}
        tied = {code: others for code, others in self.associations.items() if code in associations}
        return msgspec.structs.replace(self, values=values, associations=tied)

    def text_of(self, attribute: str) -> str | None:
        """The unlocalised, unscoped text of an attribute such as the identifier or the GTIN."""
        for value in self.values.get(attribute, ()):
            if value.locale is None and value.scope is None and isinstance(value.data, str):
                return value.data
        return None


class ProductModel(msgspec.Struct, frozen=True, omit_defaults=True):
    """What variants have in common; a model below another one has a `parent`."""

    code: str
    parent: str | None = None
    family: str | None = None
    family_variant: str | None = None
