"""Files: pictures to show, documents to download, and others that are only named.

A PIM takes files of any kind. By their names' endings they are sorted here; what they really are
is found out when their bytes are fetched, and nothing else is served.
"""

import re
from typing import Any

from quart_passport.passport.model import Document, MediaSource, Picture, Text
from quart_passport.passport.sanitise import tidy_line

# What can be made into a picture for every browser; SVG is a program, PSD and TIFF are for print.
PICTURES = frozenset({"jpg", "jpeg", "png", "gif", "webp"})
# Formats offered for download, by their ending.
DOCUMENTS = {"pdf": "PDF"}

# The PIM stores files as `8/6/d/5/86d5…_name.jpg`: four folders, a hash, the merchant's name.
_MEDIA_PART = r"[^/?#%\\\x00-\x20\x7f-\xa0\ud800-\udfff]+"
_MEDIA_CODE = re.compile(f"{_MEDIA_PART}(/{_MEDIA_PART})*")
_LONGEST_CODE = 1000
_HASH = re.compile(r"[0-9a-f]{20,64}_")
# Signs that turn the direction of writing could make `gnp.exe` of a name.
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def read_picture(data: Any, source: MediaSource, text: str) -> Picture | None:
    """A file that browsers can show, and what it shows in words."""
    name = file_name(data)
    if name is None or ending(name) not in PICTURES:
        return None
    return Picture(data, name, text, source)


def read_file(
    data: Any, source: MediaSource, called: Text | None = None, hreflang: str | None = None
) -> Document | Text | None:
    """A file to download; of a kind that is not offered, what it is called, else its name.

    `hreflang` is the language that it is kept for, where that is not the page's.
    """
    name = file_name(data)
    if name is None:
        return None
    title = called or Text(name)
    kind = DOCUMENTS.get(ending(name))
    if kind is None:
        return title
    return Document(data, name, title.text, kind, source, title.lang, hreflang)


def file_name(data: Any) -> str | None:
    """The merchant's own name of a file, without folders; None if this is no file of a PIM."""
    if not isinstance(data, str) or len(data) > _LONGEST_CODE or not _MEDIA_CODE.fullmatch(data):
        return None
    parts = data.split("/")
    if not {".", ".."}.isdisjoint(parts):
        return None
    return printable_name(_HASH.sub("", parts[-1], count=1))


def printable_name(name: str) -> str:
    """The name as it can be shown and saved."""
    return _DIRECTIONS.sub("", tidy_line(name)).strip(". ") or "file"


def ending(name: str) -> str:
    """What follows a name's last point, in small letters; empty if it has none."""
    return name.rpartition(".")[2].lower() if "." in name else ""
