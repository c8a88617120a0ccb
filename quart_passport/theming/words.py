"""The words of our own on a page, in the reader's language.

The source language is English; `words/<language>.po` are gettext catalogues, read at start.
A message that a catalogue lacks stays English and says so by its `lang`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from babel.messages.pofile import read_po

from quart_passport.passport.model import Text

SOURCE_LANGUAGE = "en"
_FOLDER = Path(__file__).parent / "words"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says messages in one language; templates know it as `t`."""

    messages: Mapping[str, str]
    # What a message that is not translated is marked with; None where English is the language.
    fallback: str | None

    def __call__(self, message: str, /, **values: object) -> Text:
        """The message in words; `{name}` in it is replaced by the value of that name."""
        translated = self.messages.get(message)
        text = translated or message
        return Text(
            text=text.format(**values) if values else text,
            lang=None if translated else self.fallback,
        )


class Words:
    """All catalogues, by language (BCP 47 primary subtag)."""

    def __init__(self, catalogues: Mapping[str, Mapping[str, str]]) -> None:
        self._catalogues = catalogues

    @classmethod
    def load(cls, folder: Path = _FOLDER) -> Self:
        """Read every catalogue of a folder."""
        return cls({path.stem: _read(path) for path in sorted(folder.glob("*.po"))})

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have words, English first."""
        return (SOURCE_LANGUAGE, *self._catalogues)

    def speak(self, tag: str) -> Speaker:
        """The speaker of a language given by BCP 47 tag, such as `de-AT`."""
        language = tag.split("-")[0].lower()
        return Speaker(
            messages=self._catalogues.get(language, {}),
            fallback=None if language == SOURCE_LANGUAGE else SOURCE_LANGUAGE,
        )


def _read(path: Path) -> Mapping[str, str]:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem, abort_invalid=True)
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }
