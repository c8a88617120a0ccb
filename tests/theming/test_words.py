"""Interface words: complete in three languages, honest in the others."""

import re
from pathlib import Path

import pytest

from quart_passport.theming.words import Words

ROOT = Path(__file__).parents[2]
WORDS = Words.load()


def _messages() -> set[str]:
    """Every message that templates and the renderer say."""
    templates = [*(ROOT / "plugins").rglob("*.html"), ROOT / "quart_passport/theming/render.py"]
    said = {
        message
        for path in templates
        for message in re.findall(r"""\bt\(["'](.+?)["'][,)]""", path.read_text(encoding="utf-8"))
    }
    return said | {"Product model", "Batch", "Single item"}


@pytest.mark.parametrize("language", ["de", "fr"])
def test_every_message_is_translated(language: str) -> None:
    speak = WORDS.speak(language)
    messages = _messages()

    untranslated = {message for message in messages if speak(message).lang}

    assert len(messages) >= 15
    assert untranslated == set()


def test_every_catalogue_has_the_same_messages() -> None:
    catalogues = [set(WORDS.speak(tag).messages) for tag in WORDS.languages if tag != "en"]

    assert WORDS.languages == ("en", "de", "fr")
    assert catalogues[0] == catalogues[1]


def test_a_regional_language_speaks_as_its_language_does() -> None:
    assert WORDS.speak("de-AT")("Privacy").text == "Datenschutz"


def test_english_is_the_source_and_is_not_marked_on_an_english_page() -> None:
    said = WORDS.speak("en-GB")("Last changed")

    assert (said.text, said.lang) == ("Last changed", None)


def test_a_language_without_words_gets_english_marked_as_english() -> None:
    said = WORDS.speak("ar-EG")("Last changed")

    assert (said.text, said.lang) == ("Last changed", "en")


def test_a_message_that_a_catalogue_lacks_is_english_marked_as_english() -> None:
    said = WORDS.speak("de-DE")("Never heard of it")

    assert (said.text, said.lang) == ("Never heard of it", "en")


def test_values_are_filled_in_and_are_no_patterns_themselves() -> None:
    said = WORDS.speak("en")("Made by {brand}", brand="{0.__class__} & Sons")

    assert said.text == "Made by {0.__class__} & Sons"


def test_fuzzy_and_empty_translations_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "de.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        '#, fuzzy\nmsgid "Batch"\nmsgstr "Stapel"\n\nmsgid "Privacy"\nmsgstr ""\n',
        encoding="utf-8",
    )

    speak = Words.load(tmp_path).speak("de")

    assert [speak(message).lang for message in ("Batch", "Privacy")] == ["en", "en"]
