"""Yes and no in the languages of the European Union and some of their neighbours."""

import babel

_YES_NO = {
    "ar": ("نعم", "لا"),
    "bg": ("да", "не"),
    "bs": ("da", "ne"),
    "ca": ("sí", "no"),
    "cs": ("ano", "ne"),
    "cy": ("ie", "na"),
    "da": ("ja", "nej"),
    "de": ("ja", "nein"),
    "el": ("ναι", "όχι"),
    "en": ("yes", "no"),
    "es": ("sí", "no"),
    "et": ("jah", "ei"),
    "eu": ("bai", "ez"),
    "fa": ("بله", "خیر"),
    "fi": ("kyllä", "ei"),
    "fr": ("oui", "non"),
    "ga": ("tá", "níl"),
    "gl": ("si", "non"),
    "he": ("כן", "לא"),
    "hr": ("da", "ne"),
    "hu": ("igen", "nem"),
    "is": ("já", "nei"),
    "it": ("sì", "no"),
    "ja": ("はい", "いいえ"),
    "ko": ("예", "아니요"),
    "lb": ("jo", "nee"),
    "lt": ("taip", "ne"),
    "lv": ("jā", "nē"),
    "mk": ("да", "не"),
    "mt": ("iva", "le"),
    "nb": ("ja", "nei"),
    "nl": ("ja", "nee"),
    "nn": ("ja", "nei"),
    "no": ("ja", "nei"),
    "pl": ("tak", "nie"),
    "pt": ("sim", "não"),
    "ro": ("da", "nu"),
    "ru": ("да", "нет"),
    "sk": ("áno", "nie"),
    "sl": ("da", "ne"),
    "sq": ("po", "jo"),
    "sv": ("ja", "nej"),
    "tr": ("evet", "hayır"),
    "uk": ("так", "ні"),
    "zh": ("是", "否"),
}
# Serbian is written in two scripts.
_SERBIAN = {"Latn": ("da", "ne"), "Cyrl": ("да", "не")}
# Everywhere else a sign, rather than a word of a language that the page is not in.
_SIGNS = ("✓", "✗")


def answer_in_words(answer: bool, locale: babel.Locale) -> str:
    """`Yes` or `No` in the locale's language; a sign in languages not listed."""
    if locale.language == "sr":
        words = _SERBIAN.get(locale.script or "Cyrl", _SIGNS)
    else:
        words = _YES_NO.get(locale.language, _SIGNS)
    word = words[0] if answer else words[1]
    return word[:1].upper() + word[1:]
