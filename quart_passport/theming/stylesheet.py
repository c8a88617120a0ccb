"""The page's one style element: the merchant's colours, then the theme's `passport.css`.

It is inline, so the Content-Security-Policy names its SHA-256 and lets in no other.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, fields

from markupsafe import Markup

from quart_passport.passport.sanitise import trusted_css
from quart_passport.theming.branding import Palette, Scheme

# Strings stay as they are; comments and needless space go.
_SPARE = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?:\s|/\*.*?\*/)*(?P<mark>[{};,])(?:\s|/\*.*?\*/)*"""
    r"""|(?:\s|/\*.*?\*/)+""",
    re.DOTALL,
)
_STATIC = re.compile(r"""url\(\s*["']?static:([^"')]+)["']?\s*\)""")


@dataclass(frozen=True, slots=True)
class Stylesheet:
    """Text of a style element, and its hash as a Content-Security-Policy wants it."""

    text: Markup
    # `sha256-…` in base64, without quotes.
    hash: str


def compose_stylesheet(palette: Palette, css: str) -> Stylesheet:
    """Put the palette before a theme's rules."""
    text = trusted_css(_palette_rules(palette) + css)
    digest = hashlib.sha256(text.encode()).digest()
    return Stylesheet(text=text, hash=f"sha256-{base64.b64encode(digest).decode()}")


def shorten_css(css: str) -> str:
    """The same rules without comments and needless space."""
    return _SPARE.sub(lambda m: m["string"] or m["mark"] or " ", css).strip()


def resolve_static(css: str, address: Callable[[str], str]) -> str:
    """Replace `url(static:name.png)` by the address of that static file."""
    return _STATIC.sub(lambda found: f'url("{address(found[1])}")', css)


def _palette_rules(palette: Palette) -> str:
    return (
        f":root{{{_properties(palette.light)}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{_properties(palette.dark)}}}}}"
        f"@media print{{:root{{{_properties(palette.paper)}}}}}"
    )


def _properties(scheme: Scheme) -> str:
    """Custom properties of one scheme: the only way a colour gets into a page."""
    colours = {
        field.name.replace("_", "-"): getattr(scheme, field.name) for field in fields(scheme)
    }
    kind = "dark" if scheme.is_dark else "light"
    return f"color-scheme:{kind};" + ";".join(f"--{name}:{c}" for name, c in colours.items())
