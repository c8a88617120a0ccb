"""The merchant's look: its name and colours, made legible for screen, dark screen and paper.

A merchant chooses three colours. Whatever they are, running text, quiet text and links keep the
contrast of WCAG 2.2 AA (4.5 to 1) on both grounds of each scheme.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from quart_passport.colour import BLACK, WHITE, Colour, contrast
from quart_passport.passport.config import Colours, PassportConfig

# WCAG 2.2, success criterion 1.4.3, level AA.
LEAST_CONTRAST = 4.5
# A ground must let black or white reach this much, so that tints of it still reach AA.
_ROOM = 8.0
# Below this luminance white reads better than black.
_DARK = 0.179

_NIGHT = Colour(17, 18, 20)
_MOONLIGHT = Colour(236, 236, 232)


@dataclass(frozen=True, slots=True)
class Scheme:
    """Colours that go together; in stylesheets `var(--ground)`, `var(--on-accent)` and so on."""

    # The page, and a slightly tinted part of it.
    ground: Colour
    surface: Colour
    # Hairlines and borders; decoration only.
    line: Colour
    # Running text, and quieter text such as labels; both AA on ground and surface.
    text: Colour
    muted: Colour
    # Headings and links: the merchant's primary colour, moved until it is AA on both grounds.
    primary: Colour
    # The primary colour untouched, for areas, and text that is AA on it.
    accent: Colour
    on_accent: Colour
    # What the merchant's logo and pictures were made for: its own background, in each scheme.
    plate: Colour
    on_plate: Colour

    @property
    def is_dark(self) -> bool:
        """Whether light text stands on a dark ground."""
        return self.ground.luminance < _DARK


@dataclass(frozen=True, slots=True)
class Palette:
    """The schemes of one merchant."""

    # What the merchant chose.
    light: Scheme
    # For readers who prefer dark screens.
    dark: Scheme
    # For print: a white ground.
    paper: Scheme

    @classmethod
    def of(cls, *, primary: Colour, background: Colour, text: Colour) -> Self:
        """Derive every scheme from three colours."""
        light = _scheme(background, text, primary, plate=background)
        if light.is_dark:
            night = light
        else:
            ground = _NIGHT.mixed(primary, 0.06)
            night = _scheme(ground, _MOONLIGHT.mixed(primary, 0.04), primary, plate=background)
        return cls(light, night, paper=_scheme(WHITE, BLACK, primary, plate=background))


@dataclass(frozen=True, slots=True)
class Branding:
    """How a merchant looks, apart from its logo (which is an address: `url.logo`)."""

    # The merchant's name as it wants to be read; may be empty.
    brand: str
    colours: Palette

    @classmethod
    def of(cls, config: PassportConfig) -> Self:
        """The branding that a passport configuration asks for."""
        return cls(brand=config.brand, colours=_palette_of(config.colours))


# Deriving a palette takes a third of a page's time; most pages are of few merchants.
@lru_cache(maxsize=256)
def _palette_of(colours: Colours) -> Palette:
    return Palette.of(
        primary=colours.parsed("primary"),
        background=colours.parsed("background"),
        text=colours.parsed("text"),
    )


def _scheme(ground: Colour, text: Colour, primary: Colour, *, plate: Colour) -> Scheme:
    ground = _with_room(ground)
    surface = ground.mixed(primary, 0.05).mixed(text, 0.025)
    grounds = (ground, surface)
    text = _legible(text, grounds)
    return Scheme(
        ground=ground,
        surface=surface,
        line=ground.mixed(text, 0.16),
        text=text,
        muted=_legible(text.mixed(ground, 0.35), grounds),
        primary=_legible(primary, grounds),
        accent=primary,
        on_accent=_white_or_black(primary),
        plate=plate,
        on_plate=_white_or_black(plate),
    )


def _white_or_black(ground: Colour) -> Colour:
    """One of the two always reaches AA: 4.58 to 1 at the least favourable luminance."""
    return WHITE if contrast(WHITE, ground) >= LEAST_CONTRAST else BLACK


def _with_room(ground: Colour) -> Colour:
    """A middling ground is moved away from its text: on mid-grey nothing reads well."""
    text = max(BLACK, WHITE, key=lambda end: contrast(end, ground))
    away = WHITE if text == BLACK else BLACK
    steps = (ground.mixed(away, step / 20) for step in range(21))
    return next(colour for colour in steps if contrast(text, colour) >= _ROOM)


def _legible(colour: Colour, grounds: tuple[Colour, ...]) -> Colour:
    """The colour, moved towards black or white until it is AA on each ground."""

    def worst(candidate: Colour) -> float:
        return min(contrast(candidate, ground) for ground in grounds)

    goal = max(BLACK, WHITE, key=worst)
    steps = (colour.mixed(goal, step / 20) for step in range(21))
    return next((moved for moved in steps if worst(moved) >= LEAST_CONTRAST), goal)
