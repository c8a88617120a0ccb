"""Sample pages by axe-core: no violation of WCAG, nor of what axe calls best practice."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route, sync_playwright

from quart_passport.theming.registry import ThemeRegistry
from quart_passport.theming.trial import SAMPLES, render_sample

axe_playwright = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)
CHROMIUM = shutil.which("chromium")

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


def _picture(route: Route) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"/>'
    route.fulfill(body=svg, content_type="image/svg+xml")


def _violations(
    browser: Browser, registry: ThemeRegistry, theme: str, sample: str, scheme: str
) -> list[str]:
    shown = render_sample(registry, theme, SAMPLES[sample])
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.route("**/*", _picture)
    page.set_content(shown.html)
    found = axe_playwright.Axe().run(page).response["violations"]
    page.close()
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]


@pytest.mark.parametrize(
    ("theme", "sample", "scheme"),
    [
        ("default", "jumper", "light"),
        ("default", "hostile", "dark"),
        ("minimal", "jumper", "dark"),
        ("minimal", "nameless", "light"),
    ],
)
def test_axe_finds_nothing(
    browser: Browser, registry: ThemeRegistry, theme: str, sample: str, scheme: str
) -> None:
    assert _violations(browser, registry, theme, sample, scheme) == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", ["default", "minimal"])
def test_axe_finds_nothing_in_any_sample(
    browser: Browser, registry: ThemeRegistry, theme: str, scheme: str
) -> None:
    found = {sample: _violations(browser, registry, theme, sample, scheme) for sample in SAMPLES}

    assert [sample for sample in found if found[sample]] == [], found
