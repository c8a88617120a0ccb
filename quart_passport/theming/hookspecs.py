"""The whole plugin contract. Hooks are synchronous and return values.

A plugin is a module or package that an entry point of the group `quart_passport` names. It
implements the hooks it wants with `hookimpl`, each with the arguments it wants.
"""

from jinja2 import Environment
from pluggy import HookimplMarker, HookspecMarker

from quart_passport.theming.page import PassportPage
from quart_passport.theming.theme import Theme

# Both the project name of pluggy and the entry-point group.
PROJECT = "quart_passport"

hookspec = HookspecMarker(PROJECT)
hookimpl = HookimplMarker(PROJECT)


@hookspec
def register_themes() -> list[Theme]:  # type: ignore[empty-body]
    """Return the themes of this plugin."""


@hookspec
def prepare_environment(environment: Environment, theme: Theme) -> None:
    """Add filters and tests to the Jinja environment of a theme."""


@hookspec
def extend_page(page: PassportPage) -> dict[str, object]:  # type: ignore[empty-body]
    """Return extra data for a page; templates find it under `page.extras` by the plugin's name."""
