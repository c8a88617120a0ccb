"""
A catalogue folder: one JSON array per kind of thing, in the form in which the REST API shows it.

`attributes.json`, `channels.json`, `locales.json` and `products.json` must be there; every other
file may be missing and then counts as empty. `media_files.json` adds the key `file`: where the
bytes lie, relative to the folder above, or null for a file whose bytes are deliberately lost.
`family_variants.json` adds the key `family`, which the API has in its URL. `merchant.json` (name
and description, for the pages) may lie here or in the folder above.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from quart_passport.sandbox.errors import CatalogError

JSONObject = dict[str, Any]
Items = dict[str, JSONObject]

_Shape = TypeVar("_Shape")

_REQUIRED = frozenset({"attributes.json", "channels.json", "locales.json", "products.json"})


class _Coded(msgspec.Struct):
    code: str


class _Attribute(_Coded):
    type: str


class _Option(_Coded):
    attribute: str


class _Variant(_Coded):
    family: str


class _Channel(_Coded):
    category_tree: str | None = None
    locales: list[str] = []


class _Value(msgspec.Struct):
    data: Any
    locale: str | None = None
    scope: str | None = None


class _Model(_Coded):
    values: dict[str, list[_Value]] = {}
    categories: list[str] = []
    family: str | None = None
    parent: str | None = None


class _Product(msgspec.Struct):
    uuid: str
    values: dict[str, list[_Value]]
    identifier: str | None = None
    enabled: bool = True
    family: str | None = None
    categories: list[str] = []
    parent: str | None = None


class _Media(_Coded):
    original_filename: str
    mime_type: str
    file: str | None = None


class Merchant(msgspec.Struct, frozen=True):
    """Whose PIM this is, as the human pages show it."""

    name: str = "Demo merchant"
    description: str = ""
    # A file, as `media_files.json` names its own.
    logo: str = ""


@dataclass(frozen=True)
class MediaFile:
    """A media file and where its bytes lie; `path` is None when they are lost."""

    shown: JSONObject
    path: Path | None


@dataclass(frozen=True)
class Catalog:
    """Everything a PIM holds at the start. Treated as read-only: several PIMs may share one."""

    merchant: Merchant
    logo: Path | None
    main_identifier: str
    attributes: Items
    attribute_options: dict[str, Items]
    attribute_groups: Items
    families: Items
    family_variants: dict[str, Items]
    categories: Items
    channels: Items
    locales: Items
    currencies: Items
    association_types: Items
    measurement_families: list[JSONObject]
    product_models: Items
    products: Items
    media_files: dict[str, MediaFile]

    def category_tree(self, root: str) -> frozenset[str]:
        """The category and everything below it."""
        children: dict[str, list[str]] = {}
        for code, category in self.categories.items():
            children.setdefault(category.get("parent") or "", []).append(code)
        found, waiting = {root}, [root]
        while waiting:
            below = [code for code in children.get(waiting.pop(), ()) if code not in found]
            found.update(below)
            waiting.extend(below)
        return frozenset(found)


def load_catalog(directory: Path) -> Catalog:
    """Read a catalogue folder. Raises CatalogError, which names the file and what is wrong."""
    if not directory.is_dir():
        raise CatalogError(f"{directory} is not a folder; a catalogue is a folder of JSON files.")
    folder = _Folder(directory)
    attributes = folder.items("attributes.json", _Attribute)
    families = folder.items("families.json")
    models = folder.items("product_models.json", _Model)
    main_identifier = _find_main_identifier(folder, attributes)
    products = folder.items("products.json", _Product, key="uuid")
    for uuid, product in list(products.items()):
        product["identifier"] = _identifier_of(product, main_identifier)
        products[uuid.lower()] = products.pop(uuid) | {"uuid": uuid.lower()}
    _check_references(folder, "product_models.json", models.values(), attributes, families, models)
    _check_references(folder, "products.json", products.values(), attributes, families, models)
    _check_identifiers(folder, products.values())
    merchant = folder.merchant()
    return Catalog(
        merchant=merchant,
        logo=folder.place("merchant.json", "logo", merchant.logo) if merchant.logo else None,
        main_identifier=main_identifier,
        attributes=attributes,
        attribute_options=folder.grouped("attribute_options.json", _Option, by="attribute"),
        attribute_groups=folder.items("attribute_groups.json"),
        families=families,
        family_variants=folder.grouped("family_variants.json", _Variant, by="family"),
        categories=folder.items("categories.json"),
        channels=folder.items("channels.json", _Channel),
        locales=folder.items("locales.json"),
        currencies=folder.items("currencies.json"),
        association_types=folder.items("association_types.json"),
        measurement_families=folder.array("measurement_families.json", _Coded),
        product_models=models,
        products=products,
        media_files=folder.media_files(),
    )


class _Folder:
    """Reads the files of one catalogue folder and says where each mistake lies."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def error(self, file: str, what: str) -> CatalogError:
        return CatalogError(f"{self._directory / file}: {what}")

    def array(self, file: str, shape: type[msgspec.Struct]) -> list[JSONObject]:
        path = self._directory / file
        if not path.exists() and file not in _REQUIRED:
            return []
        content = self._read(path)
        found: list[JSONObject] = self._decode(file, content)
        self._convert(file, found, list[shape])  # type: ignore[valid-type]
        return found

    def items(self, file: str, shape: type[msgspec.Struct] = _Coded, key: str = "code") -> Items:
        return self._keyed(file, self.array(file, shape), lambda item: str(item[key]))

    def grouped(self, file: str, shape: type[msgspec.Struct], *, by: str) -> dict[str, Items]:
        groups: dict[str, list[JSONObject]] = {}
        for item in self.array(file, shape):
            groups.setdefault(item[by], []).append(item)
        return {
            group: self._keyed(file, items, lambda item: str(item["code"]))
            for group, items in groups.items()
        }

    def merchant(self) -> Merchant:
        for folder in (self._directory, self._directory.parent):
            path = folder / "merchant.json"
            if path.exists():
                found = self._decode(path.name, self._read(path))
                return self._convert(path.name, found, Merchant)
        return Merchant()

    def media_files(self) -> dict[str, MediaFile]:
        found: dict[str, MediaFile] = {}
        for code, item in self.items("media_files.json", _Media).items():
            name = item.pop("file", None)
            what = f'"file" of {code}'
            path = None if name is None else self.place("media_files.json", what, name)
            found[code] = MediaFile(shown=item, path=path)
        return found

    def place(self, file: str, what: str, name: str) -> Path:
        """Where a file lies that is named beside the catalogue's folder."""
        root = self._directory.parent.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise self.error(file, f"{what} leads out of {root}")
        return path

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise self.error(path.name, "the file is missing, and a catalogue needs it") from None
        except OSError as error:
            raise self.error(path.name, f"cannot be read: {error.strerror}") from None

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


def _find_main_identifier(folder: _Folder, attributes: Items) -> str:
    identifiers = [a for a in attributes.values() if a["type"] == "pim_catalog_identifier"]
    for attribute in identifiers:
        if attribute.get("is_main_identifier") or len(identifiers) == 1:
            return str(attribute["code"])
    raise folder.error("attributes.json", "no attribute is the main identifier")


def _identifier_of(product: JSONObject, main_identifier: str) -> str | None:
    for value in product["values"].get(main_identifier, ()):
        return str(value["data"])
    return product.get("identifier")


def _check_references(
    folder: _Folder,
    file: str,
    products: Iterable[JSONObject],
    attributes: Items,
    families: Items,
    models: Items,
) -> None:
    for product in products:
        name = product.get("identifier") or product.get("uuid") or product.get("code")
        for unknown in product.get("values", {}).keys() - attributes.keys():
            raise folder.error(file, f'{name} has a value for the unknown attribute "{unknown}"')
        for key, known in (("family", families), ("parent", models)):
            if product.get(key) is not None and product[key] not in known:
                raise folder.error(file, f'{name} has the unknown {key} "{product[key]}"')


def _check_identifiers(folder: _Folder, products: Iterable[JSONObject]) -> None:
    # A PIM's database compares identifiers without regard to case.
    seen: set[str] = set()
    for product in products:
        identifier = product["identifier"]
        if identifier is not None and identifier.lower() in seen:
            raise folder.error("products.json", f'the identifier "{identifier}" is there twice')
        seen.add((identifier or "").lower())
