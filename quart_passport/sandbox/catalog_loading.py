"""
From catalogue folders to a catalogue.

A folder holds one JSON array per kind of thing, in the form in which the REST API shows it. In the
first folder `attributes.json`, `channels.json`, `locales.json` and `products.json` must be there;
every other file may be missing and then counts as empty. Beyond the API's form:

* `media_files.json` adds the key `file`: where the bytes lie, relative to the folder above, or null
  for a file whose bytes are deliberately lost;
* `family_variants.json` adds the key `family`, which the API has in its URL;
* `reference_entities.json` and `asset_families.json` hold in each item its `attributes`,
  `attribute_options`, `records` or `assets`, and `reference_entity_media_files` or
  `asset_media_files`;
* `product_values.json` lays values over products by identifier, and attributes onto families:
  `{"products": {identifier: {attribute: entries}}, "families_to_extend": {family: attributes}}`;
* `merchant.json` (name and description, for the pages) may lie here or in the folder above.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from quart_passport.sandbox import catalog_shapes as shapes
from quart_passport.sandbox.catalog import Catalog, Items, JSONObject, Merchant
from quart_passport.sandbox.catalog_folder import CatalogFolder

_T = TypeVar("_T")

_REQUIRED = frozenset({"attributes.json", "channels.json", "locales.json", "products.json"})


def load_catalog(directory: Path, *additions: Path) -> Catalog:
    """
    Read a catalogue folder and lay further folders over it.

    What an addition has replaces what was there under the same code. Raises CatalogError, which
    names the file and what is wrong.
    """
    first = CatalogFolder(directory, _REQUIRED)
    folders = [first, *(CatalogFolder(addition) for addition in additions)]
    attributes = _merge(f.items("attributes.json", shapes.Attribute) for f in folders)
    families = _merge(f.items("families.json") for f in folders)
    models = _merge(f.items("product_models.json", shapes.Model) for f in folders)
    main_identifier = _find_main_identifier(first, attributes)
    products = _merge(_products(folder, main_identifier) for folder in folders)
    for folder in folders:
        _lay_over(folder, products, attributes, families)
    _check_references(first, "product_models.json", models.values(), attributes, families, models)
    _check_references(first, "products.json", products.values(), attributes, families, models)
    _check_identifiers(first, products.values())
    return Catalog(
        merchant=_merchant(folders),
        logo=_logo(folders),
        main_identifier=main_identifier,
        attributes=attributes,
        families=families,
        product_models=models,
        products=products,
        **_plain_parts(folders),
        **_linked_parts(folders),
    )


def _plain_parts(folders: Sequence[CatalogFolder]) -> dict[str, Any]:
    def items(file: str, shape: type[msgspec.Struct] = shapes.Coded) -> Items:
        return _merge(folder.items(file, shape) for folder in folders)

    def grouped(file: str, shape: type[msgspec.Struct], by: str) -> dict[str, Items]:
        return _merge_groups(folder.grouped(file, shape, by=by) for folder in folders)

    measures = items("measurement_families.json")
    return {
        "attribute_options": grouped("attribute_options.json", shapes.Option, "attribute"),
        "attribute_groups": items("attribute_groups.json"),
        "family_variants": grouped("family_variants.json", shapes.Variant, "family"),
        "categories": items("categories.json"),
        "channels": items("channels.json", shapes.Channel),
        "locales": items("locales.json"),
        "currencies": items("currencies.json"),
        "association_types": items("association_types.json"),
        "measurement_families": list(measures.values()),
        "media_files": _merge(folder.media_files() for folder in folders),
    }


def _linked_parts(folders: Sequence[CatalogFolder]) -> dict[str, Any]:
    records, assets = "reference_entities.json", "asset_families.json"
    return {
        "reference_entities": _merge(f.entities(records, "records") for f in folders),
        "record_media_files": _merge(
            f.entity_media(records, "reference_entity_media_files") for f in folders
        ),
        "asset_families": _merge(f.entities(assets, "assets") for f in folders),
        "asset_media_files": _merge(f.entity_media(assets, "asset_media_files") for f in folders),
    }


def _merge(parts: Iterable[dict[str, _T]]) -> dict[str, _T]:
    return {code: item for part in parts for code, item in part.items()}


def _merge_groups(parts: Iterable[dict[str, Items]]) -> dict[str, Items]:
    merged: dict[str, Items] = {}
    for part in parts:
        for group, items in part.items():
            merged.setdefault(group, {}).update(items)
    return merged


def _merchant(folders: Sequence[CatalogFolder]) -> Merchant:
    return next((found for f in folders if (found := f.merchant()) is not None), Merchant())


def _logo(folders: Sequence[CatalogFolder]) -> Path | None:
    for folder in folders:
        found = folder.merchant()
        if found is not None and found.logo:
            return folder.place("merchant.json", "logo", found.logo)
    return None


def _products(folder: CatalogFolder, main_identifier: str) -> Items:
    """By UUID in lower case, each with its identifier on top."""
    found = folder.items("products.json", shapes.Product, key="uuid")
    for product in found.values():
        product["identifier"] = _identifier_of(product, main_identifier)
        product["uuid"] = product["uuid"].lower()
    return {uuid.lower(): product for uuid, product in found.items()}


def _lay_over(folder: CatalogFolder, products: Items, attributes: Items, families: Items) -> None:
    file = "product_values.json"
    overlay = folder.object(file, shapes.Overlay)
    if overlay is None:
        return
    uuids = {product["identifier"]: uuid for uuid, product in products.items()}
    for identifier, values in overlay.products.items():
        uuid = _known(folder, file, "product", identifier, uuids)
        for code in values:
            _known(folder, file, "attribute", code, attributes)
        products[uuid] |= {"values": products[uuid]["values"] | values}
    for family, codes in overlay.families_to_extend.items():
        held = _known(folder, file, "family", family, families)
        families[family] = held | {"attributes": [*dict.fromkeys([*held["attributes"], *codes])]}


def _known(folder: CatalogFolder, file: str, kind: str, code: str, known: dict[str, _T]) -> _T:
    if code not in known:
        raise folder.error(file, f'there is no {kind} "{code}"')
    return known[code]


def _find_main_identifier(folder: CatalogFolder, attributes: Items) -> str:
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
    folder: CatalogFolder,
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


def _check_identifiers(folder: CatalogFolder, products: Iterable[JSONObject]) -> None:
    # A PIM's database compares identifiers without regard to case.
    seen: set[str] = set()
    for product in products:
        identifier = product["identifier"]
        if identifier is not None and identifier.lower() in seen:
            raise folder.error("products.json", f'the identifier "{identifier}" is there twice')
        seen.add((identifier or "").lower())
