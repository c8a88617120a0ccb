"""Which plugins are installed, and which themes they bring. Each app has its own registry."""

import inspect
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Self

from jinja2 import Environment
from pluggy import PluginManager, PluginValidationError

from quart_passport.errors import PluginError, ThemeNotFound
from quart_passport.theming import hookspecs
from quart_passport.theming.page import PassportPage
from quart_passport.theming.theme import Theme

DEFAULT_THEME = "default"


class ThemeRegistry:
    """The themes of one app by name, and the hooks of its plugins."""

    def __init__(self, plugins: Mapping[str, object]) -> None:
        """Register plugins by name; PluginError names the one that is unusable."""
        self._manager = PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        for name, plugin in plugins.items():
            self._register(name, plugin)
        self._check_hooks()
        self._themes = self._collect_themes()
        self._extenders = self._callers("extend_page")

    @classmethod
    def installed(cls, extra: Mapping[str, object] | None = None) -> Self:
        """Load every plugin that an entry point names, and some more if given."""
        found = entry_points(group=hookspecs.PROJECT)
        return cls({point.name: _load(point) for point in found} | dict(extra or {}))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all themes, sorted."""
        return tuple(sorted(self._themes))

    @property
    def themes(self) -> tuple[Theme, ...]:
        """All themes, by name."""
        return tuple(self._themes[name] for name in self.names)

    @property
    def default(self) -> Theme:
        """The theme that stands in for one that fails."""
        return self._themes[DEFAULT_THEME]

    def choose(self, name: str) -> Theme:
        """The theme of that name; ThemeNotFound if no plugin brings it."""
        if name not in self._themes:
            problem = f"no theme {name!r} is installed; there are: {', '.join(self.names)}"
            raise ThemeNotFound(problem)
        return self._themes[name]

    def prepare(self, environment: Environment, theme: Theme) -> None:
        """Let plugins add filters and tests; PluginError names the one that raises."""
        for name, call in self._callers("prepare_environment"):
            _call(name, "prepare_environment", call, environment=environment, theme=theme)

    def extensions(
        self, page: PassportPage, *, on_failure: Callable[[str, Exception], None]
    ) -> dict[str, Mapping[str, object]]:
        """What plugins add to a page, by plugin; one that fails adds nothing and is reported."""
        extras: dict[str, Mapping[str, object]] = {}
        for name, call in self._extenders:
            try:
                extras[name] = _one_dict(name, _call(name, "extend_page", call, page=page))
            except PluginError as error:
                on_failure(name, error)
        return extras

    def _register(self, name: str, plugin: object) -> None:
        try:
            self._manager.register(plugin, name)
        except (PluginValidationError, ValueError) as error:
            raise PluginError(f"plugin {name!r} cannot be registered: {error}") from error

    def _check_hooks(self) -> None:
        try:
            self._manager.check_pending()
        except PluginValidationError as error:
            name = self._manager.get_name(error.plugin)
            raise PluginError(f"plugin {name!r} implements a hook that is none: {error}") from error
        for hook in vars(self._manager.hook).values():
            for implementation in hook.get_hookimpls():
                if inspect.iscoroutinefunction(implementation.function):
                    raise PluginError(
                        f"plugin {implementation.plugin_name!r}: {hook.name} must not be async"
                    )

    def _collect_themes(self) -> dict[str, Theme]:
        themes: dict[str, Theme] = {}
        for name, call in self._callers("register_themes"):
            for theme in _theme_list(name, _call(name, "register_themes", call)):
                if theme.name in themes:
                    raise PluginError(
                        f"plugin {name!r} registers the theme {theme.name!r}, which is taken"
                    )
                themes[theme.name] = theme
        if DEFAULT_THEME not in themes:
            raise PluginError(
                f"no plugin registers the theme {DEFAULT_THEME!r}: install quart-passport anew"
            )
        return themes

    def _callers(self, hook: str) -> list[tuple[str, Callable[..., list[Any]]]]:
        """For each plugin that implements the hook, its name and the hook for it alone."""
        implementing = [
            implementation.plugin
            for implementation in getattr(self._manager.hook, hook).get_hookimpls()
        ]
        return [
            (
                self._manager.get_name(plugin) or repr(plugin),
                self._manager.subset_hook_caller(
                    hook, [other for other in implementing if other is not plugin]
                ),
            )
            for plugin in implementing
        ]


def _load(point: EntryPoint) -> object:
    try:
        return point.load()
    except Exception as error:  # whatever a plugin raises, its name is what helps
        raise PluginError(
            f"plugin {point.name!r} ({point.value}) cannot be loaded: {error!r}"
        ) from error


def _call(plugin: str, hook: str, call: Callable[..., list[Any]], **arguments: object) -> list[Any]:
    try:
        return call(**arguments)
    except Exception as error:
        raise PluginError(f"plugin {plugin!r}: {hook} failed: {error!r}") from error


def _theme_list(plugin: str, results: list[Any]) -> list[Theme]:
    themes = results[0] if results else None
    if not isinstance(themes, list) or not all(isinstance(theme, Theme) for theme in themes):
        raise PluginError(f"plugin {plugin!r}: register_themes must return a list of themes")
    return themes


def _one_dict(plugin: str, results: list[Any]) -> Mapping[str, object]:
    if not results or not isinstance(results[0], dict):
        raise PluginError(f"plugin {plugin!r}: extend_page must return a dict")
    return results[0]
