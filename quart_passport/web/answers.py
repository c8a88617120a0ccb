"""Pages of our own: errors, privacy, the front page and what a merchant sees after connecting.

They speak the reader's language as far as we have words, and carry one inline stylesheet.
"""

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from quart import Response, request

from quart_passport.passport.languages import choose_language
from quart_passport.passport.model import Language, Text
from quart_passport.passport.sanitise import trusted_css
from quart_passport.theming.words import Speaker, Words
from quart_passport.web.headers import as_page

_HERE = Path(__file__).parent
_STYLESHEET = (_HERE / "static" / "pages.css").read_text(encoding="utf-8")
STYLE_HASH = f"sha256-{base64.b64encode(hashlib.sha256(_STYLESHEET.encode()).digest()).decode()}"
_environment = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_NAMES = {"en": "English", "de": "Deutsch", "fr": "Français"}


def duration_in_words(seconds: int, t: Speaker) -> Text:
    """Exactly so long, in the largest unit that leaves no rest."""
    for size, one, many in (
        (86_400, "1 day", "{count} days"),
        (3_600, "1 hour", "{count} hours"),
        (60, "1 minute", "{count} minutes"),
    ):
        if seconds % size == 0:
            count = seconds // size
            return t(one) if count == 1 else t(many, count=count)
    return t("1 second") if seconds == 1 else t("{count} seconds", count=seconds)


class Answers:
    """Renders our own pages."""

    def __init__(self, words: Words, *, icon: str) -> None:
        """`icon` is the address of the pages' icon."""
        self._words = words
        self._icon = icon
        self._languages = tuple(
            Language(locale=tag, tag=tag, name=_NAMES.get(tag, tag), direction="ltr")
            for tag in words.languages
        )

    def language(self) -> Language:
        """The language of ours that the reader likes best."""
        return choose_language(
            self._languages,
            request.args.get("lang"),
            request.headers.get("Accept-Language", ""),
        )

    def speaker(self) -> Speaker:
        """Our words in the reader's language."""
        return self._words.speak(self.language().tag)

    def page(self, template: str, status: int = 200, **context: object) -> Response:
        """Render one of our templates."""
        language, t = self.language(), self.speaker()
        html = _environment.get_template(template).render(
            t=t,
            duration=lambda seconds: duration_in_words(seconds, t),
            language=language,
            languages=self._languages,
            icon=self._icon,
            stylesheet=trusted_css(_STYLESHEET),
            **context,
        )
        response = Response(html, status=status, content_type="text/html; charset=utf-8")
        response.headers["Content-Language"] = language.tag
        response.headers["Vary"] = "Accept, Accept-Language"
        return as_page(response, style_hash=STYLE_HASH)
