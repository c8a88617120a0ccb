"""What to ask a PIM for names, and which product of its answer each name means.

A PIM compares identifiers more loosely than we do, and a GTIN is written in several forms.
"""

import json
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from quart_passport.errors import PimInvalidRequest
from quart_passport.passport.product import Product
from quart_passport.passport.structure import Structure
from quart_passport.pim.calls import LONGEST_URL
from quart_passport.publishing.identities import gtin_of, identifier_of
from quart_passport.tenancy.tenant import Tenant

_log = logging.getLogger(__name__)

# What stands in the URL besides the names and the attributes.
_AROUND_NAMES = 600
# Larger answers of products with many values would be refused for their size. Four forms of as many
# GTINs are the 100 identifiers that a PIM takes in one condition.
_MOST_TOGETHER = 25
# GTIN-8, -12, -13 and -14 of the GS1 General Specifications.
_GTIN_LENGTHS = (8, 12, 13, 14)


def most_together(tenant: Tenant, structure: Structure, kind: str) -> int:
    """How many names one question for products may hold: of texts a PIM compares one only."""
    if kind != "gtin":
        return _MOST_TOGETHER
    attribute = structure.attributes.get(tenant.gtin_attribute)
    is_text = attribute is not None and attribute.type != "pim_catalog_identifier"
    return 1 if is_text else _MOST_TOGETHER


def how_many_fit(
    names: Sequence[str], tenant: Tenant, structure: Structure, *, kind: str, most: int
) -> int:
    """How many of the names, from the first on, one question takes: at least one."""
    room = LONGEST_URL - _AROUND_NAMES
    attributes = len(quote(",".join(tenant.wanted_attributes(structure)), safe=""))
    # A list of attributes that leaves little room is left out of the question.
    room -= attributes if attributes < room // 2 else 0
    many = 0
    for name in names[:most]:
        for form in _gtin_forms(name) if kind == "gtin" else [name]:
            # With its quotation marks and a comma.
            room -= len(quote(json.dumps(form), safe="")) + 3
        if many and room < 0:
            break
        many += 1
    return many


def search_for(
    tenant: Tenant, kind: str, names: Sequence[str], structure: Structure
) -> dict[str, Any] | None:
    """What to ask the PIM for; None where it has no attribute that could answer.

    PimInvalidRequest for more names than one question may hold, as the PIM itself would say.
    """
    match kind:
        case "product":
            return {"uuid": [{"operator": "IN", "value": list(names)}]}
        case "gtin":
            if tenant.gtin_attribute not in structure.attributes:
                return None
            return {tenant.gtin_attribute: [_gtin_condition(tenant, structure, names)]}
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
            same: dict[str | None, list[Product]] = {}
            for product in products:
                same.setdefault(gtin_of(tenant, product), []).append(product)
            return {name: _only(kind, same.get(name, [])) for name in names}
        case _ if len(names) == 1:
            return {names[0]: _only(kind, products)}
        case _:
            own = [(identifier_of(structure, product) or "", product) for product in products]
            return {name: _only(kind, _called(name, own)) for name in names}


def _gtin_condition(tenant: Tenant, structure: Structure, names: Sequence[str]) -> dict[str, Any]:
    if len(names) == 1:
        # Any of the forms that a GTIN is written in holds its digits without leading zeros.
        return {"operator": "CONTAINS", "value": names[0].lstrip("0")}
    if len(names) > most_together(tenant, structure, "gtin"):
        raise PimInvalidRequest("a text is compared with one value only")
    return {"operator": "IN", "value": [form for name in names for form in _gtin_forms(name)]}


def _gtin_forms(gtin: str) -> list[str]:
    """All that products may hold for a GTIN, which has 14 digits here."""
    digits = gtin.lstrip("0")
    return [digits.zfill(length) for length in _GTIN_LENGTHS if length >= len(digits)]


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
