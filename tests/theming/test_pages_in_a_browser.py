"""Both themes in Chromium, under the policy that pages are served with."""

import re
import shutil
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, sync_playwright

from quart_passport.theming.registry import ThemeRegistry
from quart_passport.theming.samples import HOSTILE, JUMPER
from quart_passport.theming.trial import SAMPLES, render_sample

CHROMIUM = shutil.which("chromium")
ORIGIN = "https://passports.example"
# Width and height of the pictures that pages are given; renditions have the same proportions.
SIZE = (400, 300)

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


def _picture(address: str, size: tuple[int, int]) -> str:
    """A picture as wide as its address promises, as the renditions of a srcset are."""
    promised = re.search(r"-(\d+)\.(?:jpg|webp)$", address)
    width = int(promised[1]) if promised else size[0]
    height = round(width * size[1] / size[0])
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"/>'


def _open(
    page: Page,
    registry: ThemeRegistry,
    theme: str,
    sample: str,
    size: tuple[int, int] = SIZE,
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
            route.fulfill(body=_picture(address, size), content_type="image/svg+xml")
        else:
            complaints.append(f"request to {address}")
            route.abort()

    page.route("**/*", answer)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    page.goto(f"{ORIGIN}/page")
    return complaints


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("theme", ["default", "minimal"])
def test_a_page_fits_narrow_and_wide_screens_and_breaks_no_policy(
    browser: Browser, registry: ThemeRegistry, theme: str, sample: str
) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640})

    complaints = _open(page, registry, theme, sample)
    usual = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 640})
    wide = page.evaluate("document.documentElement.scrollWidth")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="dark")
    dark_ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.close()

    assert complaints == []
    assert (usual, wide) == (320, 1280)
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
        "[...document.querySelectorAll('nav a, .links a, .files a, .passports a')]"
        ".map(link => link.getBoundingClientRect().height)"
    )
    page.close()

    # WCAG 2.2, success criterion 2.5.8: 24 by 24 CSS pixels.
    assert len(heights) >= 12
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
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    _open(page, registry, theme, "jumper", size)

    frame = page.locator("main > :first-child .picture").bounding_box()
    picture = page.locator("main > :first-child .picture img").bounding_box()
    page.close()

    assert frame is not None
    assert picture is not None
    assert picture["width"] / picture["height"] == pytest.approx(size[0] / size[1], rel=0.02)
    filled = max(picture["width"] / frame["width"], picture["height"] / frame["height"])
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
        """[...document.querySelectorAll(
          'section > dl > :is(.kind-text, .kind-rich_text, .kind-choice)'
        )].flatMap(field => {
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


@pytest.mark.parametrize("theme", ["default", "minimal"])
def test_a_wide_table_scrolls_in_its_own_place_and_by_keyboard(
    browser: Browser, registry: ThemeRegistry, theme: str
) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640})
    _open(page, registry, theme, "crowded")
    place = page.locator(".scroll").first

    hidden = place.evaluate("place => place.scrollWidth - place.clientWidth")
    place.focus()
    page.keyboard.press("ArrowRight")
    moved = place.evaluate(
        """async place => {
          for (let frame = 0; frame < 300 && !place.scrollLeft; frame += 1)
            await new Promise(requestAnimationFrame);
          return place.scrollLeft;
        }"""
    )
    heading = place.locator("tbody th").first.bounding_box()
    around = place.bounding_box()
    page.close()

    assert hidden > 100
    assert moved > 0
    assert heading is not None
    assert around is not None
    assert heading["x"] == pytest.approx(around["x"], abs=1)


@pytest.mark.parametrize("theme", ["default", "minimal"])
def test_numbers_of_a_table_end_at_one_line(
    browser: Browser, registry: ThemeRegistry, theme: str
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 640})
    _open(page, registry, theme, "battery")

    ends = page.evaluate(
        """[...document.querySelectorAll('tr > .num:nth-child(2)')].map(cell => {
          const text = document.createRange();
          text.selectNodeContents(cell);
          return Math.round(text.getBoundingClientRect().right);
        })"""
    )
    page.close()

    assert len(ends) == 5
    assert len(set(ends)) == 1


@pytest.mark.parametrize("theme", ["default", "minimal"])
def test_a_bar_is_as_long_as_its_share(
    browser: Browser, registry: ThemeRegistry, theme: str
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    _open(page, registry, theme, "jumper")

    shown = page.locator(".shares meter").first.screenshot()
    page.close()

    with Image.open(BytesIO(shown)) as bar:
        middle = [bar.getpixel((x, bar.height // 2)) for x in range(bar.width)]
    filled = sum(colour == middle[3] for colour in middle)
    assert filled / len(middle) == pytest.approx(0.825, abs=0.03)


def test_pictures_without_known_size_move_nothing_when_they_come(
    browser: Browser, registry: ThemeRegistry
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    shown = render_sample(registry, "default", SAMPLES["crowded"])
    page.route("**/*", lambda route: route.abort())
    page.set_content(shown.html)
    before = page.evaluate("document.documentElement.scrollHeight")
    page.close()
    page = browser.new_page(viewport={"width": 390, "height": 844})

    _open(page, registry, "default", "crowded", (300, 900))
    page.evaluate(
        "Promise.all([...document.images]"
        ".map(image => { image.loading = 'eager'; return image.decode() }))"
    )
    after = page.evaluate("document.documentElement.scrollHeight")
    page.close()

    assert after == before


def test_markup_in_values_is_read_as_text(browser: Browser, registry: ThemeRegistry) -> None:
    page = browser.new_page()

    complaints = _open(page, registry, "default", "hostile")
    title = page.locator("h1").inner_text()
    scripts = page.locator("script").count()
    page.close()

    assert complaints == []
    assert title == HOSTILE.title.text
    assert scripts == 1
