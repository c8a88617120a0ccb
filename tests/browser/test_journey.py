"""The whole way in a real browser: connect, read, scan, change the language, disconnect."""

import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urlsplit

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

from tests.stack import Stack

CHROMIUM = shutil.which("chromium")
WIDTHS = (320, 390, 1280)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]


@dataclass
class Watched:
    """A browser of a reader, and all that it was made to do."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def hosts(self) -> set[str]:
        """Whom the browser asked for anything."""
        return {urlsplit(url).netloc for url in self.requests}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield chromium
        await chromium.close()


async def _new_reader(browser: Browser, **options: object) -> Watched:
    context = await browser.new_context(locale="de-DE", **options)  # type: ignore[arg-type]
    watched = Watched(context, await context.new_page())
    watched.page.set_default_timeout(15_000)
    watched.page.on("console", lambda message: watched.complaints.append(message.text))
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    watched.page.on("requestfailed", lambda request: _note_failure(watched, request))
    watched.page.on("request", lambda request: watched.requests.append(request.url))
    return watched


def _note_failure(watched: Watched, request: Request) -> None:
    # Who goes on to the next page breaks off what the last one was still loading.
    if request.failure != "net::ERR_ABORTED":
        watched.complaints.append(f"{request.url}: {request.failure}")


async def test_from_connect_to_no_longer_published(stack: Stack, browser: Browser) -> None:
    tenant = await stack.register("skarrefell")
    merchant = await _new_reader(browser)

    await merchant.page.goto(stack.pims[0].url)
    await merchant.page.click("a.button:text-is('Connect')")
    # The PIM asks whether it may.
    await merchant.page.click("main form button")
    await merchant.page.wait_for_url(f"{stack.url}/akeneo/{tenant.connection.id}/callback?**")
    assert await merchant.page.locator("h1").inner_text() == "Ihr PIM ist verbunden"
    address = await merchant.page.locator("main a.button").get_attribute("href")
    assert address is not None

    reader = await _new_reader(browser)
    answer = await reader.page.goto(address, wait_until="networkidle")
    assert answer is not None
    assert answer.status == 200
    assert await reader.page.get_attribute("html", "lang") == "de-DE"
    await _is_private(reader, stack)
    assert await _scanned(reader.page) == address

    await reader.page.click("nav.languages >> text=Français")
    assert await reader.page.get_attribute("html", "lang") == "fr-FR"
    assert await _scanned(reader.page) == address
    await _is_private(reader, stack)

    # Followed by hand, because the app is another origin.
    await merchant.page.goto(stack.pims[0].url)
    await merchant.page.click("a.button:text-is('Disconnect')")
    await merchant.page.click("button.danger")
    decided_at = time.monotonic()
    status = 200
    while status == 200:
        assert time.monotonic() - decided_at < 5
        # Opened anew it may come from the browser's own cache, for a minute at most.
        again = await reader.page.reload()
        assert again is not None
        status = again.status
    assert status == 410
    headline = await reader.page.locator("h1").inner_text()
    assert headline == "Ce passeport n’est plus publié"
    print(f"ended {time.monotonic() - decided_at:.1f} s after Disconnect")


async def test_pages_fit_every_screen(stack: Stack, browser: Browser) -> None:
    await stack.connect("skarrefell")
    await stack.connect("zellwarth", pim=1)
    paths = (
        *("/t/skarrefell/p/SF-KULL-01", "/t/zellwarth/p/LH-200%2FB%2036V"),
        *("/t/zellwarth/01/09521002001020/10/ABCDEFGHIJKLMNOPQRST/21/12345678901234567890",),
        *("/", "/privacy?tenant=skarrefell", "/t/skarrefell/p/NONE", "/t/skarrefell/01/1"),
    )

    wide = []
    for scheme in ("light", "dark"):
        reader = await _new_reader(browser, color_scheme=scheme)
        for width in WIDTHS:
            await reader.page.set_viewport_size({"width": width, "height": 800})
            for path in paths:
                await reader.page.goto(stack.url + path, wait_until="load")
                needed = await reader.page.evaluate("document.documentElement.scrollWidth")
                if needed > width:
                    wide.append(f"{path} at {width} px, {scheme}: {needed} px")
        assert [text for text in reader.complaints if "status of 40" not in text] == []
        assert reader.hosts() == {urlsplit(stack.url).netloc}

    assert wide == []


async def test_a_page_in_the_dark_is_dark(stack: Stack, browser: Browser) -> None:
    await stack.connect("skarrefell")
    grounds = []

    for scheme in ("light", "dark"):
        reader = await _new_reader(browser, color_scheme=scheme)
        await reader.page.goto(f"{stack.url}/t/skarrefell/p/SF-KULL-01")
        script = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
        grounds.append(sum(await reader.page.evaluate(script)))

    light, dark = grounds
    assert light > 600
    assert dark < 150


async def _is_private(reader: Watched, stack: Stack) -> None:
    assert reader.complaints == []
    assert reader.hosts() == {urlsplit(stack.url).netloc}
    assert await reader.context.cookies() == []
    kept = await reader.page.evaluate("localStorage.length + sessionStorage.length")
    assert kept == 0
    assert await reader.page.locator("script:not([type='application/ld+json'])").count() == 0


async def _scanned(page: Page) -> str:
    """What a scanner reads from the screen."""
    await page.locator("img.code").scroll_into_view_if_needed()
    await page.locator("img.code").evaluate("image => image.decode()")
    with Image.open(BytesIO(await page.screenshot())) as screen:
        (found,) = zxingcpp.read_barcodes(screen.convert("RGB"))
    return str(found.text)
