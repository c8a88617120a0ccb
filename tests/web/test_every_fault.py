"""Whatever goes wrong at a PIM: what is cached is served, the rest is told to come back."""

import asyncio
import itertools
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from quart_passport.sandbox import Catalog
from quart_passport.tenancy.tenant import Tenant
from quart_passport.web.front_door import PAGE_LIFE
from tests.stack import Stack
from tests.web.conftest import connected_stack
from tests.web.wire import Answer, ask

pytestmark = pytest.mark.slow

REQUESTS = 200
_PICTURES = re.compile(
    r"<picture>.*?</picture>|<img[^>]*>|<link[^>]*>|<style>.*?</style>", re.DOTALL
)
AT_ONCE = 50
# They name records and assets.
PRODUCTS = ("SF-KULL-01", "SF-FJEL-CHA-M", "SF-SOLV-OAT-S")
# Seconds: a visitor waits 2.5 at most; the rest is for a busy machine.
PATIENCE = 10.0

FAULTS: dict[str, dict[str, Any]] = {
    "unauthorized": {},
    "disconnected": {},
    "forbidden": {},
    "not_found": {},
    "unprocessable": {},
    "rate_limited": {},
    "rate_limited, retry after 1 s": {"retry_after": 1},
    "rate_limited, retry after 3,600 s": {"retry_after": 3600},
    "server_error": {},
    "unavailable": {"retry_after": 7},
    "html_error": {},
    "html_error, as 200": {"status": 200},
    "html_error, as 401": {"status": 401},
    "truncated_body": {},
    "not_json": {},
    "wrong_type": {},
    "empty_body": {},
    "huge_body": {"size": 32 * 2**20},
    "slow": {"seconds": 10},
    "slow_body": {"seconds": 10},
    "dropped_connection": {},
    "dropped_in_headers": {},
}


# What fails here fails for good: the page does without.
REFUSALS = {"forbidden", "not_found", "unprocessable"}
HIDDEN = REFUSALS - {"unprocessable"}
# The PIM is left alone for a minute afterwards, and an app that was disconnected for good.
LASTING = {"disconnected", "rate_limited, retry after 3,600 s"}
# Seconds until all is well again: a refused token is left alone for 15.
MENDING = 40


@dataclass(frozen=True)
class Shop:
    """A connected merchant."""

    stack: Stack
    tenant: Tenant

    @property
    def paths(self) -> list[str]:
        return [f"/t/{self.tenant.slug}/p/{product}" for product in PRODUCTS]

    async def ask(self) -> list[Answer]:
        """REQUESTS answers, each in time."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(path: str) -> Answer:
            async with turns, asyncio.timeout(PATIENCE):
                return await ask(self.stack.url, path)

        paths = itertools.islice(itertools.cycle(self.paths), REQUESTS)
        return list(await asyncio.gather(*map(one, paths)))

    def play(self, fault: str, route: str | None) -> None:
        self.stack.pim.traffic.play(_kind(fault), times=None, route=route, **FAULTS[fault])
        self.stack.pim.traffic.reset()

    async def forget(self) -> None:
        """Empty the cache, and every memory of a process."""
        services = self.stack.services
        await services.connections.begin_cache_anew(self.tenant.connection.id)
        await services.fences.open(await services.directory.reread(self.tenant.slug))
        self.stack.app.asgi_app._memory._shelves.clear()  # type: ignore[attr-defined]

    async def learn_structure(self) -> None:
        services = self.stack.services
        await services.fences.serve(self.tenant.slug, services.structures.structure_of)


@pytest.fixture
async def shop(tmp_path: Path, worlds: dict[str, Catalog]) -> AsyncIterator[Shop]:
    async with connected_stack(tmp_path, {"skarrefell": worlds["clothing"]}) as running:
        yield Shop(running, await running.services.directory.find("skarrefell"))


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_is_cached_is_served(
    shop: Shop, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = {path: _words((await ask(shop.stack.url, path)).text) for path in shop.paths}
    await asyncio.sleep(PAGE_LIFE)
    for kind in ("structure", "product", "model", "record", "asset", "options"):
        # All of it is due to be fetched anew.
        await shop.stack.services.store.outdate(shop.tenant.connection.scope, kind)
    shop.play(fault, None)

    with caplog.at_level(logging.ERROR):
        answers = await shop.ask()

    calls = shop.stack.pim.traffic.total.calls
    _report(fault, f"cached, {calls} calls", answers, {200})
    changed = [
        answer
        for answer, path in zip(answers, itertools.cycle(shop.paths), strict=False)
        if _words(answer.text) != before[path]
    ]
    assert all(product in before[path] for product, path in zip(PRODUCTS, shop.paths, strict=True))
    # What the PIM hides or lacks is not shown any longer than until it says so.
    assert fault in HIDDEN or changed == []
    assert calls > 0
    assert caplog.records == []


@pytest.mark.parametrize("route", ["structure", "products", "records", "assets"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_what_is_not_cached_is_told_to_come_back_and_then_is_there(
    shop: Shop, fault: str, route: str, caplog: pytest.LogCaptureFixture
) -> None:
    await shop.forget()
    if route != "structure":
        await shop.learn_structure()
    shop.play(fault, route)

    with caplog.at_level(logging.ERROR):
        answers = await shop.ask()

    does_without = route in {"records", "assets"} and fault in REFUSALS
    _report(fault, f"{route} not cached", answers, {200 if does_without else 503})
    assert shop.stack.pim.traffic.total.by_group[route] > 0
    assert does_without or all(1 <= int(answer["retry-after"]) <= 60 for answer in answers)
    assert caplog.records == []
    if fault in LASTING:
        return
    shop.stack.pim.traffic.faults.clear()
    await shop.forget()
    async with asyncio.timeout(MENDING):
        while {answer.status for answer in await shop.ask()} != {200}:
            await asyncio.sleep(0.5)


def _words(page: str) -> str:
    """A page without its pictures, whose sizes are known a little later than the rest."""
    return _PICTURES.sub("", page)


def _kind(fault: str) -> str:
    return fault.partition(",")[0]


def _report(fault: str, place: str, answers: list[Answer], wanted: set[int]) -> None:
    statuses = Counter(answer.status for answer in answers)
    bad = sum(count for status, count in statuses.items() if status not in wanted)
    print(f"{fault}, {place}: tried {len(answers)}, answered {dict(statuses)}, bad {bad}")
    assert bad == 0
