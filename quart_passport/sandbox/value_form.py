"""How the values of a product look in an answer: with types, labels and links, as far as asked."""

from typing import Any

from quart_passport.sandbox.catalog import JSONObject
from quart_passport.sandbox.editions import Feature
from quart_passport.sandbox.measures import Measures
from quart_passport.sandbox.pim import Pim
from quart_passport.sandbox.selection import Selection

_MEDIA_TYPES = frozenset({"pim_catalog_image", "pim_catalog_file"})
_SELECT_TYPES = frozenset({"pim_catalog_simpleselect", "pim_catalog_multiselect"})
# What only described values say.
_DESCRIPTION = frozenset({"attribute_type", "reference_data_name"})


class ValueForm:
    """Shows values of one PIM's products."""

    def __init__(self, pim: Pim, api_url: str) -> None:
        self._catalog = pim.catalog
        self._is_described = pim.has(Feature.DESCRIBED_VALUES)
        self._measures = Measures(pim.catalog.measurement_families)
        self._api_url = api_url

    def values(self, product: JSONObject, selection: Selection) -> JSONObject:
        """The values that the selection holds; nothing of attributes that are no more."""
        shown = {}
        for code, entries in product["values"].items():
            attribute = self._catalog.attributes.get(code)
            if attribute is None or not _is_wanted(code, selection):
                continue
            chosen = [e for e in entries if selection.holds(e.get("locale"), e.get("scope"))]
            if selection.converts_measures:
                chosen += self._converted(attribute, chosen, selection)
            if chosen:
                shown[code] = [self._value(attribute, entry, selection) for entry in chosen]
        return shown

    def _value(self, attribute: JSONObject, entry: JSONObject, selection: Selection) -> JSONObject:
        kind, data = attribute["type"], entry["data"]
        shown = {"locale": entry.get("locale"), "scope": entry.get("scope"), "data": data}
        if kind == "pim_catalog_metric":
            shown["data"] = self._measure(attribute, data)
        if self._is_described:
            shown |= _describe(attribute)
        shown |= {k: v for k, v in entry.items() if k not in shown and k not in _DESCRIPTION}
        if kind in _MEDIA_TYPES:
            link = f"{self._api_url}/media-files/{data}/download"
            shown["_links"] = {"download": {"href": link}}
        linked = self._linked_data(attribute, data, selection)
        if linked:
            shown["linked_data"] = linked
        return shown

    def _measure(self, attribute: JSONObject, data: Any) -> Any:
        """With its unit's symbol where values are described, else without."""
        if not isinstance(data, dict):
            return data
        shown = {key: value for key, value in data.items() if key != "symbol"}
        if self._is_described:
            found = self._measures.symbol(attribute.get("metric_family"), str(data.get("unit")))
            if (symbol := data.get("symbol", found)) is not None:
                shown["symbol"] = symbol
        return shown

    def _converted(
        self, attribute: JSONObject, entries: list[JSONObject], selection: Selection
    ) -> list[JSONObject]:
        """For each locale of the channel, the measure in the unit that the channel wants."""
        channel = self._catalog.channels[selection.scope or ""]
        unit = (channel.get("conversion_units") or {}).get(attribute["code"])
        if unit is None:
            return []
        locales = [code for code in channel["locales"] if selection.holds(code, selection.scope)]
        family = attribute.get("metric_family")
        return [
            {"locale": locale, "scope": selection.scope, "data": data}
            for entry in entries
            if entry.get("locale") is None
            and (data := self._measures.convert(family, entry["data"], unit)) is not None
            for locale in locales
        ]

    def _linked_data(self, attribute: JSONObject, data: Any, selection: Selection) -> JSONObject:
        kind = attribute["type"]
        if kind in _SELECT_TYPES and selection.with_options:
            return self._option_labels(attribute["code"], data)
        if kind == "pim_catalog_asset_collection" and selection.with_share_links:
            return self._share_links(str(attribute.get("reference_data_name")), data)
        return {}

    def _option_labels(self, attribute: str, data: Any) -> JSONObject:
        """The label of the chosen option, or a map of them; deleted options have none."""
        options = self._catalog.attribute_options.get(attribute, {})

        def show(code: str) -> JSONObject:
            labels = options[code].get("labels") or {}
            return {"attribute": attribute, "code": code, "labels": labels}

        if isinstance(data, list):
            return {code: show(code) for code in data if code in options}
        return show(data) if data in options else {}

    def _share_links(self, family: str, codes: list[str]) -> JSONObject:
        """The public addresses of assets' media, by asset; none where sharing is off."""
        found = self._catalog.asset_families.get(family)
        if found is None or not found.shown.get("sharing_enabled"):
            return {}
        return {
            code: {"share_links": _shared(found.members[code])}
            for code in codes
            if code in found.members
        }


def _is_wanted(code: str, selection: Selection) -> bool:
    return selection.attributes is None or code in selection.attributes


def _describe(attribute: JSONObject) -> JSONObject:
    described = {"attribute_type": attribute["type"]}
    if attribute.get("reference_data_name"):
        described["reference_data_name"] = attribute["reference_data_name"]
    return described


def _shared(asset: JSONObject) -> list[JSONObject]:
    return [
        {
            "attribute": attribute,
            "scope": entry.get("channel"),
            "locale": entry.get("locale"),
            "_links": {"self": entry["_links"]["share_link"]},
        }
        for attribute, entries in asset.get("values", {}).items()
        for entry in entries
        if "share_link" in entry.get("_links", {})
    ]
