"""However many pictures are made, the process that serves them does not grow."""

import gc
import re
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from quart_passport.passport.model import Picture
from quart_passport.sandbox import Catalog
from quart_passport.sandbox.catalog import MediaFile
from tests.publishing.media_world import IDENTIFIER
from tests.publishing.pictures import written
from tests.stack import Backend, running_stack
from tests.waiting import seconds_until
from tests.web.altering import with_products

PICTURES = 500
# The in-process cache is full by then.
SETTLED = 300
# MiB; the allocator's own ups and downs.
ALLOWANCE = 24


def resident() -> float:
    """The memory that this process holds, in MiB."""
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmRSS:\s+([0-9]+) kB", status)[0]) / 1024


def with_pictures(catalog: Catalog, path: Path) -> Catalog:
    """The shop with as many products more, each with a picture of its own."""
    codes = [f"0/0/0/0/{number:040x}_noise.jpg" for number in range(PICTURES)]
    files = {
        code: MediaFile(
            {"code": code, "original_filename": "noise.jpg", "mime_type": "image/jpeg"}, path
        )
        for code in codes
    }
    given = {f"P-{number}": {"picture": code} for number, code in enumerate(codes)}
    more = with_products(catalog, IDENTIFIER, given)
    return replace(more, media_files={**more.media_files, **files})


@pytest.mark.slow
async def test_memory_stays_flat_over_many_pictures(
    tmp_path: Path, backend: Backend, clothing: Catalog
) -> None:
    noise = Image.merge("RGB", [Image.effect_noise((640, 480), 120) for _ in range(3)])
    (tmp_path / "noise.jpg").write_bytes(written(noise, "JPEG", quality=90))
    catalog = with_pictures(clothing, tmp_path / "noise.jpg")
    figures = {}

    async with running_stack(tmp_path, catalog, backend=backend) as stack:
        tenant = await stack.connect("acme")
        library = stack.services.media
        for number in range(PICTURES):
            product = stack.pim.products.with_identifier(f"P-{number}")
            assert product is not None
            code = product["values"]["picture"][0]["data"]
            picture = Picture(code, "noise.jpg", "")
            key = library.key_of(tenant, UUID(product["uuid"]), picture)
            address = f"/t/acme/media/{key}/noise-640.webp"
            # A machine that is busy with other things says so.
            await seconds_until(stack, address, 200, most=60)
            if number % 100 == 99:
                figures[number + 1] = resident()

    told = ", ".join(f"{count}: {held:.0f}" for count, held in figures.items())
    print(f"MiB after so many pictures: {told}")
    assert figures[PICTURES] - figures[SETTLED] < ALLOWANCE
