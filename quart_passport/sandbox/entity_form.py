"""How records and assets look in an answer: the entries asked for, with links where the PIM has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from quart_passport.sandbox.catalog import Catalog, Entity, JSONObject, MediaFile
from quart_passport.sandbox.errors import ApiError
from quart_passport.sandbox.selection import read_locales

ShowEntry = Callable[[JSONObject, JSONObject], JSONObject]


@dataclass(frozen=True)
class EntitySelection:
    """Which entries an answer holds; None stands for all."""

    channel: str | None = None
    locales: frozenset[str] | None = None

    def holds(self, entry: JSONObject) -> bool:
        locale, channel = entry.get("locale"), entry.get("channel")
        if self.channel is not None and channel not in {None, self.channel}:
            return False
        return self.locales is None or locale is None or locale in self.locales


def read_entity_selection(catalog: Catalog, query: Mapping[str, str]) -> EntitySelection:
    """Read `channel` and `locales` of a list. Raises ApiError 422 with the PIM's text."""
    channel = query.get("channel")
    if channel is not None and channel not in catalog.channels:
        raise ApiError(422, f'Channel "{channel}" does not exist.')
    return EntitySelection(channel, read_locales(catalog, query.get("locales"), channel))


def show_member(
    entity: Entity, member: JSONObject, selection: EntitySelection, show: ShowEntry
) -> JSONObject:
    """A record or asset; `show` makes an entry of its attribute and the stored one."""
    values = {}
    for code, entries in member.get("values", {}).items():
        attribute = entity.attributes.get(code)
        chosen = [show(attribute, e) for e in entries if attribute and selection.holds(e)]
        if chosen:
            values[code] = chosen
    return {**member, "values": values}


def plain_entry(_attribute: JSONObject, entry: JSONObject) -> JSONObject:
    """An entry that says no more than its data."""
    return {
        "locale": entry.get("locale"),
        "channel": entry.get("channel"),
        "data": entry["data"],
    }


class DescribedEntries:
    """Entries of assets as SaaS shows them: with type, links, and what is known of media."""

    def __init__(self, catalog: Catalog, family: Entity, media_url: str) -> None:
        self._media = catalog.asset_media_files
        self._is_shared = bool(family.shown.get("sharing_enabled"))
        self._media_url = media_url

    def __call__(self, attribute: JSONObject, entry: JSONObject) -> JSONObject:
        shown = plain_entry(attribute, entry) | {"attribute_type": attribute["type"]}
        match attribute["type"]:
            case "media_file":
                shown["_links"] = self._links(entry)
                file = self._media.get(entry["data"])
                if file is not None:
                    shown["linked_data"] = _describe_file(file)
            case "media_link":
                shown["linked_data"] = _describe_link(attribute, entry["data"])
        return shown

    def _links(self, entry: JSONObject) -> JSONObject:
        links = {"download": {"href": f"{self._media_url}/{entry['data']}"}}
        share_link = entry.get("_links", {}).get("share_link")
        return links | ({"share_link": share_link} if self._is_shared and share_link else {})


def _describe_file(file: MediaFile) -> JSONObject:
    names = ("size", "mime_type", "extension", "original_filename")
    return {name: file.shown[name] for name in names}


def _describe_link(attribute: JSONObject, data: Any) -> JSONObject:
    prefix, suffix = attribute.get("prefix"), attribute.get("suffix")
    return {"full_url": f"{prefix or ''}{data}{suffix or ''}", "prefix": prefix, "suffix": suffix}
