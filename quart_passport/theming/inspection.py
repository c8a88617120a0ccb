"""A page taken apart, to be judged: by its elements, its text, and what it loads and leads to."""

import base64
import hashlib
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import urlsplit

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# Screen readers announce these, so there must be something in them. A cell may be empty.
_NEVER_EMPTY = _HEADINGS | {
    *("a", "caption", "dd", "dl", "dt", "figcaption", "figure", "li", "nav", "ol", "p", "section"),
    *("table", "th", "title", "ul"),
}
# What is seen without being text.
_SEEN = frozenset({"br", "hr", "img", "meter", "svg"})
_LOADING = {"img": "src", "source": "src", "link": "href", "script": "src", "iframe": "src"}
# What a link to elsewhere says, so that the page there learns and gains nothing.
_REL = {"noopener", "nofollow"}


class PageParts(HTMLParser):
    """A page's elements in order, readable text, raw text, and what is wrong with its nesting."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.raw: dict[str, list[str]] = {"style": [], "script": []}
        self.faults: list[str] = []
        # Each open element, and whether something was found in it.
        self._open: list[tuple[str, bool]] = []
        self.feed(html)
        self.close()

    def first(self, name: str) -> dict[str, str]:
        """The attributes of the first element of a name; none if there is no such element."""
        return next(iter(self.all(name)), {})

    def all(self, name: str) -> list[dict[str, str]]:
        """The attributes of every element of a name."""
        return [attributes for element, attributes in self.elements if element == name]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        # What a picture shows is as much on the page as a text is.
        self.text.append(attributes.get("alt", ""))
        if tag in _SEEN:
            self._fill()
        if tag not in _VOID:
            self._open.append((tag, False))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            self.faults.append(f"</{tag}> closes nothing or crosses another element")
            return
        _, filled = self._open.pop()
        if filled:
            self._fill()
        elif tag in _NEVER_EMPTY:
            self.faults.append(f"<{tag}> is empty")

    def handle_data(self, data: str) -> None:
        inside = self._open[-1][0] if self._open else ""
        if inside in self.raw:
            self.raw[inside].append(data)
        elif inside != "title":
            self.text.append(data)
        if data.strip():
            self._fill()

    def close(self) -> None:
        super().close()
        self.faults.extend(f"<{name}> is not closed" for name, _ in self._open)

    def _fill(self) -> None:
        if self._open:
            self._open[-1] = self._open[-1][0], True


def structure_faults(page: PageParts, language: str, direction: str) -> Iterator[str]:
    """What is wrong with the outline: language, headings, ids, texts for pictures."""
    root = page.first("html")
    if root.get("lang") != language:
        yield f"<html> must have lang={language!r}"
    if root.get("dir", "ltr") != direction:
        yield f"<html> must have dir={direction!r}"
    for name, least, most in (("title", 1, 1), ("h1", 1, 1), ("main", 1, 1), ("style", 0, 1)):
        if not least <= len(page.all(name)) <= most:
            yield f"a page has {least} to {most} <{name}>, this has {len(page.all(name))}"
    levels = [int(name[1]) for name, _ in page.elements if name in _HEADINGS]
    for above, below in pairwise(levels):
        if below > above + 1:
            yield f"<h{below}> follows <h{above}>: no level may be left out"
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    yield from (f"id {name!r} stands twice" for name in {i for i in ids if ids.count(i) > 1})
    yield from ("an <img> has no alt" for image in page.all("img") if "alt" not in image)


def safety_faults(page: PageParts, style_hash: str) -> Iterator[str]:
    """What the Content-Security-Policy forbids or what leaks who reads the page."""
    for name, attributes in page.elements:
        if name == "script" and attributes.get("type") != "application/ld+json":
            yield "a page runs no script"
        if name in {"form", "iframe", "object", "embed", "base"}:
            yield f"<{name}> is not allowed"
        for attribute in attributes:
            if attribute == "style" or attribute.startswith("on"):
                yield f"<{name}> has the attribute {attribute}, which browsers will ignore"
        for address in _loaded(name, attributes):
            if urlsplit(address).netloc and attributes.get("rel") != "canonical":
                yield f"<{name}> loads {address} from elsewhere"
    for text in page.raw["style"]:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        if f"sha256-{digest}" != style_hash:
            yield "<style> must hold {{ page.stylesheet }} and nothing else"
    for text in page.raw["script"]:
        try:
            json.loads(text)
        except ValueError:
            yield "the data block must hold {{ page.json_ld }} and nothing else"


def link_faults(page: PageParts, home: str, outward: set[str]) -> Iterator[str]:
    """What is wrong with links; `home` is our origin, `outward` are the merchant's links."""
    for attributes in page.all("a"):
        address, rel = attributes.get("href", ""), set(attributes.get("rel", "").split())
        parts = urlsplit(address)
        if parts.scheme not in {"", "https"} or (parts.netloc and not parts.scheme):
            yield f"a link leads to {address}, which is no https address"
        elif parts.netloc and not address.startswith(f"{home}/"):
            missing = (_REL | {"noreferrer"} if address in outward else _REL) - rel
            if missing:
                yield f"the link to {address} lacks rel={' '.join(sorted(missing))!r}"


def _loaded(name: str, attributes: dict[str, str]) -> list[str]:
    candidates = attributes.get("srcset", "").split(",")
    addresses = [candidate.split()[0] for candidate in candidates if candidate.strip()]
    return [attributes.get(_LOADING.get(name, ""), ""), *addresses]
