"""The installation's own pages can be read in either scheme (WCAG 2.2, 1.4.3)."""

import re
from itertools import product
from pathlib import Path

import pytest

from quart_passport import web
from quart_passport.colour import Colour, contrast

CSS = (Path(web.__file__).parent / "static" / "pages.css").read_text(encoding="utf-8")


def _scheme(css: str) -> dict[str, Colour]:
    return {
        name: Colour.parse(value)
        for name, value in re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css)
    }


LIGHT = _scheme(CSS.split("@media")[0])
DARK = LIGHT | _scheme(CSS.split("@media")[1])


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_reach_aa_on_every_ground(scheme: dict[str, Colour]) -> None:
    pairs = [*product(("text", "muted", "accent"), ("ground", "surface")), ("on-accent", "accent")]

    worst = min(contrast(scheme[ink], scheme[ground]) for ink, ground in pairs)

    assert worst >= 4.5


def test_the_stylesheet_uses_no_colour_that_was_not_measured() -> None:
    rules = re.sub(r"--[a-z-]+: [^;]+;", "", CSS)

    inks = set(re.findall(r"[{;] *color: ([^;]+);", rules))
    grounds = set(re.findall(r"background: ([^;]+);", rules))

    assert DARK != LIGHT
    assert inks == {"var(--text)", "var(--muted)", "var(--accent)", "var(--on-accent)"}
    assert grounds == {"var(--ground)", "var(--surface)", "var(--accent)"}
    assert not re.search(r"#[0-9a-f]{3,8}\b|rgb|hsl|opacity", rules)
