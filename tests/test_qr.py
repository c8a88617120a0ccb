"""Each code is read back by a decoder that shares nothing with the one who drew it."""

import io
import re
import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from quart_passport.colour import BLACK, WHITE, Colour
from quart_passport.errors import InvalidInput
from quart_passport.qr import QRCode, QRStyle

URL = "https://passport.example.com/t/acme/p/"
FORMS = ("svg", "png", "pdf", "eps")
GRID = [
    Colour(red, green, blue)
    for red in (0, 1, 60, 130, 190, 255)
    for green in (0, 1, 60, 130, 190, 255)
    for blue in (0, 1, 130, 255)
]


def read(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image)]


def rasterise_bars(
    edge: float, bars: list[tuple[float, float, float]], style: QRStyle
) -> Image.Image:
    """Bars of a height of 1, counted from top left, as a picture of 6 pixels a module."""
    image = Image.new("RGB", (round(edge * 6),) * 2, str(style.light))
    draw = ImageDraw.Draw(image)
    for x, y, width in bars:
        draw.rectangle((x * 6, y * 6, (x + width) * 6 - 1, y * 6 + 5), str(style.dark))
    return image


def rasterise_svg(svg: str, style: QRStyle) -> Image.Image:
    """Follow the one path of strokes: M and m move, h draws a bar."""
    edge = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])  # type: ignore[index]
    x = y = 0.0
    bars = []
    steps = re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", svg.split('stroke="')[1])
    for step, first, second in steps:
        if step == "h":
            bars.append((x, y - 0.5, float(first)))
            x += float(first)
        elif step == "m":
            x, y = x + float(first), y + float(second)
        else:
            x, y = float(first), float(second)
    return rasterise_bars(edge, bars, style)


def rasterise_print(commands: str, verb: str, modules: int, style: QRStyle) -> Image.Image:
    found = re.findall(rf"^(\d+) (\d+) (\d+) 1 {verb}", commands, re.MULTILINE)
    bars = [(float(x), modules - 1 - float(y), float(width)) for x, y, width in found]
    return rasterise_bars(modules, bars, style)


def drawing_in(pdf: bytes) -> str:
    stream = pdf.split(b"stream\n", 1)[1].split(b"\nendstream", 1)[0]
    return zlib.decompress(stream).decode()


def images_of(code: QRCode) -> list[Image.Image]:
    """The code in each form, at 6 pixels a module."""
    return [
        Image.open(io.BytesIO(code.png(scale=6))).convert("RGB"),
        rasterise_svg(code.svg().decode(), code.style),
        rasterise_print(drawing_in(code.pdf()), "re", code.modules, code.style),
        rasterise_print(code.eps().decode(), "rectfill", code.modules, code.style),
    ]


def texts_of(code: QRCode) -> list[list[str]]:
    """What the decoder reads from the code in each form."""
    return [read(image) for image in images_of(code)]


def test_every_form_draws_the_same_modules_in_the_same_place() -> None:
    png, *others = images_of(QRCode(URL, QRStyle(Colour.parse("#1f4d3a"))))

    assert [image.tobytes() for image in others] == [png.tobytes()] * 3


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_every_form_says_exactly_the_url_of_any_product(product: str) -> None:
    url = URL + quote(product, safe="")

    assert texts_of(QRCode(url)) == [[url]] * 4


@pytest.mark.parametrize(
    "url",
    [
        "https://id.example.com/01/09506000134352",
        "https://id.example.com/01/09506000134352/22/2A/10/ABC%2F1/21/%28x%29",
        "HTTPS://ID.EXAMPLE.COM/01/09506000134352",
        URL + "%2FA",
        URL + "A%2F%2FB",
        URL + "a" * (2000 - len(URL)),
        "0123456789",
    ],
)
def test_every_form_says_exactly_a_chosen_content(url: str) -> None:
    assert texts_of(QRCode(url)) == [[url]] * 4


def test_every_pair_of_colours_can_be_scanned() -> None:
    styles = [QRStyle(dark, light) for dark in GRID for light in (WHITE, *GRID[::5])]
    kept = [style for style in styles if not style.flaw]
    url = URL + "1"

    wrong = [
        style
        for style in kept
        if read(Image.open(io.BytesIO(QRCode(url, style).png(scale=3)))) != [url]
    ]

    print(f"\ntried {len(styles)}, {len(kept)} in their colours, decoded wrong {len(wrong)}")
    assert wrong == []
    assert {style.safe for style in styles} == {QRStyle(), *kept}
    assert len(kept) > 100


@pytest.mark.parametrize(
    ("dark", "light", "flaw"),
    [
        ("#000000", "#ffffff", ""),
        ("#1f4d3a", "#ffffff", ""),
        ("#003366", "#fff8e7", ""),
        ("#ffffff", "#000000", "must be darker"),
        ("#777777", "#777777", "must be darker"),
        ("#8a8a8a", "#ffffff", "too alike"),
        ("#000000", "#999999", "too alike"),
        ("#00a651", "#ffffff", "too alike"),
        ("#d00000", "#ffffff", "too much red"),
        ("#000000", "#00ffff", "too much red"),
    ],
)
def test_colours_are_judged_with_a_reason(dark: str, light: str, flaw: str) -> None:
    style = QRStyle(Colour.parse(dark), Colour.parse(light))

    assert flaw in style.flaw
    assert bool(style.flaw) == bool(flaw)
    assert style.safe == (QRStyle(BLACK, WHITE) if flaw else style)


def test_unsafe_colours_are_replaced_by_black_on_white() -> None:
    unsafe = QRStyle(Colour.parse("#ffcc00"), WHITE)

    assert QRCode(URL, unsafe).svg() == QRCode(URL).svg()


def test_a_colour_of_the_lowest_value_stays_dark_in_print() -> None:
    code = QRCode(URL, QRStyle(Colour(1, 1, 1), WHITE))

    assert "0.0039 0.0039 0.0039 rg" in drawing_in(code.pdf())
    assert "0.0039 0.0039 0.0039 setrgbcolor" in code.eps().decode()


@pytest.mark.parametrize("form", FORMS)
def test_the_same_code_is_the_same_bytes(form: str) -> None:
    style = QRStyle(Colour.parse("#1f4d3a"))

    drawn = {getattr(QRCode(URL, style), form)(size_mm=30) for _ in range(3)}

    assert len(drawn) == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [9.9, 200.1, 0, -30, float("nan"), float("inf")])
def test_a_size_that_nobody_prints_is_refused(form: str, size: float) -> None:
    with pytest.raises(InvalidInput, match="10 to 200 millimetres"):
        getattr(QRCode(URL), form)(size_mm=size)


@pytest.mark.parametrize("content", ["", "https://ü.example/", "a" * 2001])
def test_a_content_that_is_no_short_ascii_text_is_refused(content: str) -> None:
    with pytest.raises(InvalidInput, match="1 to 2000 ASCII characters"):
        QRCode(content)


@pytest.mark.parametrize("scale", [0, -1, 101])
def test_a_scale_out_of_bounds_is_refused(scale: int) -> None:
    with pytest.raises(InvalidInput, match="1 to 100"):
        QRCode(URL).png(scale=scale)


def test_an_svg_has_its_own_box_and_title_and_nothing_active() -> None:
    svg = QRCode(URL + "%3Cscript%3E").svg().decode()
    sized = QRCode(URL).svg(size_mm=25).decode()

    assert 'viewBox="0 0 ' in svg
    assert f"<title>{URL}%3Cscript%3E</title>" in svg
    assert not re.search(r"<script|<style|style=|class=|href=|url\(| on\w+=", svg)
    assert " width=" not in svg
    assert 'width="25mm" height="25mm"' in sized


def test_what_the_title_quotes_is_escaped() -> None:
    assert "<title>https://x.example/?a=1&amp;b=&lt;</title>" in (
        QRCode("https://x.example/?a=1&b=<").svg().decode()
    )


@pytest.mark.parametrize("size", [10, 30, 87.5, 200])
def test_a_png_has_whole_pixels_a_module_and_prints_at_its_size(size: float) -> None:
    code = QRCode(URL)

    image = Image.open(io.BytesIO(code.png(size_mm=size)))

    dpi = image.info["dpi"][0]
    assert image.width % code.modules == 0
    # The format counts whole pixels a metre.
    assert dpi >= 299.9
    assert image.width / dpi * 25.4 == pytest.approx(size, rel=0.005)


def test_the_quiet_zone_is_four_modules_of_the_light_colour() -> None:
    style = QRStyle(BLACK, Colour.parse("#fff8e7"))
    image = Image.open(io.BytesIO(QRCode(URL, style).png(scale=1))).convert("RGB")

    frame = [
        image.getpixel((x, y))
        for x in range(image.width)
        for y in range(image.height)
        if not (4 <= x < image.width - 4 and 4 <= y < image.height - 4)
    ]

    assert set(frame) == {(0xFF, 0xF8, 0xE7)}
    assert image.getpixel((4, 4)) == (0, 0, 0)


@pytest.mark.parametrize("size", [10, 30, 200])
def test_print_forms_have_exactly_their_size(size: int) -> None:
    points = f"{size / 25.4 * 72:.4f}"

    assert f"/MediaBox [0 0 {points} {points}]".encode() in QRCode(URL).pdf(size_mm=size)
    assert f"%%HiResBoundingBox: 0 0 {points} {points}".encode() in QRCode(URL).eps(size_mm=size)


def test_the_pdfs_table_leads_to_its_objects() -> None:
    pdf = QRCode(URL).pdf()

    start = int(pdf.rsplit(b"startxref\n", 1)[1].split()[0])
    table = pdf[start:].split(b"trailer")[0].splitlines(keepends=True)
    places = [int(line[:10]) for line in table[3:]]

    assert all(len(line) == 20 for line in table[2:])
    assert [pdf[place : place + 7] for place in places] == [b"%d 0 obj" % n for n in (1, 2, 3, 4)]


def with_ghostscript(document: bytes, suffix: str, folder: Path) -> Image.Image:
    if not (ghostscript := shutil.which("gs")):
        pytest.skip("Ghostscript (gs) is not installed, so print forms are not rendered")
    source, target = folder / f"code.{suffix}", folder / "code.png"
    source.write_bytes(document)
    options = ["-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-dEPSCrop", "-sDEVICE=png16m", "-r300"]
    subprocess.run([ghostscript, *options, f"-o{target}", source], check=True, timeout=60)
    return Image.open(target)


@pytest.mark.parametrize("form", ["pdf", "eps"])
@pytest.mark.parametrize("size", [12, 40])
def test_a_print_form_is_readable_as_a_printer_draws_it(
    form: str, size: int, tmp_path: Path
) -> None:
    draw: Callable[..., bytes] = getattr(QRCode(URL, QRStyle(Colour.parse("#1f4d3a"))), form)

    image = with_ghostscript(draw(size_mm=size), form, tmp_path)

    assert read(image) == [URL]
    assert image.width == pytest.approx(size / 25.4 * 300, abs=5)
