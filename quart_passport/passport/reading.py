"""Which of an attribute's entries a page shows, and in which language.

The PIM has no fallback language; we have: texts, files and pictures that are missing in the page's
language are taken from the configuration's next one that has them, and say so. Numbers, prices,
days and choices are not: another country's price is not this one's. Channels never fall back: what
a merchant keeps to another channel stays there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import babel

from quart_passport.passport.config import PassportConfig
from quart_passport.passport.languages import bcp47, cldr_locale
from quart_passport.passport.linked import MOST_OF_A_KIND, Linked, LinkedValue
from quart_passport.passport.model import (
    Composition,
    Document,
    Language,
    Link,
    PassportLink,
    Picture,
    RichText,
    Table,
    Text,
    Value,
)
from quart_passport.passport.product import ProductValue
from quart_passport.passport.sanitise import tidy_line
from quart_passport.passport.structure import Attribute, Structure

Entry = TypeVar("Entry", ProductValue, LinkedValue)

# What says in which language it is, in its cells if not as a whole, or is in none.
_OF_OTHER_LANGUAGES = (Text, RichText, Document, Link, Picture, Table, Composition)


@dataclass(frozen=True, slots=True)
class Reading:
    """For whom values are read, the PIM they come from, and what was found of what they name."""

    # The page's own first, then the configuration's others in the merchant's order.
    languages: tuple[Language, ...]
    config: PassportConfig
    structure: Structure
    linked: Linked = field(default_factory=Linked)
    # The passports of the linked products.
    passports: Mapping[UUID, PassportLink] = field(default_factory=dict)

    @property
    def channel(self) -> str:
        """The PIM channel whose values are shown."""
        return self.config.channel

    @property
    def language(self) -> Language:
        """The page's language."""
        return self.languages[0]

    @property
    def cldr(self) -> babel.Locale:
        """What CLDR knows of the page's language."""
        return cldr_locale(self.language.locale)

    def lang_of(self, locale: str | None) -> str | None:
        """The `lang` to mark a text of this locale with: none if it is the page's own."""
        return None if locale in (None, self.language.locale) else bcp47(str(locale))

    def label(self, labels: Any, code: str) -> Text:
        """The label in the first language that has one, else `[code]` as in the PIM's own pages.

        `labels` is what the PIM sent as such, of whatever form.
        """
        return self.label_or_none(labels) or bracketed(code)

    def label_or_none(self, labels: Any) -> Text | None:
        """The label in the first language that has one."""
        if not isinstance(labels, dict):
            return None
        for language in self.languages:
            label = labels.get(language.locale)
            if isinstance(label, str) and (text := tidy_line(label)):
                return Text(text, self.lang_of(language.locale))
        return None


def bracketed(code: str) -> Text:
    """What has no label, as the PIM's own pages show it."""
    return Text(f"[{tidy_line(code)}]")


def shown_codes(data: Any) -> tuple[tuple[str, ...], Text | None]:
    """The codes of records or assets that a value names, as many as a page shows; and how many
    more there are, in words, if there are more."""
    named = data if isinstance(data, list) else [data]
    codes = tuple(code for code in named if isinstance(code, str) and tidy_line(code))
    left = len(codes) - MOST_OF_A_KIND
    return codes[:MOST_OF_A_KIND], Text(f"+{left}") if left > 0 else None


def reading_for(
    language: Language,
    offered: Sequence[Language],
    config: PassportConfig,
    structure: Structure,
    linked: Linked,
) -> Reading:
    """The reading for a page in one of the languages on offer."""
    others = tuple(other for other in offered if other.locale != language.locale)
    return Reading((language, *others), config, structure, linked)


def entries_to_try(
    attribute: Attribute, entries: Sequence[ProductValue], reading: Reading
) -> Iterator[ProductValue]:
    """The entries of a product's attribute that may be shown, best first.

    First the page's locale, then what belongs to no locale, then the other languages; in each, the
    channel's own before what belongs to none. A PIM that converts measures sends the converted
    entry with locale and channel beside the stored one with neither, so this prefers it.
    """
    available = attribute.available_locales
    if available and reading.language.locale not in available:
        return iter(())
    return _best_first({(entry.locale, entry.scope): entry for entry in entries}, reading)


def linked_entries_to_try(
    entries: Sequence[LinkedValue], reading: Reading
) -> Iterator[LinkedValue]:
    """The same for an attribute of a record or an asset."""
    return _best_first({(entry.locale, entry.channel): entry for entry in entries}, reading)


def is_fit_to_show(value: Value, locale: str | None, reading: Reading) -> bool:
    """Whether a value that belongs to a locale may stand on the page."""
    return reading.lang_of(locale) is None or isinstance(value, _OF_OTHER_LANGUAGES)


def _best_first(
    by_place: Mapping[tuple[str | None, str | None], Entry], reading: Reading
) -> Iterator[Entry]:
    own, *others = (language.locale for language in reading.languages)
    for locale in (own, None, *others):
        for channel in (reading.channel, None):
            if (locale, channel) in by_place:
                yield by_place[locale, channel]
