"""What a request wants to see of products: channel, locales, attributes and extras."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from quart_passport.sandbox.catalog import Catalog
from quart_passport.sandbox.editions import Feature
from quart_passport.sandbox.errors import ApiError


@dataclass(frozen=True)
class Selection:
    """Which values an answer holds, and what it says beside them; None stands for all."""

    scope: str | None = None
    locales: frozenset[str] | None = None
    attributes: frozenset[str] | None = None
    with_options: bool = False
    with_completenesses: bool = False
    with_quality_scores: bool = False
    with_root_parent: bool = False
    with_share_links: bool = False
    converts_measures: bool = False

    def holds(self, locale: str | None, scope: str | None) -> bool:
        """Whether an entry of this locale and scope is wanted."""
        if self.scope is not None and scope not in {None, self.scope}:
            return False
        return self.locales is None or locale is None or locale in self.locales


def read_selection(
    catalog: Catalog,
    has: Callable[[Feature], bool],
    query: Mapping[str, str],
    *,
    of_list: bool,
) -> Selection:
    """
    Read what an answer shall hold. Raises ApiError 422 with the PIM's text.

    A single product's GET ignores scope, locales and attributes, as the PIM's does, and an edition
    ignores the parameters that it does not know.
    """
    selection = Selection(
        with_options=_is_on(query, "with_attribute_options"),
        with_completenesses=_is_on(query, "with_completenesses"),
        with_quality_scores=_is_on(query, "with_quality_scores"),
        with_root_parent=_is_on(query, "with_root_parent") and has(Feature.WITH_ROOT_PARENT),
        with_share_links=_is_on(query, "with_asset_share_links")
        and has(Feature.WITH_ASSET_SHARE_LINKS),
    )
    if not of_list:
        return selection
    scope = query.get("scope")
    if scope is not None and scope not in catalog.channels:
        raise ApiError(422, f'Scope "{scope}" does not exist.')
    converts = _is_on(query, "convert_measurements") and has(Feature.CONVERT_MEASUREMENTS)
    if converts and scope is None:
        raise ApiError(422, 'Parameter "convert_measurements" needs the parameter "scope".')
    return replace(
        selection,
        scope=scope,
        locales=read_locales(catalog, query.get("locales"), scope),
        attributes=_read_attributes(catalog, query.get("attributes")),
        converts_measures=converts,
    )


def read_locales(catalog: Catalog, text: str | None, scope: str | None) -> frozenset[str] | None:
    """Read a list of locales, all of which the PIM and the channel must have."""
    if text is None:
        return None
    for locale in text.split(","):
        if not catalog.locales.get(locale, {}).get("enabled"):
            raise ApiError(422, f'Locale "{locale}" does not exist or is not activated.')
        if scope is not None and locale not in catalog.channels[scope]["locales"]:
            raise ApiError(422, f'Locale "{locale}" is not activated for the scope "{scope}".')
    return frozenset(text.split(","))


def _read_attributes(catalog: Catalog, text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    unknown = [code for code in text.split(",") if code not in catalog.attributes]
    if len(unknown) == 1:
        raise ApiError(422, f'Attribute "{unknown[0]}" does not exist.')
    if unknown:
        raise ApiError(422, f'Attributes "{", ".join(unknown)}" do not exist.')
    return frozenset(text.split(","))


def _is_on(query: Mapping[str, str], name: str) -> bool:
    return query.get(name) == "true"
