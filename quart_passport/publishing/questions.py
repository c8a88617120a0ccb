"""Questions to a tenant's PIM: what its refusals mean for whoever waits, and a structure found old.

A PIM refuses a question that names an attribute which was deleted. Then the structure is read anew
and the question asked once more, so that the attribute drops out and the page still renders.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol
from uuid import UUID

from quart_passport.errors import (
    EgressRefused,
    PimDisconnected,
    PimInvalidRequest,
    PimUnauthorized,
    PimUnavailable,
)
from quart_passport.passport.product import Product
from quart_passport.passport.structure import Structure
from quart_passport.pim.client import PimAccess, PimClient
from quart_passport.structure.structures import Structures
from quart_passport.tenancy.connections import Connections
from quart_passport.tenancy.tenant import Tenant

# All that a PIM gives at once: a short GTIN's digits stand in many longer ones.
MOST_HITS = 100
# Seconds. Neither a refused token nor a refused address mends itself sooner.
_PAUSE = 60

# Seconds for which a refused token is not sent again, whatever is asked for. Shorter than what has
# to pass between the two refusals that mean a disconnection.
_REFUSED_SECONDS = 15.0
# Beyond it the oldest are forgotten.
_MOST_REFUSED = 1000

# What to look for in a PIM that is built like this; None where it has nothing that could answer.
Search = Callable[[Structure], dict[str, Any] | None]


class OnDisconnected(Protocol):
    """Told when the PIM says that the app was disconnected from it."""

    def __call__(self, tenant: Tenant) -> Awaitable[object]: ...


class Questions:
    """Asks PIMs on behalf of visitors. One per process."""

    def __init__(
        self,
        structures: Structures,
        pim: PimClient,
        connections: Connections,
        on_disconnected: OnDisconnected,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._structures = structures
        self._pim = pim
        self._connections = connections
        self._on_disconnected = on_disconnected
        self._clock = clock
        # By connection: the number of the token, and until when it is left alone.
        self._refused: dict[UUID, tuple[int, float]] = {}

    @asynccontextmanager
    async def understood(self, tenant: Tenant) -> AsyncIterator[None]:
        """Turns what no visitor can do anything about into PimUnavailable."""
        try:
            yield
        except PimUnauthorized as error:
            raise await self.refusal(tenant, error) from error
        except EgressRefused as error:
            raise PimUnavailable(
                "the PIM's address may not be asked", retry_after=_PAUSE
            ) from error

    async def refusal(self, tenant: Tenant, error: PimUnauthorized) -> PimUnavailable:
        """What a reader is told when the PIM refuses the token; others decide if it means more."""
        if len(self._refused) >= _MOST_REFUSED:
            del self._refused[next(iter(self._refused))]
        connection = tenant.connection
        until = self._clock() + _REFUSED_SECONDS
        self._refused[connection.id] = (connection.token_number, until)
        if isinstance(error, PimDisconnected):
            await self._on_disconnected(tenant)
        return _not_accepted()

    async def access(self, tenant: Tenant) -> PimAccess:
        """What a call to the tenant's PIM needs; PimUnavailable where it was just refused."""
        number, until = self._refused.get(tenant.connection.id, (0, 0.0))
        if number == tenant.connection.token_number and self._clock() < until:
            raise _not_accepted()
        return await self._connections.access(tenant)

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
        return await self._pim.find_products(
            await self.access(tenant),
            conditions,
            attributes=tenant.wanted_attributes(structure) | structure.known(besides),
            completenesses=tenant.needs_completenesses,
            limit=limit,
        )


def _not_accepted() -> PimUnavailable:
    return PimUnavailable("the PIM does not accept the connection", retry_after=_PAUSE)
