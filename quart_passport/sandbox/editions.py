"""
The editions of the PIM: which kinds of things each has, and how much its answers say.

Everything that differs between editions is a feature, and one table says who has it.
"""

from enum import Enum, StrEnum, auto


class Edition(StrEnum):
    """What a PIM calls itself in `system-information`."""

    # Software as a service: Enterprise, and Growth.
    SERENITY = "Serenity"
    GROWTH = "GE"
    # On the merchant's or a partner's machines.
    ENTERPRISE = "EE"
    COMMUNITY = "CE"


class Feature(Enum):
    """Something that not every edition has."""

    ASSETS = auto()
    REFERENCE_ENTITIES = auto()
    TABLES = auto()
    PRODUCT_LINKS = auto()
    # Lists of codes without an API of their own, which integrators add to the PIM's source.
    REFERENCE_DATA = auto()
    EVENT_PLATFORM = auto()
    SEARCH_BY_POST = auto()
    # Values say their `attribute_type`, `reference_data_name` and unit's `symbol`, assets' values
    # their `attribute_type`, `linked_data` and links.
    DESCRIBED_VALUES = auto()
    METADATA = auto()
    # Apps may ask for scopes of assets, reference entities, workflows and suggestions.
    ENTERPRISE_SCOPES = auto()
    # Families descend from families.
    FAMILY_TREE = auto()
    # A product model's options come with their labels where that is asked for.
    MODEL_OPTION_LABELS = auto()
    # Query parameters that other editions ignore.
    CONVERT_MEASUREMENTS = auto()
    WITH_ROOT_PARENT = auto()
    WITH_ASSET_SHARE_LINKS = auto()
    UPDATED_WITH_LINKED_ENTITIES = auto()


_SAAS = frozenset({Edition.SERENITY, Edition.GROWTH})
_HOSTED_BY_MERCHANT = frozenset({Edition.ENTERPRISE, Edition.COMMUNITY})
_LARGE = frozenset({Edition.SERENITY, Edition.ENTERPRISE})
_SERENITY = frozenset({Edition.SERENITY})

_EDITIONS_WITH: dict[Feature, frozenset[Edition]] = {
    Feature.ASSETS: _LARGE,
    Feature.REFERENCE_ENTITIES: _LARGE,
    Feature.TABLES: _LARGE | {Edition.GROWTH},
    Feature.PRODUCT_LINKS: _SERENITY,
    Feature.REFERENCE_DATA: _HOSTED_BY_MERCHANT,
    Feature.EVENT_PLATFORM: _SAAS,
    Feature.SEARCH_BY_POST: _SAAS,
    Feature.DESCRIBED_VALUES: _SAAS,
    Feature.METADATA: _LARGE,
    Feature.ENTERPRISE_SCOPES: _LARGE,
    Feature.FAMILY_TREE: _SAAS,
    Feature.MODEL_OPTION_LABELS: _SAAS,
    Feature.CONVERT_MEASUREMENTS: _SERENITY,
    Feature.WITH_ROOT_PARENT: _SERENITY,
    Feature.WITH_ASSET_SHARE_LINKS: _SERENITY,
    Feature.UPDATED_WITH_LINKED_ENTITIES: _SERENITY,
}

# What a type of attribute needs; every other type is everywhere.
FEATURE_OF_TYPE: dict[str, Feature] = {
    "pim_catalog_table": Feature.TABLES,
    "pim_catalog_asset_collection": Feature.ASSETS,
    "akeneo_reference_entity": Feature.REFERENCE_ENTITIES,
    "akeneo_reference_entity_collection": Feature.REFERENCE_ENTITIES,
    "pim_catalog_product_link": Feature.PRODUCT_LINKS,
    "pim_reference_data_simpleselect": Feature.REFERENCE_DATA,
    "pim_reference_data_multiselect": Feature.REFERENCE_DATA,
    "pim_catalog_reference_data_simpleselect": Feature.REFERENCE_DATA,
    "pim_catalog_reference_data_multiselect": Feature.REFERENCE_DATA,
}

# The same for the columns of tables.
FEATURE_OF_COLUMN: dict[str, Feature] = {
    "reference_entity": Feature.REFERENCE_ENTITIES,
    "product_link": Feature.PRODUCT_LINKS,
}

# Paths below the API's, or their first segments; in other editions they lead nowhere.
FEATURE_OF_PATH: dict[str, Feature] = {
    "products-uuid/search": Feature.SEARCH_BY_POST,
    "asset-families": Feature.ASSETS,
    "asset-media-files": Feature.ASSETS,
    "reference-entities": Feature.REFERENCE_ENTITIES,
    "reference-entities-media-files": Feature.REFERENCE_ENTITIES,
}

_VERSIONS = {
    Edition.SERENITY: "v20261110013744",
    Edition.GROWTH: "v20261110013744",
    Edition.ENTERPRISE: "7.0.28",
    Edition.COMMUNITY: "7.0.28",
}


def has(edition: Edition, feature: Feature) -> bool:
    """Whether the edition has the feature."""
    return edition in _EDITIONS_WITH[feature]


def version_of(edition: Edition) -> str:
    """The version as `system-information` says it: a date on SaaS, a number elsewhere."""
    return _VERSIONS[edition]
