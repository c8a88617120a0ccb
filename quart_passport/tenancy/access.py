"""The right to ask a tenant's PIM, and what it means when the PIM refuses it."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import UUID

from quart_passport.errors import EgressRefused, PimDisconnected, PimUnauthorized, PimUnavailable
from quart_passport.pim.client import PimAccess
from quart_passport.tenancy.connections import Connections
from quart_passport.tenancy.tenant import Tenant

# Seconds. Neither a refused token nor a refused address mends itself sooner.
_PAUSE = 60
# Seconds for which a refused token is not sent again, whatever is asked for. Shorter than what has
# to pass between the two refusals that mean a disconnection.
_REFUSED_SECONDS = 15.0
# Beyond it the oldest are forgotten.
_MOST_REFUSED = 1000


class OnDisconnected(Protocol):
    """Told when the PIM says that the app was disconnected from it."""

    def __call__(self, tenant: Tenant) -> Awaitable[object]: ...


class TenantAccess:
    """Gives access to PIMs on behalf of visitors. One per process."""

    def __init__(
        self,
        connections: Connections,
        on_disconnected: OnDisconnected,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connections = connections
        self._on_disconnected = on_disconnected
        self._clock = clock
        # By connection: the number of the token, and until when it is left alone.
        self._refused: dict[UUID, tuple[int, float]] = {}

    @asynccontextmanager
    async def to(self, tenant: Tenant) -> AsyncIterator[PimAccess]:
        """What calls to the tenant's PIM need, as long as the block lasts.

        What no visitor can do anything about becomes PimUnavailable: a token that the PIM refuses,
        or refused a moment ago, and an address that may not be asked.
        """
        number, until = self._refused.get(tenant.connection.id, (0, 0.0))
        if number == tenant.connection.token_number and self._clock() < until:
            raise _not_accepted()
        try:
            yield await self._connections.access(tenant)
        except PimUnauthorized as error:
            await self._take_refusal(tenant, error)
            raise _not_accepted() from error
        except EgressRefused as error:
            raise PimUnavailable(
                "the PIM's address may not be asked", retry_after=_PAUSE
            ) from error

    async def _take_refusal(self, tenant: Tenant, error: PimUnauthorized) -> None:
        """Leave the token alone for a while; others decide if the refusal means more."""
        if len(self._refused) >= _MOST_REFUSED:
            del self._refused[next(iter(self._refused))]
        connection = tenant.connection
        until = self._clock() + _REFUSED_SECONDS
        self._refused[connection.id] = (connection.token_number, until)
        if isinstance(error, PimDisconnected):
            await self._on_disconnected(tenant)


def _not_accepted() -> PimUnavailable:
    return PimUnavailable("the PIM does not accept the connection", retry_after=_PAUSE)
