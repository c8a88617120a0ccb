"""Real products as pages, rendered in process by the real themes."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from quart_passport.passport.assembly import assemble_passport
from quart_passport.passport.config import PassportConfig
from quart_passport.passport.json_ld import describe
from quart_passport.passport.languages import languages_of
from quart_passport.passport.model import Identity
from quart_passport.passport.product import Product
from quart_passport.theming.registry import ThemeRegistry
from quart_passport.theming.render import PageRenderer
from quart_passport.theming.trial import sample_urls
from tests.passport.test_catalogue import everything, products, structure

THEMES = ("default", "minimal")


class CatalogueRenderer:
    """Shows every attribute of the demo catalogue's products."""

    def __init__(self, no_overrides: Path) -> None:
        self.failures: list[tuple[str, Exception]] = []
        self._renderer = PageRenderer(
            ThemeRegistry.installed(),
            no_overrides,
            on_failure=lambda theme, error: self.failures.append((theme, error)),
        )

    def pages(self, item: Product) -> Iterator[tuple[str, str, str]]:
        """The product by each theme in each language: theme, language, HTML."""
        for theme in THEMES:
            config = msgspec.structs.replace(
                everything("ecommerce"), theme=theme, brand="Shop & Co"
            )
            for language in languages_of(config):
                yield theme, language.tag, self._page(item, config, language.locale)

    def _page(self, item: Product, config: PassportConfig, locale: str) -> str:
        language = next(known for known in languages_of(config) if known.locale == locale)
        identity = Identity(item.uuid, identifier=item.text_of("sku"), gtin=None)
        passport = assemble_passport(item, structure(), config, identity, language)
        urls = sample_urls(passport)
        described = describe(passport, url=urls.canonical)
        page = self._renderer.render(passport, config, urls, tenant_slug="trial", json_ld=described)
        assert page.theme == config.theme
        return page.html


def catalogue() -> list[Product]:
    """All products of the demo catalogue."""
    return products()
