"""A theme that overrides all there is: type-checked, never run."""

from pathlib import Path

from jinja2 import Environment

from quart_passport import Branding, Passport, PassportPage, QRStyle, Theme, hookimpl


class Rich(Theme):
    def render_page(self, page: PassportPage) -> str:
        if page.options["airy"] and page.branding.brand:
            return page.render("airy.html")
        return f"{_name(page.passport)} {page.t('Privacy').text} {page.url.canonical}"

    def qr_style(self, branding: Branding) -> QRStyle:
        return QRStyle(dark=branding.colours.light.primary, light=branding.colours.paper.ground)


@hookimpl
def register_themes() -> list[Theme]:
    return [Rich(name="rich", label="Rich", folder=Path(__file__).parent)]


@hookimpl
def prepare_environment(environment: Environment, theme: Theme) -> None:
    if theme.name == "rich":
        environment.filters["shout"] = str.upper


@hookimpl
def extend_page(page: PassportPage) -> dict[str, object]:
    return {"sections": len(page.passport.sections)}


def _name(passport: Passport) -> str:
    identity = passport.identity
    return identity.gtin or identity.identifier or str(identity.uuid)
