"""What a reader may choose of a passport: its language, and whether as page or as data.

However many headers readers send, an answer is one of few: the languages on offer times two forms.
Views and the front door decide by the same functions, or pages would mix.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from quart import Request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from quart_passport.passport.languages import choose_language
from quart_passport.passport.model import Language

HTML, LINKED_DATA = "text/html", "application/ld+json"

# No browser sends more; such a request is answered without being remembered.
_LONGEST_HEADER = 1000
_PLAIN_QUERY = re.compile(rb"(?:lang=([A-Za-z0-9-]{0,35}))?")


@dataclass(frozen=True, slots=True)
class Wish:
    """What one request asks for."""

    lang: str | None
    accept_language: str
    accept: str

    @classmethod
    def of(cls, request: Request) -> "Wish":
        """The wish of a request that has reached a view."""
        return cls(
            request.args.get("lang"),
            request.headers.get("Accept-Language", ""),
            request.headers.get("Accept", ""),
        )

    @property
    def form(self) -> str:
        """HTML or LINKED_DATA."""
        return _choose_form(self.accept[:_LONGEST_HEADER])

    def language(self, languages: tuple[Language, ...]) -> Language:
        """The best of the languages on offer."""
        return _choose_language(languages, self.lang, self.accept_language[:_LONGEST_HEADER])


def read_wish(query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Wish | None:
    """The wish of a raw request; None where it is so odd that only the app should read it."""
    match = _PLAIN_QUERY.fullmatch(query)
    if match is None:
        return None
    wanted = {b"accept": "", b"accept-language": ""}
    for name, value in headers:
        if name in wanted:
            if wanted[name] or len(value) > _LONGEST_HEADER:
                return None
            wanted[name] = value.decode("latin-1")
    lang = None if match[1] is None else match[1].decode()
    return Wish(lang, wanted[b"accept-language"], wanted[b"accept"])


@lru_cache(maxsize=1024)
def _choose_form(accept: str) -> str:
    accepted = parse_accept_header(accept, MIMEAccept)
    # We have one profile of each, whatever profile is preferred.
    bare = MIMEAccept((kind.partition(";")[0].strip(), quality) for kind, quality in accepted)
    return bare.best_match([HTML, LINKED_DATA], HTML)


@lru_cache(maxsize=4096)
def _choose_language(
    languages: tuple[Language, ...], lang: str | None, accept_language: str
) -> Language:
    return choose_language(languages, lang, accept_language)
