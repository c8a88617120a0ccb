"""Files that a PIM or a merchant's server might hold: good ones, and hostile ones."""

import io
import struct
import zlib

from PIL import Image


def encoded(form: str, size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#336699").save(out, form)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG whose header promises more than anybody can hold."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", header),
            (b"IDAT", zlib.compress(b"\0" * 1000)),
            (b"IEND", b""),
        )
    )


def gif_of(frames: int) -> bytes:
    """An animation of so many tiny frames."""
    head = b"GIF89a" + struct.pack("<HHBBB", 2, 2, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"," + struct.pack("<HHHHB", 0, 0, 2, 2, 0) + b"\x02\x03\x84\x51\x02\x00"
    return head + frame * frames + b";"


def _chunk(kind: bytes, data: bytes) -> bytes:
    checked = kind + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))


SVG = (
    b"""<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>"""
)
GOOD = {
    "PNG": encoded("PNG"),
    "JPEG": encoded("JPEG"),
    "GIF": encoded("GIF"),
    "WebP": encoded("WEBP"),
    "GIF of 10,000 frames": gif_of(10_000),
    "PNG with a script behind it": encoded("PNG") + b"<script>alert(1)</script>",
}
HOSTILE = {
    "SVG": SVG,
    "SVG behind a byte order mark": b"\xef\xbb\xbf" + SVG,
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "PNG of 60,000 by 60,000": png_that_claims(60_000, 60_000),
    "PNG of 7,000 by 7,000": png_that_claims(7_000, 7_000),
    "PNG of no size": png_that_claims(0, 0),
    "truncated PNG": encoded("PNG", (400, 300))[:200],
    "truncated JPEG": encoded("JPEG", (400, 300))[:300],
    "BMP": encoded("BMP"),
    "TIFF": encoded("TIFF"),
    "ICO": encoded("ICO"),
    "PDF": encoded("PDF"),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n",
    "nothing": b"",
    "zeros": bytes(5000),
}
