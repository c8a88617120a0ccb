"""Themes: what a plugin registers, with working defaults for everything but its name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quart_passport.colour import BLACK, WHITE
from quart_passport.errors import InvalidInput, PluginError
from quart_passport.qr import QRStyle
from quart_passport.theming.branding import Branding
from quart_passport.theming.page import PassportPage

# Names stand in URLs, class names and configuration files.
_THEME_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
_OPTION_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

OptionValue = str | bool | int
_KINDS: dict[type, str] = {bool: "true or false", int: "a whole number", str: "a text"}


@dataclass(frozen=True, slots=True)
class ThemeOption:
    """Something about a theme that merchants choose. Its kind is that of its default.

    Added in 0.1.
    """

    # How templates (`page.options.name`) and configurations call it.
    name: str
    # What merchants read in the dashboard.
    label: str
    default: OptionValue
    # If given, the only values that are allowed.
    choices: tuple[OptionValue, ...] = ()
    # A sentence of explanation.
    help: str = ""

    def __post_init__(self) -> None:
        if not _OPTION_NAME.fullmatch(self.name):
            raise PluginError(f"{self.name!r} is no name for an option: use a-z, 0-9 and _")
        if self.choices and self.default not in self.choices:
            raise PluginError(f"option {self.name!r}: its default is none of its choices")

    def read(self, value: OptionValue) -> OptionValue:
        """The value, if it is of the right kind and allowed; else InvalidInput."""
        where = f"theme_options.{self.name}"
        # A bool is an int in Python, but `true` is no whole number to a merchant.
        if type(value) is not type(self.default):
            raise InvalidInput(f"must be {_KINDS[type(self.default)]}", where=where)
        if self.choices and value not in self.choices:
            allowed = ", ".join(str(choice) for choice in self.choices)
            raise InvalidInput(f"must be one of: {allowed}", where=where)
        return value


@dataclass(frozen=True)
class Theme:
    """A way to show passports. Subclass it to override what the defaults do not give.

    Added in 0.1.
    """

    # What configurations call it; lower case letters, digits and hyphens.
    name: str
    # What merchants read.
    label: str
    # Holds `templates/` and, if needed, `static/`.
    folder: Path
    options: tuple[ThemeOption, ...] = ()

    def __post_init__(self) -> None:
        if not _THEME_NAME.fullmatch(self.name):
            raise PluginError(f"{self.name!r} is no name for a theme: use a-z, 0-9 and -")
        if not self.folder.is_dir():
            raise PluginError(f"theme {self.name!r}: there is no folder {self.folder}")

    @property
    def templates(self) -> Path:
        """Where its templates and its `passport.css` lie."""
        return self.folder / "templates"

    @property
    def static(self) -> Path:
        """Where the files lie that `url.static(...)` names."""
        return self.folder / "static"

    def render_page(self, page: PassportPage) -> str:
        """The whole HTML document; by default the template `passport.html`."""
        return page.render("passport.html")

    def qr_style(self, branding: Branding) -> QRStyle:
        """How QR codes look; by default in the merchant's primary colour, as dark as needed."""
        darker = (branding.colours.paper.accent.mixed(BLACK, step / 20) for step in range(20))
        styles = (QRStyle(dark=colour, light=WHITE) for colour in darker)
        return next((style for style in styles if not style.flaw), QRStyle())

    def check_options(self, given: Mapping[str, OptionValue]) -> None:
        """Raise InvalidInput if one of a merchant's options is unknown or not allowed."""
        known = {option.name: option for option in self.options}
        for name, value in given.items():
            if name not in known:
                names = ", ".join(known) or "none"
                problem = f"the theme {self.name!r} has no such option; it has: {names}"
                raise InvalidInput(problem, where=f"theme_options.{name}")
            known[name].read(value)

    def options_from(self, given: Mapping[str, OptionValue]) -> dict[str, OptionValue]:
        """Every option's value: the merchant's where it still fits, else the default.

        A published page does not break because a new version of a theme dropped a choice.
        """
        return {option.name: _value_or_default(option, given) for option in self.options}


def _value_or_default(option: ThemeOption, given: Mapping[str, OptionValue]) -> OptionValue:
    try:
        return option.read(given.get(option.name, option.default))
    except InvalidInput:
        return option.default
