"""Passports to try a theme with: ordinary ones, and the oddest that a PIM may lead to.

The merchants and products are invented.
"""

from quart_passport.passport.model import Passport
from quart_passport.theming.samples.odd import CROWDED, HOSTILE, LONG_WORDS, NAMELESS
from quart_passport.theming.samples.ordinary import BARE, BATTERY, COFFEE_POT, JUMPER

__all__ = [
    "BARE",
    "BATTERY",
    "COFFEE_POT",
    "CROWDED",
    "HOSTILE",
    "JUMPER",
    "LONG_WORDS",
    "NAMELESS",
    "SAMPLES",
]

SAMPLES: dict[str, Passport] = {
    "jumper": JUMPER,
    "battery": BATTERY,
    "bare": BARE,
    "coffee-pot": COFFEE_POT,
    "long-words": LONG_WORDS,
    "crowded": CROWDED,
    "nameless": NAMELESS,
    "hostile": HOSTILE,
}
