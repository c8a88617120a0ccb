"""Both themes in Chromium, under the policy that pages are served with."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from quart_passport.theming.registry import ThemeRegistry
from quart_passport.theming.samples import HOSTILE, JUMPER
from quart_passport.theming.trial import SAMPLES, render_sample

CHROMIUM = shutil.which("chromium")
ORIGIN = "https://passports.example"
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><path d="M0 0h9v9z"/></svg>'
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def _open(
    page: Page, registry: ThemeRegistry, theme: str, sample: str, picture: str = PICTURE
) -> list[str]:
    """Load a sample page; what the browser complained about, and where it tried to go."""
    shown = render_sample(registry, theme, SAMPLES[sample])
    policy = (
        "default-src 'none'; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
        f"style-src '{shown.style_hash}' 'self'"
    )
    complaints: list[str] = []

    def answer(route: Route) -> None:
        address = route.request.url
        if address == f"{ORIGIN}/page":
            headers = {"content-security-policy": policy}
            route.fulfill(body=shown.html, content_type="text/html; charset=utf-8", headers=headers)
        elif address.startswith(ORIGIN):
            route.fulfill(body=picture, content_type="image/svg+xml")
        else:
            complaints.append(f"request to {address}")
            route.abort()

    page.route("**/*", answer)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    page.goto(f"{ORIGIN}/page")
    page.wait_for_load_state("networkidle")
    return complaints


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("theme", ["default", "minimal"])
def test_a_page_fits_a_narrow_phone_and_breaks_no_policy(
    browser: Browser, registry: ThemeRegistry, theme: str, sample: str
) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640})

    complaints = _open(page, registry, theme, sample)
    usual = page.evaluate("document.documentElement.scrollWidth")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="dark")
    dark_ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.close()

    assert complaints == []
    assert usual <= 320
    # The stylesheet was let in, in both schemes.
    assert ground == "rgb(255, 255, 255)"
    assert dark_ground not in (ground, "rgba(0, 0, 0, 0)")


@pytest.mark.parametrize("theme", ["default", "minimal"])
def test_a_page_fits_when_text_is_twice_as_large(
    browser: Browser, registry: ThemeRegistry, theme: str
) -> None:
    page = browser.new_page(viewport={"width": 640, "height": 640})
    _open(page, registry, theme, "long-words")

    page.evaluate("document.querySelector('style').sheet.insertRule('html{font-size:200%}')")
    width = page.evaluate("document.documentElement.scrollWidth")
    page.close()

    assert width <= 640


@pytest.mark.parametrize("theme", ["default", "minimal"])
def test_links_outside_of_running_text_are_large_enough_to_touch(
    browser: Browser, registry: ThemeRegistry, theme: str
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    _open(page, registry, theme, "jumper")

    heights = page.evaluate(
        "[...document.querySelectorAll('nav a, .links a')]"
        ".map(link => link.getBoundingClientRect().height)"
    )
    page.close()

    # WCAG 2.2, success criterion 2.5.8: 24 by 24 CSS pixels.
    assert len(heights) >= 5
    assert min(heights) >= 24


def test_a_picture_keeps_its_place_before_it_is_there(
    browser: Browser, registry: ThemeRegistry
) -> None:
    shown = render_sample(registry, "default", JUMPER)
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.route("**/*", lambda route: route.abort())
    page.set_content(shown.html)

    box = page.locator(".hero .picture").bounding_box()
    page.close()

    assert box is not None
    assert box["height"] == pytest.approx(box["width"] * 3 / 4, abs=1)


@pytest.mark.parametrize("theme", ["default", "minimal"])
@pytest.mark.parametrize("size", [(400, 300), (300, 400), (900, 300)])
def test_the_plate_is_as_large_as_the_picture(
    browser: Browser, registry: ThemeRegistry, theme: str, size: tuple[int, int]
) -> None:
    width, height = size
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    sized = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"/>'
    _open(page, registry, theme, "jumper", sized)

    frame = page.locator("main > :first-child .picture").bounding_box()
    picture = page.locator("main > :first-child .picture img").bounding_box()
    page.close()

    assert frame is not None
    assert picture is not None
    assert picture["width"] / picture["height"] == pytest.approx(width / height, rel=0.02)
    filled = max(
        picture["width"] / min(frame["width"], width),
        picture["height"] / min(frame["height"], height),
    )
    assert filled == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(("width", "stacked"), [(320, True), (390, True), (1280, False)])
def test_a_value_stands_below_its_label_where_there_is_little_room(
    browser: Browser, registry: ThemeRegistry, width: int, stacked: bool
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    _open(page, registry, "default", "battery")

    below = page.evaluate(
        "[...document.querySelectorAll('section .field:not(.wide)')].map(field =>"
        " field.querySelector('dd').getBoundingClientRect().top"
        " >= field.querySelector('dt').getBoundingClientRect().bottom)"
    )
    page.close()

    assert len(below) > 20
    assert set(below) == {stacked}


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_in_the_minimal_theme_text_that_wraps_begins_below_its_label(
    browser: Browser, registry: ThemeRegistry, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    _open(page, registry, "minimal", "battery")

    # Each line has a rectangle of its own, and a line break one without width.
    starts = page.evaluate(
        """[...document.querySelectorAll('section .field')].flatMap(field => {
          const text = document.createRange();
          text.selectNodeContents(field.querySelector('dd'));
          const lines = [...text.getClientRects()].filter(line => line.width > 0);
          const wraps = lines.at(-1).top - lines[0].top > lines[0].height / 2;
          const label = field.querySelector('dt').getBoundingClientRect().left;
          return wraps ? [lines.map(line => Math.round(line.left - label))] : [];
        })"""
    )
    page.close()

    assert len(starts) >= 3
    # Items of lists are set in by their mark.
    assert all(min(line) >= 0 and max(line) <= 24 for line in starts)


def test_markup_in_values_is_read_as_text(browser: Browser, registry: ThemeRegistry) -> None:
    page = browser.new_page()

    complaints = _open(page, registry, "default", "hostile")
    title = page.locator("h1").inner_text()
    scripts = page.locator("script").count()
    page.close()

    assert complaints == []
    assert title == HOSTILE.title.text
    assert scripts == 1
