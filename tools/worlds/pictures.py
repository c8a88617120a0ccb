"""Pictures: SVG drawings with a palette, made into JPEG by headless Chromium, logos into PNG."""

import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

from tools.worlds.media import read_drawing
from tools.worlds.source import Source, World

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SIZE: ViewportSize = {"width": 1200, "height": 900}

# Flat areas stay clean at this quality; a step up doubles the size for nothing one can see.
JPEG_QUALITY = 82


def draw_pictures(worlds: list[World], target: Path, only: set[str]) -> None:
    """Draw the pictures named in `only`, or all if it is empty, and always the logos."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        for world in worlds:
            folder = target / world.name / "media"
            folder.mkdir(parents=True, exist_ok=True)
            for name, picture in world.pictures.items():
                if not only or name in only:
                    _draw_picture(page, world, picture, folder / f"{name}.jpg")
            _draw_logo(page, world, folder / "logo.png")
        browser.close()


def _draw_picture(page: Page, world: World, picture: Source, path: Path) -> None:
    palette = {name: value for name, value in picture.items() if name != "drawing"}
    variables = "".join(f"--{name}:{value};" for name, value in palette.items())
    page.set_content(
        f"<style>*{{margin:0}} :root{{{variables}}} body{{background:{world.structure['backdrop']};"
        f"height:900px}} svg{{display:block}}</style>{read_drawing(picture['drawing'])}"
    )
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    image.save(path, quality=JPEG_QUALITY, optimize=True, progressive=True)


def _draw_logo(page: Page, world: World, path: Path) -> None:
    page.set_content(
        "<style>*{margin:0} svg{display:block}</style>" + read_drawing(f"{world.name}/logo")
    )
    logo = Image.open(io.BytesIO(page.locator("svg").screenshot(omit_background=True)))
    # A few dozen shades are all that a wordmark's smoothed edges need.
    logo.quantize(64, method=Image.Quantize.FASTOCTREE).save(path, optimize=True)
