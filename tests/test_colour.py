"""Colours: their one form, and how well they can be told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_passport.colour import BLACK, WHITE, Colour, contrast
from quart_passport.errors import InvalidInput

parts = st.integers(0, 255)
colours = st.builds(Colour, parts, parts, parts)


@given(colours)
def test_a_colour_reads_back_from_its_text(colour: Colour) -> None:
    assert Colour.parse(str(colour)) == colour
    assert Colour.parse(str(colour).upper()) == colour


@pytest.mark.parametrize(
    "text",
    [
        *("", "red", "#fff", "1f6f5c", "#1f6f5", "#1f6f5c0", "#1f6f5g", "#1f6f5c\n", " #1f6f5c"),
        *("#1f6f5c;}body{", "#１f6f5c", "rgb(1,2,3)", "#+1-2+3"),
    ],
)
def test_only_six_hexadecimal_digits_are_a_colour(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Colour.parse(text, where="colours.primary")

    assert caught.value.where == "colours.primary"


def test_black_on_white_has_the_greatest_contrast() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert BLACK.luminance == 0
    assert WHITE.luminance == pytest.approx(1)


@pytest.mark.parametrize(
    ("colour", "ratio"),
    [("#767676", 4.54), ("#777777", 4.48), ("#ff0000", 4.00), ("#0000ff", 8.59)],
)
def test_contrast_is_that_of_wcag(colour: str, ratio: float) -> None:
    assert contrast(Colour.parse(colour), WHITE) == pytest.approx(ratio, abs=0.01)


@given(colours, colours)
def test_contrast_does_not_depend_on_the_order(one: Colour, other: Colour) -> None:
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21.001


@given(colours, colours)
def test_mixing_goes_from_one_colour_to_the_other(one: Colour, other: Colour) -> None:
    assert one.mixed(other, 0) == one
    assert one.mixed(other, 1) == other


@given(colours, colours)
def test_any_colour_becomes_legible_on_any_ground(colour: Colour, ground: Colour) -> None:
    assert contrast(colour.legible_on(ground, least=4.5), ground) >= 4.5


@given(colours, colours)
def test_a_colour_that_is_legible_stays(colour: Colour, ground: Colour) -> None:
    least = contrast(colour, ground)

    assert colour.legible_on(ground, least=least) == colour


def test_what_no_colour_can_reach_gives_the_best_there_is() -> None:
    grey = Colour.parse("#777777")

    assert grey.legible_on(grey, least=21) == BLACK
