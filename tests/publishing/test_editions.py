"""Pages of each edition of the PIM: what an edition lacks, the page does without."""

import pytest

from quart_passport.sandbox import Edition
from tests.backends import KINDS
from tests.publishing.linked_world import VARIANT, linked_catalog
from tests.publishing.mill import backend_of, running_mill


@pytest.mark.parametrize("edition", list(Edition), ids=str)
async def test_every_edition_gets_its_pages(
    edition: Edition,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("edition")
    catalog = linked_catalog(tmp_path_factory.mktemp("linked"))
    async with (
        backend_of(request, KINDS[0], folder) as backend,
        running_mill(folder, catalog, backend, edition) as mill,
    ):
        await mill.begin_anew()
        await mill.change(variants=True, associations=("X_SELL",))

        page, variant = await mill.page(), await mill.page(VARIANT)

    assert (page.status_code, variant.status_code) == (200, 200)
    assert ("North Mill" in page.text) == (edition in {Edition.SERENITY, Edition.ENTERPRISE})
    assert ("New wool" in page.text) == (edition is not Edition.COMMUNITY)
    assert "/t/acme/p/SF-SOLV-INK-M" in variant.text
