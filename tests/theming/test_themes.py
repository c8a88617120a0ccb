"""The contract of every built-in theme with every sample passport."""

import ast
import re
from pathlib import Path

import pytest

from quart_passport.theming.registry import ThemeRegistry
from quart_passport.theming.samples import BATTERY, COFFEE_POT, JUMPER
from quart_passport.theming.trial import SAMPLES, find_faults, render_sample

THEMES = ("default", "minimal")
ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_shows_a_sample_without_fault(
    registry: ThemeRegistry, theme: str, sample: str
) -> None:
    page = render_sample(registry, theme, SAMPLES[sample])

    assert find_faults(page, SAMPLES[sample]) == []
    assert page.theme == theme


@pytest.mark.parametrize(
    ("theme", "options", "mark"),
    [
        ("default", {"corners": "square"}, "corners-square"),
        ("default", {"picture": "cover"}, "picture-cover"),
        ("minimal", {"density": "comfortable"}, "comfortable"),
    ],
)
def test_an_option_reaches_the_stylesheet_as_a_class(
    registry: ThemeRegistry, theme: str, options: dict[str, str], mark: str
) -> None:
    page = render_sample(registry, theme, JUMPER, options=options)

    body = re.search(r"<body[^>]*>", page.html)
    assert body is not None
    assert mark in body[0]


def test_the_qr_code_and_the_picture_can_be_left_out(registry: ThemeRegistry) -> None:
    without_code = render_sample(registry, "default", JUMPER, options={"show_qr": False})
    without_picture = render_sample(registry, "minimal", JUMPER, options={"show_picture": False})

    assert ".svg" in render_sample(registry, "default", JUMPER).html.split("<body")[1]
    assert ".svg" not in without_code.html.split("<body")[1]
    assert 'class="picture"' not in without_picture.html


@pytest.mark.parametrize("theme", THEMES)
def test_a_text_in_another_language_says_so(registry: ThemeRegistry, theme: str) -> None:
    page = render_sample(registry, theme, COFFEE_POT)

    assert '<html lang="ar-EG" dir="rtl">' in page.html
    assert '<span lang="en" dir="auto">Tin, food grade</span>' in page.html
    assert '<span lang="en" dir="auto">Last changed</span>' in page.html


@pytest.mark.parametrize("theme", THEMES)
def test_the_page_leads_to_its_languages_its_data_and_the_privacy_page(
    registry: ThemeRegistry, theme: str
) -> None:
    html = render_sample(registry, theme, JUMPER).html

    for tag in ("de-DE", "en-GB", "fr-FR"):
        assert f'hreflang="{tag}" href="/t/trial/p/NL-TROYER-042-M?lang={tag}"' in html
    assert '<link rel="alternate" type="application/ld+json"' in html
    assert 'href="/privacy"' in html


def test_a_share_has_a_bar_and_a_number_of_something_has_none(registry: ThemeRegistry) -> None:
    html = render_sample(registry, "default", BATTERY).html

    assert html.count("<meter") == 5 + 14
    assert '<meter min="0" max="100" value="95.4" aria-hidden="true"></meter>' in html


def test_long_texts_and_lists_of_options_are_marked_as_long(registry: ThemeRegistry) -> None:
    html = render_sample(registry, "minimal", BATTERY).html

    rows = re.findall(r'<div class="field ([^"]*)">\s*<dt>(.*?)</dt>', html)
    long = {label for classes, label in rows if "long" in classes.split()}

    assert {"Chemistry", "Critical raw materials", "Manufacturer"} <= long
    assert long.isdisjoint({"Battery category", "Weight", "Separate collection", "GTIN"})


@pytest.mark.parametrize(("theme", "most"), [("default", 12_500), ("minimal", 9_000)])
def test_a_stylesheet_stays_small(registry: ThemeRegistry, theme: str, most: int) -> None:
    html = render_sample(registry, theme, JUMPER).html

    assert len(html.split("<style>")[1].split("</style>")[0]) < most


def test_section_links_appear_where_there_are_more_than_three(registry: ThemeRegistry) -> None:
    many = render_sample(registry, "default", JUMPER).html
    few = render_sample(registry, "default", COFFEE_POT).html

    assert '<a href="#s-material">' in many
    assert 'href="#s-' not in few


def test_built_in_themes_import_from_the_public_door_only() -> None:
    imported = {
        node.module
        for path in PLUGINS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
    }

    assert imported <= {"quart_passport", "jinja2", "pathlib", "decimal"}


def test_no_template_marks_anything_as_safe() -> None:
    folders = [PLUGINS, ROOT / "quart_passport", ROOT / "tenants"]
    templates = [path for folder in folders for path in folder.rglob("*.html")]

    offenders = [p for p in templates if re.search(r"\|\s*safe\b|autoescape", p.read_text())]

    assert len(templates) >= 3
    assert offenders == []


def test_markup_is_made_by_the_sanitiser_only() -> None:
    sources = [*(ROOT / "quart_passport").rglob("*.py"), *PLUGINS.rglob("*.py")]

    makers = {path.name for path in sources if re.search(r"\bMarkup\(", path.read_text())}

    assert makers == {"sanitise.py"}
