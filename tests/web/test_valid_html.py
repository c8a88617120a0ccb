"""Pages are valid HTML by the Nu HTML checker: a sample of passports, our own pages, the sandbox's.

NU_JAR names the checker; else it is looked for where `npm install vnu-jar` in .cache puts it.
"""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio

from quart_passport.sandbox import Catalog
from quart_passport.storage.models import TenantRow
from tests.passport.making import CATALOGUE
from tests.stack import Stack
from tests.web.conftest import connected_stack
from tests.web.rendering import CatalogueRenderer, catalogue

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.nu]

ROOT = Path(__file__).parents[2]
USUAL_PLACE = ROOT / ".cache" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
# One product of so many, each as six pages.
ONE_OF = 60


@pytest.fixture(scope="module")
def checker() -> tuple[str, ...]:
    """The command that checks."""
    java, jar = shutil.which("java"), Path(os.environ.get("NU_JAR") or USUAL_PLACE)
    if java is None:
        pytest.skip("there is no Java on this machine to run the Nu HTML checker")
    if not jar.is_file():
        pytest.skip(f"the Nu HTML checker is not at {jar}; npm has it as vnu-jar")
    return java, "-Xss4m", "-jar", str(jar), "--format", "json", "--errors-only", "--stdout"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(folder: Path, worlds: dict[str, Catalog]) -> AsyncIterator[Stack]:
    async with connected_stack(folder, worlds) as running:
        yield running


async def test_pages_are_valid(stack: Stack, checker: tuple[str, ...], tmp_path: Path) -> None:
    places = {
        "passports": await _sample(stack, tmp_path / "passports"),
        "our own pages": await _own_pages(stack, tmp_path / "own"),
        "the sandbox's pages": await _sandbox_pages(stack, tmp_path / "sandbox"),
    }

    errors = await _check(checker, tmp_path)

    print(
        ", ".join(f"{what}: {count}" for what, count in places.items()), f"- errors {len(errors)}"
    )
    assert places["passports"] >= 50
    assert errors == []


async def _sample(stack: Stack, folder: Path) -> int:
    pages = {}
    for slug, catalog in zip(("clothing", "batteries", "furniture"), _catalogs(stack), strict=True):
        for item in catalog.products.values():
            name = quote(item["identifier"], safe="")
            answer = await stack.get(
                f"/t/{slug}/p/{name}?lang={('de', 'en', 'fr')[len(pages) % 3]}"
            )
            if answer.status_code == 200:
                pages[f"{slug}-{item['uuid']}"] = answer.text
    if CATALOGUE.is_dir():
        (folder / "none").mkdir(parents=True)
        renderer = CatalogueRenderer(folder / "none")
        for item in catalogue()[::ONE_OF]:
            for theme, tag, page in renderer.pages(item):
                pages[f"{item.uuid}-{theme}-{tag}"] = page
    return _write(folder, pages)


def _catalogs(stack: Stack) -> list[Catalog]:
    return [served.app.pim.catalog for served in stack.pims]


async def _own_pages(stack: Stack, folder: Path) -> int:
    paths = ["/", "/privacy", "/privacy?tenant=clothing", "/t/clothing/p/NONE", "/t/clothing/01/1"]
    paths += ["/akeneo/callback", "/akeneo/activate"]
    pages = {
        f"{number}-{language}": (await stack.get(path, **{"Accept-Language": language})).text
        for number, path in enumerate(paths)
        for language in ("en", "de", "fr")
    }
    tenant = await stack.services.directory.find("clothing")
    pages["connected"] = (await stack.authorize(tenant)).text
    assert "</h1>" in pages["connected"]
    for status, state in ((410, "deleting"), (503, "pending")):
        await TenantRow.filter(slug="furniture").update(state=state)
        await stack.services.directory.reread("furniture")
        answer = await stack.get("/t/furniture/p/QV-GUE-90")
        assert answer.status_code == status
        pages[state] = answer.text
    return _write(folder, pages)


async def _sandbox_pages(stack: Stack, folder: Path) -> int:
    pages = {}
    for number, served in enumerate(stack.pims):
        uuid = next(iter(served.app.pim.catalog.products))
        (app, *_) = served.app.pim.apps.registered()
        paths = ["/", "/products", f"/products/{uuid}", "/nothing", "/products?q=zzz"]
        for path in [*paths, f"/apps/{app.client_id}/disconnect"]:
            answer = await stack.browser.get(served.url + path)
            pages[f"{number}-{re.sub(r'[^a-z0-9]', '_', path)}"] = answer.text
    return _write(folder, pages)


def _write(folder: Path, pages: dict[str, str]) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return len(pages)


async def _check(checker: tuple[str, ...], folder: Path) -> list[str]:
    process = await asyncio.create_subprocess_exec(
        *checker, str(folder), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(240):
        said, complained = await process.communicate()
    return sorted({_told(message) for message in json.loads(said or complained)["messages"]})


def _told(message: dict[str, str]) -> str:
    place = Path(message.get("url", "")).name
    return f"{message['message']}: {message.get('extract', '').strip()} ({place})"
