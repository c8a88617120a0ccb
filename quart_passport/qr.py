"""QR codes by ISO/IEC 18004: what they say, how large they print, and colours that scanners read.

Error correction is M or better, the quiet zone 4 modules, and nothing is laid over the modules,
as GS1 asks for codes that carry a Digital Link. The same content and style always give the same
bytes. segno lays out the modules and writes SVG and PNG. PDF and EPS are written here, because
segno's hold the time of writing, cannot be scaled below one point a module, and take the colour
value 1 for full brightness.
"""

import io
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import segno

from quart_passport.colour import BLACK, WHITE, Colour, contrast
from quart_passport.errors import InvalidInput

SMALLEST_MM = 10.0
LARGEST_MM = 200.0
USUAL_MM = 30.0
# At level M a code holds 2,331 bytes at most (ISO/IEC 18004, version 40).
LONGEST_CONTENT = 2000
LARGEST_SCALE = 100
_QUIET_ZONE = 4
_PRINT_DPI = 300
_MM_PER_INCH = 25.4
_POINTS_PER_INCH = 72
# ISO/IEC 15415: a symbol contrast of 70 % or more is the best grade.
_LEAST_REFLECTANCE_DIFFERENCE = 0.70
# WCAG 2.2, AA: dark colours of a phone's camera picture crowd together, which a ratio shows.
_LEAST_CONTRAST = 4.5


@dataclass(frozen=True, slots=True)
class QRStyle:
    """The colours of a code. Unsafe ones are not used: `flaw` says why, `safe` what is."""

    # The modules.
    dark: Colour = BLACK
    # Between and around them, quiet zone included.
    light: Colour = WHITE

    @property
    def flaw(self) -> str:
        """Why scanners may fail on these colours, for the merchant's eyes; empty if none may."""
        if self.dark.luminance >= self.light.luminance:
            return "the modules must be darker than what is around them"
        if (
            self.light.luminance - self.dark.luminance < _LEAST_REFLECTANCE_DIFFERENCE
            or contrast(self.dark, self.light) < _LEAST_CONTRAST
        ):
            return "the two colours are too alike for scanners"
        # Many scanners light the code with red, where red modules look as bright as white paper.
        if _in_red(self.light) - _in_red(self.dark) < _LEAST_REFLECTANCE_DIFFERENCE:
            return "the modules hold too much red, which scanners with red light cannot see"
        return ""

    @property
    def safe(self) -> "QRStyle":
        """This style, or black on white if it has a flaw."""
        return QRStyle() if self.flaw else self


class QRCode:
    """A code that says `content`, an ASCII text such as a URL, and nothing else.

    Sizes are the edge of the whole symbol with its quiet zone, in millimetres. Raises InvalidInput
    for a content that is no ASCII text or too long, and for sizes out of bounds.
    """

    def __init__(self, content: str, style: QRStyle | None = None) -> None:
        if not content.isascii() or not content or len(content) > LONGEST_CONTENT:
            raise InvalidInput(
                f"must be 1 to {LONGEST_CONTENT} ASCII characters", where="QR code content"
            )
        self.content = content
        self.style = (style or QRStyle()).safe
        self._symbol = segno.make(content, error="m", micro=False)

    @property
    def modules(self) -> int:
        """How many modules the edge has, quiet zone included."""
        return int(self._symbol.symbol_size(border=_QUIET_ZONE)[0])

    def svg(self, *, size_mm: float | None = None) -> bytes:
        """A vector graphic for pages, or for print if it has a size."""
        drawn = io.BytesIO()
        self._symbol.save(
            drawn,
            kind="svg",
            border=_QUIET_ZONE,
            dark=str(self.style.dark),
            light=str(self.style.light),
            title=self.content,
            svgclass=None,
            lineclass=None,
            omitsize=True,
        )
        # Without it, renderers leave hairlines between rows of modules.
        attributes = 'shape-rendering="crispEdges"'
        if size_mm is not None:
            edge = f"{_checked(size_mm):g}mm"
            attributes = f'width="{edge}" height="{edge}" {attributes}'
        return drawn.getvalue().replace(b" viewBox=", f" {attributes} viewBox=".encode(), 1)

    def png(self, *, size_mm: float | None = None, scale: int = 10) -> bytes:
        """A picture of `scale` pixels a module; with a size, of at least 300 dpi at that size."""
        dpi = None
        if size_mm is not None:
            inches = _checked(size_mm) / _MM_PER_INCH
            scale = math.ceil(inches * _PRINT_DPI / self.modules)
            dpi = scale * self.modules / inches
        if not 1 <= scale <= LARGEST_SCALE:
            raise InvalidInput(f"must be 1 to {LARGEST_SCALE}", where="QR code scale")
        drawn = io.BytesIO()
        self._symbol.save(
            drawn,
            kind="png",
            border=_QUIET_ZONE,
            scale=scale,
            dark=str(self.style.dark),
            light=str(self.style.light),
            dpi=dpi,
        )
        return drawn.getvalue()

    def pdf(self, *, size_mm: float = USUAL_MM) -> bytes:
        """A page of exactly the code's size, for print (PDF 1.4)."""
        edge = _checked(size_mm) / _MM_PER_INCH * _POINTS_PER_INCH
        scale = edge / self.modules
        drawing = [
            f"{_shares(self.style.light)} rg 0 0 {edge:.4f} {edge:.4f} re f",
            f"{scale:.6f} 0 0 {scale:.6f} 0 0 cm {_shares(self.style.dark)} rg",
            *(f"{x} {y} {width} 1 re" for x, y, width in self._bars),
            "f",
        ]
        return _pdf_of("\n".join(drawing).encode(), edge)

    def terminal(self) -> str:
        """The code in block characters, for a terminal; light modules are drawn."""
        drawn = io.StringIO()
        self._symbol.terminal(drawn, border=_QUIET_ZONE, compact=True)
        return drawn.getvalue()

    def eps(self, *, size_mm: float = USUAL_MM) -> bytes:
        """The code for typesetters (Encapsulated PostScript 3.0)."""
        edge = _checked(size_mm) / _MM_PER_INCH * _POINTS_PER_INCH
        scale = edge / self.modules
        lines = [
            "%!PS-Adobe-3.0 EPSF-3.0",
            "%%Creator: quart-passport",
            f"%%BoundingBox: 0 0 {math.ceil(edge)} {math.ceil(edge)}",
            f"%%HiResBoundingBox: 0 0 {edge:.4f} {edge:.4f}",
            "%%LanguageLevel: 2",
            "%%EndComments",
            "gsave",
            f"{_shares(self.style.light)} setrgbcolor 0 0 {edge:.4f} {edge:.4f} rectfill",
            f"{scale:.6f} {scale:.6f} scale {_shares(self.style.dark)} setrgbcolor",
            *(f"{x} {y} {width} 1 rectfill" for x, y, width in self._bars),
            "grestore",
            "%%EOF",
        ]
        return "\n".join([*lines, ""]).encode("ascii")

    @cached_property
    def _bars(self) -> tuple[tuple[int, int, int], ...]:
        """Dark modules side by side as one bar: left, bottom, width, counted from bottom left."""
        rows = list(self._symbol.matrix_iter(border=_QUIET_ZONE))
        return tuple(
            (start, len(rows) - 1 - row, end - start)
            for row, modules in enumerate(rows)
            for start, end in _runs(bytes(modules))
        )


def _runs(modules: bytes) -> Iterator[tuple[int, int]]:
    """Where the dark modules of a row begin and end; its edges are light."""
    start = modules.find(1)
    while start >= 0:
        end = modules.find(0, start)
        yield start, end
        start = modules.find(1, end)


def _checked(size_mm: float) -> float:
    if not SMALLEST_MM <= size_mm <= LARGEST_MM:
        raise InvalidInput(
            f"must be {SMALLEST_MM:g} to {LARGEST_MM:g} millimetres", where="QR code size"
        )
    return size_mm


def _in_red(colour: Colour) -> float:
    """How much red light the colour throws back, 0 to 1."""
    return Colour(colour.red, colour.red, colour.red).luminance


def _shares(colour: Colour) -> str:
    return " ".join(f"{part / 255:.4f}" for part in (colour.red, colour.green, colour.blue))


def _pdf_of(drawing: bytes, edge: float) -> bytes:
    """One square page with one drawing (ISO 32000)."""
    packed = zlib.compress(drawing, 9)
    page = f"<</Type /Page /Parent 2 0 R /MediaBox [0 0 {edge:.4f} {edge:.4f}] "
    objects = (
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        page.encode() + b"/Resources <<>> /Contents 4 0 R>>",
        b"<</Length %d /Filter /FlateDecode>>\nstream\n%b\nendstream" % (len(packed), packed),
    )
    # The second line tells transfer programs that the file is binary.
    file = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    file += b"trailer\n<</Size %d /Root 1 0 R>>\n" % (len(objects) + 1)
    return bytes(file + b"startxref\n%d\n%%%%EOF\n" % start)
