"""However many products are read, the process that serves them does not grow."""

from pathlib import Path

import pytest

from quart_passport.passport.config import SectionConfig
from quart_passport.sandbox import load_catalog, world_directory
from tests.publishing.linked_world import crowded_catalog, reshape
from tests.stack import Backend, running_stack
from tests.web.wire import ask
from tests.workers import running_worker

PRODUCTS = 5000
# By then everything that a process needs once is loaded.
SETTLED = 2000
# MiB; the allocator's own ups and downs.
ALLOWANCE = 16


@pytest.mark.slow
async def test_memory_stays_flat_over_many_products(
    tmp_path: Path, shared_backend: Backend
) -> None:
    catalog = crowded_catalog(load_catalog(world_directory("clothing")), PRODUCTS)
    figures = {}

    async with running_stack(tmp_path, catalog, backend=shared_backend) as stack:
        await stack.connect("acme")
        shown = SectionConfig(attributes=("brand", "maker", "care_symbols"), group="product")
        await reshape(stack, sections=(shown,))
        async with running_worker(stack) as worker:
            for number in range(PRODUCTS):
                answer = await ask(worker.url, f"/t/acme/p/CROWD-{number}")
                assert answer.status == 200
                if number % 1000 == 999:
                    figures[number + 1] = worker.resident

    told = ", ".join(f"{count}: {held:.0f}" for count, held in figures.items())
    print(f"MiB after so many products: {told}")
    assert figures[PRODUCTS] - figures[SETTLED] < ALLOWANCE
