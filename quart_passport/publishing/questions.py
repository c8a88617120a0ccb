"""Questions to a tenant's PIM, and a structure that its answer shows to be old.

A PIM refuses a question that names an attribute which was deleted. Then the structure is read anew
and the question asked once more, so that the attribute drops out and the page still renders.
"""

from collections.abc import Callable
from typing import Any

from quart_passport.errors import PimInvalidRequest
from quart_passport.passport.product import Product
from quart_passport.passport.structure import Structure
from quart_passport.pim.client import PimClient
from quart_passport.structure.structures import Structures
from quart_passport.tenancy.access import TenantAccess
from quart_passport.tenancy.tenant import Tenant

# All that a PIM gives at once: a short GTIN's digits stand in many longer ones.
MOST_HITS = 100

# What to look for in a PIM that is built like this; None where it has nothing that could answer.
Search = Callable[[Structure], dict[str, Any] | None]


class Questions:
    """Asks PIMs on behalf of visitors. One per process."""

    def __init__(self, structures: Structures, pim: PimClient, access: TenantAccess) -> None:
        self._structures = structures
        self._pim = pim
        self._access = access

    async def find(
        self,
        tenant: Tenant,
        structure: Structure,
        search: Search,
        *,
        besides: frozenset[str] = frozenset(),
        limit: int = MOST_HITS,
    ) -> tuple[Structure, list[Product]]:
        """The products that are found, and the structure by which they were: it may be newer.

        They hold what the tenant's passports need, and the attributes `besides`. PimInvalidRequest
        where the PIM refuses the question under its newest structure too.
        """
        try:
            return structure, await self._find(tenant, structure, search, besides, limit)
        except PimInvalidRequest:
            newer = await self._structures.read_anew(tenant)
        return newer, await self._find(tenant, newer, search, besides, limit)

    async def _find(
        self,
        tenant: Tenant,
        structure: Structure,
        search: Search,
        besides: frozenset[str],
        limit: int,
    ) -> list[Product]:
        conditions = search(structure)
        if conditions is None:
            return []
        async with self._access.to(tenant) as access:
            return await self._pim.find_products(
                access,
                conditions,
                attributes=tenant.wanted_attributes(structure) | structure.known(besides),
                completenesses=tenant.needs_completenesses,
                limit=limit,
            )
