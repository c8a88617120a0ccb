"""A first passport configuration from the PIM's own structure, so that pages are useful at once.

What looks internal is left out: a merchant can add an attribute later, but cannot take back what
was published.
"""

import re
from collections.abc import Iterable

from quart_passport.errors import PimProtocolError
from quart_passport.passport.config import PassportConfig, SectionConfig
from quart_passport.passport.structure import (
    Attribute,
    AttributeGroup,
    Channel,
    LinkedAttribute,
    ReferenceEntity,
    Structure,
    TableColumn,
)

# By preference: what merchants publish from.
_CHANNELS = ("ecommerce", "web", "default")
_GTIN_CODES = ("gtin", "gtin14", "ean", "ean13", "gtin13", "barcode", "upc")
_SHOWN = frozenset(
    {
        "pim_catalog_text",
        "pim_catalog_textarea",
        "pim_catalog_number",
        "pim_catalog_metric",
        "pim_catalog_boolean",
        "pim_catalog_date",
        "pim_catalog_simpleselect",
        "pim_catalog_multiselect",
        "pim_catalog_image",
        "pim_catalog_file",
        "pim_catalog_asset_collection",
        "pim_catalog_table",
        "pim_catalog_product_link",
        "akeneo_reference_entity",
        "akeneo_reference_entity_collection",
    }
)
# Words about trade, not about the product, in codes and labels: English, German and French. Better
# one attribute too few than a supplier's name or a purchase price on a public page.
# fmt: off
_INTERNAL_WORDS = frozenset({
    "erp", "ek", "vk", "seo", "meta", "cost", "costs", "kosten", "cout", "couts", "coût",
    "coûts", "price", "prices", "pricing", "preis", "preise", "prix", "tarif", "tarifs",
    "marge", "marges", "margin", "margins", "stock", "stocks", "lager", "inventory",
    "warehouse", "achat", "achats", "internal", "internally", "intern", "interne",
    "interner", "internes", "note", "notes", "notiz", "notizen", "remark", "remarks",
    "remarque", "remarques", "bemerkung", "bemerkungen", "comment", "comments",
    "kommentar", "kommentare", "commentaire", "commentaires", "rabatt", "rabatte",
    "remise", "remises", "variation"
})
# fmt: on
_INTERNAL_BEGINNINGS = (
    *("purchas", "einkauf", "supplier", "lieferant", "fournisseur", "vendor", "wholesale"),
    *("confidential", "confidentiel", "vertraulich", "discount", "keyword"),
)
# German writes them in one: Verkaufspreis, Herstellkosten.
_INTERNAL_ENDINGS = ("preis", "preise", "kosten", "lieferant", "notiz")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")
_MOST_PER_SECTION = 60
# As many as a configuration may have.
_MOST_SECTIONS, _MOST_LOCALES, _MOST_OF_RECORDS = 50, 50, 100


def make_first_config(structure: Structure, *, brand: str) -> PassportConfig:
    """Channel, locales and sections as the PIM has them; title and picture are the family's.

    Of records it says what looks fit for readers, as far as the structure knows their entities.
    PimProtocolError for a PIM without a channel or without a language.
    """
    channel = _choose_channel(structure)
    locales = channel.locales or structure.locales
    if not locales:
        raise PimProtocolError(f"the PIM has no active locale in its channel {channel.code}")
    return PassportConfig(
        name="Product passport",
        brand=brand,
        channel=channel.code,
        locales=locales[:_MOST_LOCALES],
        sections=tuple(_sections(structure))[:_MOST_SECTIONS],
        record_attributes={
            entity.code: _of_records(entity) for entity in structure.reference_entities.values()
        },
    )


def guess_gtin_attribute(structure: Structure) -> str:
    """The code of the attribute that most likely holds the GTIN; empty if none does."""
    textual = {"pim_catalog_text", "pim_catalog_identifier"}
    by_code = {a.code.lower(): a for a in structure.attributes.values() if a.type in textual}
    found = (by_code[code] for code in _GTIN_CODES if code in by_code)
    # A product has one GTIN, in every language and channel.
    return next((one.code for one in found if not (one.localizable or one.scopable)), "")


def _choose_channel(structure: Structure) -> Channel:
    for code in _CHANNELS:
        if code in structure.channels:
            return structure.channels[code]
    if not structure.channels:
        raise PimProtocolError("the PIM has no channel")
    return max(structure.channels.values(), key=lambda channel: len(channel.locales))


def _sections(structure: Structure) -> Iterable[SectionConfig]:
    kept_apart = structure.essential_attributes() | {guess_gtin_attribute(structure)}
    for group in sorted(
        structure.groups.values(), key=lambda group: (group.sort_order, group.code)
    ):
        if _is_internal(group):
            continue
        shown = [
            attribute.code
            for attribute in _members(structure, group)
            if _is_for_readers(attribute) and attribute.code not in kept_apart
        ]
        if shown:
            yield SectionConfig(attributes=tuple(shown[:_MOST_PER_SECTION]), group=group.code)


def _members(structure: Structure, group: AttributeGroup) -> list[Attribute]:
    members = [a for a in structure.attributes.values() if a.group == group.code]
    return sorted(members, key=lambda attribute: (attribute.sort_order, attribute.code))


def _is_for_readers(attribute: Attribute) -> bool:
    # A table is shown whole or not at all.
    is_internal = _is_internal(attribute) or any(map(_is_internal, attribute.table_configuration))
    return attribute.type in _SHOWN and not is_internal


def _of_records(entity: ReferenceEntity) -> tuple[str, ...]:
    shown = [one.code for one in entity.attributes.values() if not _is_internal(one)]
    return tuple(shown[:_MOST_OF_RECORDS])


def _is_internal(named: Attribute | AttributeGroup | TableColumn | LinkedAttribute) -> bool:
    """Whether a code, or a label in any language, holds a word about trade."""
    texts = (named.code, *named.labels.values())
    words = (word for text in texts for word in _WORD.findall(_CAMEL.sub(" ", text).lower()))
    return any(
        word in _INTERNAL_WORDS
        or word.startswith(_INTERNAL_BEGINNINGS)
        or word.endswith(_INTERNAL_ENDINGS)
        for word in words
    )
