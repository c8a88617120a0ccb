"""What to ask a PIM for names, and which product of its answer each name means.

A PIM compares identifiers more loosely than we do, and a GTIN is written in several forms.
"""

import json
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from quart_passport.passport.product import Product
from quart_passport.passport.structure import Structure
from quart_passport.pim.calls import LONGEST_URL
from quart_passport.publishing.identities import gtin_of, identifier_of
from quart_passport.tenancy.tenant import Tenant

_log = logging.getLogger(__name__)

# What stands in the URL besides the names and the attributes.
_AROUND_NAMES = 600


def how_many_fit(names: Sequence[str], tenant: Tenant, structure: Structure, *, most: int) -> int:
    """How many of the names, from the first on, one question takes: at least one."""
    room = LONGEST_URL - _AROUND_NAMES
    attributes = len(quote(",".join(tenant.wanted_attributes(structure)), safe=""))
    # A list of attributes that leaves little room is left out of the question.
    room -= attributes if attributes < room // 2 else 0
    many = 0
    for name in names[:most]:
        # With its quotation marks and a comma.
        room -= len(quote(json.dumps(name), safe="")) + 3
        if many and room < 0:
            break
        many += 1
    return many


def search_for(
    tenant: Tenant, kind: str, names: Sequence[str], structure: Structure
) -> dict[str, Any] | None:
    """What to ask the PIM for; None where it has no attribute that could answer."""
    match kind:
        case "product":
            return {"uuid": [{"operator": "IN", "value": list(names)}]}
        case "gtin":
            if tenant.gtin_attribute not in structure.attributes:
                return None
            # Any of the forms that a GTIN is written in holds its digits without leading zeros.
            digits = names[0].lstrip("0")
            return {tenant.gtin_attribute: [{"operator": "CONTAINS", "value": digits}]}
        case _:
            attribute = structure.identifier_attribute
            if attribute is None:
                return None
            if len(names) == 1:
                return {attribute: [{"operator": "=", "value": names[0]}]}
            return {attribute: [{"operator": "IN", "value": list(names)}]}


def match_names(
    tenant: Tenant, structure: Structure, kind: str, names: Sequence[str], products: list[Product]
) -> dict[str, Product | None]:
    """The product that each name means; None where there is none, or more than one."""
    match kind:
        case "product":
            by_uuid = {str(product.uuid): product for product in products}
            return {name: by_uuid.get(name) for name in names}
        case "gtin":
            same = [p for p in products if gtin_of(tenant, p) == names[0]]
            return {names[0]: _only(kind, same)}
        case _ if len(names) == 1:
            return {names[0]: _only(kind, products)}
        case _:
            own = [(identifier_of(structure, product) or "", product) for product in products]
            return {name: _only(kind, _called(name, own)) for name in names}


def _called(name: str, products: list[tuple[str, Product]]) -> list[Product]:
    """Those with exactly this identifier, else with one that the PIM takes for the same."""
    exact = [product for own, product in products if own == name]
    loose = [product for own, product in products if own.casefold() == name.casefold()]
    return exact or loose


def _only(kind: str, products: list[Product]) -> Product | None:
    if len(products) > 1:
        _log.warning("several products answer to one %s", kind)
        return None
    return products[0] if products else None
