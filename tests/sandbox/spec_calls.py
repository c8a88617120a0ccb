"""Calls of every GET route of the REST API, with codes that the catalogue holds."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from urllib.parse import quote

from quart import Quart

from quart_passport.sandbox import Catalog

API = "/api/rest/v1"
# How many things of a kind are asked for one by one; of attributes one of each type.
_EACH = 3
# Everything that products can show on demand.
PRODUCT_QUERY = (
    "?limit=12&with_count=true&with_attribute_options=true&with_completenesses=true"
    "&with_quality_scores=true"
)
_LISTS_OF_PRODUCTS = frozenset({f"{API}/{kind}" for kind in ("products", "products-uuid")})


Codes = Callable[[Catalog, str], Iterator[tuple[str, ...]]]


def routes_of(app: Quart) -> list[str]:
    """Every rule of the REST API that answers GET."""
    return sorted(
        {
            rule.rule
            for rule in app.url_map.iter_rules()
            if rule.rule.startswith(API) and "GET" in (rule.methods or ())
        }
    )


def shape_of(rule: str) -> str:
    """The rule with `{}` for each code."""
    return "/".join("{}" if part.startswith("<") else part for part in rule.split("/"))


def calls_of(rule: str, catalog: Catalog) -> list[str]:
    """Paths that the rule serves in this catalogue; empty where it holds nothing of the kind."""
    shape = shape_of(rule)
    if "{}" not in shape:
        return [shape + (PRODUCT_QUERY if shape in _LISTS_OF_PRODUCTS else "?limit=12")]
    first = shape.removeprefix(f"{API}/").partition("/")[0]
    most = None if shape == f"{API}/attributes/{{}}" else _EACH
    codes = islice(_CODES[first](catalog, shape), most)
    return [shape.format(*(quote(code, safe="/") for code in each)) for each in codes]


def _plain(name: str) -> Codes:
    def codes(catalog: Catalog, _shape: str) -> Iterator[tuple[str, ...]]:
        yield from ((code,) for code in getattr(catalog, name))

    return codes


def _attributes(catalog: Catalog, shape: str) -> Iterator[tuple[str, ...]]:
    if "/options" not in shape:
        # One of each type.
        found = {item["type"]: code for code, item in catalog.attributes.items()}
        for code in found.values():
            yield (code,)
        return
    for attribute, options in catalog.attribute_options.items():
        yield from (
            ((attribute, code) for code in options) if shape.endswith("}") else [(attribute,)]
        )


def _families(catalog: Catalog, shape: str) -> Iterator[tuple[str, ...]]:
    if "/variants" not in shape:
        yield from ((code,) for code in catalog.families)
        return
    for family, variants in catalog.family_variants.items():
        yield from _below(family, variants, shape)


def _below(code: str, items: Iterable[str], shape: str) -> Iterator[tuple[str, ...]]:
    """The list below a code, or each of its items."""
    if shape.endswith("}"):
        yield from ((code, item) for item in items)
    else:
        yield (code,)


def _entities(name: str) -> Codes:
    def codes(catalog: Catalog, shape: str) -> Iterator[tuple[str, ...]]:
        for code, entity in getattr(catalog, name).items():
            match shape.split("/")[6:]:
                case [] | [_]:
                    yield (code,)
                case ["attributes", "{}"]:
                    yield from ((code, attribute) for attribute in entity.attributes)
                case ["attributes", "{}", "options"]:
                    yield from ((code, attribute) for attribute in entity.options)
                case ["attributes", "{}", "options", "{}"]:
                    for attribute, options in entity.options.items():
                        yield from ((code, attribute, option) for option in options)
                case [_, "{}"]:
                    yield from ((code, member) for member in entity.members)

    return codes


def _identifiers(catalog: Catalog, _shape: str) -> Iterator[tuple[str, ...]]:
    for product in catalog.products.values():
        if product["identifier"] is not None:
            yield (product["identifier"],)


_CODES = {
    "products": _identifiers,
    "products-uuid": _plain("products"),
    "product-models": _plain("product_models"),
    "attributes": _attributes,
    "attribute-groups": _plain("attribute_groups"),
    "families": _families,
    "categories": _plain("categories"),
    "channels": _plain("channels"),
    "locales": _plain("locales"),
    "currencies": _plain("currencies"),
    "association-types": _plain("association_types"),
    "media-files": _plain("media_files"),
    "asset-families": _entities("asset_families"),
    "asset-media-files": _plain("asset_media_files"),
    "reference-entities": _entities("reference_entities"),
    "reference-entities-media-files": _plain("record_media_files"),
}
