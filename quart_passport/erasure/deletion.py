"""Deletes a tenant, everywhere, and so that nothing comes back.

A deletion is a row that says which step was done last. Every step may be done twice, so any worker
can go on where another one stopped:

    decided -> fenced -> unsubscribed -> erased -> swept -> swept again -> finished

From `decided` on the tenant's pages answer 410 and its token is not used for products any more;
closing the fence ends the cache at once; `erased` takes the rows. The later sweeps find what a
fetch that was under way may have left, and the row that remains is the receipt.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from tortoise.transactions import in_transaction

from quart_passport.cache.store import FORGOTTEN_SECONDS, CacheStore, Scope
from quart_passport.errors import CacheUnavailable, PassportError, TenantGone, Unavailable
from quart_passport.storage.database import reaches_database, scrub_database
from quart_passport.storage.models import (
    AuthorizationStateRow,
    ConnectionRow,
    DeletionRow,
    TenantRow,
    TenantState,
)
from quart_passport.tenancy.connections import draw_generation
from quart_passport.tenancy.slugs import Slugs
from quart_passport.tenancy.tenant import Tenant

# Seconds. Whoever told us of a disconnection waits at most 5 for our answer.
_UNSUBSCRIBING = 2.0


class Reason(StrEnum):
    """What made us delete; stands in the receipt."""

    REVOKED = "subscription revoked"
    APP_DELETED = "app deleted"
    DISCONNECTED = "token refused as disconnected"
    ASKED = "asked by the operator"


class Unsubscribe(Protocol):
    """Takes our subscription off the PIM's event platform; may fail, which stops nothing."""

    async def __call__(self, connection: UUID) -> None: ...


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name once done, what it does, and when it is due."""

    name: str
    run: Callable[[DeletionRow], Awaitable[dict[str, int]]]
    # How long after the decision it is due, in seconds, ...
    delay: float = 0.0
    # ... and whether the longest life of a cached entry must have passed too.
    outlives_cache: bool = False

    def due_at(self, deletion: DeletionRow) -> datetime:
        """The earliest moment for this step."""
        seconds = self.delay + (deletion.ttl if self.outlives_cache else 0)
        return deletion.decided_at + timedelta(seconds=seconds)


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Deletions:
    """Starts deletions and carries them on."""

    def __init__(
        self,
        store: CacheStore,
        slugs: Slugs,
        unsubscribe: Unsubscribe,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._slugs = slugs
        self._unsubscribe = unsubscribe
        self._clock = clock
        # Deletions whose fence this process has closed in the cache it sees.
        self._closed: set[UUID] = set()
        self._steps = (
            Step("fenced", self._close_fence),
            Step("unsubscribed", self._leave_event_platform),
            Step("erased", self._delete_rows),
            Step("swept", self._sweep),
            Step("swept again", self._sweep, FORGOTTEN_SECONDS),
            Step("finished", self._finish, FORGOTTEN_SECONDS, outlives_cache=True),
        )

    async def delete(self, tenant: Tenant, reason: Reason) -> UUID:
        """Decide, and do at once all that can be done at once; gives the receipt's id.

        Deleting twice is the same deletion.
        """
        deletion = await self._decide(tenant, reason)
        await self.advance(deletion)
        return deletion.id

    @reaches_database
    async def advance_all(self) -> int:
        """Carry on every deletion that has a step due; how many there were.

        Before that, the fence of each is closed in the cache of this process, which may be another
        one than that of the process where it was decided.
        """
        unfinished = await DeletionRow.filter(finished_at=None)
        for deletion in unfinished:
            await self._close_here(deletion)
        self._closed &= {deletion.id for deletion in unfinished}
        due = [deletion for deletion in unfinished if deletion.due_at <= self._clock()]
        for deletion in due:
            await self.advance(deletion)
        return len(due)

    async def advance(self, deletion: DeletionRow) -> None:
        """Do the steps that are due. A step that cannot be done now is tried again later.

        Of two workers at the same step both do it, and one goes on.
        """
        names = ["decided", *(step.name for step in self._steps)]
        for step in self._steps[names.index(deletion.step) :]:
            due_at = step.due_at(deletion)
            if due_at > self._clock():
                await DeletionRow.filter(id=deletion.id).update(due_at=due_at)
                return
            try:
                counts = await step.run(deletion)
            except Unavailable:
                if step.name != "fenced":
                    return
                # The row stops every reader by itself; the sweeps close the fence again.
                counts = {}
            if not await self._record(deletion, step.name, counts):
                return

    @reaches_database
    async def _decide(self, tenant: Tenant, reason: Reason) -> DeletionRow:
        async with in_transaction():
            row = await TenantRow.select_for_update().get_or_none(id=tenant.id)
            if row is None:
                raise TenantGone(f"{tenant.slug} is deleted already")
            if row.state is TenantState.DELETING:
                return await DeletionRow.get(connection_id=tenant.connection.id)
            await TenantRow.filter(id=row.id).update(state=TenantState.DELETING)
            generation = await draw_generation()
            await ConnectionRow.filter(tenant_id=row.id).update(generation=generation)
            await self._slugs.retire(row.slug, row.origin)
            now = self._clock()
            return await DeletionRow.create(
                connection_hash=hashlib.sha256(tenant.connection.id.bytes).hexdigest(),
                connection_id=tenant.connection.id,
                reason=reason,
                step="decided",
                ttl=row.ttl,
                decided_at=now,
                due_at=now,
                counts={},
            )

    @reaches_database
    async def _close_fence(self, deletion: DeletionRow) -> dict[str, int]:
        connection = _connection_of(deletion)
        # Closed at the deletion's own generation, the last one: whoever still means to open the
        # fence for an earlier one, because of a change made just before, comes too late.
        if row := await ConnectionRow.get_or_none(id=connection):
            await self._store.open_fence(Scope(connection, row.generation))
        closed = await self._store.close_fence(connection)
        self._closed.add(deletion.id)
        return {"cache": closed}

    async def _close_here(self, deletion: DeletionRow) -> None:
        if deletion.id in self._closed:
            return
        with contextlib.suppress(CacheUnavailable):
            await self._store.close_fence(_connection_of(deletion))
            self._closed.add(deletion.id)

    async def _leave_event_platform(self, deletion: DeletionRow) -> dict[str, int]:
        try:
            async with asyncio.timeout(_UNSUBSCRIBING):
                await self._unsubscribe(_connection_of(deletion))
        except (PassportError, TimeoutError):
            # The PIM revokes subscriptions of a disconnected app by itself.
            return {"unsubscribed": 0}
        return {"unsubscribed": 1}

    @reaches_database
    async def _delete_rows(self, deletion: DeletionRow) -> dict[str, int]:
        tenant = await TenantRow.get_or_none(connection__id=_connection_of(deletion))
        if tenant is None:
            return {}
        async with in_transaction():
            # Attempts through the published app's door hang on no connection.
            await AuthorizationStateRow.filter(origin=tenant.origin).delete()
            deleted = await TenantRow.filter(id=tenant.id).delete()
        await scrub_database()
        return {"tenants": deleted}

    @reaches_database
    async def _sweep(self, deletion: DeletionRow) -> dict[str, int]:
        connection = _connection_of(deletion)
        # Once more: whoever was reading then may have kept the old log from being emptied.
        await scrub_database()
        # Once more: the fence may have been out of reach when its own step came.
        closed = await self._store.close_fence(connection)
        return {"cache": closed + await self._store.sweep(connection)}

    async def _finish(self, deletion: DeletionRow) -> dict[str, int]:
        counts = await self._sweep(deletion)
        await self._store.drop_fence(_connection_of(deletion))
        return counts

    @reaches_database
    async def _record(self, deletion: DeletionRow, step: str, counts: dict[str, int]) -> bool:
        """Write the step down; false where another worker did so already."""
        before = DeletionRow.filter(id=deletion.id, step=deletion.step)
        for store, count in counts.items():
            deletion.counts[store] = deletion.counts.get(store, 0) + count
        deletion.step = step
        if step == self._steps[-1].name:
            deletion.finished_at = self._clock()
            deletion.connection_id = None
        recorded = await before.update(
            step=step,
            counts=deletion.counts,
            finished_at=deletion.finished_at,
            connection_id=deletion.connection_id,
        )
        if deletion.finished_at:
            # The id stood in this row until now.
            await scrub_database()
        return recorded > 0


def _connection_of(deletion: DeletionRow) -> UUID:
    assert deletion.connection_id is not None, "a finished deletion has no steps"
    return deletion.connection_id
