"""The pictures of a world, as Akeneo's media files."""

import hashlib
from pathlib import Path

from tools.worlds.source import Source, World
from tools.worlds.tables import Row

DRAWINGS = Path(__file__).parent / "drawings"


def read_drawing(name: str) -> str:
    """A drawing's SVG text. Its colours are CSS variables that a picture sets."""
    return (DRAWINGS / f"{name}.svg").read_text(encoding="utf-8")


def media_code(world: World, name: str) -> str:
    """The code that the PIM gives a picture: four folders, a SHA-1, the file's name.

    The hash is taken of the drawing and its colours, not of the JPEG: a new picture gets
    a new code, a new version of the rasteriser does not.
    """
    picture: Source = world.structure["pictures"][name]
    drawn = repr((world.name, name, read_drawing(picture["drawing"]), sorted(picture.items())))
    digest = hashlib.sha1(drawn.encode(), usedforsecurity=False).hexdigest()
    return "/".join([*digest[:4], f"{digest}_{name}.jpg"])


def media_files(world: World, folder: Path) -> list[Row]:
    """A row for each picture; its size is that of the drawn file."""
    return [
        {
            "code": media_code(world, name),
            "original_filename": f"{name}.jpg",
            "mime_type": "image/jpeg",
            "size": (folder / "media" / f"{name}.jpg").stat().st_size,
            "extension": "jpg",
            "file": f"media/{name}.jpg",
        }
        for name in world.structure["pictures"]
    ]
