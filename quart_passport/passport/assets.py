"""Assets: pictures, documents and links that are kept once for many products."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from quart_passport.passport.addresses import is_https_address
from quart_passport.passport.files import (
    DOCUMENTS,
    ending,
    printable_name,
    read_file,
    read_picture,
)
from quart_passport.passport.linked import Asset, LinkedValue
from quart_passport.passport.lists import list_in_words
from quart_passport.passport.model import Collection, Document, Link, MediaSource, Picture, Text
from quart_passport.passport.reading import (
    Reading,
    bracketed,
    linked_entries_to_try,
    shown_codes,
)
from quart_passport.passport.sanitise import tidy_line
from quart_passport.passport.structure import AssetFamily, LinkedAttribute

Item = Picture | Document | Link | Text

_LABEL = "label"
_MEDIA = ("media_file", "media_link")
# What an address that is said to lead to an image ends with, where it certainly leads to none
# that we can show. Many addresses of pictures have no telling ending.
_NO_PICTURES = frozenset(
    (
        *("svg", "svgz", "tif", "tiff", "psd", "eps", "ai", "heic", "avif", "bmp", "ico"),
        *("pdf", "html", "htm", "txt", "csv", "xml", "json", "zip", "doc", "docx", "xls", "xlsx"),
        *("mp4", "mov", "webm", "avi", "mp3", "wav", "js", "css", "exe"),
    )
)
# Of these the PIM keeps the video's number instead of an address.
_VIDEOS = {"youtube": "https://www.youtube.com/watch?v=", "vimeo": "https://vimeo.com/"}
_VIDEO = re.compile(r"[A-Za-z0-9_-]{1,64}")


def read_assets(data: Any, family: str | None, reading: Reading) -> Collection | None:
    """The assets of these codes; one that is not there any more is shown by its code."""
    codes, others = shown_codes(data)
    if not codes:
        return None
    more = (others,) if others else ()
    items = (*(_item(code, family or "", reading) for code in codes), *more)
    return Collection(items, list_in_words([item.text for item in items], reading.cldr))


def _item(code: str, family: str, reading: Reading) -> Item:
    asset = reading.linked.assets.get((family, code))
    label = label_of_values(asset.values.get(_LABEL, ()), reading) if asset else None
    known = reading.structure.asset_families.get(family)
    media = _media(asset, known, label or bracketed(code), reading) if asset and known else None
    return media or label or bracketed(code)


def label_of_values(entries: tuple[LinkedValue, ...], reading: Reading) -> Text | None:
    """The label of a record or an asset, in the first language that has one."""
    for entry in linked_entries_to_try(entries, reading):
        if isinstance(entry.data, str) and (text := tidy_line(entry.data)):
            return Text(text, reading.lang_of(entry.locale))
    return None


def _media(asset: Asset, family: AssetFamily, called: Text, reading: Reading) -> Item | None:
    """The main medium of an asset; if that cannot be shown, the first other one that can."""
    main = family.attributes.get(family.attribute_as_main_media or "")
    others = [attribute for attribute in family.attributes.values() if attribute.type in _MEDIA]
    for attribute in [main, *others] if main else others:
        for entry in linked_entries_to_try(asset.values.get(attribute.code, ()), reading):
            item = _medium(attribute, entry, called, reading.lang_of(entry.locale))
            if item and not isinstance(item, Text):
                return item
    return None


def _medium(
    attribute: LinkedAttribute, entry: LinkedValue, called: Text, hreflang: str | None
) -> Item | None:
    if attribute.type == "media_link":
        return _linked_medium(attribute, entry, called, hreflang)
    data, source = entry.data, MediaSource.ASSET
    return read_picture(data, source, called.text) or read_file(data, source, called, hreflang)


def _linked_medium(
    attribute: LinkedAttribute, entry: LinkedValue, called: Text, hreflang: str | None
) -> Item | None:
    """What an address leads to: pictures and documents are fetched by us, never by readers."""
    url = _address(attribute, entry)
    if url is None:
        return None
    path = unquote(urlsplit(url).path).replace("\\", "/")
    name = printable_name(path.rpartition("/")[2])
    kind = ending(name)
    match attribute.media_type:
        case "image" if kind not in _NO_PICTURES:
            return Picture(url, name, called.text, MediaSource.LINK)
        case "pdf" if kind in DOCUMENTS or "." not in name:
            return Document(url, name, called.text, "PDF", MediaSource.LINK, called.lang, hreflang)
        case _:
            return Link(url, called.text, called.lang)


def _address(attribute: LinkedAttribute, entry: LinkedValue) -> str | None:
    """Recent PIMs send the whole address; elsewhere it is put together as theirs is."""
    if not isinstance(entry.data, str):
        return None
    linked = entry.linked_data if isinstance(entry.linked_data, dict) else {}
    whole = f"{attribute.prefix}{entry.data.strip()}{attribute.suffix}"
    candidates = [linked.get("full_url"), whole]
    if attribute.media_type in _VIDEOS and _VIDEO.fullmatch(entry.data):
        candidates.append(_VIDEOS[attribute.media_type] + entry.data)
    # File names may have spaces, which browsers write so.
    addresses = (url.strip().replace(" ", "%20") for url in candidates if isinstance(url, str))
    return next(filter(is_https_address, addresses), None)
