"""What files are called in addresses and downloads, whatever the merchant called them."""

import re
import unicodedata
from dataclasses import dataclass

from quart_passport.publishing.recoders import Form

_LONGEST = 60
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_RENDITION = re.compile(r"(?P<stem>[a-z0-9-]{1,60})-(?P<width>[1-9][0-9]{0,3})\.(?P<form>webp|jpg)")
# No folder, no end of a quoted string, and nothing that Windows refuses.
_NOT_IN_NAMES = re.compile(r'[/\\:*?"<>|%]+')


@dataclass(frozen=True, slots=True)
class RenditionName:
    """`stem-640.webp`: what is shown, how wide in pixels at most, and as what."""

    stem: str
    width: int
    form: Form

    def __str__(self) -> str:
        return f"{self.stem}-{self.width}.{self.form}"


def read_rendition_name(name: str) -> RenditionName | None:
    """The parts of a rendition's name; None if it is none."""
    match = _RENDITION.fullmatch(name)
    if match is None:
        return None
    form: Form = "webp" if match["form"] == "webp" else "jpg"
    return RenditionName(match["stem"], int(match["width"]), form)


def stem_of(filename: str, fallback: str) -> str:
    """The name without its ending, in ASCII letters, digits and hyphens."""
    stem = filename.rpartition(".")[0] if "." in filename else filename
    plain = unicodedata.normalize("NFKD", stem.replace("ß", "ss")).encode("ascii", "ignore")
    slug = _NOT_PLAIN.sub("-", plain.decode().lower())[:_LONGEST].strip("-")
    return slug or fallback


def document_name(filename: str) -> str:
    """The last part of a document's address."""
    return f"{stem_of(filename, 'document')}.pdf"


def download_name(filename: str) -> str:
    """The name to save a document under, as the merchant wrote it as far as that is safe."""
    visible = "".join(c for c in filename if unicodedata.category(c)[0] != "C")
    stem = _NOT_IN_NAMES.sub(" ", visible.removesuffix(".pdf").removesuffix(".PDF"))
    return f"{' '.join(stem.split())[:_LONGEST].strip(' .') or 'document'}.pdf"
