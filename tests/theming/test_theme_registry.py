"""Which plugins are accepted, and whose name an error gives."""

from pathlib import Path

import pytest

from quart_passport import Theme, ThemeOption
from quart_passport.errors import InvalidInput, PluginError, ThemeNotFound
from quart_passport.theming import hookspecs
from quart_passport.theming.registry import ThemeRegistry
from tests.theming.making import BUILT_IN, plugin_of, theme_in

TESTS = Path(__file__).parent


def test_themes_are_chosen_by_name_not_by_order(tmp_path: Path) -> None:
    paper = theme_in(tmp_path)

    registry = ThemeRegistry({"paper": plugin_of(paper)} | BUILT_IN)

    assert registry.names == ("default", "minimal", "paper")
    assert registry.choose("paper") is paper
    assert registry.choose("default") is registry.default


def test_the_built_in_themes_are_plugins_like_any_other() -> None:
    registry = ThemeRegistry.installed()

    assert {"default", "minimal"} <= set(registry.names)


def test_an_unknown_theme_is_refused_with_the_names_there_are(registry: ThemeRegistry) -> None:
    with pytest.raises(ThemeNotFound, match="'velvet' is installed; there are: default, minimal"):
        registry.choose("velvet")


def test_two_registries_know_nothing_of_each_other(tmp_path: Path) -> None:
    ThemeRegistry(BUILT_IN | {"paper": plugin_of(theme_in(tmp_path))})

    assert "paper" not in ThemeRegistry(BUILT_IN).names


async def _coroutine() -> list[Theme]:
    return []


@pytest.mark.parametrize(
    ("plugin", "problem"),
    [
        (plugin_of(register_themes=lambda: 1 / 0), "ZeroDivisionError"),
        (plugin_of(register_themes=lambda: None), "list of themes"),
        (plugin_of(register_themes=lambda: ["paper"]), "list of themes"),
        (plugin_of(register_themes=_coroutine), "must not be async"),
        (plugin_of(register_themes=lambda colour: []), "colour"),
        (plugin_of(paint_page=lambda: None), "paint_page"),
    ],
)
def test_an_unusable_plugin_stops_the_start_with_its_name(plugin: object, problem: str) -> None:
    with pytest.raises(PluginError) as caught:
        ThemeRegistry(BUILT_IN | {"broken": plugin})

    assert "'broken'" in str(caught.value)
    assert problem in str(caught.value)


def test_a_theme_name_that_is_taken_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="'copy' registers the theme 'default', which is taken"):
        ThemeRegistry(BUILT_IN | {"copy": plugin_of(theme_in(tmp_path, name="default"))})


def test_without_the_default_theme_nothing_starts() -> None:
    with pytest.raises(PluginError, match="no plugin registers the theme 'default'"):
        ThemeRegistry({"minimal": BUILT_IN["minimal"]})


def test_an_installed_plugin_that_cannot_be_imported_stops_the_start_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "shabby-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shabby\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[quart_passport]\nshabby = shabby_theme\n")
    (tmp_path / "shabby_theme.py").write_text("raise RuntimeError('out of paint')\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(PluginError, match=r"'shabby' \(shabby_theme\).*out of paint"):
        ThemeRegistry.installed()


@pytest.mark.parametrize("name", ["", "Paper", "a b", "../x", "x" * 65])
def test_a_theme_needs_a_name_that_fits_an_address(tmp_path: Path, name: str) -> None:
    with pytest.raises(PluginError, match="no name for a theme"):
        Theme(name=name, label="Paper", folder=tmp_path)


def test_a_theme_needs_its_folder(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="there is no folder"):
        Theme(name="paper", label="Paper", folder=tmp_path / "missing")


def test_an_option_needs_a_name_and_a_default_among_its_choices() -> None:
    with pytest.raises(PluginError, match="no name for an option"):
        ThemeOption("my option", "Mine", "a")
    with pytest.raises(PluginError, match="none of its choices"):
        ThemeOption("corners", "Corners", "oval", choices=("round", "square"))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"corners": "oval"}, "theme_options.corners: must be one of: round, square"),
        ({"corners": 3}, "theme_options.corners: must be a text"),
        ({"show_qr": "yes"}, "theme_options.show_qr: must be true or false"),
        ({"show_qr": 1}, "theme_options.show_qr: must be true or false"),
        ({"colour": "red"}, "theme_options.colour: the theme 'default' has no such option"),
    ],
)
def test_a_wrong_option_is_refused_where_it_is_set(
    registry: ThemeRegistry, given: dict[str, str | bool | int], problem: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        registry.default.check_options(given)

    assert problem in str(caught.value)


def test_a_published_page_falls_back_to_the_default_of_an_option(registry: ThemeRegistry) -> None:
    options = registry.default.options_from({"corners": "oval", "show_qr": False, "gone": 1})

    assert options == {"corners": "round", "picture": "contain", "show_qr": False}


@pytest.mark.parametrize(
    "hook",
    [name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), "quart_passport_spec")],
)
def test_each_hook_is_named_by_a_test(hook: str) -> None:
    mentions = [path for path in TESTS.glob("test_*.py") if f"{hook}=" in path.read_text()]

    assert mentions
