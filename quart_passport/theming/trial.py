"""The test kit of theme authors: render any sample passport, and find what is wrong with a page.

`docs/theme-authors.md` shows the one test that a theme needs.
"""

import base64
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, urlsplit

from quart_passport.passport.config import Colours, PassportConfig
from quart_passport.passport.model import Choice, Money, Passport, Picture, RichText, Text, Value
from quart_passport.theming.page import PageURLs
from quart_passport.theming.registry import ThemeRegistry
from quart_passport.theming.render import PageRenderer, RenderedPage
from quart_passport.theming.samples import SAMPLES
from quart_passport.theming.theme import OptionValue

__all__ = ["SAMPLES", "find_faults", "render_sample", "sample_urls"]

BASE_URL = "https://passports.example"
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_LOADING = {"img": "src", "source": "src", "link": "href", "script": "src", "iframe": "src"}


def render_sample(
    registry: ThemeRegistry,
    theme: str,
    passport: Passport,
    *,
    options: Mapping[str, OptionValue] | None = None,
    colours: Colours | None = None,
) -> RenderedPage:
    """Render a passport; unlike in service, a failing theme raises."""
    config = PassportConfig(
        name="trial",
        channel="ecommerce",
        locales=tuple(language.locale for language in passport.languages),
        brand=passport.brand,
        theme=theme,
        theme_options=dict(options or {}),
        colours=colours or Colours(),
    )
    with tempfile.TemporaryDirectory() as no_overrides:
        renderer = PageRenderer(registry, Path(no_overrides), on_failure=_raise)
    data = {"@context": "https://schema.org", "@type": "Product", "name": passport.title.text}
    return renderer.render(
        passport, config, sample_urls(passport), tenant_slug="trial", json_ld=data
    )


def sample_urls(passport: Passport) -> PageURLs:
    """Addresses such as a page has in service."""
    product = passport.identity.identifier or str(passport.identity.uuid)
    path = f"/t/trial/p/{quote(product, safe='')}"
    return PageURLs(
        canonical=BASE_URL + path,
        languages={language.tag: f"{path}?lang={language.tag}" for language in passport.languages},
        data=f"{path}?format=jsonld",
        qr=path.replace("/p/", "/qr/") + ".svg",
        privacy="/privacy",
        picture=lambda picture: f"/t/trial/media/{quote(picture.media, safe='')}",
        logo="/t/trial/media/logo" if passport.brand else None,
    )


def find_faults(page: RenderedPage, passport: Passport) -> list[str]:
    """What a page of this passport lacks or must not have, one sentence each."""
    document = _Document()
    document.feed(page.html)
    document.close()
    return [
        *document.faults,
        *_structure_faults(document, passport),
        *_safety_faults(document, page),
        *_content_faults(document, passport),
    ]


def _structure_faults(document: "_Document", passport: Passport) -> Iterator[str]:
    root = document.first("html")
    if root.get("lang") != passport.language.tag:
        yield f"<html> must have lang={passport.language.tag!r}"
    if root.get("dir", "ltr") != passport.language.direction:
        yield f"<html> must have dir={passport.language.direction!r}"
    for name, least, most in (("title", 1, 1), ("h1", 1, 1), ("main", 1, 1), ("style", 0, 1)):
        if not least <= len(document.all(name)) <= most:
            yield f"a page has {least} to {most} <{name}>, this has {len(document.all(name))}"
    levels = [int(name[1]) for name, _ in document.elements if name in _HEADINGS]
    for above, below in pairwise(levels):
        if below > above + 1:
            yield f"<h{below}> follows <h{above}>: no level may be left out"
    ids = [attributes["id"] for _, attributes in document.elements if "id" in attributes]
    yield from (f"id {name!r} stands twice" for name in {i for i in ids if ids.count(i) > 1})
    yield from ("an <img> has no alt" for image in document.all("img") if "alt" not in image)


def _safety_faults(document: "_Document", page: RenderedPage) -> Iterator[str]:
    for name, attributes in document.elements:
        if name == "script" and attributes.get("type") != "application/ld+json":
            yield "a page runs no script"
        if name in {"form", "iframe", "object", "embed", "base"}:
            yield f"<{name}> is not allowed"
        for attribute in attributes:
            if attribute == "style" or attribute.startswith("on"):
                yield f"<{name}> has the attribute {attribute}, which browsers will ignore"
        address = attributes.get(_LOADING.get(name, ""), "")
        if urlsplit(address).netloc and attributes.get("rel") != "canonical":
            yield f"<{name}> loads {address} from elsewhere"
    for text in document.raw["style"]:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        if f"sha256-{digest}" != page.style_hash:
            yield "<style> must hold {{ page.stylesheet }} and nothing else"
    for text in document.raw["script"]:
        try:
            json.loads(text)
        except ValueError:
            yield "the data block must hold {{ page.json_ld }} and nothing else"


def _content_faults(document: "_Document", passport: Passport) -> Iterator[str]:
    shown = _squeezed(" ".join(document.text))
    for text in _texts(passport):
        if _squeezed(text) not in shown:
            yield f"the page does not show {text[:60]!r}"
    marked = {attributes.get("lang") for _, attributes in document.elements}
    for language in _foreign_languages(passport):
        if language not in marked:
            yield f"a text in {language} is not marked by lang={language!r}"


def _texts(passport: Passport) -> Iterator[str]:
    yield passport.title.text
    identity = passport.identity
    yield from filter(None, (identity.identifier, identity.gtin, identity.lot, identity.serial))
    for section in passport.sections:
        yield section.title.text
        for field in section.fields:
            yield field.label.text
            yield from _value_texts(field.value)


def _value_texts(value: Value) -> Iterator[str]:
    match value:
        case Choice():
            yield from (option.label.text for option in value.options)
        case Money():
            yield from (price.text for price in value.prices)
        case RichText():
            yield from value.text.split("\n")
        case Picture():
            yield value.text
        case _:
            yield value.text


def _foreign_languages(passport: Passport) -> set[str]:
    fields = [field for section in passport.sections for field in section.fields]
    texts = [passport.title, *(section.title for section in passport.sections)]
    texts += [field.label for field in fields]
    values = [field.value for field in fields if isinstance(field.value, Text | RichText)]
    return {text.lang for text in (*texts, *values) if text.lang}


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _raise(_theme: str, error: Exception) -> None:
    raise error


_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


class _Document(HTMLParser):
    """A page taken apart: elements in order, readable text, raw text, and unbalanced tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.raw: dict[str, list[str]] = {"style": [], "script": []}
        self.faults: list[str] = []
        self._open: list[str] = []

    def first(self, name: str) -> dict[str, str]:
        return next(iter(self.all(name)), {})

    def all(self, name: str) -> list[dict[str, str]]:
        return [attributes for element, attributes in self.elements if element == name]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        # What a picture shows is as much on the page as a text is.
        self.text.append(attributes.get("alt", ""))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes nothing or crosses another element")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside in self.raw:
            self.raw[inside].append(data)
        elif inside != "title":
            self.text.append(data)

    def close(self) -> None:
        super().close()
        self.faults.extend(f"<{name}> is not closed" for name in self._open)
