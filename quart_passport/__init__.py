"""quart-passport: Digital Product Passports for the products of an Akeneo PIM.

This module is the door for theme authors, and all that a theme needs. What it offers is loaded
when it is first asked for, so that importing a part of the package stays cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quart_passport.app import create_app
    from quart_passport.passport.model import Passport
    from quart_passport.qr import QRStyle
    from quart_passport.theming.branding import Branding
    from quart_passport.theming.hookspecs import hookimpl
    from quart_passport.theming.page import PassportPage
    from quart_passport.theming.theme import Theme, ThemeOption

    __version__: str

__all__ = [
    "Branding",
    "Passport",
    "PassportPage",
    "QRStyle",
    "Theme",
    "ThemeOption",
    "__version__",
    "create_app",
    "hookimpl",
]

_HOMES = {
    "Branding": "quart_passport.theming.branding",
    "Passport": "quart_passport.passport.model",
    "PassportPage": "quart_passport.theming.page",
    "QRStyle": "quart_passport.qr",
    "Theme": "quart_passport.theming.theme",
    "ThemeOption": "quart_passport.theming.theme",
    "create_app": "quart_passport.app",
    "hookimpl": "quart_passport.theming.hookspecs",
}


# Hidden from type checkers, so that a misspelt name is an error to them.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            return import_module("importlib.metadata").version("quart-passport")
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)
