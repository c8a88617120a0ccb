"""What a theme is given: one passport page, frozen, typed, and safe to print.

Every field is part of the theme API and described in `docs/theme-authors.md`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from markupsafe import Markup

from quart_passport.errors import ThemeError
from quart_passport.passport.model import Document, Field, Passport, PassportLink, Picture, Text
from quart_passport.theming.branding import Branding
from quart_passport.theming.words import Speaker


def _no_static_files(name: str) -> str:
    raise ThemeError(f"the address of the static file {name!r} is known while rendering only")


@dataclass(frozen=True, slots=True)
class PictureURLs:
    """Where the renditions of a picture are: sharp on every screen, none larger than needed."""

    # A JPEG file, for `src`.
    src: str
    # JPEG files in several widths, for `srcset`; empty as long as the picture was never fetched.
    jpeg: str = ""
    # The same in WebP, which most browsers take.
    webp: str = ""
    # In pixels, of the largest rendition; None as long as the picture was never fetched.
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class PageURLs:
    """Addresses that belong to a page; templates know them as `url`."""

    # The passport itself, absolute: what the QR code says.
    canonical: str
    # The page in each of its languages, by BCP 47 tag.
    languages: Mapping[str, str]
    # The same passport as schema.org data (JSON-LD).
    data: str
    # The QR code as SVG.
    qr: str
    # The installation's privacy page.
    privacy: str
    # `url.picture(value)`: the addresses of a picture of this passport.
    picture: Callable[[Picture], PictureURLs]
    # `url.document(value)`: where a document of this passport is downloaded.
    document: Callable[[Document], str]
    # `url.passport(link)`: the passport of another product.
    passport: Callable[[PassportLink], str]
    # The merchant's logo, if it has one.
    logo: PictureURLs | None = None
    # `url.static("name.png")`: the address of one of the theme's static files.
    static: Callable[[str], str] = _no_static_files


class Templates(Protocol):
    """Renders a theme's templates; the tenant's and the default theme's are found through it."""

    def render(self, name: str, page: "PassportPage") -> str:
        """The template's text for a page."""


@dataclass(frozen=True, slots=True)
class PassportPage:
    """One passport in one language, with all that a theme needs to show it."""

    # The product, batch or item: title, picture, sections of fields.
    passport: Passport
    # The merchant's name and colours.
    branding: Branding
    # Addresses; templates also see them as `url`.
    url: PageURLs
    # Interface words in the page's language; templates also see it as `t`.
    t: Speaker
    # The theme's options by name, as the merchant set them, else their defaults.
    options: Mapping[str, str | bool | int]
    # "Product model", "Batch" or "Single item".
    level: Text
    # Identifier, GTIN, variant, batch and serial number, as far as there are any.
    identity: tuple[Field, ...]
    # The day of the last change in words; empty if the PIM did not say.
    updated: str
    # The contents of the page's one style element.
    stylesheet: Markup
    # The contents of the page's data block, `<script type="application/ld+json">`.
    json_ld: Markup
    # What other plugins add, by the plugin's name.
    extras: Mapping[str, Mapping[str, object]]
    _templates: Templates = field(repr=False, compare=False)

    def render(self, template: str = "passport.html") -> str:
        """Render one of the theme's templates with `page`, `t` and `url`."""
        return self._templates.render(template, self)
