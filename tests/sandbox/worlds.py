"""The sandbox's own catalogues, read from their files for the tests."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WORLDS = ROOT / "quart_passport" / "sandbox" / "worlds"
NAMES = ("batteries", "clothing", "furniture")
LOCALES = {"de_DE", "en_US", "fr_FR"}

Row = dict[str, Any]


class World:
    """One merchant's files, each list of rows also by code."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = WORLDS / name
        self.merchant: Row = json.loads((self.folder / "merchant.json").read_text("utf-8"))
        self.lists: dict[str, list[Row]] = {
            path.stem: json.loads(path.read_text("utf-8"))
            for path in sorted((self.folder / "api").glob("*.json"))
        }

    def __repr__(self) -> str:
        return self.name

    def by_code(self, name: str) -> dict[str, Row]:
        """The rows of one file by code; a code that is there twice is a mistake."""
        codes = [row["code"] for row in self.lists[name]]
        assert len(codes) == len(set(codes)), f"{name} has a code twice"
        return dict(zip(codes, self.lists[name], strict=True))

    @property
    def has_linked_things(self) -> bool:
        """Whether the merchant's PIM has records and assets."""
        return self.name != "furniture"

    def all_media(self) -> list[Row]:
        """The files of products, records and assets, each once."""
        found = list(self.lists["media_files"])
        for name, key in (
            ("reference_entities", "reference_entity_media_files"),
            ("asset_families", "asset_media_files"),
        ):
            found += [media for entity in self.lists.get(name, []) for media in entity[key]]
        codes = [media["code"] for media in found]
        assert len(codes) == len(set(codes)), "a file is there twice"
        return found

    @property
    def holders(self) -> list[Row]:
        """Everything that has values: models and products."""
        return self.lists["product_models"] + self.lists["products"]

    def options(self, attribute: str) -> dict[str, Row]:
        """The options of one attribute by code."""
        rows = self.lists["attribute_options"]
        return {row["code"]: row for row in rows if row["attribute"] == attribute}

    def entries(self) -> list[tuple[Row, Row, Row]]:
        """Every value entry with its attribute and the product or model that has it."""
        attributes = self.by_code("attributes")
        return [
            (holder, attributes[code], entry)
            for holder in self.holders
            for code, entries in holder["values"].items()
            for entry in entries
        ]

    def entries_of(self, *types: str) -> list[tuple[Row, Any]]:
        """Attribute and data of the entries of these types; there must be some."""
        found = [
            (attribute, entry["data"])
            for _, attribute, entry in self.entries()
            if attribute["type"].removeprefix("pim_catalog_") in types
        ]
        assert found
        return found

    def lineage(self, holder: Row) -> list[Row]:
        """The ancestors, nearest first."""
        models = self.by_code("product_models")
        parent = holder["parent"]
        return [models[parent], *self.lineage(models[parent])] if parent else []


def name_of(holder: Row) -> str:
    """A product's identifier or a model's code."""
    return str(holder.get("identifier") or holder["code"])
