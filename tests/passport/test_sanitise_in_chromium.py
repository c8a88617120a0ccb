"""What a real browser makes of sanitised attacks: the parser that counts."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, Request, async_playwright

from quart_passport.passport.sanitise import sanitise, script_data
from tests.passport.payloads import PAYLOADS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield await browser.new_page()
        await browser.close()


async def test_no_attack_runs_loads_or_leaves_its_place(page: Page) -> None:
    alarms: list[str] = []
    page.on("dialog", lambda dialog: alarms.append(dialog.message))

    async def note(request: Request) -> None:
        alarms.append(request.url)

    page.on("request", note)
    cells = "".join(f"<div class=cell>{sanitise(payload)}</div>" for payload in PAYLOADS)

    await page.set_content(f"<!doctype html><main>{cells}</main>")
    found = await page.evaluate(
        """() => {
            const cells = [...document.querySelectorAll('main > .cell')];
            const inside = cells.flatMap((cell) => [...cell.querySelectorAll('*')]);
            const names = (element) => [...element.attributes].map((a) => a.name);
            // A second parse, as a script would do that copies the page.
            const again = document.createElement('div');
            again.innerHTML = cells.map((cell) => cell.innerHTML).join('');
            return {
                cells: cells.length,
                strays: document.querySelectorAll('body > :not(main)').length,
                elements: [...new Set(inside.map((element) => element.localName))],
                attributes: [...new Set(inside.flatMap(names))],
                again: [...new Set([...again.querySelectorAll('*')].flatMap(names))],
                schemes: [...new Set(inside.filter((e) => e.href).map((e) => e.protocol))],
            };
        }"""
    )

    assert found["cells"] == len(PAYLOADS)
    assert found["strays"] == 0
    assert set(found["elements"]) <= {"p", "a", "b", "i", "table", "tbody", "tr", "td"}
    assert set(found["attributes"]) == set(found["again"]) == {"href", "rel"}
    assert found["schemes"] == ["https:"]
    assert alarms == []


async def test_no_attack_leaves_a_data_block(page: Page) -> None:
    blocks = "".join(
        f'<script type="application/ld+json">{script_data(payload)}</script>'
        for payload in PAYLOADS
    )

    await page.set_content(f"<!doctype html><body><p>before</p>{blocks}<p>after</p>")
    names = await page.evaluate("() => [...document.body.children].map((e) => e.localName)")

    assert names == ["p", *["script"] * len(PAYLOADS), "p"]
