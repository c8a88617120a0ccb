"""Makes harmless pictures of whatever file a PIM or a merchant's server gave us.

Runs as a program of its own, with limits on memory and time, because decoding a hostile picture is
the riskiest thing we do: a file comes in by standard input, and by standard output go all its
renditions: a line of JSON, then their bytes one after the other. The original bytes, and what they
say of place, camera and author, never reach a reader. Nothing of the package is imported here, so
that it starts fast.
"""

import io
import json
import os
import resource
import sys
import warnings
from collections.abc import Iterator

# Each format's own module, or Pillow would load all of them for a file that it does not know.
from PIL import (
    GifImagePlugin,
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

# By the first bytes; nothing else is tried, whatever the file's name says.
FORMATS = {
    b"\x89PNG\r\n\x1a\n": PngImagePlugin.PngImageFile.format,
    b"\xff\xd8\xff": JpegImagePlugin.JpegImageFile.format,
    b"GIF87a": GifImagePlugin.GifImageFile.format,
    b"GIF89a": GifImagePlugin.GifImageFile.format,
    b"RIFF": WebPImagePlugin.WebPImageFile.format,
}
MOST_PIXELS = 40_000_000
# In pixels, for pictures like long labels.
TALLEST = 2560
_MEMORY = 1024 * 1024 * 1024
# Three times what the largest picture takes that is let in.
_CPU_SECONDS = 6
# Politer than whoever answers readers, and not so polite that it never has its turn.
_NICENESS = 5
# EXIF 2.3: the tag of the orientation, and its values that swap width and height.
_ORIENTATION, _LYING = 274, frozenset({5, 6, 7, 8})


def make_renditions(
    original: bytes, widths: tuple[int, ...]
) -> Iterator[tuple[int, int, str, bytes]]:
    """Width, height, form and bytes of each rendition, from the largest down.

    None is wider than the original, whose own width is the first where it is not too wide.
    """
    picture = _shown(_read(original, max(widths)))
    smaller = sorted((width for width in widths if width < picture.width), reverse=True)
    largest = picture.size
    for width in (picture.width, *smaller):
        height = max(1, round(largest[1] * width / largest[0]))
        # From the one before, which is quicker, and as sharp.
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
        yield width, height, "webp", _encoded(picture, "WEBP", method=4)
        yield width, height, "jpg", _encoded(_on_white(picture), "JPEG", progressive=True)


def _read(original: bytes, widest: int) -> Image.Image:
    """The first frame, not larger than it has to be, still in its own colours and orientation."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    forms = [str(form) for magic, form in FORMATS.items() if original.startswith(magic)]
    if not forms:
        raise ValueError("not a kind of picture that we take")
    picture = Image.open(io.BytesIO(original), formats=forms)
    size = _fitted(picture, widest)
    # A JPEG decodes to a half, a quarter or an eighth at a fraction of the cost.
    picture.draft(None, size)
    picture.load()
    small = _smooth(picture).resize(size, Image.Resampling.LANCZOS)
    small.info = picture.info
    return small


def _fitted(picture: Image.Image, widest: int) -> tuple[int, int]:
    """The size in which the picture, once it stands upright, is as large as the largest one."""
    lies = picture.getexif().get(_ORIENTATION) in _LYING
    room = (TALLEST, widest) if lies else (widest, TALLEST)
    scale = min(1, room[0] / picture.width, room[1] / picture.height)
    return max(1, round(picture.width * scale)), max(1, round(picture.height * scale))


def _smooth(picture: Image.Image) -> Image.Image:
    """In colours that can be mixed, which those of a palette cannot."""
    if picture.mode.startswith("I"):
        # Sixteen bits of grey; Pillow would cut off all that is brighter than eight can say.
        return picture.convert("I").point(lambda level: level * (1 / 257)).convert("L")
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture if picture.mode in {"L", "RGB", "CMYK"} else picture.convert("RGB")


def _shown(picture: Image.Image) -> Image.Image:
    """The picture upright, in sRGB, transparent where it was, and silent about everything else."""
    profile = picture.info.get("icc_profile")
    # First of all, because a change of colours forgets which way is up.
    upright = ImageOps.exif_transpose(picture)
    alpha = upright.getchannel("A") if upright.mode == "RGBA" else None
    shown = _in_srgb(upright.convert("RGB") if alpha else upright, profile)
    if alpha and alpha.getextrema() != (255, 255):
        shown.putalpha(alpha)
    shown.info = {}
    return shown


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            return (
                ImageCms.profileToProfile(
                    picture, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
                )
                or picture
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            # A profile of another kind of colours, or a broken one: better shown than not.
            pass
    return picture.convert("RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _encoded(picture: Image.Image, form: str, **how: int | bool) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, quality=80, **how)
    return out.getvalue()


def _write(renditions: list[tuple[int, int, str, bytes]]) -> None:
    listed = [[width, height, form, len(body)] for width, height, form, body in renditions]
    head = json.dumps({"renditions": listed}).encode() + b"\n"
    sys.stdout.buffer.write(b"".join((head, *(body for *_, body in renditions))))


def main() -> int:
    """Recode standard input into the given widths; exit code 1 if it is no picture that we take."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # It has no file to write and no program to start.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    os.nice(_NICENESS)
    warnings.simplefilter("ignore")
    # Of a bomb up to twice the limit Pillow only warns.
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        widths = tuple(int(width) for width in sys.argv[1:])
        _write(list(make_renditions(sys.stdin.buffer.read(), widths)))
    except Exception:  # noqa: BLE001 - whatever a hostile file provokes means the same
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
