"""Static files: found by an address that holds their hash, and by no other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quart_passport import Theme
from quart_passport.errors import ThemeError
from quart_passport.theming.assets import StaticFiles
from quart_passport.theming.render import PageRenderer
from tests.theming.making import plugin_of, render, theme_in


def _theme(folder: Path, name: str, **files: str) -> Theme:
    (folder / "static" / "img").mkdir(parents=True)
    for file, text in files.items():
        (folder / "static" / file.replace("_", ".")).write_text(text)
    return Theme(name=name, label=name, folder=folder)


@pytest.fixture
def paper(tmp_path: Path) -> Theme:
    return _theme(tmp_path / "paper", "paper", leaf_svg="<svg/>")


@pytest.fixture
def default(tmp_path: Path) -> Theme:
    return _theme(tmp_path / "default", "default", leaf_svg="<svg></svg>", dot_png="dot")


def test_an_address_leads_to_its_file(paper: Theme, default: Theme) -> None:
    (paper.static / "img" / "a b.png").write_text("picture")
    files = StaticFiles([paper, default], default=default, overrides={})

    address = files.address("paper", "img/a b.png", tenant=None)

    _, _, theme, digest, name = address.split("/", 4)
    assert name == "img/a%20b.png"
    assert files.locate(theme, digest, "img/a b.png") == paper.static / "img" / "a b.png"


def test_the_address_changes_with_the_content(paper: Theme, default: Theme) -> None:
    before = StaticFiles([paper], default=default, overrides={})
    old = before.address("paper", "leaf.svg", tenant=None)

    (paper.static / "leaf.svg").write_text("<svg>new</svg>")
    after = StaticFiles([paper], default=default, overrides={})

    assert after.address("paper", "leaf.svg", tenant=None) != old
    assert after.locate("paper", old.split("/")[3], "leaf.svg") is None


def test_a_file_is_taken_from_tenant_theme_or_default_theme(
    paper: Theme, default: Theme, tmp_path: Path
) -> None:
    acme = tmp_path / "acme"
    (acme / "static").mkdir(parents=True)
    (acme / "static" / "leaf.svg").write_text("<svg>acme</svg>")
    files = StaticFiles([paper, default], default=default, overrides={"acme": acme})

    def found(name: str, tenant: str | None) -> Path | None:
        return files.locate(
            "paper", files.address("paper", name, tenant=tenant).split("/")[3], name
        )

    assert found("leaf.svg", "acme") == acme / "static" / "leaf.svg"
    assert found("leaf.svg", None) == paper.static / "leaf.svg"
    assert found("leaf.svg", "other") == paper.static / "leaf.svg"
    assert found("dot.png", "acme") == default.static / "dot.png"


@pytest.mark.parametrize(
    "name", ["../secret.png", "img/../../secret.png", "/etc/passwd", "leaf.svg\x00", "", "link.png"]
)
def test_nothing_outside_the_folder_is_found(
    paper: Theme, default: Theme, tmp_path: Path, name: str
) -> None:
    (tmp_path / "secret.png").write_text("secret")
    (paper.folder / "secret.png").write_text("secret")
    (paper.static / "link.png").symlink_to(tmp_path / "secret.png")
    files = StaticFiles([paper], default=default, overrides={})
    digest = files.address("paper", "leaf.svg", tenant=None).split("/")[3]

    assert files.locate("paper", digest, name) is None
    with pytest.raises(ThemeError, match="no static file"):
        files.address("paper", name, tenant=None)


@pytest.mark.parametrize("name", ["run.js", "page.html", "notes.txt", "style.css", "leaf"])
def test_only_pictures_and_fonts_are_served(paper: Theme, default: Theme, name: str) -> None:
    (paper.static / name).write_text("x")

    files = StaticFiles([paper], default=default, overrides={})

    with pytest.raises(ThemeError, match="no static file"):
        files.address("paper", name, tenant=None)


def test_a_template_gets_the_address_of_a_static_file(
    renderer_of: Callable[..., PageRenderer], tmp_path: Path
) -> None:
    theme = theme_in(tmp_path / "t", passport_html="{{ url.static('leaf.svg') }}")
    theme.static.mkdir()
    (theme.static / "leaf.svg").write_text("<svg/>")
    renderer = renderer_of({"paper": plugin_of(theme)})

    address = render(renderer, "paper").html

    _, _, name, digest, file = address.split("/", 4)
    assert renderer.static.locate(name, digest, file) == theme.static / "leaf.svg"
