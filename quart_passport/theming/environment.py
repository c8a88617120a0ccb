"""Jinja environments: one for each theme, and one for each tenant that overrides its files.

A file is looked up in the tenant's `templates/`, then in the theme, then in the default theme.
`theme:` and `default:` before a name reach past the overriding files.
"""

from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from quart_passport.theming.page import PassportPage
from quart_passport.theming.stylesheet import shorten_css
from quart_passport.theming.theme import Theme

_PAGE = "passport.html"
_CSS = "passport.css"


def build_environment(theme: Theme, *, default: Theme, tenant: Path | None) -> Environment:
    """An environment that finds a theme's files, and a tenant's first if it has some."""
    own, standard = FileSystemLoader(theme.templates), FileSystemLoader(default.templates)
    prefixed = PrefixLoader({"theme": own, "default": standard}, delimiter=":")
    overrides = [FileSystemLoader(tenant / "templates")] if tenant else []
    # A tenant's files are data beside the installation, not code that somebody installed.
    kind = SandboxedEnvironment if tenant else Environment
    environment = kind(
        loader=ChoiceLoader([*overrides, own, standard, prefixed]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # A page is served from what was there at the start.
        auto_reload=False,
    )
    environment.globals.clear()
    # What is safe to print is decided before a template sees it.
    del environment.filters["safe"]
    return environment


class ThemeTemplates:
    """The templates of one environment, and its stylesheet."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.css = shorten_css(_source(environment, _CSS))

    def compile(self) -> None:
        """Compile every template now, so that a mistake shows at start."""
        for name in self._environment.list_templates(extensions=["html"]):
            self._environment.get_template(name)

    def render(self, name: str, page: PassportPage) -> str:
        """Render a template with the three names that templates know."""
        template = self._environment.get_template(name)
        return template.render(page=page, t=page.t, url=page.url)


def _source(environment: Environment, name: str) -> str:
    loader = environment.loader
    if loader is None:
        raise ValueError("the environment has no loader")
    return loader.get_source(environment, name)[0]
