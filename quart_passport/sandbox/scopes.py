"""The access scopes of a PIM, in the words of its consent page."""

from collections.abc import Iterable

from quart_passport.sandbox.editions import Feature
from quart_passport.sandbox.pim import current_pim

_EVERYWHERE = {
    "read_products": "View products and product models",
    "write_products": "View and change products and product models",
    "delete_products": "View, change and remove products and product models",
    "read_catalog_structure": "View attributes, attribute groups, families and family variants",
    "write_catalog_structure": "Change attributes, attribute groups, families and family variants",
    "read_attribute_options": "View attribute options",
    "write_attribute_options": "View and change attribute options",
    "read_categories": "View categories",
    "write_categories": "View and change categories",
    "read_channel_localization": "View locales and currencies",
    "read_channel_settings": "View channels",
    "write_channel_settings": "View and change channels",
    "read_association_types": "View association types",
    "write_association_types": "View and change association types",
    "read_catalogs": "View the catalogs of this app",
    "write_catalogs": "View and change the catalogs of this app",
    "delete_catalogs": "View, change and remove the catalogs of this app",
}

_ENTERPRISE = {
    "read_asset_families": "View asset families",
    "write_asset_families": "View and change asset families",
    "read_assets": "View assets",
    "write_assets": "View and change assets",
    "delete_assets": "View, change and remove assets",
    "read_reference_entities": "View reference entities",
    "write_reference_entities": "View and change reference entities",
    "read_reference_entity_records": "View reference entity records",
    "write_reference_entity_records": "View and change reference entity records",
    "read_workflows": "View workflows",
    "read_workflow_step_assignees": "View who is assigned to workflow steps",
    "read_workflow_tasks": "View workflow tasks",
    "write_workflow_tasks": "View and change workflow tasks",
    "create_suggestions": "Create suggestions",
    "read_suggestions": "View suggestions",
    "manage_suggestions": "Manage suggestions",
}

AUTHORIZATION = _EVERYWHERE | _ENTERPRISE

AUTHENTICATION = {
    "openid": "Know that you are the same person at each visit",
    "profile": "See your first and last name",
    "email": "See your e-mail address",
}


def split_scopes(asked: str) -> tuple[frozenset[str], frozenset[str]]:
    """
    The authorization and authentication scopes of a request that this PIM knows.

    Others are dropped without a word, Enterprise's too where there is no Enterprise. `profile` and
    `email` mean nothing without `openid`.
    """
    words = frozenset(asked.split())
    authentication = words & AUTHENTICATION.keys() if "openid" in words else frozenset()
    known = AUTHORIZATION if current_pim().has(Feature.ENTERPRISE_SCOPES) else _EVERYWHERE
    return words & known.keys(), authentication


def allows(granted: Iterable[str], needed: str) -> bool:
    """Whether the granted scopes cover a `read_…` scope: writing and deleting include reading."""
    _, _, subject = needed.partition("_")
    return not {needed, f"write_{subject}", f"delete_{subject}"}.isdisjoint(granted)
