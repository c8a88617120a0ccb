"""Whatever colours a merchant chooses, the page can be read and holds nothing but colours."""

import base64
import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_passport import Branding
from quart_passport.colour import WHITE, Colour, contrast
from quart_passport.errors import InvalidInput
from quart_passport.passport.config import Colours, PassportConfig
from quart_passport.theming.branding import Palette
from quart_passport.theming.stylesheet import compose_stylesheet, resolve_static, shorten_css

COLOURS = st.builds(Colour, *(st.integers(0, 255) for _ in range(3)))
GREEN = Colour.parse("#1f4d3a")


@given(primary=COLOURS, background=COLOURS, text=COLOURS)
def test_texts_reach_aa_on_every_ground_of_every_scheme(
    primary: Colour, background: Colour, text: Colour
) -> None:
    palette = Palette.of(primary=primary, background=background, text=text)

    for scheme in (palette.light, palette.dark, palette.paper):
        for words in (scheme.text, scheme.muted, scheme.primary):
            assert contrast(words, scheme.ground) >= 4.5
            assert contrast(words, scheme.surface) >= 4.5
        assert contrast(scheme.on_accent, scheme.accent) >= 4.5
        assert contrast(scheme.on_plate, scheme.plate) >= 4.5


@given(primary=COLOURS, background=COLOURS, text=COLOURS)
def test_the_dark_scheme_is_dark_and_paper_is_white(
    primary: Colour, background: Colour, text: Colour
) -> None:
    palette = Palette.of(primary=primary, background=background, text=text)

    assert palette.dark.is_dark
    assert palette.paper.ground == WHITE


def test_legible_colours_stay_as_the_merchant_chose_them() -> None:
    background, text = Colour.parse("#fbfaf7"), Colour.parse("#22241f")

    light = Palette.of(primary=GREEN, background=background, text=text).light

    assert (light.primary, light.accent, light.ground, light.text) == (
        GREEN,
        GREEN,
        background,
        text,
    )


def test_a_dark_merchant_is_dark_for_everyone() -> None:
    palette = Palette.of(primary=Colour.parse("#ffd400"), background=Colour(10, 10, 20), text=WHITE)

    assert palette.dark == palette.light


def test_the_branding_comes_from_the_configuration() -> None:
    config = PassportConfig(
        name="c", channel="w", locales=("de_DE",), brand="Acme", colours=Colours(primary="#1F4D3A")
    )

    branding = Branding.of(config)

    assert branding.brand == "Acme"
    assert branding.colours.light.accent == GREEN


def test_the_palette_is_written_as_six_digits_and_nothing_else() -> None:
    palette = Palette.of(primary=GREEN, background=WHITE, text=GREEN)

    text = str(compose_stylesheet(palette, "").text)

    values = re.findall(r"--[a-z-]+:([^;}]*)", text)
    assert len(values) == 30
    assert all(re.fullmatch(r"#[0-9a-f]{6}", value) for value in values)
    assert "@media screen and (prefers-color-scheme:dark)" in text
    assert "@media print" in text


def test_the_hash_is_that_of_the_style_elements_contents() -> None:
    palette = Palette.of(primary=GREEN, background=WHITE, text=GREEN)

    stylesheet = compose_stylesheet(palette, "h1{color:red}")

    digest = base64.b64encode(hashlib.sha256(str(stylesheet.text).encode()).digest()).decode()
    assert stylesheet.hash == f"sha256-{digest}"


@pytest.mark.parametrize("css", ["</style><script>", "</STYLE >", "a{content:'</style>'}"])
def test_a_stylesheet_cannot_end_its_element(css: str) -> None:
    palette = Palette.of(primary=GREEN, background=WHITE, text=GREEN)

    with pytest.raises(InvalidInput, match="stylesheet"):
        compose_stylesheet(palette, css)


@pytest.mark.parametrize(
    ("css", "short"),
    [
        ("a {\n  color : red ;\n}\n", "a{color : red;}"),
        ("/* one */ a { } /* two */", "a{}"),
        ("a:hover , b > c { x: y }", "a:hover,b > c{x: y}"),
        ('a { content: " /* kept */ ; " }', 'a{content: " /* kept */ ; "}'),
        ("a { width: calc( 1px + 2px ) }", "a{width: calc( 1px + 2px )}"),
        ("@media (max-width: 3rem) { a { b: c; } }", "@media (max-width: 3rem){a{b: c;}}"),
        (r"a { content: '\' /* kept */' }", r"a{content: '\' /* kept */'}"),
    ],
)
def test_css_is_shortened_without_changing_it(css: str, short: str) -> None:
    assert shorten_css(css) == short


def test_static_files_in_css_get_their_address() -> None:
    css = "a{background:url(static:leaf.svg)}b{background:url( 'static:x/y.png' )}c{d:url(e.png)}"

    resolved = resolve_static(css, lambda name: f"/static/{name}")

    assert resolved == (
        'a{background:url("/static/leaf.svg")}b{background:url("/static/x/y.png")}c{d:url(e.png)}'
    )
