"""Makes a harmless picture of whatever file a PIM or a logo's address gave us.

Runs as a program of its own, with limits on memory and time, because decoding a hostile picture is
the riskiest thing we do: bytes come in by standard input, a WebP picture goes out by standard
output. The original bytes never reach a reader. Nothing of the package is imported here, so that
it starts fast.
"""

import io
import resource
import sys
import warnings

from PIL import Image, ImageOps

# PNG, JPEG, WebP and GIF; nothing else is tried, whatever the file's name says.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MOST_PIXELS = 40_000_000
_MEMORY = 1024 * 1024 * 1024
_CPU_SECONDS = 10
_QUALITY = 82


def recode(original: bytes, widest: int) -> bytes:
    """The first frame, upright, at most `widest` pixels wide and high, as WebP."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    # Pillow only warns of a bomb up to twice the limit.
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with Image.open(io.BytesIO(original), formats=FORMATS) as picture:
        upright = ImageOps.exif_transpose(picture)
        transparent = "A" in upright.getbands() or "transparency" in upright.info
        plain = upright.convert("RGBA" if transparent else "RGB")
    plain.thumbnail((widest, widest), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    plain.save(out, "WEBP", quality=_QUALITY, method=4)
    return out.getvalue()


def main() -> int:
    """Recode standard input; exit code 1 for what is not a picture that we take."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sys.stdout.buffer.write(recode(sys.stdin.buffer.read(), int(sys.argv[1])))
    except Exception:  # noqa: BLE001 - whatever a hostile file provokes means the same
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
