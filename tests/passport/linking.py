"""Records, assets and other products for small tests, and the structure they belong to."""

from typing import Any
from uuid import UUID

from quart_passport.passport.config import PassportConfig
from quart_passport.passport.linked import (
    Asset,
    Linked,
    LinkedProduct,
    LinkedValue,
    ReferenceRecord,
)
from quart_passport.passport.model import Identity
from quart_passport.passport.product import Product
from quart_passport.passport.structure import AssetFamily, LinkedAttribute, ReferenceEntity

UUID_2 = UUID("b6482a3b-c09b-56f9-a3f0-832fb3994b26")
UUID_3 = UUID("018e1ec5-29da-78ad-aae6-92065b9ca2a6")

LABEL = LinkedAttribute("label", "text", labels={"en_US": "Label"})


def make_entity(code: str, *attributes: LinkedAttribute) -> dict[str, ReferenceEntity]:
    return {code: ReferenceEntity(code, attributes={a.code: a for a in (LABEL, *attributes)})}


def make_family(
    code: str, *attributes: LinkedAttribute, main: str | None = None
) -> dict[str, AssetFamily]:
    known = {a.code: a for a in (LABEL, *attributes)}
    return {code: AssetFamily(code, attribute_as_main_media=main, attributes=known)}


def make_record(code: str, **values: Any) -> ReferenceRecord:
    """A record; each value is plain data, a LinkedValue, or a tuple of LinkedValues."""
    return ReferenceRecord(code, {name: _entries(data) for name, data in values.items()})


def make_asset(code: str, **values: Any) -> Asset:
    return Asset(code, {name: _entries(data) for name, data in values.items()})


def _entries(data: Any) -> tuple[LinkedValue, ...]:
    if isinstance(data, LinkedValue):
        return (data,)
    return data if isinstance(data, tuple) else (LinkedValue(data),)


def localised(**texts: str) -> tuple[LinkedValue, ...]:
    """One entry for each locale."""
    return tuple(LinkedValue(text, locale) for locale, text in texts.items())


def linked_records(entity: str, *records: ReferenceRecord) -> Linked:
    return Linked(records={(entity, record.code): record for record in records})


def linked_assets(family: str, *assets: Asset) -> Linked:
    return Linked(assets={(family, asset.code): asset for asset in assets})


NAMED = PassportConfig("Test", "ecommerce", ("en_US", "de_DE", "fr_FR"), title_attribute="name")


def linked_products(*products: Product, config: PassportConfig = NAMED, **parts: Any) -> Linked:
    published = {p.uuid: LinkedProduct(p, Identity(p.uuid), config) for p in products}
    return Linked(products=published, **parts)
