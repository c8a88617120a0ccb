"""Reads the files of one catalogue folder, and says in which of them a mistake lies."""

import mimetypes
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from quart_passport.sandbox import catalog_shapes as shapes
from quart_passport.sandbox.catalog import Entity, Items, JSONObject, MediaFile, Merchant
from quart_passport.sandbox.errors import CatalogError

_Shape = TypeVar("_Shape")


class CatalogFolder:
    """One folder of JSON files; a file that is not there counts as empty if it may be missing."""

    def __init__(self, directory: Path, required: frozenset[str] = frozenset()) -> None:
        if not directory.is_dir():
            raise CatalogError(
                f"{directory} is not a folder; a catalogue is a folder of JSON files."
            )
        self._directory = directory
        self._required = required

    def error(self, file: str, what: str) -> CatalogError:
        return CatalogError(f"{self._directory / file}: {what}")

    def array(self, file: str, shape: type[msgspec.Struct] = shapes.Coded) -> list[JSONObject]:
        content = self._read(file)
        if content is None:
            return []
        found: list[JSONObject] = self._decode(file, content)
        self._convert(file, found, list[shape])  # type: ignore[valid-type]
        return found

    def object(self, file: str, shape: type[_Shape]) -> _Shape | None:
        """The file's one object; None if there is no file."""
        content = self._read(file)
        return None if content is None else self._convert(file, self._decode(file, content), shape)

    def items(
        self, file: str, shape: type[msgspec.Struct] = shapes.Coded, key: str = "code"
    ) -> Items:
        return self._keyed(file, self.array(file, shape), lambda item: str(item[key]))

    def grouped(self, file: str, shape: type[msgspec.Struct], *, by: str) -> dict[str, Items]:
        groups: dict[str, list[JSONObject]] = {}
        for item in self.array(file, shape):
            groups.setdefault(item[by], []).append(item)
        return {
            group: self._keyed(file, items, lambda item: str(item["code"]))
            for group, items in groups.items()
        }

    def merchant(self) -> Merchant | None:
        """Whose catalogue it is, said here or in the folder above."""
        found = self.object("merchant.json", Merchant)
        return found or self.object("../merchant.json", Merchant)

    def media_files(self) -> dict[str, MediaFile]:
        return self._media("media_files.json", self.array("media_files.json", shapes.Media))

    def entities(self, file: str, members: str) -> dict[str, Entity]:
        """Reference entities or asset families; `members` is where their content stands."""
        return {
            str(item["code"]): self._entity(file, item, members)
            for item in self.items(file, shapes.Entity).values()
        }

    def entity_media(self, file: str, key: str) -> dict[str, MediaFile]:
        """The media files of all entities of a file."""
        listed = [
            item for entity in self.array(file, shapes.Entity) for item in entity.get(key, ())
        ]
        return self._media(file, listed)

    def place(self, file: str, what: str, name: str) -> Path:
        """Where a file lies that is named beside the catalogue's folder."""
        root = self._directory.parent.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise self.error(file, f"{what} leads out of {root}")
        return path

    def _entity(self, file: str, item: JSONObject, members: str) -> Entity:
        def by_code(items: Iterable[JSONObject]) -> Items:
            return self._keyed(file, items, lambda found: str(found["code"]))

        nested = shapes.Entity.__struct_fields__
        options = item.get("attribute_options") or {}
        return Entity(
            shown={"code": item["code"]} | {k: v for k, v in item.items() if k not in nested},
            attributes=by_code(item["attributes"]),
            options={attribute: by_code(found) for attribute, found in options.items()},
            members=by_code(item.get(members, ())),
        )

    def _media(self, file: str, items: Iterable[JSONObject]) -> dict[str, MediaFile]:
        return {
            code: self._media_file(file, item)
            for code, item in self._keyed(file, items, lambda item: str(item["code"])).items()
        }

    def _media_file(self, file: str, item: JSONObject) -> MediaFile:
        name = item.get("file")
        path = None if name is None else self.place(file, f'"file" of {item["code"]}', name)
        filename = str(item["original_filename"])
        shown = {
            "code": item["code"],
            "original_filename": filename,
            "mime_type": mimetypes.guess_type(filename)[0] or "application/octet-stream",
            "size": path.stat().st_size if path is not None and path.is_file() else 0,
            "extension": Path(filename).suffix.removeprefix("."),
            **{key: value for key, value in item.items() if key != "file"},
        }
        return MediaFile(shown=shown, path=path)

    def _read(self, file: str) -> bytes | None:
        try:
            return (self._directory / file).read_bytes()
        except FileNotFoundError:
            if file in self._required:
                what = "the file is missing, and a catalogue needs it"
                raise self.error(file, what) from None
            return None
        except OSError as error:
            raise self.error(file, f"cannot be read: {error.strerror}") from None

    def _decode(self, file: str, content: bytes) -> Any:
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError as error:
            raise self.error(file, f"{error}{_line_of(str(error), content)}") from None

    def _convert(self, file: str, found: Any, shape: type[_Shape]) -> _Shape:
        try:
            return msgspec.convert(found, shape)
        except msgspec.ValidationError as error:
            raise self.error(file, f"{error} (items are counted from 0)") from None

    def _keyed(
        self, file: str, items: Iterable[JSONObject], key: Callable[[JSONObject], str]
    ) -> Items:
        found: Items = {}
        for item in items:
            if key(item) in found:
                raise self.error(file, f'"{key(item)}" is there twice')
            found[key(item)] = item
        return found


def _line_of(message: str, content: bytes) -> str:
    """msgspec says `(byte 123)`; people look for lines."""
    _, found, rest = message.rpartition("(byte ")
    if not found:
        return ""
    line = content.count(b"\n", 0, int(rest.rstrip(")"))) + 1
    return f", line {line}"
