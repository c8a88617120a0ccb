"""Colours: six hexadecimal digits, and how well two of them can be told apart.

A colour reaches stylesheets and QR codes, so nothing but `#rrggbb` is ever let in.
Luminance and contrast are those of WCAG 2.2.
"""

import re
from dataclasses import dataclass

from quart_passport.errors import InvalidInput

_FORM = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Colour:
    """An opaque sRGB colour; `str()` gives `#rrggbb`, the only form there is."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str, *, where: str = "colour") -> "Colour":
        """Read `#rrggbb` in either case; anything else raises InvalidInput."""
        lowered = text.lower()
        if not _FORM.fullmatch(lowered):
            raise InvalidInput("is not a colour of the form #rrggbb, like #1f6f5c", where=where)
        return cls(int(lowered[1:3], 16), int(lowered[3:5], 16), int(lowered[5:7], 16))

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @property
    def luminance(self) -> float:
        """Relative luminance by WCAG 2.2, 0 for black to 1 for white."""
        red, green, blue = (_linear(part / 255) for part in (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def mixed(self, other: "Colour", share: float) -> "Colour":
        """This colour with `share` (0 to 1) of another in it."""
        return Colour(
            round(self.red + (other.red - self.red) * share),
            round(self.green + (other.green - self.green) * share),
            round(self.blue + (other.blue - self.blue) * share),
        )

    def legible_on(self, ground: "Colour", *, least: float) -> "Colour":
        """This colour, moved towards black or white until it has `least` contrast on `ground`."""
        goal = max(BLACK, WHITE, key=lambda end: contrast(end, ground))
        steps = (self.mixed(goal, step / 20) for step in range(21))
        return next((colour for colour in steps if contrast(colour, ground) >= least), goal)


BLACK = Colour(0, 0, 0)
WHITE = Colour(255, 255, 255)


def contrast(one: Colour, other: Colour) -> float:
    """The WCAG 2.2 contrast ratio of two colours, 1 to 21."""
    darker, lighter = sorted((one.luminance, other.luminance))
    return (lighter + 0.05) / (darker + 0.05)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
