"""What stands at a passport's top: the product's title and its main picture."""

from collections.abc import Iterable

from quart_passport.passport.model import (
    Collection,
    Identity,
    Picture,
    Records,
    RichText,
    Text,
    Value,
)
from quart_passport.passport.product import Product
from quart_passport.passport.reading import Reading
from quart_passport.passport.sanitise import tidy_line
from quart_passport.passport.structure import Family
from quart_passport.passport.values import read_attribute

_NO_FAMILY = Family(code="")


def family_of(product: Product, reading: Reading) -> Family:
    """The product's family; one that says nothing where the product has none."""
    return reading.structure.families.get(product.family or "", _NO_FAMILY)


def value_of(product: Product, code: str | None, reading: Reading) -> Value | None:
    """What a page shows of one of the product's attributes."""
    entries = product.values.get(code or "")
    attribute = reading.structure.attributes.get(code or "")
    return read_attribute(attribute, entries, reading) if entries and attribute else None


def title_of(product: Product, identity: Identity, reading: Reading) -> Text:
    """The title attribute's text, else the family's label attribute, identifier or UUID."""
    family = family_of(product, reading)
    for code in (reading.config.title_attribute, family.attribute_as_label):
        value = value_of(product, code, reading)
        if value is not None and not isinstance(value, Picture):
            lang = value.lang if isinstance(value, Text | RichText) else None
            return Text(tidy_line(value.text), lang)
    identifier = identity.identifier or product.text_of(
        reading.structure.identifier_attribute or ""
    )
    return Text(tidy_line(identifier or "") or str(product.uuid))


def picture_of(product: Product, reading: Reading) -> Picture | None:
    """The first picture of the configuration's attribute, else of the family's."""
    family = family_of(product, reading)
    values = (
        value_of(product, code, reading)
        for code in (reading.config.picture_attribute, family.attribute_as_image)
    )
    return next((picture for value in values for picture in _pictures(value)), None)


def _pictures(value: Value | None) -> Iterable[Picture]:
    match value:
        case Picture():
            return [value]
        case Collection(items=items):
            return [item for item in items if isinstance(item, Picture)]
        case Records(records=records):
            return [record.picture for record in records if record.picture]
        case _:
            return []
