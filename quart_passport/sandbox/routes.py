"""Which counted route a path belongs to, in which group it is, and which scope it needs."""

from dataclasses import dataclass

_REST = "/api/rest/v1"

# The first segment of a path below the API's.
_GROUPS = {
    "products": "products",
    "products-uuid": "products",
    "product-models": "products",
    "media-files": "media",
    "asset-media-files": "media",
    "reference-entities-media-files": "media",
    "system-information": "root",
    "": "root",
}
_SCOPES = {
    "products": "read_products",
    "products-uuid": "read_products",
    "product-models": "read_products",
    "attributes": "read_catalog_structure",
    "attribute-groups": "read_catalog_structure",
    "families": "read_catalog_structure",
    "categories": "read_categories",
    "channels": "read_channel_settings",
    "locales": "read_channel_localization",
    "currencies": "read_channel_localization",
    "association-types": "read_association_types",
    "asset-families": "read_asset_families",
    "reference-entities": "read_reference_entities",
}
# Codes under these hold slashes.
_SLASHED = frozenset(
    {
        "products",
        "product-models",
        "media-files",
        "asset-media-files",
        "reference-entities-media-files",
    }
)
_OTHERS = {
    "/api/oauth/v1/token": ("login", "token"),
    "/connect/apps/v1/oauth2/token": ("token", "token"),
    "/connect/apps/v1/openid/public-key": ("public-key", "token"),
    "/connect/apps/v1/scopes/update": ("scopes-update", "token"),
}

GROUPS = ("products", "structure", "records", "assets", "media", "token", "events", "root")


@dataclass(frozen=True)
class Route:
    """`name` is one route, as `products-uuid/*`; `group` is one of `GROUPS`."""

    name: str
    group: str
    scope: str | None = None

    @property
    def is_rest(self) -> bool:
        """Whether the PIM's limits hold for it."""
        return self.group not in {"token", "events"}


def route_of(path: str) -> Route | None:
    """The counted route of a path; None for pages and for the control API."""
    if path in _OTHERS:
        return Route(*_OTHERS[path])
    if path.startswith("/event-platform/"):
        return Route("event-platform", "events")
    if path != _REST and not path.startswith(f"{_REST}/"):
        return None
    first, slash, rest = path.removeprefix(_REST).removeprefix("/").partition("/")
    if (first, rest) == ("products-uuid", "search"):
        return Route("products-uuid/search", "products", "read_products")
    if first in _SLASHED:
        end = "/*/download" if first == "media-files" and rest.endswith("/download") else "/*"
        return Route(first + (end if slash else ""), _GROUPS[first], _SCOPES.get(first))
    return _structure_route(first, rest.split("/") if slash else [])


def _structure_route(first: str, rest: list[str]) -> Route:
    """Codes and kinds take turns: `attributes/color/options/red` is `attributes/*/options/*`."""
    name = "/".join([first, *(kind if i % 2 else "*" for i, kind in enumerate(rest))])
    match first, rest[1:2]:
        case "attributes", ["options"]:
            return Route(name, "structure", "read_attribute_options")
        case "reference-entities", ["records"]:
            return Route(name, "records", "read_reference_entity_records")
        case "asset-families", ["assets"]:
            return Route(name, "assets", "read_assets")
    return Route(name, _GROUPS.get(first, "structure"), _SCOPES.get(first))
