"""What a PIM's signs of disconnection mean: one decision for all of them.

| sign                                              | decision                              |
|---------------------------------------------------|---------------------------------------|
| signed notice that our live subscription is revoked | delete                              |
| signed event that our app was deleted in the PIM  | delete                                |
| 401 "your app has been disconnected", old token   | nothing                               |
| the same with the current token, first time       | note it, ask again after a minute     |
| the same, a minute or more after the first        | delete                                |
| any answer to the current token that is not this  | forget what was noted                 |
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

from quart_passport.erasure.deletion import Deletions, Reason, utc_now
from quart_passport.errors import PassportError, PimDisconnected, PimRefused
from quart_passport.pim.client import PimClient
from quart_passport.storage.database import reaches_database
from quart_passport.storage.models import ConnectionRow, TenantState
from quart_passport.tenancy.connections import Connections
from quart_passport.tenancy.directory import TenantDirectory
from quart_passport.tenancy.tenant import Tenant

# Between the two refusals that together mean disconnection.
CONFIRMATION = timedelta(seconds=60)


class Decision(Enum):
    """What to do about a refusal."""

    IGNORE = auto()
    NOTE = auto()
    DELETE = auto()


def decide_on_refusal(
    *, refused_token: int, current_token: int, first_seen: datetime | None, now: datetime
) -> Decision:
    """What a refusal that says "disconnected" means, given what was noted before."""
    if refused_token != current_token:
        return Decision.IGNORE
    if first_seen is None:
        return Decision.NOTE
    return Decision.DELETE if now - first_seen >= CONFIRMATION else Decision.IGNORE


class Disconnections:
    """Takes the signs and acts on them."""

    def __init__(
        self,
        deletions: Deletions,
        directory: TenantDirectory,
        connections: Connections,
        pim: PimClient,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._deletions = deletions
        self._directory = directory
        self._connections = connections
        self._pim = pim
        self._clock = clock

    async def revoked(self, tenant: Tenant, *, subscriber: str, subscription: str) -> bool:
        """A verified notice; false where it speaks of a subscription that is not our live one."""
        connection = tenant.connection
        if not subscription or (subscriber, subscription) != (
            connection.subscriber_id,
            connection.subscription_id,
        ):
            return False
        await self._deletions.delete(tenant, Reason.REVOKED)
        return True

    @reaches_database
    async def refused(self, tenant: Tenant) -> Decision:
        """The PIM said that the app was disconnected, to the token that `tenant` tells."""
        row = await ConnectionRow.get_or_none(id=tenant.connection.id)
        if row is None:
            return Decision.IGNORE
        decision = decide_on_refusal(
            refused_token=tenant.connection.token_number,
            current_token=row.token_number,
            first_seen=row.disconnected_seen_at,
            now=self._clock(),
        )
        if decision is Decision.NOTE:
            await ConnectionRow.filter(
                id=row.id, token_number=row.token_number, disconnected_seen_at=None
            ).update(disconnected_seen_at=self._clock())
        elif decision is Decision.DELETE:
            await self._deletions.delete(tenant, Reason.DISCONNECTED)
        return decision

    @reaches_database
    async def confirm_all(self) -> int:
        """Ask each PIM again whose refusal was noted a minute ago; how many were deleted."""
        suspects = await ConnectionRow.filter(
            disconnected_seen_at__lte=self._clock() - CONFIRMATION,
            tenant__state=TenantState.ACTIVE,
        )
        decisions = [await self._confirm(row.id) for row in suspects]
        return decisions.count(Decision.DELETE)

    async def app_deleted(self, tenant: Tenant, *, client_id: str) -> bool:
        """A verified event; false where it speaks of another app than ours."""
        app = await self._connections.credentials(tenant)
        if client_id != app.client_id:
            return False
        await self._deletions.delete(tenant, Reason.APP_DELETED)
        return True

    async def _confirm(self, connection: UUID) -> Decision:
        tenant = await self._directory.find_by_connection(connection)
        if tenant is None:
            return Decision.IGNORE
        try:
            await self._pim.probe(await self._connections.access(tenant))
        except PimDisconnected:
            return await self.refused(tenant)
        except PimRefused:
            pass
        except PassportError:
            # It did not answer, which says nothing about the connection.
            return Decision.IGNORE
        await ConnectionRow.filter(id=connection).update(disconnected_seen_at=None)
        return Decision.IGNORE
