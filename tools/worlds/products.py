"""Product models, their variants, and single products."""

from datetime import datetime, timedelta

from tools.worlds.source import LOCALES, Source, World
from tools.worlds.structure import family_attributes, variant_levels
from tools.worlds.tables import Row
from tools.worlds.values import build_value, product_uuid

_NOT_VALUES = {"code", "family", "family_variant", "categories", "enabled", "models", "variants"}


class Catalogue:
    """Everything in one PIM that can have a passport, ancestors before descendants."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.product_models: list[Row] = []
        self.products: list[Row] = []
        for source in world.catalogue.get("models", []):
            self._add_model(source, None)
        for source in world.catalogue.get("products", []):
            self._add_product(source, None)

    def _add_model(self, source: Source, parent: Row | None) -> None:
        inherited = parent or {"family": source["family"], "code": None}
        variant = parent["family_variant"] if parent else source["family_variant"]
        model = {
            "code": source["code"],
            "family": inherited["family"],
            "family_variant": variant,
            "parent": inherited["code"],
            "categories": _categories(source, parent),
            "values": self._values(source, parent, variant),
            **self._times(),
            **self._links(source, parent),
        }
        self.product_models.append(model)
        for child in source.get("models", []):
            self._add_model(child, model)
        for child in source.get("variants", []):
            self._add_product(child, model)

    def _add_product(self, source: Source, parent: Row | None) -> None:
        family = parent["family"] if parent else source["family"]
        values = self._values(source, parent, parent["family_variant"] if parent else None)
        self.products.append(
            {
                "uuid": product_uuid(self._world, source["sku"]),
                "identifier": source["sku"],
                "enabled": source.get("enabled", True),
                "family": family,
                "categories": _categories(source, parent),
                "groups": [],
                "parent": parent["code"] if parent else None,
                "values": values,
                **self._times(),
                **self._links(source, parent),
                "completenesses": completenesses(self._world, family, values),
            }
        )

    def _values(self, source: Source, parent: Row | None, variant: str | None) -> Row:
        family = parent["family"] if parent else source["family"]
        defaults = {} if parent else self._world.structure["defaults"].get(family, {})
        linked = self._world.part("values").get(_name(source), {})
        every = defaults | source | linked
        written = {code: v for code, v in every.items() if code not in _NOT_VALUES}
        self._refuse_misplaced(written, family, parent, variant)
        inherited = parent["values"] if parent else {}
        own = {code: build_value(self._world, code, value) for code, value in written.items()}
        return {code: v for code in self._world.attributes if (v := (inherited | own).get(code))}

    def _refuse_misplaced(
        self, written: Source, family: str, parent: Row | None, variant: str | None
    ) -> None:
        allowed = set(family_attributes(self._world, family))
        if variant:
            levels = variant_levels(self._world.structure["family_variants"][variant])
            depth = self._depth(parent)
            below = {a for level in levels[depth:] for a in level["attributes"]}
            allowed = set(levels[depth - 1]["attributes"]) if depth else allowed - below
        if misplaced := sorted(set(written) - allowed):
            raise ValueError(f"{self._world.name}, {family}: {misplaced} do not belong there")

    def _depth(self, parent: Row | None) -> int:
        """How many models are above."""
        if parent is None:
            return 0
        above = (m for m in self.product_models if m["code"] == parent["parent"])
        return 1 + self._depth(next(above, None))

    def _times(self) -> Row:
        created: datetime = self._world.structure["created"]
        made = len(self.product_models) + len(self.products)
        updated = created + timedelta(days=20 + made, minutes=37 * made)
        return {
            "created": (created + timedelta(minutes=7 * made)).isoformat(),
            "updated": updated.isoformat(),
        }

    def _links(self, source: Source, parent: Row | None) -> Row:
        """A variant has its models' associations and its own."""
        own = self._world.part("associations").get(_name(source), {})
        associations: Row = dict(parent["associations"]) if parent else {}
        for kind, skus in own.items():
            uuids = [product_uuid(self._world, sku) for sku in skus]
            associations[kind] = {"products": uuids, "product_models": [], "groups": []}
        return {
            "associations": associations,
            "quantified_associations": {},
            "metadata": {"workflow_status": "working_copy"},
        }


def _name(source: Source) -> str:
    name: str = source.get("code") or source["sku"]
    return name


def _categories(source: Source, parent: Row | None) -> list[str]:
    inherited = parent["categories"] if parent else []
    return sorted({*inherited, *source.get("categories", [])})


def completenesses(world: World, family: str, values: Row) -> list[Row]:
    """Per channel and locale the share of required attributes that have a value, rounded down."""
    rows = []
    for channel, source in sorted(world.channels.items()):
        for locale in sorted(LOCALES[short] for short in source["locales"]):
            required = _required(world, family, channel, locale)
            filled = _filled(world, values, required, channel, locale)
            share = 100 * len(filled) // len(required)
            rows.append({"scope": channel, "locale": locale, "data": share})
    return rows


def _required(world: World, family: str, channel: str, locale: str) -> list[str]:
    required = {"sku", *world.families[family]["requires"][channel]}
    return [code for code in required if _exists_in(world.attributes[code], locale)]


def _exists_in(attribute: Source, locale: str) -> bool:
    only = [LOCALES[short] for short in attribute.get("only", [])]
    return not only or locale in only


def _filled(world: World, values: Row, required: list[str], channel: str, locale: str) -> list[str]:
    return [
        code
        for code in required
        for entry in values.get(code, [])
        if entry["scope"] in (None, channel)
        and entry["locale"] in (None, locale)
        and _is_whole(world, code, entry, channel)
    ]


def _is_whole(world: World, code: str, entry: Row, channel: str) -> bool:
    """A price counts once it is there in all currencies of the channel; anything else at once."""
    if world.attributes[code]["type"] != "price_collection":
        return True
    return {price["currency"] for price in entry["data"]}.issuperset(
        world.channels[channel]["currencies"]
    )
