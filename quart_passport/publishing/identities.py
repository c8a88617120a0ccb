"""By which names a product is known here."""

from quart_passport.cache.store import Key
from quart_passport.errors import InvalidInput
from quart_passport.passport.identifiers import DigitalLink, parse_gtin
from quart_passport.passport.model import Identity
from quart_passport.passport.product import Product
from quart_passport.passport.structure import Structure
from quart_passport.tenancy.tenant import Tenant


def identity_of(
    tenant: Tenant, structure: Structure, product: Product, link: DigitalLink | None = None
) -> Identity:
    """Which product, and which batch or item of it if a link says so."""
    return Identity(
        uuid=product.uuid,
        identifier=identifier_of(structure, product),
        gtin=gtin_of(tenant, product),
        variant=link.variant if link else None,
        lot=link.lot if link else None,
        serial=link.serial if link else None,
    )


def identifier_of(structure: Structure, product: Product) -> str | None:
    """The main identifier, for products that have one."""
    attribute = structure.identifier_attribute
    return product.text_of(attribute) if attribute else None


def gtin_of(tenant: Tenant, product: Product) -> str | None:
    """The GTIN in 14 digits; None where the product has none that is valid."""
    text = product.text_of(tenant.gtin_attribute) if tenant.gtin_attribute else None
    try:
        return parse_gtin(text) if text else None
    except InvalidInput:
        return None


def aliases_of(structure: Structure, product: Product, asked: Key | None = None) -> tuple[Key, ...]:
    """The names that lead to the product in the cache.

    Its GTIN only where the GTIN was asked for: another product may have the same one. And whatever
    identifier found it, because the PIM compares identifiers more loosely than we do.
    """
    identifier = identifier_of(structure, product)
    own = {Key("identifier", identifier)} if identifier else set()
    found_by = {asked} if asked and asked.kind != "product" else set()
    return tuple(own | found_by)
