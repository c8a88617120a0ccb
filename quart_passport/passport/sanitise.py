"""Texts from outside, made fit for a page; the only place where Markup is made.

Rich text is parsed as a browser parses it and written anew from a short list of elements (nh3,
which builds on ammonia and html5ever). Nothing is searched and replaced in hostile input.
"""

import html
import re

import nh3
from markupsafe import Markup

from quart_passport.errors import InvalidInput
from quart_passport.passport.addresses import is_https_address

# A PIM's text areas end here; what is longer did not come out of one.
LONGEST_TEXT = 65_535

_ELEMENTS = {
    *("p", "br", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li"),
    *("strong", "em", "b", "i", "u", "sub", "sup", "a"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
# What stands in these is no text for readers.
_DROPPED = {
    *("script", "style", "title", "head", "noscript", "template", "xmp"),
    *("svg", "math", "iframe", "object", "audio", "video", "canvas", "noembed", "noframes"),
    *("textarea", "select"),
}
_REL = "noopener nofollow"
_HEADING = re.compile(r"<(/?)h([1-6])>")
# The page's title is h1 and its sections are h2: the merchant's headings go below.
_ABOVE_HEADINGS = 2
_TAG = re.compile(r"<[^>]*>")
_LINE_ENDS = re.compile(r"<br>|</(?:p|li|h[1-6]|tr|blockquote|table|ul|ol)>")
_CELL_ENDS = re.compile(r"</t[dh]>")
# Control characters, surrogates and noncharacters: invalid in HTML, and some not even UTF-8.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_UNSAFE_IN_SCRIPT = str.maketrans(
    {char: f"\\u{ord(char):04x}" for char in ("<", ">", "&", "\u2028", "\u2029")}
)


def sanitise(text: str) -> Markup:
    """Rich text cut down to harmless elements; links only to absolute https addresses."""
    return Markup(_HEADING.sub(_Outline().fit, _cleaned(text)))  # noqa: S704  # written by nh3


def plain_text(text: str) -> str:
    """What rich text says, without its elements; blocks become lines."""
    with_lines = _CELL_ENDS.sub(" ", _LINE_ENDS.sub("\n", _cleaned(text).replace("\n", " ")))
    lines = html.unescape(_TAG.sub("", with_lines)).split("\n")
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def tidy(text: str) -> str:
    """A plain text as pages can carry it: Unix line ends, nothing unprintable, trimmed."""
    unix = text[:LONGEST_TEXT].replace("\r\n", "\n").replace("\r", "\n")
    return _UNPRINTABLE.sub("", unix).strip()


def tidy_line(text: str) -> str:
    """The same on a single line: for labels and titles."""
    return " ".join(tidy(text).split())


def script_data(json: str) -> Markup:
    """JSON as a data block's content: no character in it can end or open an element.

    All of them only occur within JSON's strings, where an escape means the same.
    """
    return Markup(json.translate(_UNSAFE_IN_SCRIPT))  # noqa: S704  # escaped right here


def trusted_css(text: str) -> Markup:
    """An installed theme's stylesheet as a style element's content.

    CSS never needs `</`; with it the element could end early, so InvalidInput is raised.
    """
    if "</" in text:
        raise InvalidInput("must not contain </", where="stylesheet")
    return Markup(text)  # noqa: S704  # files of the installation, and colours


def _cleaned(text: str) -> str:
    cleaned = nh3.clean(
        tidy(text),
        tags=_ELEMENTS,
        clean_content_tags=_DROPPED,
        attributes={"a": {"href"}},
        attribute_filter=_absolute_https,
        url_schemes={"https"},
        link_rel=_REL,
    )
    # Without an address `rel` is invalid. No text and no address contains a `<` any more.
    return cleaned.replace(f'<a rel="{_REL}">', "<a>")


def _absolute_https(_element: str, attribute: str, value: str) -> str | None:
    """Keep an absolute https address; `//host` has no scheme, so a scheme list lets it pass.

    `rel` comes by here too, and is nh3's own.
    """
    return value if attribute == "rel" or is_https_address(value) else None


class _Outline:
    """Fits the headings of one text into a page's outline, so that no level is skipped.

    A text that goes from h1 to h4 has two levels, whatever it calls them.
    """

    def __init__(self) -> None:
        # The merchant's levels of the headings that the text stands under, outermost first.
        self._under: list[int] = []
        # The levels of elements not yet closed; a heading may hold another one.
        self._open: list[int] = []

    def fit(self, tag: re.Match[str]) -> str:
        """The same tag at the level where it belongs."""
        if tag[1]:
            return f"</h{self._open.pop()}>"
        own = int(tag[2])
        while self._under and self._under[-1] >= own:
            self._under.pop()
        self._under.append(own)
        self._open.append(min(len(self._under) + _ABOVE_HEADINGS, 6))
        return f"<h{self._open[-1]}>"
