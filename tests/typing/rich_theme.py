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
    passport, url = page.passport, page.url
    values = [field.value for section in passport.sections for field in section.fields]
    picture = url.picture(passport.picture) if passport.picture else url.logo
    links = [*passport.variants, *(link for tie in passport.associations for link in tie.links)]
    return {
        "documents": sum(value.kind == "document" for value in values),
        "preview": (picture.src, picture.width, picture.height) if picture else None,
        "others": {link.title.text: url.passport(link) for link in links},
        "sizes": [axis.value.text for link in links for axis in link.axes if axis.code == "size"],
    }


def _name(passport: Passport) -> str:
    identity = passport.identity
    return identity.gtin or identity.identifier or str(identity.uuid)
