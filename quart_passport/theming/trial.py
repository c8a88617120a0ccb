"""The test kit of theme authors: render any sample passport, and find what is wrong with a page.

`docs/theme-authors.md` shows the one test that a theme needs.
"""

import tempfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from quart_passport.passport.config import Colours, PassportConfig
from quart_passport.passport.json_ld import describe
from quart_passport.passport.model import (
    Document,
    Link,
    Passport,
    PassportLink,
    Picture,
    Table,
)
from quart_passport.theming.contents import addresses_of, texts_of, values_of
from quart_passport.theming.inspection import (
    PageParts,
    link_faults,
    safety_faults,
    structure_faults,
)
from quart_passport.theming.page import PageURLs, PictureURLs
from quart_passport.theming.registry import ThemeRegistry
from quart_passport.theming.render import PageRenderer, RenderedPage
from quart_passport.theming.samples import SAMPLES
from quart_passport.theming.theme import OptionValue

__all__ = ["SAMPLES", "find_faults", "render_sample", "sample_urls"]

BASE_URL = "https://passports.example"
_HOME = "/t/trial"
# Pictures of the samples below this folder are as those that were never fetched: without sizes.
_NEVER_FETCHED = "new/"
_WIDTHS = (320, 640, 1280)
_HEIGHT = 960


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
    urls = sample_urls(passport)
    data = describe(passport, url=urls.canonical, link=lambda target: _absolute(urls, target))
    renderer = _renderer(registry)
    return renderer.render(passport, config, urls, tenant_slug="trial", json_ld=data)


# Compiling the themes takes longer than rendering a page.
@lru_cache(maxsize=1)
def _renderer(registry: ThemeRegistry) -> PageRenderer:
    with tempfile.TemporaryDirectory() as no_overrides:
        return PageRenderer(registry, Path(no_overrides), on_failure=_raise)


def sample_urls(passport: Passport) -> PageURLs:
    """Addresses such as a page has in service."""
    path = _HOME + _product_path(passport.identity.identifier or str(passport.identity.uuid))
    return PageURLs(
        canonical=BASE_URL + path,
        languages={language.tag: f"{path}?lang={language.tag}" for language in passport.languages},
        data=f"{path}?format=jsonld",
        qr=path.replace("/p/", "/qr/") + ".svg",
        privacy="/privacy",
        picture=lambda picture: _renditions(picture.media),
        document=lambda document: f"{_HOME}/media/{quote(document.media, safe='')}/document.pdf",
        passport=lambda link: _HOME + _product_path(link.identity.identifier or ""),
        logo=_renditions("logo") if passport.brand else None,
    )


def find_faults(page: RenderedPage, passport: Passport) -> list[str]:
    """What a page of this passport lacks or must not have, one sentence each."""
    parts, urls = PageParts(page.html), sample_urls(passport)
    language = passport.language
    outward = {value.url for value in values_of(passport) if isinstance(value, Link)}
    return [
        *parts.faults,
        *structure_faults(parts, language.tag, language.direction),
        *safety_faults(parts, page.style_hash),
        *link_faults(parts, BASE_URL, outward),
        *_content_faults(parts, passport),
        *_address_faults(parts, passport, urls),
        *_picture_faults(parts, passport, urls),
        *_table_faults(parts, passport),
    ]


def _content_faults(parts: PageParts, passport: Passport) -> Iterator[str]:
    shown = _squeezed(" ".join(parts.text))
    texts = list(texts_of(passport))
    for text in texts:
        if _squeezed(text.text) not in shown:
            yield f"the page does not show {text.text[:60]!r}"
    marked = {attributes.get("lang") for _, attributes in parts.elements}
    for language in sorted({text.lang for text in texts if text.lang} - marked):
        yield f"a text in {language} is not marked by lang={language!r}"


def _address_faults(parts: PageParts, passport: Passport, urls: PageURLs) -> Iterator[str]:
    led_to = {attributes.get("href") for attributes in parts.all("a")}
    for address in dict.fromkeys(addresses_of(passport, urls)):
        if address not in led_to:
            yield f"no link leads to {address}"


def _picture_faults(parts: PageParts, passport: Passport, urls: PageURLs) -> Iterator[str]:
    pictures = [value for value in values_of(passport) if isinstance(value, Picture)]
    pictures += [passport.picture] if passport.picture else []
    renditions = [urls.picture(picture) for picture in pictures]
    known = {each.src: each for each in [*renditions, *([urls.logo] if urls.logo else [])]}
    for image in parts.all("img"):
        picture = known.get(image.get("src", ""))
        if picture is None or picture.width is None:
            continue
        if (image.get("width"), image.get("height")) != (str(picture.width), str(picture.height)):
            yield f"the <img> of {picture.src} must have its width and height"


def _table_faults(parts: PageParts, passport: Passport) -> Iterator[str]:
    columns = sum(len(value.columns) for value in values_of(passport) if isinstance(value, Table))
    scoped = [heading for heading in parts.all("th") if heading.get("scope") == "col"]
    if len(scoped) < columns:
        yield f'tables have {columns} columns, but only {len(scoped)} <th scope="col">'


def _absolute(urls: PageURLs, target: Picture | Document | PassportLink) -> str:
    match target:
        case Picture():
            return BASE_URL + urls.picture(target).src
        case Document():
            return BASE_URL + urls.document(target)
        case PassportLink():
            return BASE_URL + urls.passport(target)


def _product_path(identifier: str) -> str:
    return f"/p/{quote(identifier, safe='')}"


def _renditions(media: str) -> PictureURLs:
    key = quote(media, safe="")
    if media.startswith(_NEVER_FETCHED):
        return PictureURLs(src=f"{_HOME}/media/{key}/picture.jpg")

    def files(suffix: str) -> dict[int, str]:
        return {width: f"{_HOME}/media/{key}/picture-{width}.{suffix}" for width in _WIDTHS}

    return PictureURLs(
        src=files("jpg")[640],
        jpeg=_srcset(files("jpg")),
        webp=_srcset(files("webp")),
        width=_WIDTHS[-1],
        height=_HEIGHT,
    )


def _srcset(files: Mapping[int, str]) -> str:
    return ", ".join(f"{address} {width}w" for width, address in files.items())


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _raise(_theme: str, error: Exception) -> None:
    raise error
