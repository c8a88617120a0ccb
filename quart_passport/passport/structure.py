"""How a PIM is built: attributes, groups, families, channels and units, with their labels.

Field names are the PIM's own, so that its JSON decodes straight into these types.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

Labels = dict[str, str]


class Attribute(msgspec.Struct, frozen=True, omit_defaults=True):
    """One attribute; `type` is the PIM's code of it, such as `pim_catalog_text`."""

    code: str
    type: str
    group: str = ""
    sort_order: int = 0
    labels: Labels = {}
    localizable: bool = False
    scopable: bool = False
    # Not empty: the attribute exists in these locales only.
    available_locales: tuple[str, ...] = ()
    wysiwyg_enabled: bool = False
    metric_family: str | None = None
    is_main_identifier: bool = False


class AttributeGroup(msgspec.Struct, frozen=True, omit_defaults=True):
    """A group of attributes, in the order that the merchant gave them."""

    code: str
    sort_order: int = 0
    attributes: tuple[str, ...] = ()
    labels: Labels = {}


class Family(msgspec.Struct, frozen=True, omit_defaults=True):
    """A family, with the attributes that serve as title and main picture of its products."""

    code: str
    attributes: tuple[str, ...] = ()
    attribute_as_label: str | None = None
    attribute_as_image: str | None = None
    labels: Labels = {}


class Channel(msgspec.Struct, frozen=True, omit_defaults=True):
    """A channel and what is active in it."""

    code: str
    locales: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    category_tree: str | None = None
    labels: Labels = {}


class Unit(msgspec.Struct, frozen=True, omit_defaults=True):
    """A unit of measurement by the PIM's code, such as `KILOGRAM`."""

    code: str
    symbol: str = ""
    labels: Labels = {}


class MeasurementFamily(msgspec.Struct, frozen=True, omit_defaults=True):
    """Units that measure the same quantity."""

    code: str
    units: dict[str, Unit] = {}
    labels: Labels = {}


class Structure(msgspec.Struct, frozen=True):
    """All of it for one PIM, each part by code."""

    attributes: dict[str, Attribute]
    groups: dict[str, AttributeGroup]
    families: dict[str, Family]
    channels: dict[str, Channel]
    # Active locales only.
    locales: tuple[str, ...]
    measurement_families: dict[str, MeasurementFamily]

    @property
    def identifier_attribute(self) -> str | None:
        """The attribute that holds the main identifier of products.

        Only recent PIMs mark it; elsewhere it is the only one of its type.
        """
        candidates = [a for a in self.attributes.values() if a.type == "pim_catalog_identifier"]
        marked = [a for a in candidates if a.is_main_identifier]
        return (marked or candidates)[0].code if candidates else None

    def essential_attributes(self) -> frozenset[str]:
        """What each passport needs besides what is selected: identifier, titles, pictures."""
        codes: set[str | None] = {self.identifier_attribute}
        for family in self.families.values():
            codes |= {family.attribute_as_label, family.attribute_as_image}
        return self.known(code for code in codes if code)

    def known(self, codes: Iterable[str]) -> frozenset[str]:
        """Those of the codes that are attributes of this PIM."""
        return frozenset(code for code in codes if code in self.attributes)

    def unit(self, family: str | None, code: str) -> Unit | None:
        """A unit by its code; within the attribute's family if that is known."""
        families: Iterable[Any] = (
            [self.measurement_families[family]]
            if family in self.measurement_families
            else self.measurement_families.values()
        )
        return next((f.units[code] for f in families if code in f.units), None)


def label_of(labels: Labels, locale: str, code: str) -> str:
    """The label in a locale; without one, `[code]`, as the PIM's own pages show it."""
    return labels.get(locale) or f"[{code}]"
