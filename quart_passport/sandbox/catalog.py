"""What a PIM holds: its structure, its products and everything they name."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

JSONObject = dict[str, Any]
Items = dict[str, JSONObject]


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
class Entity:
    """A reference entity with its records, or an asset family with its assets."""

    shown: JSONObject
    attributes: Items = field(default_factory=dict)
    # Of selects, by attribute.
    options: dict[str, Items] = field(default_factory=dict)
    # The records or assets.
    members: Items = field(default_factory=dict)


@dataclass(frozen=True)
class Catalog:
    """Everything a PIM holds. What comes from a folder may be shared, so it is left as it is."""

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
    reference_entities: dict[str, Entity] = field(default_factory=dict)
    record_media_files: dict[str, MediaFile] = field(default_factory=dict)
    asset_families: dict[str, Entity] = field(default_factory=dict)
    asset_media_files: dict[str, MediaFile] = field(default_factory=dict)

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

    def descendants(self, model: str) -> frozenset[str]:
        """The product model and its sub-models; two levels are the most there are."""
        models = self.product_models.items()
        return frozenset({code for code, item in models if item.get("parent") == model} | {model})
