"""
A PIM's own catalogue: what an edition can hold of a shared one.

The dictionaries are new, so that one PIM's changes stay its own; what lies in them is shared until
it is replaced.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from quart_passport.sandbox.catalog import Catalog, Entity, Items, JSONObject
from quart_passport.sandbox.editions import (
    FEATURE_OF_COLUMN,
    FEATURE_OF_TYPE,
    Edition,
    Feature,
    has,
)


def catalog_of(catalog: Catalog, edition: Edition) -> Catalog:
    """A copy without the attributes, columns and entities that the edition lacks."""
    tables = _tables(catalog, edition)
    attributes = {
        code: attribute | {"table_configuration": tables[code]} if code in tables else attribute
        for code, attribute in catalog.attributes.items()
        if _has_type(edition, attribute["type"]) and tables.get(code) != []
    }
    gone = catalog.attributes.keys() - attributes.keys()
    copy = replace(
        catalog,
        attributes=attributes,
        attribute_options={a: dict(o) for a, o in catalog.attribute_options.items()},
        attribute_groups=dict(catalog.attribute_groups),
        families={code: _family(family, edition) for code, family in catalog.families.items()},
        family_variants={f: dict(v) for f, v in catalog.family_variants.items()},
        categories=dict(catalog.categories),
        channels=dict(catalog.channels),
        locales=dict(catalog.locales),
        association_types=dict(catalog.association_types),
        product_models=_fit_cells(catalog.product_models, tables),
        products=_fit_cells(catalog.products, tables),
        media_files=dict(catalog.media_files),
        reference_entities=_entities(
            catalog.reference_entities, edition, Feature.REFERENCE_ENTITIES
        ),
        record_media_files=dict(catalog.record_media_files),
        asset_families=_entities(catalog.asset_families, edition, Feature.ASSETS),
        asset_media_files=dict(catalog.asset_media_files),
    )
    drop_attributes(copy, gone)
    return copy


def drop_attributes(catalog: Catalog, gone: Iterable[str]) -> None:
    """Take attributes out of a PIM's own catalogue: from groups, families, variants and values."""
    lost = frozenset(gone)
    if not lost:
        return
    for code in lost:
        catalog.attributes.pop(code, None)
        catalog.attribute_options.pop(code, None)
    for group in list(catalog.attribute_groups.values()):
        catalog.attribute_groups[group["code"]] = group | {
            "attributes": _without(group.get("attributes", ()), lost)
        }
    for family in list(catalog.families.values()):
        catalog.families[family["code"]] = _family_without(family, lost)
    for variants in catalog.family_variants.values():
        for variant in list(variants.values()):
            variants[variant["code"]] = _variant_without(variant, lost)
    for products in (catalog.product_models, catalog.products):
        for key, product in list(products.items()):
            products[key] = product_without(product, lost)


def product_without(product: JSONObject, gone: frozenset[str]) -> JSONObject:
    """The product or model without values of these attributes; itself if it has none."""
    values = product.get("values", {})
    if gone.isdisjoint(values):
        return product
    return product | {"values": {code: v for code, v in values.items() if code not in gone}}


def _has_type(edition: Edition, kind: str) -> bool:
    feature = FEATURE_OF_TYPE.get(kind)
    return feature is None or has(edition, feature)


def _tables(catalog: Catalog, edition: Edition) -> dict[str, list[JSONObject]]:
    """The columns left of tables; none where the first is lost, because it names the rows."""
    found = {}
    for code, attribute in catalog.attributes.items():
        columns = attribute.get("table_configuration") or []
        kept = [column for column in columns if _has_column(edition, column["data_type"])]
        if len(kept) < len(columns):
            found[code] = kept if kept[:1] == columns[:1] else []
    return found


def _has_column(edition: Edition, data_type: str) -> bool:
    feature = FEATURE_OF_COLUMN.get(data_type)
    return feature is None or has(edition, feature)


def _fit_cells(products: Items, tables: dict[str, list[JSONObject]]) -> Items:
    """The products with only the cells whose columns are left."""
    columns = {code: {column["code"] for column in kept} for code, kept in tables.items()}
    if not columns:
        return dict(products)
    return {key: _fit_product(product, columns) for key, product in products.items()}


def _fit_product(product: JSONObject, columns: dict[str, set[str]]) -> JSONObject:
    values = product.get("values", {})
    if columns.keys().isdisjoint(values):
        return product
    fitted = {
        code: [entry | {"data": _fit_rows(entry["data"], columns[code])} for entry in entries]
        for code, entries in values.items()
        if code in columns
    }
    return product | {"values": values | fitted}


def _fit_rows(rows: Any, columns: set[str]) -> Any:
    return [{code: cell for code, cell in row.items() if code in columns} for row in rows]


def _family(family: JSONObject, edition: Edition) -> JSONObject:
    if has(edition, Feature.FAMILY_TREE):
        return family
    return {key: value for key, value in family.items() if key != "parent"}


def _entities(entities: dict[str, Entity], edition: Edition, feature: Feature) -> dict[str, Entity]:
    if not has(edition, feature):
        return {}
    return {
        code: replace(entity, members=dict(entity.members)) for code, entity in entities.items()
    }


def _family_without(family: JSONObject, gone: frozenset[str]) -> JSONObject:
    changed = family | {"attributes": _without(family.get("attributes", ()), gone)}
    for key in ("attribute_as_label", "attribute_as_image"):
        if changed.get(key) in gone:
            changed[key] = None
    if changed.get("attribute_requirements"):
        requirements = changed["attribute_requirements"].items()
        changed["attribute_requirements"] = {
            channel: _without(codes, gone) for channel, codes in requirements
        }
    return changed


def _variant_without(variant: JSONObject, gone: frozenset[str]) -> JSONObject:
    changed = dict(variant)
    if "common_attributes" in variant:
        changed["common_attributes"] = _without(variant["common_attributes"], gone)
    if "variant_attribute_sets" in variant:
        changed["variant_attribute_sets"] = [
            level | {key: _without(level.get(key, ()), gone) for key in ("axes", "attributes")}
            for level in variant["variant_attribute_sets"]
        ]
    return changed


def _without(codes: Iterable[str], gone: frozenset[str]) -> list[str]:
    return [code for code in codes if code not in gone]
