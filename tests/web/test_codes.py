"""QR codes: what a decoder reads from each form of them is a passport's address, and it answers."""

import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
import pytest_asyncio
import zxingcpp
from PIL import Image

from quart_passport.colour import Colour
from quart_passport.passport.config import Colours
from quart_passport.qr import QRStyle
from quart_passport.sandbox import Catalog
from quart_passport.tenancy.configs import decisions_of, save_decisions
from tests.stack import Stack
from tests.web.altering import with_products
from tests.web.conftest import connected_stack
from tests.web.wire import ask

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODD = ("A/B C#1%", "/A", "A//B", "Ünïcode", "x.svg", "01")
PASSPORTS = [
    *(f"/p/{quote(identifier, safe='')}" for identifier in (*ODD, "LH-200/B 36V")),
    "/p/a4770ddc-d92f-5b79-9cde-0962f29bf8be",
    "/01/09521002001020",
    "/01/09521002001020/22/V1/10/L%2F1/21/a.png",
    f"/01/09521002001020/10/{quote('!%/:;<=>?_AZaz09.-', safe='')}",
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(folder: Path, worlds: dict[str, Catalog]) -> AsyncIterator[Stack]:
    catalog = with_products(worlds["batteries"], "LH-500 36V", {name: {} for name in ODD})
    async with connected_stack(folder, {"zellwarth": catalog}) as running:
        yield running


def _code_of(passport: str, form: str) -> str:
    return f"/t/zellwarth/qr{passport.removeprefix('/p')}.{form}"


def _read(picture: bytes) -> str:
    with Image.open(BytesIO(picture)) as image:
        (found,) = zxingcpp.read_barcodes(image.convert("RGB"))
    return str(found.text)


def _drawn(vectors: bytes) -> bytes:
    """A PDF or EPS as picture."""
    ghostscript = shutil.which("gs")
    if ghostscript is None:
        pytest.skip("no Ghostscript on this machine draws PDF and EPS")
    how = ("-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-dEPSCrop", "-sDEVICE=png16m", "-r300")
    done = subprocess.run(
        [ghostscript, *how, "-sOutputFile=-", "-"], input=vectors, capture_output=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("passport", PASSPORTS)
async def test_a_code_says_the_passports_address_which_answers(stack: Stack, passport: str) -> None:
    code = await ask(stack.url, _code_of(passport, "png"))

    said = _read(code.body)

    assert said == f"{stack.url}/t/zellwarth{passport}"
    assert (await ask(stack.url, said.removeprefix(stack.url))).status == 200


@pytest.mark.parametrize("form", ["pdf", "eps"])
@pytest.mark.parametrize("size", ["", "?size=20mm", "?size=12.5mm"])
async def test_printed_codes_say_it_too(stack: Stack, form: str, size: str) -> None:
    code = await ask(stack.url, _code_of(PASSPORTS[0], form) + size)

    assert _read(_drawn(code.body)) == f"{stack.url}/t/zellwarth{PASSPORTS[0]}"


@pytest.mark.browser
async def test_a_code_for_screens_says_it_too(stack: Stack, chromium: str) -> None:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 400, "height": 400})
        for passport in PASSPORTS:
            await page.goto(stack.url + _code_of(passport, "svg"))

            assert _read(await page.screenshot()) == f"{stack.url}/t/zellwarth{passport}"
        await browser.close()


async def test_the_code_on_the_page_is_that_pages(stack: Stack) -> None:
    for passport in PASSPORTS:
        page = (await ask(stack.url, f"/t/zellwarth{passport}")).text
        (code,) = re.findall(r'<img class="code" src="([^"]+)\.svg"', page)
        (canonical,) = re.findall(r'<link rel="canonical" href="([^"]+)"', page)

        assert _read((await ask(stack.url, f"{code}.png")).body) == canonical


@pytest.mark.parametrize("size", ["10mm", "30mm", "200mm", "33.33mm"])
async def test_a_size_is_obeyed(stack: Stack, size: str) -> None:
    svg = await ask(stack.url, f"{_code_of('/p/X', 'svg')}?size={size}")
    png = await ask(stack.url, f"{_code_of('/p/X', 'png')}?size={size}")

    assert f'width="{float(size[:-2]):g}mm"' in svg.text
    with Image.open(BytesIO(png.body)) as image:
        inches = float(size[:-2]) / 25.4
        assert image.width / inches >= 300
        assert image.info["dpi"][0] == pytest.approx(image.width / inches, rel=0.01)


@pytest.mark.parametrize("form", ["svg", "png", "pdf", "eps"])
async def test_a_bad_size_is_a_bad_request(stack: Stack, form: str) -> None:
    bad = (
        "",
        "30",
        "9mm",
        "201mm",
        "0mm",
        "-30mm",
        "1e2mm",
        "nan",
        "30cm",
        "30 mm",
        "٣٠mm",
        "030.123mm",
    )
    for size in bad:
        answer = await ask(stack.url, f"{_code_of('/p/X', form)}?size={quote(size)}")

        assert answer.status == 400, size


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/t/zellwarth/qr/X", 404),
        ("/t/zellwarth/qr/X.gif", 404),
        ("/t/zellwarth/qr/X.SVG", 404),
        ("/t/zellwarth/qr/A/B.svg", 404),
        ("/t/zellwarth/qr/.svg", 404),
        ("/t/zellwarth/qr/%2E.svg", 404),
        ("/t/zellwarth/qr/%2E%2E.svg", 404),
        ("/t/zellwarth/qr/a%00.svg", 400),
        ("/t/zellwarth/qr/a%FF.svg", 400),
        ("/t/zellwarth/qr/01/1.svg", 400),
        ("/t/zellwarth/qr/01/09521002001021.svg", 400),
        ("/t/zellwarth/qr/01/09521002001020/17/261231.svg", 400),
        ("/t/nobody/qr/X.svg", 404),
        (f"/t/zellwarth/qr/{'x' * 1990}.svg", 400),
    ],
)
async def test_no_code_is_drawn_of_what_is_no_passports_address(
    stack: Stack, path: str, status: int
) -> None:
    assert (await ask(stack.url, path)).status == status


@pytest.mark.parametrize(
    "colours",
    [
        Colours(primary="#1f4d3a", background="#ffffff"),
        Colours(primary="#ffee00", background="#ffffff"),
        Colours(primary="#ffffff", background="#000000"),
        Colours(primary="#c81e1e", background="#ffe0e0"),
        Colours(primary="#777777", background="#777777"),
    ],
)
@pytest.mark.parametrize("theme", ["default", "minimal"])
async def test_a_merchants_colours_are_used_as_far_as_scanners_see_them(
    stack: Stack, theme: str, colours: Colours
) -> None:
    tenant = await stack.services.directory.find("zellwarth")
    config = msgspec.structs.replace(tenant.configs[0], colours=colours, theme=theme)
    await save_decisions(tenant, replace(decisions_of(tenant), configs=(config,)))
    await stack.services.directory.reread("zellwarth")

    code = await ask(stack.url, _code_of("/p/X", "png"))

    with Image.open(BytesIO(code.body)) as image:
        found = image.convert("RGB").getcolors()
    dark, light = sorted((Colour(*channels) for _, channels in found), key=lambda c: c.luminance)
    assert QRStyle(dark, light).flaw == ""
    assert str(dark) == "#1f4d3a" or colours.primary != "#1f4d3a" or theme == "minimal"
    assert _read(code.body) == f"{stack.url}/t/zellwarth/p/X"


async def test_codes_cost_the_pim_nothing(stack: Stack) -> None:
    stack.pim.traffic.reset()

    for passport in (*PASSPORTS, "/p/NEVER-SEEN"):
        for form in ("svg", "png", "pdf", "eps"):
            assert (await ask(stack.url, _code_of(passport, form))).status == 200

    assert stack.pim.traffic.total.calls == 0
