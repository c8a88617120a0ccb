"""The addresses that a passport's page is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from quart_passport.passport.identifiers import canonical_path, product_path
from quart_passport.passport.model import Document, Passport, PassportLink, Picture
from quart_passport.publishing.file_names import RenditionName, document_name, stem_of
from quart_passport.publishing.media import MediaLibrary, place_of, place_of_logo
from quart_passport.publishing.originals import Place
from quart_passport.publishing.pictures import Sizes
from quart_passport.publishing.recoders import WIDTHS
from quart_passport.tenancy.tenant import Tenant
from quart_passport.theming.page import PageURLs, PictureURLs


@dataclass(frozen=True, slots=True)
class Addresses:
    """Makes them for one product's pages."""

    # The only source of absolute addresses.
    base: str
    tenant: Tenant
    product: UUID
    media: MediaLibrary

    @property
    def home(self) -> str:
        """What all paths of the tenant begin with."""
        return f"/t/{self.tenant.slug}"

    def canonical(self, passport: Passport) -> str:
        """The passport's one address."""
        return f"{self.base}{self.home}{canonical_path(passport.identity)}"

    def elsewhere(self, thing: Picture | Document | PassportLink) -> str:
        """Its address for other sites and programs; of a picture as large as there is."""
        match thing:
            case Picture():
                return f"{self.base}{_largest(self._files(thing), _stem(thing))}"
            case Document():
                return f"{self.base}{self._document(thing)}"
            case PassportLink():
                return f"{self.base}{self.home}{canonical_path(thing.identity)}"

    def page(
        self, passport: Passport, path: str, logo: str, sizes: Mapping[Place, Sizes]
    ) -> PageURLs:
        """All that a page needs; `path` is how it was asked for, below the tenant's."""
        code = canonical_path(passport.identity).removeprefix("/p")
        return PageURLs(
            canonical=self.canonical(passport),
            languages={
                language.tag: f"{self.base}{self.home}{path}?lang={language.tag}"
                for language in passport.languages
            },
            data=f"{self.base}{self.home}{path}",
            qr=f"{self.home}/qr{code}.svg",
            privacy=f"/privacy?tenant={self.tenant.slug}",
            picture=lambda picture: _picture_urls(
                self._files(picture), _stem(picture), sizes.get(place_of(picture))
            ),
            document=self._document,
            passport=self._passport,
            logo=self._logo(logo, sizes) if logo else None,
        )

    def _files(self, file: Picture | Document) -> str:
        return f"{self.home}/media/{self.media.key_of(self.tenant, self.product, file)}"

    def _document(self, document: Document) -> str:
        return f"{self._files(document)}/{document_name(document.filename)}"

    def _passport(self, link: PassportLink) -> str:
        return f"{self.home}{product_path(link.identity)}"

    def _logo(self, url: str, sizes: Mapping[Place, Sizes]) -> PictureURLs:
        folder = f"{self.home}/media/{self.media.key_of_logo(url)}"
        return _picture_urls(folder, "logo", sizes.get(place_of_logo(url)))


def _stem(picture: Picture) -> str:
    return stem_of(picture.filename, "picture")


def _largest(folder: str, stem: str) -> str:
    return f"{folder}/{RenditionName(stem, WIDTHS[-1], 'jpg')}"


def _picture_urls(folder: str, stem: str, sizes: Sizes | None) -> PictureURLs:
    if not sizes:
        return PictureURLs(src=_largest(folder, stem))
    jpeg = [f"{folder}/{RenditionName(stem, size.width, 'jpg')}" for size in sizes]
    webp = [f"{folder}/{RenditionName(stem, size.width, 'webp')}" for size in sizes]
    return PictureURLs(
        src=jpeg[-1],
        jpeg=_srcset(jpeg, sizes),
        webp=_srcset(webp, sizes),
        width=sizes[-1].width,
        height=sizes[-1].height,
    )


def _srcset(addresses: list[str], sizes: Sizes) -> str:
    pairs = zip(addresses, sizes, strict=True)
    return ", ".join(f"{address} {size.width}w" for address, size in pairs)
