"""Reading what records and assets are made of: reference entities and asset families.

Only Enterprise editions have them. Elsewhere their lists are not found, which means none.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import partial

import msgspec

from quart_passport.passport.decoding import Option
from quart_passport.passport.structure import (
    AssetFamily,
    Attribute,
    Labels,
    LinkedAttribute,
    ReferenceEntity,
    Structure,
)
from quart_passport.pim.calls import Calls, PimAccess, together
from quart_passport.pim.structure import by_code, labels_by_code

ENTITIES = "reference-entities"
FAMILIES = "asset-families"
_RECORD_TYPES = frozenset({"akeneo_reference_entity", "akeneo_reference_entity_collection"})
_SELECTS = frozenset({"single_option", "multiple_options"})

# By the code of an entity or a family.
_MadeOf = dict[str, dict[str, LinkedAttribute]]


class _Listed(msgspec.Struct, frozen=True):
    """An entity or a family as the list of all shows it."""

    code: str
    labels: Labels = {}
    attribute_as_main_media: str | None = None


async def read_linked_structure(
    calls: Calls, access: PimAccess, structure: Structure, attributes: Collection[str]
) -> Structure:
    """The structure with the entities and families that these attributes of products lead to.

    Records lead to assets, and both to other records: of entities that nothing else leads to, it
    holds the labels and no attributes.
    """
    known = [structure.attributes[code] for code in structure.known(attributes)]
    named, collected = _named_entities(known), _named_families(known)
    if not named and not collected:
        return structure
    entities, families = await together(
        lambda: calls.items_if_allowed(access, ENTITIES, _Listed),
        lambda: calls.items_if_allowed(access, FAMILIES, _Listed),
    )
    records = await _read_attributes(calls, access, ENTITIES, named & by_code(entities).keys())
    collected |= _distinct(a.asset_family_identifier for a in _all(records))
    assets = await _read_attributes(calls, access, FAMILIES, collected & by_code(families).keys())
    linked = _distinct(a.reference_entity_code for a in (*_all(records), *_all(assets)))
    return msgspec.structs.replace(
        structure,
        reference_entities={
            one.code: ReferenceEntity(one.code, one.labels, records.get(one.code, {}))
            for one in entities
            if one.code in named | linked
        },
        asset_families={
            one.code: AssetFamily(
                one.code, one.labels, one.attribute_as_main_media, assets[one.code]
            )
            for one in families
            if one.code in assets
        },
    )


def _named_entities(attributes: Iterable[Attribute]) -> set[str]:
    """The entities whose records attributes of products name, cells of tables included."""
    columns = (column for a in attributes for column in a.table_configuration)
    return _distinct(
        (
            *(a.reference_data_name for a in attributes if a.type in _RECORD_TYPES),
            *(column.reference_entity_identifier for column in columns),
        )
    )


def _named_families(attributes: Iterable[Attribute]) -> set[str]:
    return _distinct(
        a.reference_data_name for a in attributes if a.type == "pim_catalog_asset_collection"
    )


def _distinct(codes: Iterable[str | None]) -> set[str]:
    return {code for code in codes if code}


def _all(made_of: _MadeOf) -> Iterator[LinkedAttribute]:
    for attributes in made_of.values():
        yield from attributes.values()


async def _read_attributes(
    calls: Calls, access: PimAccess, kind: str, codes: Collection[str]
) -> _MadeOf:
    """What each entity or family is made of, with the options of its selects."""
    allowed = partial(calls.items_if_allowed, access)
    owners = sorted(codes)
    attributes = await together(
        *(partial(allowed, (kind, owner, "attributes"), LinkedAttribute) for owner in owners)
    )
    made_of = {owner: by_code(held) for owner, held in zip(owners, attributes, strict=True)}
    selects = [(o, a) for o, held in made_of.items() for a in held.values() if a.type in _SELECTS]
    options = await together(
        *(
            partial(allowed, (kind, owner, "attributes", select.code, "options"), Option)
            for owner, select in selects
        )
    )
    for (owner, select), found in zip(selects, options, strict=True):
        labelled = msgspec.structs.replace(select, options=labels_by_code(found))
        made_of[owner][select.code] = labelled
    return made_of
