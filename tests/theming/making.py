"""Themes under test: the built-in ones, registered without entry points, and ones made here."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import default_theme
import minimal_theme

from quart_passport import Theme, hookimpl
from quart_passport.passport.config import PassportConfig
from quart_passport.passport.model import Passport
from quart_passport.theming.render import PageRenderer, RenderedPage
from quart_passport.theming.samples import JUMPER
from quart_passport.theming.trial import sample_urls

BUILT_IN = {"default": default_theme, "minimal": minimal_theme}
Failures = list[tuple[str, Exception]]


def plugin_of(*themes: Theme, **hooks: Callable[..., object]) -> ModuleType:
    """A plugin that registers some themes and implements further hooks."""
    plugin = ModuleType("plugin")
    if themes:
        hooks["register_themes"] = lambda: list(themes)
    for name, hook in hooks.items():
        setattr(plugin, name, hookimpl(hook))
    return plugin


def theme_in(folder: Path, name: str = "paper", **files: str) -> Theme:
    """A theme with templates; `passport_html` becomes `passport.html`."""
    (folder / "templates").mkdir(parents=True)
    for file, text in files.items():
        (folder / "templates" / file.replace("_", ".")).write_text(text, encoding="utf-8")
    return Theme(name=name, label=name.title(), folder=folder)


def render(
    renderer: PageRenderer,
    theme: str,
    passport: Passport = JUMPER,
    *,
    tenant: str = "acme",
    **changes: object,
) -> RenderedPage:
    config = PassportConfig(name="c", channel="web", locales=("de_DE",), theme=theme, **changes)  # type: ignore[arg-type]
    return renderer.render(
        passport, config, sample_urls(passport), tenant_slug=tenant, json_ld={"@type": "Product"}
    )
