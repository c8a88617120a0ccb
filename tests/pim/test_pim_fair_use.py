"""How many calls a PIM gets at once, and how it is left alone when it asks for that."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn
from uuid import UUID

import pytest

from quart_passport.errors import PimRateLimited, PimUnavailable
from quart_passport.pim.slots import CALLS_AT_ONCE, ProcessSlots
from quart_passport.sandbox import Edition, world_directory
from tests.pim.conftest import Connected, catalog_at, connected, demo_catalog, pims


class Resting(ProcessSlots):
    """Slots that note each rest, and give it without anybody waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.rests: list[tuple[UUID, float]] = []

    async def rest(self, connection: UUID, seconds: float) -> None:
        self.rests.append((connection, seconds))


async def probe_after_a_limit(sandbox: Connected, retry_after: int | None) -> tuple[UUID, float]:
    """For which connection, and how long it took."""
    access = await sandbox.access()
    sandbox.pim.traffic.play("rate_limited", retry_after=retry_after)
    begun = time.monotonic()
    await sandbox.client.probe(access)
    return access.connection, time.monotonic() - begun


@pytest.mark.parametrize(("asked", "given"), [(1, 1), (None, 2)])
async def test_a_short_pause_that_the_pim_asks_for_is_kept_and_told_to_all(
    asked: int | None, given: int
) -> None:
    slots = Resting()

    async with pims(Edition, slots) as sandboxes:
        probes = await asyncio.gather(*(probe_after_a_limit(pim, asked) for pim in sandboxes))

    assert all(given <= waited < given + 5 for _, waited in probes)
    assert sorted(slots.rests) == sorted((connection, given) for connection, _ in probes)


@pytest.mark.parametrize(("asked", "told"), [(20, 20), (5000, 60)])
async def test_a_long_pause_is_told_instead_of_kept(
    sandbox: Connected, asked: int, told: int
) -> None:
    access = await sandbox.access()
    sandbox.pim.traffic.reset()
    sandbox.pim.traffic.play("rate_limited", retry_after=asked)

    with pytest.raises(PimRateLimited) as limit:
        await sandbox.client.probe(access)

    assert limit.value.retry_after == told
    assert sandbox.pim.traffic.total.calls == 1


async def test_while_a_pim_rests_others_are_not_asked_either(sandbox: Connected) -> None:
    access = await sandbox.access()
    sandbox.pim.traffic.play("rate_limited", retry_after=20)
    with pytest.raises(PimRateLimited):
        await sandbox.client.probe(access)
    sandbox.pim.traffic.reset()

    with pytest.raises(PimUnavailable) as rest:
        await sandbox.client.probe(access)

    assert 15 <= rest.value.retry_after <= 20
    assert sandbox.pim.traffic.total.calls == 0


class Closed(ProcessSlots):
    """Slots of a PIM that rests for long."""

    asked = 0

    def slot(self, connection: UUID) -> NoReturn:
        self.asked += 1
        raise PimUnavailable("the PIM rests")


async def test_who_gets_no_slot_is_told_at_once(edition: Edition) -> None:
    slots = Closed()
    async with connected(catalog_at(world_directory("batteries")), edition, slots) as sandbox:
        with pytest.raises(PimUnavailable, match="rests"):
            await sandbox.client.probe(await sandbox.access())

    assert slots.asked == 1


async def test_a_crowd_never_calls_more_than_three_times_at_once(sandbox: Connected) -> None:
    access = await sandbox.access()
    sandbox.pim.traffic.reset()
    sandbox.pim.traffic.latency = 0.05

    await asyncio.gather(*(sandbox.client.probe(access) for _ in range(20)))

    tally = sandbox.pim.traffic.of(access.token.reveal())
    print(f"\ntried {tally.calls}, refused {tally.refused}, at once {tally.max_in_flight}")
    assert (tally.calls, tally.refused) == (20, 0)
    assert tally.max_in_flight <= 3


class Counting(ProcessSlots):
    """Slots that know how many have asked for one and not given it back."""

    def __init__(self) -> None:
        super().__init__()
        self.asking = self.most = 0

    @asynccontextmanager
    async def slot(self, connection: UUID) -> AsyncIterator[None]:
        self.asking += 1
        self.most = max(self.most, self.asking)
        try:
            async with super().slot(connection):
                yield
        finally:
            self.asking -= 1


async def test_whoever_asks_while_a_structure_is_read_waits_for_one_call(edition: Edition) -> None:
    slots = Counting()
    async with connected(demo_catalog(), edition, slots) as sandbox:
        access = await sandbox.access()

        structure = await sandbox.client.read_structure(access)
        await sandbox.client.read_linked_structure(access, structure, structure.attributes)

    # Nobody of the structure's own stands in the queue.
    assert slots.most == CALLS_AT_ONCE
