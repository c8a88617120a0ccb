"""Whatever a PIM sends, of whatever form: a passport comes out of it, and no markup of theirs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from quart_passport.passport.json_ld import describe
from quart_passport.passport.linked import (
    further_references,
    references_of,
    selects_without_labels,
)
from quart_passport.passport.model import Document, Link, MediaSource, Passport, Picture, Value
from quart_passport.theming.registry import ThemeRegistry
from quart_passport.theming.render import PageRenderer
from quart_passport.theming.trial import sample_urls
from tests.passport.hostile import PLACES, World, worlds
from tests.passport.making import assemble
from tests.passport.test_sanitise import assert_harmless

# Of so many passports, one is looked at as a page, too.
ONE_PAGE_IN = 10
_ADDRESSES = {"href", "src", "srcset", "action", "poster", "data"}


@dataclass
class Tally:
    """How many were tried, and what went wrong."""

    tried: int = 0
    pages: int = 0
    exceptions: int = 0
    unescaped: int = 0

    def __str__(self) -> str:
        return (
            f"tried {self.tried} ({self.pages} as pages), "
            f"exceptions {self.exceptions}, unescaped {self.unescaped}"
        )


class Explorer:
    """Makes passports and pages of hostile data, and counts."""

    def __init__(self, no_overrides: Path) -> None:
        self.tally = Tally()
        self._failures: list[tuple[str, Exception]] = []
        self._renderer = PageRenderer(
            ThemeRegistry.installed(),
            no_overrides,
            on_failure=lambda theme, error: self._failures.append((theme, error)),
        )

    def explore(self, place: str, examples: int) -> None:
        """Try data of one type."""

        @settings(
            max_examples=examples,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
        )
        @given(worlds(place), st.integers(1, ONE_PAGE_IN))
        def try_one(world: World, chance: int) -> None:
            self._try(world, as_page=chance == ONE_PAGE_IN)

        try_one()

    def _try(self, world: World, *, as_page: bool) -> None:
        self.tally.tried += 1
        try:
            passport = assemble(
                world.product, world.structure, world.config, world.page, world.linked
            )
            references_of(world.product, world.structure, world.config)
            further_references(world.product, world.linked, world.structure, world.config)
            selects_without_labels(world.product, world.structure, world.config)
            page = self._page(passport, world) if as_page else None
        except Exception:
            self.tally.exceptions += 1
            raise
        try:
            assert_sendable(passport)
            if page is not None:
                assert_only_ours(page)
        except AssertionError:
            self.tally.unescaped += 1
            raise

    def _page(self, passport: Passport, world: World) -> str:
        self.tally.pages += 1
        urls = sample_urls(passport)
        described = describe(passport, url=urls.canonical)
        page = self._renderer.render(
            passport, world.config, urls, tenant_slug="trial", json_ld=described
        )
        assert self._failures == []
        return page.html


def assert_sendable(passport: Passport) -> None:
    """That all texts can be sent, all markup is harmless, and all addresses are safe."""
    for part in _parts(passport):
        if isinstance(part, Markup):
            assert_harmless(part)
        elif isinstance(part, str):
            part.encode()
        elif isinstance(part, Link):
            assert part.url.startswith("https://x.example/") or "://" in part.url[:9]
            assert part.url.lower().startswith("https://")
        elif isinstance(part, Picture | Document):
            is_address = part.media.lower().startswith("https://")
            assert is_address == (part.source is MediaSource.LINK)
            assert not {"/", "\\"} & set(part.filename)
        if isinstance(part, Value):
            assert part.text
            assert not isinstance(part.text, Markup)


def _parts(value: Any) -> Iterator[Any]:
    yield value
    if is_dataclass(value):
        for field in fields(value):
            yield from _parts(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _parts(item)


class Page(HTMLParser):
    """Collects what stands on a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.data_block = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1] == "script":
            self.data_block += data.strip()


def assert_only_ours(page: str) -> None:
    """That no element, attribute or address of a page is one that data brought along."""
    found = Page()
    found.feed(page)
    found.close()

    names = {*found.elements, *(name for _, name, _ in found.attributes)}
    assert not [name for name in names if "canary" in name]
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]
    assert not {"iframe", "object", "embed", "base", "form", "input", "svg", "math"} & names
    assert (found.elements.count("script"), found.elements.count("style")) == (1, 1)
    assert ("script", "type", "application/ld+json") in found.attributes
    for element, name, value in found.attributes:
        if name in _ADDRESSES:
            assert value.lower().startswith(("/", "#", "https://", "http://")), (element, value)
            assert not value.startswith("//"), (element, value)
    assert json.loads(found.data_block)


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    """One for all types, because the theme's templates are read only once."""
    return Explorer(tmp_path_factory.mktemp("overrides"))


@pytest.mark.parametrize("place", PLACES)
def test_any_data_make_a_passport_without_foreign_markup(place: str, explorer: Explorer) -> None:
    before = explorer.tally.tried

    explorer.explore(place, 50)

    assert explorer.tally.tried >= before + 50
    assert (explorer.tally.exceptions, explorer.tally.unescaped) == (0, 0)


@pytest.mark.slow
def test_twenty_thousand_of_them(tmp_path: Path) -> None:
    explorer = Explorer(tmp_path)

    for place in PLACES:
        explorer.explore(place, 20_000 // len(PLACES) + 1)

    print(explorer.tally)
    assert explorer.tally.tried >= 20_000
    assert (explorer.tally.exceptions, explorer.tally.unescaped) == (0, 0)


@pytest.mark.parametrize(
    "page",
    [
        "<p><canary>",
        '<p canary="1">',
        "<p onclick=x>",
        "<iframe></iframe>",
        "<a href='javascript:x'>x</a>",
        "<a href='//evil.example'>x</a>",
        "<img src=x>",
        "<script>alert(1)</script>",
        "<!-- x -->",
    ],
)
def test_foreign_markup_would_be_seen(page: str) -> None:
    whole = '<style></style><script type="application/ld+json">{"a": 1}</script>'
    assert_only_ours(whole)

    with pytest.raises(AssertionError):
        assert_only_ours(whole + page)
