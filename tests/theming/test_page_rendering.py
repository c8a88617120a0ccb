"""Rendering in service: other people's files and other people's mistakes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import Environment, TemplateSyntaxError

from quart_passport import Branding, PassportPage, QRStyle, Theme
from quart_passport.errors import PluginError, ThemeError
from quart_passport.passport.config import Colours, PassportConfig
from quart_passport.theming.render import PageRenderer
from tests.theming.making import Failures, plugin_of, render, theme_in

RendererOf = Callable[..., PageRenderer]


@pytest.fixture
def tenant(tmp_path: Path) -> Path:
    """The folder of the tenant `acme`."""
    folder = tmp_path / "tenants" / "acme"
    (folder / "templates").mkdir(parents=True)
    (folder / "static").mkdir()
    return folder


def test_a_theme_that_raises_is_replaced_by_the_default_theme_and_reported(
    renderer_of: RendererOf, failures: Failures, tmp_path: Path
) -> None:
    class Broken(Theme):
        def render_page(self, page: PassportPage) -> str:
            raise ZeroDivisionError("torn")

    broken = Broken(name="torn", label="Torn", folder=tmp_path)

    page = render(renderer_of({"torn": plugin_of(broken)}), "torn")

    assert page.theme == "default"
    assert "Troyer aus Merinowolle" in page.html
    assert [(name, repr(error)) for name, error in failures] == [
        ("torn", "ZeroDivisionError('torn')")
    ]


def test_a_theme_that_returns_no_text_is_replaced(
    renderer_of: RendererOf, failures: Failures, tmp_path: Path
) -> None:
    class Silent(Theme):
        def render_page(self, page: PassportPage) -> str:
            return None  # type: ignore[return-value]

    silent = Silent(name="silent", label="Silent", folder=tmp_path)

    page = render(renderer_of({"silent": plugin_of(silent)}), "silent")

    assert page.theme == "default"
    assert isinstance(failures[0][1], ThemeError)


def test_a_theme_that_is_not_installed_is_replaced_and_reported(
    renderer_of: RendererOf, failures: Failures
) -> None:
    page = render(renderer_of(), "velvet")

    assert page.theme == "default"
    assert [name for name, _ in failures] == ["velvet"]


def test_an_undefined_name_in_a_template_is_an_error_and_no_empty_text(
    renderer_of: RendererOf, failures: Failures, tmp_path: Path
) -> None:
    theme = theme_in(tmp_path / "paper", passport_html="{{ page.passport.colour }}")

    page = render(renderer_of({"paper": plugin_of(theme)}), "paper")

    assert page.theme == "default"
    assert "colour" in str(failures[0][1])


@pytest.mark.parametrize("name", ["range", "lipsum", "dict", "config", "request", "g"])
def test_templates_know_nothing_global(
    renderer_of: RendererOf, failures: Failures, tmp_path: Path, name: str
) -> None:
    theme = theme_in(tmp_path / "paper", passport_html="{{ " + name + " }}")

    render(renderer_of({"paper": plugin_of(theme)}), "paper")

    assert f"'{name}' is undefined" in str(failures[0][1])


@pytest.mark.parametrize("template", ["{% if %}", "{{ page.title|safe }}"])
def test_a_template_that_does_not_compile_stops_the_start(
    renderer_of: RendererOf, tmp_path: Path, template: str
) -> None:
    theme = theme_in(tmp_path / "paper", passport_html=template)

    with pytest.raises(PluginError, match=r"theme 'paper'.*passport\.html"):
        renderer_of({"paper": plugin_of(theme)})


def test_a_theme_extends_the_default_page(renderer_of: RendererOf, tmp_path: Path) -> None:
    theme = theme_in(
        tmp_path / "paper",
        passport_html='{% extends "default:passport.html" %}{% block hero %}PAPER{% endblock %}',
    )

    page = render(renderer_of({"paper": plugin_of(theme)}), "paper")

    assert page.theme == "paper"
    assert "PAPER" in page.html
    assert "Pflege und Reparatur" in page.html


def test_a_tenant_overrides_one_template_for_itself_alone(
    renderer_of: RendererOf, tenant: Path
) -> None:
    (tenant / "templates" / "passport.html").write_text(
        '{% extends "theme:passport.html" %}{% block contents %}ACME{% endblock %}'
    )
    renderer = renderer_of()

    own = render(renderer, "minimal", tenant="acme")
    other = render(renderer, "minimal", tenant="other")

    assert own.theme == "minimal"
    assert "ACME" in own.html
    assert "ACME" not in other.html


def test_a_tenant_overrides_the_stylesheet_for_itself_alone(
    renderer_of: RendererOf, tenant: Path
) -> None:
    (tenant / "templates" / "passport.css").write_text("h1 { color: var(--accent) }")
    renderer = renderer_of()

    own = render(renderer, "default", tenant="acme")
    other = render(renderer, "default", tenant="other")

    assert "}h1{color: var(--accent)}</style>" in own.html
    assert own.style_hash != other.style_hash


def test_a_tenants_template_cannot_reach_into_python(
    renderer_of: RendererOf, tenant: Path, failures: Failures
) -> None:
    (tenant / "templates" / "passport.html").write_text(
        "{{ url.picture.__globals__ }}{{ page.__class__.__mro__ }}"
    )

    page = render(renderer_of(), "default", tenant="acme")

    assert "unsafe" in str(failures[0][1])
    assert "Troyer aus Merinowolle" in page.html


def test_a_tenants_broken_template_leaves_the_others_alone(
    renderer_of: RendererOf, tenant: Path, failures: Failures
) -> None:
    (tenant / "templates" / "passport.html").write_text("{% if %}")
    renderer = renderer_of()

    own = render(renderer, "default", tenant="acme")
    render(renderer, "default", tenant="other")

    assert "Troyer aus Merinowolle" in own.html
    assert [type(error) for _, error in failures] == [TemplateSyntaxError]


def test_a_tenant_slug_is_no_path(renderer_of: RendererOf, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "passport.html").write_text("OUTSIDE")
    (tmp_path / "tenants").mkdir()

    page = render(renderer_of(), "default", tenant="..")

    assert "OUTSIDE" not in page.html


def test_a_plugin_adds_filters_to_its_own_theme(renderer_of: RendererOf, tmp_path: Path) -> None:
    theme = theme_in(tmp_path / "paper", passport_html="{{ page.passport.brand|backwards }}")

    def prepare(environment: Environment, theme: Theme) -> None:
        if theme.name == "paper":
            environment.filters["backwards"] = lambda text: text[::-1]

    page = render(renderer_of({"paper": plugin_of(theme, prepare_environment=prepare)}), "paper")

    assert page.html == "krewkcirtS thcildroN"


def test_a_plugin_that_cannot_prepare_stops_the_start(renderer_of: RendererOf) -> None:
    def prepare(environment: Environment) -> None:
        raise LookupError("no brush")

    with pytest.raises(PluginError, match=r"'clumsy': prepare_environment failed.*no brush"):
        renderer_of({"clumsy": plugin_of(prepare_environment=prepare)})


def test_a_plugin_adds_data_under_its_own_name(renderer_of: RendererOf, tmp_path: Path) -> None:
    theme = theme_in(tmp_path / "paper", passport_html="{{ page.extras.counter.sections }}")

    def extend(page: PassportPage) -> dict[str, object]:
        return {"sections": len(page.passport.sections)}

    plugins = {"paper": plugin_of(theme), "counter": plugin_of(extend_page=extend)}

    assert render(renderer_of(plugins), "paper").html == "5"


@pytest.mark.parametrize("result", [None, "text", ZeroDivisionError()])
def test_a_plugin_that_cannot_extend_is_reported_and_the_page_appears(
    renderer_of: RendererOf, failures: Failures, result: object
) -> None:
    def extend(page: PassportPage) -> object:
        if isinstance(result, Exception):
            raise result
        return result

    page = render(renderer_of({"lazy": plugin_of(extend_page=extend)}), "minimal")

    assert page.theme == "minimal"
    assert [name for name, _ in failures] == ["lazy"]


def test_what_a_plugin_adds_is_escaped(renderer_of: RendererOf, tmp_path: Path) -> None:
    theme = theme_in(tmp_path / "paper", passport_html="{{ page.extras.loud.word }}")

    def extend() -> dict[str, object]:
        return {"word": "<b>"}

    plugins = {"paper": plugin_of(theme), "loud": plugin_of(extend_page=extend)}

    assert render(renderer_of(plugins), "paper").html == "&lt;b&gt;"


def test_the_qr_style_is_the_themes_or_the_defaults(
    renderer_of: RendererOf, failures: Failures, tmp_path: Path
) -> None:
    class Grey(Theme):
        def qr_style(self, branding: Branding) -> QRStyle:
            raise RuntimeError("no ink")

    grey = Grey(name="grey", label="Grey", folder=tmp_path)
    config = PassportConfig(
        name="c", channel="w", locales=("de_DE",), theme="grey", colours=Colours(primary="#1f4d3a")
    )

    style = renderer_of({"grey": plugin_of(grey)}).qr_style(config)

    assert str(style.dark) == "#1f4d3a"
    assert [name for name, _ in failures] == ["grey"]


@pytest.mark.parametrize("primary", ["#ffd400", "#ff0000", "#ffffff", "#777777", "#00a37a"])
def test_the_usual_qr_style_is_dark_enough_for_scanners(
    renderer_of: RendererOf, primary: str
) -> None:
    config = PassportConfig(
        name="c", channel="w", locales=("de_DE",), colours=Colours(primary=primary)
    )

    assert renderer_of().qr_style(config).flaw == ""
