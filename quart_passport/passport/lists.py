"""Several names as one list in words: `wool, silk and linen`."""

from collections.abc import Sequence

import babel
from babel.lists import format_list

# Babel takes time that grows with the square of a list's length.
_LONGEST_SENTENCE = 100


def list_in_words(names: Sequence[str], locale: babel.Locale) -> str:
    """The names as the locale's language lists them; very many are only separated by commas."""
    if len(names) > _LONGEST_SENTENCE:
        return ", ".join(names)
    return format_list(names, "standard", locale)
