"""The sandbox's pages in Chromium: narrow, in both schemes, under their own policy."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from quart_passport.sandbox import SandboxApp
from quart_passport.sandbox.courier import Delivery
from tests.sandbox.conftest import AppSide
from tests.serving import Served

CHROMIUM = shutil.which("chromium")
PAGES = ["/", "/products", "/_sandbox/", "/_sandbox/connections"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        await chromium.close()


async def _fill(pim: Served[SandboxApp], connected: AppSide) -> None:
    behind = pim.app.pim
    behind.connections.create("A connection with a rather long name", ["read_products"])
    behind.apps.register("W" * 70, "http://app.example/" + "a" * 90, "http://app.example/callback")
    behind.traffic.play("slow", times=None, every=3, scope="read_reference_entity_records")
    behind.courier.deliveries.append(
        Delivery("https://app.example/" + "b" * 90, "com.akeneo.pim.v1.product.updated", 2, None)
    )
    for path in ("reference-entities/certification/records", "media-files/a/b/c/pic.png/download"):
        await connected.get(path)


async def test_pages_fit_a_narrow_phone_in_both_schemes_and_break_no_policy(
    browser: Browser, pim: Served[SandboxApp], connected: AppSide
) -> None:
    await _fill(pim, connected)
    page = await browser.new_page(viewport={"width": 320, "height": 640})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))

    for path in PAGES:
        await page.emulate_media(color_scheme="light")
        await page.goto(pim.url + path)
        width = await page.evaluate("document.documentElement.scrollWidth")
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        await page.emulate_media(color_scheme="dark")
        dark_ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")

        assert width <= 320, path
        assert ground == "rgb(243, 246, 245)"
        assert dark_ground == "rgb(16, 23, 21)"

    assert complaints == []


async def test_a_fault_is_played_and_taken_back_by_hand(
    browser: Browser, pim: Served[SandboxApp], connected: AppSide
) -> None:
    page = await browser.new_page()
    page.set_default_timeout(5000)
    await page.goto(f"{pim.url}/_sandbox/")

    await page.get_by_label("What happens").select_option("unavailable")
    await page.get_by_label("To which calls").select_option("structure")
    await page.get_by_role("button", name="Add fault").click()
    met = await connected.get("channels")
    await page.get_by_label("What happens").select_option("unavailable")
    await page.get_by_label("Times").fill("")
    await page.get_by_role("button", name="Add fault").click()
    again = [await connected.get("channels") for _ in range(2)]
    await page.get_by_role("button", name="Remove: 503: the PIM is away").click()
    after = await connected.get("channels")

    assert (met.status_code, [a.status_code for a in again], after.status_code) == (
        503,
        [503, 503],
        200,
    )


async def test_a_connection_is_made_by_hand(browser: Browser, pim: Served[SandboxApp]) -> None:
    page = await browser.new_page()
    page.set_default_timeout(5000)
    await page.goto(f"{pim.url}/_sandbox/")

    await page.get_by_role("navigation").get_by_role("link", name="Connections").click()
    await page.get_by_label("Name").fill("Magento shop")
    await page.get_by_role("button", name="Create connection").click()

    connection = pim.app.pim.connections.all()[0]
    assert await page.locator("#client-id").inner_text() == connection.client_id
    assert await page.locator("#password").inner_text() == connection.password
