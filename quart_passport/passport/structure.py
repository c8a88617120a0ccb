"""How a PIM is built: attributes, groups, families, channels and units, with their labels.

Field names are the PIM's own, so that its JSON decodes straight into these types.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

Labels = dict[str, str]


class TableColumn(msgspec.Struct, frozen=True, omit_defaults=True):
    """A column of a table attribute; `data_type` is the PIM's word, such as `select`."""

    code: str
    data_type: str
    labels: Labels = {}
    # Of a select, by option code.
    options: dict[str, Labels] = {}
    reference_entity_identifier: str | None = None
    measurement_family_code: str | None = None


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
    # The reference entity or asset family whose records or assets it names.
    reference_data_name: str | None = None
    table_configuration: tuple[TableColumn, ...] = ()
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
    # The unit that measures are shown in, by attribute.
    conversion_units: dict[str, str] = {}
    labels: Labels = {}


class AssociationType(msgspec.Struct, frozen=True, omit_defaults=True):
    """A way in which products belong together."""

    code: str
    is_quantified: bool = False
    labels: Labels = {}


class LinkedAttribute(msgspec.Struct, frozen=True, omit_defaults=True):
    """An attribute of a reference entity's records or of an asset family's assets."""

    code: str
    # The PIM's word: `text`, `image`, `single_option`, `media_file` and so on.
    type: str
    labels: Labels = {}
    # Of a select, by option code.
    options: dict[str, Labels] = {}
    is_rich_text_editor: bool = False
    # The entity that a link to records leads to, and the family that a collection of assets is of.
    reference_entity_code: str | None = None
    asset_family_identifier: str | None = None
    # Of a media link: what stands before and after its data, and what it leads to.
    prefix: str = ""
    suffix: str = ""
    media_type: str = ""


class ReferenceEntity(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the records of one entity are made of."""

    code: str
    labels: Labels = {}
    attributes: dict[str, LinkedAttribute] = {}


class AssetFamily(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the assets of one family are made of."""

    code: str
    labels: Labels = {}
    attribute_as_main_media: str | None = None
    attributes: dict[str, LinkedAttribute] = {}


class FamilyVariant(msgspec.Struct, frozen=True, omit_defaults=True):
    """In what the variants of a product model differ: attribute codes, outermost level first."""

    code: str
    axes: tuple[str, ...] = ()


class Conversion(msgspec.Struct, frozen=True):
    """One step from an amount in a unit to the amount in its family's standard unit."""

    # `mul`, `div`, `add` or `sub`.
    operator: str
    value: str


class Unit(msgspec.Struct, frozen=True, omit_defaults=True):
    """A unit of measurement by the PIM's code, such as `KILOGRAM`."""

    code: str
    symbol: str = ""
    labels: Labels = {}
    convert_from_standard: tuple[Conversion, ...] = ()


class MeasurementFamily(msgspec.Struct, frozen=True, omit_defaults=True):
    """Units that measure the same quantity."""

    code: str
    standard_unit_code: str = ""
    units: dict[str, Unit] = {}
    labels: Labels = {}


class Edition(StrEnum):
    """What a PIM calls itself; editions differ in what they have and in how they say it."""

    # Software as a service: Enterprise, and Growth.
    SERENITY = "Serenity"
    GROWTH = "GE"
    # On the merchant's or a partner's machines.
    ENTERPRISE = "EE"
    COMMUNITY = "CE"
    UNKNOWN = ""


class Structure(msgspec.Struct, frozen=True):
    """All of it for one PIM, each part by code."""

    attributes: dict[str, Attribute]
    groups: dict[str, AttributeGroup]
    families: dict[str, Family]
    channels: dict[str, Channel]
    # Active locales only.
    locales: tuple[str, ...]
    measurement_families: dict[str, MeasurementFamily]
    association_types: dict[str, AssociationType] = {}
    # Those that the published attributes lead to, and that the PIM lets us read.
    reference_entities: dict[str, ReferenceEntity] = {}
    asset_families: dict[str, AssetFamily] = {}
    edition: Edition = Edition.UNKNOWN

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
