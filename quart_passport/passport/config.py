"""Passport configurations: what a merchant decides about passports.

One frozen type serves the database, `tenant.toml`, validation and the docs: each field carries its
description, and a wrong value is refused with the path to it.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from quart_passport.colour import Colour
from quart_passport.errors import InvalidInput
from quart_passport.passport.product import Product

# The longest TTL that the privacy page promises, in seconds: seven days.
LONGEST_TTL = 604_800
SHORTEST_TTL = 60

Code = Annotated[str, Meta(min_length=1, max_length=255)]
ColourText = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}\Z")]
LocaleCode = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(_[A-Za-z0-9]{2,8})*\Z")]


class Colours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The merchant's colours, each `#rrggbb`."""

    primary: Annotated[ColourText, Meta(description="Headings, links and the QR code")] = "#1f4d3a"
    background: Annotated[ColourText, Meta(description="The page's ground")] = "#ffffff"
    text: Annotated[ColourText, Meta(description="Running text")] = "#1a1a1a"

    def parsed(self, name: str) -> Colour:
        """One of them as a Colour."""
        return Colour.parse(getattr(self, name), where=name)


class SectionConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A section of the passport: its title and the attributes in it, in order."""

    attributes: Annotated[
        tuple[Code, ...], Meta(max_length=200, description="Attribute codes, in order")
    ]
    title: Annotated[
        dict[LocaleCode, Annotated[str, Meta(max_length=200)]],
        Meta(description="The heading by locale; left out, the attribute group's label serves"),
    ] = {}
    group: Annotated[
        str, Meta(max_length=255, description="Attribute group whose label is the heading")
    ] = ""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which products a configuration is for. Empty conditions let every product pass."""

    enabled: Annotated[bool, Meta(description="Only products that are enabled in the PIM")] = True
    families: Annotated[
        tuple[Code, ...], Meta(max_length=500, description="Only products of these families")
    ] = ()
    categories: Annotated[
        tuple[Code, ...], Meta(max_length=500, description="Only products in one of these")
    ] = ()
    completeness: Annotated[
        int,
        Meta(ge=0, le=100, description="Least percentage, in the channel and its first locale"),
    ] = 0


class PassportConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One passport configuration of a tenant."""

    name: Annotated[str, Meta(min_length=1, max_length=100, description="For the merchant's eyes")]
    channel: Annotated[Code, Meta(description="The PIM channel whose values are shown")]
    locales: Annotated[
        tuple[LocaleCode, ...],
        Meta(
            min_length=1,
            max_length=50,
            description="Languages of the page; the first is the default",
        ),
    ]
    sections: Annotated[
        tuple[SectionConfig, ...], Meta(max_length=50, description="In the order of the page")
    ] = ()
    rule: Annotated[Rule, Meta(description="Which products it is for")] = Rule()
    brand: Annotated[str, Meta(max_length=100, description="The merchant's name on the page")] = ""
    theme: Annotated[Code, Meta(description="Name of an installed theme")] = "default"
    theme_options: Annotated[
        dict[str, str | bool | int], Meta(description="Options that the theme declares")
    ] = {}
    colours: Annotated[Colours, Meta(description="The merchant's colours")] = Colours()
    logo_url: Annotated[
        str, Meta(max_length=2000, description="Address of the logo, https; fetched and kept by us")
    ] = ""
    title_attribute: Annotated[
        str, Meta(max_length=255, description="Attribute of the title; empty: the family's label")
    ] = ""
    picture_attribute: Annotated[
        str, Meta(max_length=255, description="Attribute of the picture; empty: the family's image")
    ] = ""
    associations: Annotated[
        tuple[Code, ...],
        Meta(max_length=50, description="Association types shown as links to other passports"),
    ] = ()
    variants: Annotated[
        bool, Meta(description="Link the passports of the product's other variants")
    ] = False
    record_attributes: Annotated[
        dict[Code, Annotated[tuple[Code, ...], Meta(max_length=100)]],
        Meta(description="What is said of records, by reference entity; left out: everything"),
    ] = {}

    def selected_attributes(self) -> frozenset[str]:
        """Every attribute that this configuration shows."""
        codes = {code for section in self.sections for code in section.attributes}
        return frozenset(codes | ({self.title_attribute, self.picture_attribute} - {""}))

    def accepts(self, product: Product) -> bool:
        """Whether a product gets its passport by this configuration."""
        rule = self.rule
        return (
            (product.enabled or not rule.enabled)
            and (not rule.families or product.family in rule.families)
            and (not rule.categories or not set(rule.categories).isdisjoint(product.categories))
            and self._completeness(product) >= rule.completeness
        )

    def _completeness(self, product: Product) -> int:
        if not self.rule.completeness:
            return 0
        wanted = (self.channel, self.locales[0])
        return next((c.data for c in product.completenesses if (c.scope, c.locale) == wanted), 0)


def read_config(raw: Any, *, where: str) -> PassportConfig:
    """Build a configuration from plain data; InvalidInput names the field that is wrong."""
    try:
        return msgspec.convert(raw, PassportConfig)
    except msgspec.ValidationError as error:
        raise InvalidInput(str(error), where=where) from None


def choose_config(configs: tuple[PassportConfig, ...], product: Product) -> PassportConfig | None:
    """The first configuration, in the merchant's order, whose rule the product meets."""
    return next((config for config in configs if config.accepts(product)), None)
