"""The languages of a passport, and which of them a reader gets.

Akeneo names locales like Java (`de_DE`), the web by BCP 47 (`de-DE`). Reading `Accept-Language`
follows RFC 9110 §12.5.4; choosing follows RFC 4647's lookup, widened to a sibling: who asks for
Brazilian Portuguese is better served in European Portuguese than in the merchant's first language.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

import babel

from quart_passport.passport.config import PassportConfig
from quart_passport.passport.model import Language

# Akeneo's code of Dari, which CLDR files under Persian.
_FILED_ELSEWHERE = {"prs_AF": "fa_AF"}
# No browser sends more; whoever does, gets the rest ignored.
_LONGEST_HEADER = 1000
_RANGE = re.compile(
    r"\s*(?P<tag>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*"
    r"(?:;\s*[qQ]=(?P<q>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*)?"
)


def languages_of(config: PassportConfig) -> tuple[Language, ...]:
    """The languages that a configuration offers, the default first."""
    locales = tuple(dict.fromkeys(config.locales))
    speakers = Counter(_subtags(locale)[0] for locale in locales)
    return tuple(
        Language(
            locale=locale,
            tag=bcp47(locale),
            name=_own_name(locale, alone=speakers[_subtags(locale)[0]] == 1),
            direction="rtl" if cldr_locale(locale).text_direction == "rtl" else "ltr",
        )
        for locale in locales
    )


def choose_language(
    languages: Sequence[Language], wanted: str | None, accept_language: str
) -> Language:
    """What the reader asked for by name, else what their browser prefers, else the first."""
    named = _closest(wanted[:_LONGEST_HEADER], languages) if wanted else None
    return named or _negotiated(languages, accept_language) or languages[0]


def bcp47(locale: str) -> str:
    """The PIM's `zh_Hant_TW` as the web writes it: `zh-Hant-TW`."""
    return locale.replace("_", "-")


@lru_cache(maxsize=512)
def cldr_locale(locale: str) -> babel.Locale:
    """What CLDR knows of a locale; of the nearest one that it knows, English if there is none."""
    parts = _FILED_ELSEWHERE.get(locale, locale).split("_")
    for length in range(len(parts), 0, -1):
        try:
            return babel.Locale.parse("_".join(parts[:length]))
        except (ValueError, babel.UnknownLocaleError):
            continue
    return babel.Locale("en")


def _own_name(locale: str, *, alone: bool) -> str:
    """`Deutsch`, or `Deutsch (Schweiz)` where several countries' are on offer."""
    known = cldr_locale(locale)
    if known.language == "en" and not locale.startswith("en"):
        return locale
    name = known.get_language_name() if alone else known.get_display_name()
    if not name:
        return locale
    # Many languages write their own name small; in a list it stands alone. `title`, because
    # Georgian has capitals that no one uses so.
    return name[:1].title() + name[1:]


def _subtags(tag: str) -> list[str]:
    return tag.replace("_", "-").lower().split("-")


def _closest(tag: str, languages: Iterable[Language]) -> Language | None:
    """The language of that name, a part of it, or a sibling of the same language."""
    wanted = _subtags(tag)

    def likeness(language: Language) -> tuple[int, int]:
        offered = _subtags(language.tag)
        shared = len(set(wanted) & set(offered))
        return shared, shared - len(offered)

    same = [language for language in languages if _subtags(language.tag)[0] == wanted[0]]
    return max(same, key=likeness, default=None)


def _negotiated(languages: Sequence[Language], header: str) -> Language | None:
    ranges = _ranges(header[:_LONGEST_HEADER])
    refused = {tag for tag, quality in ranges if not quality}
    offered = [
        language for language in languages if refused.isdisjoint(_prefixes(language.tag.lower()))
    ]
    for tag, quality in sorted(ranges, key=lambda entry: -entry[1]):
        if quality and offered:
            found = offered[0] if tag == "*" else _closest(tag, offered)
            if found:
                return found
    return None


def _ranges(header: str) -> list[tuple[str, float]]:
    """Language ranges with their quality; what is malformed is left out."""
    matches = [_RANGE.fullmatch(part) for part in header.split(",")]
    return [(match["tag"].lower(), float(match["q"] or 1)) for match in matches if match]


def _prefixes(tag: str) -> set[str]:
    parts = tag.split("-")
    return {"-".join(parts[:length]) for length in range(1, len(parts) + 1)}
