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
    # ISO 8601 with offset, as the PIM wrote it.
    updated: str = ""

    def reduced(self, attributes: frozenset[str]) -> "Product":
        """The same product without the values of all other attributes."""
        kept = {code: values for code, values in self.values.items() if code in attributes}
        return msgspec.structs.replace(self, values=kept)

    def text_of(self, attribute: str) -> str | None:
        """The unlocalised, unscoped text of an attribute such as the identifier or the GTIN."""
        for value in self.values.get(attribute, ()):
            if value.locale is None and value.scope is None and isinstance(value.data, str):
                return value.data
        return None
