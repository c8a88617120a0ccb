"""One world's files: their names, and the rows of each."""

from pathlib import Path

from tools.worlds import entities, structure
from tools.worlds.media import media_files
from tools.worlds.products import Catalogue
from tools.worlds.source import World
from tools.worlds.tables import Row


def build_tables(world: World, folder: Path) -> dict[str, list[Row] | Row]:
    """Every file of the world by its path in `folder`, which holds the drawn pictures already."""
    catalogue = Catalogue(world)
    rows: dict[str, list[Row]] = {
        "attributes": structure.attributes(world),
        "attribute_groups": structure.attribute_groups(world),
        "attribute_options": structure.attribute_options(world),
        "families": structure.families(world),
        "family_variants": structure.family_variants(world),
        "categories": structure.categories(world),
        "channels": structure.channels(world),
        "locales": structure.locales(world),
        "currencies": structure.currencies(world),
        "association_types": structure.association_types(world),
        "measurement_families": structure.measurement_families(world),
        "product_models": catalogue.product_models,
        "products": catalogue.products,
        "media_files": media_files(world, folder),
        "reference_entities": entities.reference_entities(world, folder),
        "asset_families": entities.asset_families(world, folder),
    }
    tables: dict[str, list[Row] | Row] = {
        f"api/{name}.json": found for name, found in rows.items() if found
    }
    tables["merchant.json"] = _merchant(world)
    return tables


def _merchant(world: World) -> Row:
    merchant: Row = dict(world.structure["merchant"])
    return merchant | {"logo": "media/logo.png"}
