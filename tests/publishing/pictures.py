"""Files that a PIM or a merchant's server might hold: good ones, and hostile ones."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
# Things that a picture says of itself and that no rendition may repeat.
SECRETS = (b"CameraOwner", b"Secret comment", b"xmp-secret", b"Copyright of the profile")


def encoded(form: str, size: tuple[int, int] = (40, 30), **how: Any) -> bytes:
    return written(Image.new("RGB", size, "#336699"), form, **how)


def written(picture: Image.Image, form: str, **how: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()


def photograph(width: int, height: int, form: str = "JPEG", **how: Any) -> bytes:
    """Something with as much to see as a photograph, always the same."""
    noise = Image.radial_gradient("L").resize((width, height))
    waves = Image.linear_gradient("L").rotate(30, expand=True).resize((width, height))
    return written(Image.merge("RGB", (noise, waves, noise.transpose(1))), form, **how)


def exif(**tags: Any) -> Image.Exif:
    """EXIF 2.3 with an orientation, an owner and a place."""
    found = Image.Exif()
    found[274] = tags.get("orientation", 1)
    found[0xA430] = "CameraOwner"
    found.get_ifd(0x8825)[1] = "N"
    found.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return found


def talkative(form: str) -> bytes:
    """A picture that says much of itself."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    how: dict[str, Any] = {"exif": exif(), "icc_profile": profile}
    match form:
        case "JPEG":
            how |= {"comment": b"Secret comment", "xmp": b"<x>xmp-secret</x>"}
        case "PNG":
            how["pnginfo"] = PngImagePlugin.PngInfo()
            how["pnginfo"].add_text("Comment", "Secret comment")
        case "WEBP":
            how["xmp"] = b"<x>xmp-secret</x>"
    return encoded(form, **how)


def with_palette() -> bytes:
    """Left half of a colour that counts as transparent, right half green."""
    picture = Image.new("P", (40, 30), 1)
    picture.putpalette([*RED, *GREEN])
    picture.paste(0, (0, 0, 20, 30))
    return written(picture, "PNG", transparency=0)


def swapped_profile() -> bytes:
    """A profile in which the red primary is sRGB's green one, and the other way round."""
    raw = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", raw, 128)[0]
    places = {bytes(raw[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    red, green = places[b"rXYZ"], places[b"gXYZ"]
    raw[red : red + 4], raw[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(raw)


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


def animated(form: str) -> bytes:
    """A red frame, then a blue one."""
    frames = [Image.new("RGB", (40, 30), colour) for colour in (RED, BLUE)]
    return written(frames[0], form, save_all=True, append_images=frames[1:], duration=100, loop=0)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checked = kind + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))


SVG = (
    b"""<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>"""
)
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
GOOD = {
    "PNG": encoded("PNG"),
    "JPEG": encoded("JPEG"),
    "GIF": encoded("GIF"),
    "WebP": encoded("WEBP"),
    "animated WebP": animated("WEBP"),
    "GIF of 10,000 frames": gif_of(10_000),
    "PNG with a script behind it": encoded("PNG") + b"<script>alert(1)</script>",
    "JPEG with an archive behind it": encoded("JPEG") + b"PK\x03\x04" + b"<script>" * 100,
    "GIF whose comment is a script": encoded("GIF", comment=b"*/=1;<script>alert(1)</script>"),
    "CMYK JPEG": written(Image.new("CMYK", (40, 30), (255, 0, 255, 0)), "JPEG"),
    "PNG of 16 bits": written(Image.new("I;16", (40, 30), 40_000), "PNG"),
    "PNG of one bit": written(Image.new("1", (40, 30), 1), "PNG"),
    "PNG with a transparent colour": with_palette(),
    "grey PNG with alpha": written(Image.new("LA", (40, 30), (100, 50)), "PNG"),
    "JPEG with a broken profile": encoded("JPEG", icc_profile=b"\0" * 500),
    "JPEG with another's profile": encoded("JPEG", icc_profile=swapped_profile()),
    "JPEG with broken EXIF": encoded("JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"),
    "as narrow as can be": written(Image.new("L", (1, 9000)), "PNG"),
    "as wide as can be": written(Image.new("L", (9000, 1)), "PNG"),
    "PNG of 40 megapixels": written(Image.new("P", (6300, 6300)), "PNG", compress_level=1),
}
HOSTILE = {
    "SVG": SVG,
    "SVG behind a byte order mark": b"\xef\xbb\xbf" + SVG,
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "PNG of 60,000 by 60,000": png_that_claims(60_000, 60_000),
    "PNG of 7,000 by 7,000": png_that_claims(7_000, 7_000),
    "PNG of 2^31 by 1": png_that_claims(2**31 - 1, 1),
    "PNG of no size": png_that_claims(0, 0),
    "truncated PNG": encoded("PNG", (400, 300))[:200],
    "truncated JPEG": encoded("JPEG", (400, 300))[:300],
    "truncated WebP": photograph(400, 300, "WEBP")[:300],
    "truncated GIF": encoded("GIF", (400, 300))[:30],
    "BMP": encoded("BMP"),
    "TIFF": encoded("TIFF"),
    "ICO": encoded("ICO"),
    "AVIF": encoded("AVIF"),
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(200),
    "PSD": b"8BPS\0\1" + bytes(6) + b"\0\3\0\0\0\x10\0\0\0\x10\0\x08\0\3" + bytes(200),
    "PDF": PDF,
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n",
    "a sound that begins like a WebP": b"RIFF\x24\0\0\0WAVEfmt " + bytes(40),
    "nothing": b"",
    "zeros": bytes(5000),
    "only a JPEG's beginning": b"\xff\xd8\xff",
}
