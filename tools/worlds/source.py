"""What a person writes about a world, read from TOML."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parent / "sources"
WORLD_NAMES = ("clothing", "batteries", "furniture")

LOCALES = {"en": "en_US", "de": "de_DE", "fr": "fr_FR"}
"""The sources' short names of the languages, and the locales they stand for."""

Source = dict[str, Any]


@dataclass(frozen=True)
class World:
    """One merchant's sources."""

    name: str
    shared: Source
    """What all three PIMs have: units, currencies, locales, countries."""
    structure: Source
    """The merchant, its attributes, options, families, categories and channels."""
    catalogue: Source
    """Its product models, variants and products."""
    linked: Source
    """Records, assets, tables and documents, and what of them the products have."""

    @property
    def attributes(self) -> dict[str, Source]:
        """The attributes by code, in the order in which the PIM sorts them."""
        attributes: dict[str, Source] = self.structure["attributes"]
        return attributes | self.part("attributes")

    @property
    def pictures(self) -> dict[str, Source]:
        """Every picture by name: those of products, of records and of assets."""
        pictures: dict[str, Source] = self.structure["pictures"]
        return pictures | self.part("record_pictures") | self.part("asset_pictures")

    @property
    def channels(self) -> dict[str, Source]:
        """The channels by code."""
        channels: dict[str, Source] = self.structure["channels"]
        return channels

    @property
    def families(self) -> dict[str, Source]:
        """The families by code."""
        families: dict[str, Source] = self.structure["families"]
        return families

    def part(self, name: str) -> dict[str, Source]:
        """A part of the linked things by code; empty if the merchant has none of them."""
        part: dict[str, Source] = self.linked.get(name, {})
        return part


def read_world(name: str) -> World:
    """Read one world's sources."""
    return World(
        name=name,
        shared=_read("shared.toml"),
        structure=_read(f"{name}.toml"),
        catalogue=_read(f"{name}_products.toml"),
        linked=_read(f"{name}_linked.toml"),
    )


def labels(source: Source) -> dict[str, str]:
    """The labels `en`, `de` and `fr` of a thing, by locale; what is not written is left out."""
    return {LOCALES[short]: source[short] for short in sorted(LOCALES) if short in source}


def _read(name: str) -> Source:
    return tomllib.loads((SOURCES / name).read_text(encoding="utf-8"))
