"""Each product of the demo catalogue becomes a page, by both themes, in each language."""

import time
from pathlib import Path

from tests.passport.making import needs_catalogue
from tests.web.rendering import CatalogueRenderer, catalogue

pytestmark = needs_catalogue


def test_every_product_renders_with_both_themes_in_each_language(tmp_path: Path) -> None:
    renderer, started, pages = CatalogueRenderer(tmp_path), time.perf_counter(), 0

    for item in catalogue():
        for _, tag, html in renderer.pages(item):
            assert f'<html lang="{tag}"' in html
            assert html.rstrip().endswith("</html>")
            pages += 1

    seconds = time.perf_counter() - started
    print(f"{len(catalogue())} products, {pages} pages in {seconds:.0f} s")
    assert renderer.failures == []
    assert pages == len(catalogue()) * 6
    assert len(catalogue()) == 1239
