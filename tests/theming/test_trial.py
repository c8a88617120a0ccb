"""What the test kit of theme authors finds: each fault, put into a page that has none."""

from dataclasses import replace
from decimal import Decimal
from typing import get_args

import pytest

from quart_passport.passport.model import Composition, Number, Picture, Table, Value
from quart_passport.theming.contents import values_of
from quart_passport.theming.registry import ThemeRegistry
from quart_passport.theming.render import RenderedPage
from quart_passport.theming.samples import CROWDED, JUMPER
from quart_passport.theming.trial import SAMPLES, find_faults, render_sample, sample_urls

LINK = 'href="https://nordlicht.example/" rel="noopener nofollow noreferrer"'
PICTURE = 'srcset="/t/trial/media/j%2Frws.png/picture-320.webp'


@pytest.fixture(scope="module")
def page(registry: ThemeRegistry) -> RenderedPage:
    return render_sample(registry, "default", JUMPER)


def _broken(page: RenderedPage, old: str, new: str) -> list[str]:
    assert old in page.html
    return find_faults(replace(page, html=page.html.replace(old, new)), JUMPER)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        # Texts of every kind.
        ("25899 Niebüll", "", "the page does not show 'Deichstraße 7\\n25899 Niebüll'"),
        ("Nordlicht Strickwerk GmbH", "N", "the page does not show 'Nordlicht Strickwerk GmbH'"),
        ("Weg (km)", "Weg", "the page does not show 'Weg (km)'"),
        ("2415,5", "2415", "the page does not show '2415,5'"),
        ("82,5 %", "viel", "the page does not show '82,5 %'"),
        ("Patagonien", "P", "the page does not show 'Patagonien'"),
        ("Geripptes Bündchen", "", "the page does not show 'Geripptes Bündchen'"),
        ("Pflegeanleitung", "x", "the page does not show 'Pflegeanleitung'"),
        ("Film: So", "So", "the page does not show 'Film: So wird gestopft'"),
        ("Nachtblau", "x", "the page does not show 'Nachtblau'"),
        ("Passt dazu", "x", "the page does not show 'Passt dazu'"),
        ('<span lang="en" dir="auto">Repair', "<span>Repair", "a text in en is not marked"),
        # Addresses.
        ("NL-GARN-25", "NL-GARN", "no link leads to /t/trial/p/NL-GARN-25"),
        ("%2Frws.pdf", "", "no link leads to /t/trial/media/j%2Frws.pdf/document.pdf"),
        (LINK, 'href="https://nordlicht.example/" rel="noopener nofollow"', "lacks rel='noref"),
        (LINK, LINK.replace("https", "http"), "a link leads to http://nordlicht.example/"),
        (LINK, 'href="javascript:alert(1)"', "a link leads to javascript:alert(1)"),
        (LINK, 'href="//nordlicht.example/"', "a link leads to //nordlicht.example/"),
        # Pictures.
        (PICTURE, PICTURE.replace('"/', '"https://cdn.example/'), "<source> loads https://cdn"),
        (" 1280w", " 1280w, //cdn.example/a.jpg 2x", "loads //cdn.example/a.jpg from elsewhere"),
        ('width="1280" ', "", "must have its width and height"),
        ('alt="Das Werk hinter dem Deich"', "", "an <img> has no alt"),
        # Elements.
        ('<th scope="col">', "<th>", 'tables have 4 columns, but only 1 <th scope="col">'),
        ('<p class="name">', '<p></p><p class="name">', "<p> is empty"),
        ("</dl>", "<dt></dt></dl>", "<dt> is empty"),
        ('<div class="frame">', '<div class="frame" style="a">', "<div> has the attribute style"),
    ],
)
def test_a_fault_is_found(page: RenderedPage, old: str, new: str, fault: str) -> None:
    faults = _broken(page, old, new)

    assert any(fault in found for found in faults), faults


def test_a_page_without_fault_stays_so_with_an_empty_cell(page: RenderedPage) -> None:
    assert "<td></td>" in page.html
    assert find_faults(page, JUMPER) == []


def test_the_samples_hold_every_kind_of_value() -> None:
    kinds = {value.kind for passport in SAMPLES.values() for value in values_of(passport)}

    assert kinds == {kind.kind for kind in get_args(Value)}


def test_the_samples_hold_what_is_hard_to_show() -> None:
    values = [value for passport in SAMPLES.values() for value in values_of(passport)]
    shares = {len(value.shares) for value in values if isinstance(value, Composition)}
    tables = [v for v in values_of(CROWDED) if isinstance(v, Table)]
    pictures = [v for v in values_of(CROWDED) if isinstance(v, Picture)]

    assert {1, 3, 14} <= shares
    assert (len(tables[0].rows), len(tables[0].columns)) == (60, 10)
    assert len(pictures) == 40
    assert JUMPER.variants[0].axes
    assert JUMPER.associations[0].links[0].quantity == Number(Decimal(1), "1")


def test_pictures_that_were_never_fetched_have_no_size() -> None:
    urls = sample_urls(JUMPER)

    known = urls.picture(Picture("a.jpg", "a.jpg", ""))
    unknown = urls.picture(Picture("new/a.jpg", "a.jpg", ""))

    assert (known.width, known.height) == (1280, 960)
    assert known.jpeg.count("w,") == known.webp.count("w,") == 2
    assert (unknown.width, unknown.jpeg, unknown.webp) == (None, "", "")
    assert unknown.src


def test_a_sample_page_tells_programs_of_its_documents_and_relations(
    registry: ThemeRegistry,
) -> None:
    html = render_sample(registry, "minimal", JUMPER).html

    assert '"subjectOf":[{"@type":"DigitalDocument"' in html
    assert '"isRelatedTo":[{"@type":"Product"' in html
    assert '"url":"https://passports.example/t/trial/p/NL-GARN-25"' in html
