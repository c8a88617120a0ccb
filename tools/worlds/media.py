"""The files of a world: pictures that are drawn, documents that are written."""

import hashlib
from pathlib import Path

from tools.worlds.documents import write_pdf
from tools.worlds.source import Source, World
from tools.worlds.tables import Row

DRAWINGS = Path(__file__).parent / "drawings"


def read_drawing(name: str) -> str:
    """A drawing's SVG text. Its colours are CSS variables that a picture sets."""
    return (DRAWINGS / f"{name}.svg").read_text(encoding="utf-8")


def media_code(world: World, name: str) -> str:
    """The code that the PIM gives a file: four folders, a SHA-1, the file's name.

    The hash of a picture is taken of the drawing and its colours, not of the JPEG: a new picture
    gets a new code, a new version of the rasteriser does not.
    """
    documents = world.part("documents")
    if name in documents:
        return _code(write_pdf(documents[name]), f"{name}.pdf")
    picture: Source = world.pictures[name]
    drawn = repr((world.name, name, read_drawing(picture["drawing"]), sorted(picture.items())))
    return _code(drawn.encode(), f"{name}.jpg")


def _code(content: bytes, filename: str) -> str:
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    return "/".join([*digest[:4], f"{digest}_{filename}"])


def media_files(world: World, folder: Path) -> list[Row]:
    """A row for each picture and document that a product has itself."""
    return [
        *(picture_file(world, name, folder) for name in world.structure["pictures"]),
        *(document_file(world, name) for name in _documents_of_products(world)),
    ]


def picture_file(world: World, name: str, folder: Path) -> Row:
    """A picture as a media file; its size is that of the drawn one."""
    size = (folder / "media" / f"{name}.jpg").stat().st_size
    return _file(media_code(world, name), f"{name}.jpg", "image/jpeg", size)


def document_file(world: World, name: str) -> Row:
    """A document as a media file."""
    size = len(write_pdf(world.part("documents")[name]))
    return _file(media_code(world, name), f"{name}.pdf", "application/pdf", size)


def write_documents(world: World, folder: Path) -> None:
    """Write every document of the world beside its pictures."""
    for path, content in documents(world, folder).items():
        path.write_bytes(content)


def documents(world: World, folder: Path) -> dict[Path, bytes]:
    """What the documents' files hold."""
    return {
        folder / "media" / f"{name}.pdf": write_pdf(source)
        for name, source in world.part("documents").items()
    }


def _documents_of_products(world: World) -> list[str]:
    files = [code for code, of in world.attributes.items() if of["type"] == "file"]
    written = [
        name
        for values in world.part("values").values()
        for code in files
        for name in values.get(code, {}).values()
    ]
    return [*dict.fromkeys(written)]


def _file(code: str, filename: str, mime_type: str, size: int) -> Row:
    return {
        "code": code,
        "original_filename": filename,
        "mime_type": mime_type,
        "size": size,
        "extension": filename.rpartition(".")[2],
        "file": f"media/{filename}",
    }
