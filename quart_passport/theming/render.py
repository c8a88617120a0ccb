"""From a passport to the page in the merchant's theme, which may fail without harm.

A theme is foreign code. When it raises, or is not installed any more, the default theme shows the
passport and the failure is handed on.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from babel.dates import format_date
from jinja2 import TemplateError

from quart_passport.errors import PluginError, ThemeError
from quart_passport.passport.config import PassportConfig
from quart_passport.passport.json_ld import embed
from quart_passport.passport.languages import cldr_locale
from quart_passport.passport.model import Field, Identity, Level, Passport, Text
from quart_passport.qr import QRStyle
from quart_passport.theming.assets import StaticFiles
from quart_passport.theming.branding import Branding
from quart_passport.theming.environment import ThemeTemplates, build_environment
from quart_passport.theming.page import PageURLs, PassportPage
from quart_passport.theming.registry import ThemeRegistry
from quart_passport.theming.stylesheet import compose_stylesheet, resolve_static
from quart_passport.theming.theme import Theme
from quart_passport.theming.words import Speaker, Words

# Told the name of the theme or plugin that failed, and its error.
OnFailure = Callable[[str, Exception], None]

_LEVELS = {Level.MODEL: "Product model", Level.BATCH: "Batch", Level.ITEM: "Single item"}


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page ready to be sent."""

    html: str
    # Of the style element, for the Content-Security-Policy: `sha256-…`.
    style_hash: str
    # The theme that rendered it, which is the default one after a failure.
    theme: str


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be rendered, whichever theme does it."""

    passport: Passport
    config: PassportConfig
    urls: PageURLs
    json_ld: dict[str, Any]


class PageRenderer:
    """Renders passports with the themes of a registry. Thread-safe once built."""

    def __init__(
        self,
        registry: ThemeRegistry,
        tenants_dir: Path,
        *,
        on_failure: OnFailure,
        words: Words | None = None,
    ) -> None:
        """Compile every theme; PluginError names the one that cannot be.

        Below `tenants_dir`, each folder is called like a tenant's slug and may hold `templates/`
        and `static/`; what lies there is read at start.
        """
        self._registry = registry
        self._on_failure = on_failure
        self._words = words or Words.load()
        self._overrides = _override_folders(tenants_dir)
        self._static = StaticFiles(
            registry.themes, default=registry.default, overrides=self._overrides
        )
        self._templates: dict[tuple[str, str | None], ThemeTemplates] = {}
        for theme in registry.themes:
            self._compile(theme)

    @property
    def registry(self) -> ThemeRegistry:
        """The themes that it renders with."""
        return self._registry

    @property
    def static(self) -> StaticFiles:
        """The themes' static files."""
        return self._static

    @property
    def words(self) -> Words:
        """The interface words, for pages that no theme renders."""
        return self._words

    def render(
        self,
        passport: Passport,
        config: PassportConfig,
        urls: PageURLs,
        *,
        tenant_slug: str,
        json_ld: dict[str, Any],
    ) -> RenderedPage:
        """Render a passport by its configuration's theme, or the default theme if that fails.

        `json_ld` is what `passport.json_ld.describe` says of it; `urls.static` is set here.
        Raises ThemeError only if the default theme fails too.
        """
        order = _Order(passport, config, urls, json_ld)
        tenant = tenant_slug if tenant_slug in self._overrides else None
        try:
            return self._render(order, self._registry.choose(config.theme), tenant)
        except Exception as error:  # noqa: BLE001  a theme may raise anything
            self._on_failure(config.theme, error)
        try:
            return self._render(order, self._registry.default, None)
        except Exception as error:
            raise ThemeError("the default theme failed") from error

    def qr_style(self, config: PassportConfig) -> QRStyle:
        """How the configuration's theme draws QR codes, or the default theme if that fails."""
        branding = Branding.of(config)
        try:
            style = self._registry.choose(config.theme).qr_style(branding)
            if isinstance(style, QRStyle):
                return style
            raise ThemeError("qr_style must return a QRStyle")
        except Exception as error:  # noqa: BLE001  a theme may raise anything
            self._on_failure(config.theme, error)
        return self._registry.default.qr_style(branding)

    def _render(self, order: _Order, theme: Theme, tenant: str | None) -> RenderedPage:
        templates = self._templates_of(theme, tenant)
        branding = Branding.of(order.config)

        def static(name: str) -> str:
            return self._static.address(theme.name, name, tenant=tenant)

        stylesheet = compose_stylesheet(branding.colours, resolve_static(templates.css, static))
        speaker = self._words.speak(order.passport.language.tag)
        page = PassportPage(
            passport=order.passport,
            branding=branding,
            url=replace(order.urls, static=static),
            t=speaker,
            # A theme that extends the default page owes it the options it reads.
            options=self._registry.default.options_from({})
            | theme.options_from(order.config.theme_options),
            level=speaker(_LEVELS[order.passport.identity.level]),
            identity=_identity_fields(order.passport.identity, speaker),
            updated=_day_of_change(order.passport),
            stylesheet=stylesheet.text,
            json_ld=embed(order.json_ld),
            extras={},
            _templates=templates,
        )
        extras = self._registry.extensions(page, on_failure=self._on_failure)
        html = theme.render_page(replace(page, extras=extras))
        if not isinstance(html, str):
            raise ThemeError("render_page must return a str")
        return RenderedPage(html=html, style_hash=stylesheet.hash, theme=theme.name)

    def _compile(self, theme: Theme) -> None:
        try:
            self._templates_of(theme, None).compile()
        except TemplateError as error:
            place = f"{getattr(error, 'name', '')}:{getattr(error, 'lineno', '')}"
            raise PluginError(f"theme {theme.name!r}: {place}: {error}") from error

    def _templates_of(self, theme: Theme, tenant: str | None) -> ThemeTemplates:
        key = theme.name, tenant
        if key not in self._templates:
            folder = self._overrides[tenant] if tenant else None
            environment = build_environment(theme, default=self._registry.default, tenant=folder)
            self._registry.prepare(environment, theme)
            self._templates[key] = ThemeTemplates(environment)
        return self._templates[key]


def _override_folders(tenants_dir: Path) -> dict[str, Path]:
    if not tenants_dir.is_dir():
        return {}
    return {
        folder.name: folder
        for folder in sorted(tenants_dir.iterdir())
        if (folder / "templates").is_dir() or (folder / "static").is_dir()
    }


def _identity_fields(identity: Identity, t: Speaker) -> tuple[Field, ...]:
    rows = (
        ("identifier", t("Identifier"), identity.identifier),
        ("gtin", t("GTIN"), identity.gtin),
        ("variant", t("Variant"), identity.variant),
        ("lot", t("Batch number"), identity.lot),
        ("serial", t("Serial number"), identity.serial),
    )
    return tuple(Field(code, label, Text(text)) for code, label, text in rows if text)


def _day_of_change(passport: Passport) -> str:
    if passport.updated is None:
        return ""
    locale = cldr_locale(passport.language.locale)
    return format_date(passport.updated.date(), "long", locale=locale)
