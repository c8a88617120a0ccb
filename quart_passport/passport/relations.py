"""Other products that belong to one: those that its values link to, its variants, associations."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

from quart_passport.passport.linked import LinkedProduct
from quart_passport.passport.masthead import title_of, value_of
from quart_passport.passport.model import Association, Field, PassportLink, Text
from quart_passport.passport.product import Product
from quart_passport.passport.reading import Reading
from quart_passport.passport.simple import read_number


def with_passports(reading: Reading) -> Reading:
    """The same reading, knowing what the linked products' passports are called."""
    if not reading.linked.products:
        return reading
    passports = {
        uuid: PassportLink(other.identity, _title(other, reading))
        for uuid, other in reading.linked.products.items()
    }
    return replace(reading, passports=passports)


def _title(other: LinkedProduct, reading: Reading) -> Text:
    """As its own passport is called, which may be made by another configuration."""
    return title_of(other.product, other.identity, replace(reading, config=other.config))


def variants_of(reading: Reading) -> tuple[PassportLink, ...]:
    """The product in its other sizes, colours and so on, if the merchant shows them."""
    if not reading.config.variants:
        return ()
    linked = reading.linked
    return tuple(
        replace(reading.passports[uuid], axes=tuple(_axes(linked.products[uuid].product, reading)))
        for uuid in dict.fromkeys(linked.variants)
        if uuid in reading.passports
    )


def _axes(product: Product, reading: Reading) -> Iterator[Field]:
    for code in reading.linked.axes:
        value = value_of(product, code, reading)
        if value is not None:
            attribute = reading.structure.attributes[code]
            yield Field(code, reading.label(attribute.labels, code), value)


def associations_of(product: Product, reading: Reading) -> tuple[Association, ...]:
    """The published products tied to this one, by the types that the merchant shows."""
    types = reading.structure.association_types
    associations = (
        Association(
            code,
            reading.label(types[code].labels if code in types else None, code),
            _links(product, code, reading),
        )
        for code in dict.fromkeys(reading.config.associations)
        if code in product.associations
    )
    return tuple(association for association in associations if association.links)


def _links(product: Product, code: str, reading: Reading) -> tuple[PassportLink, ...]:
    quantities: dict[UUID, int | str | None] = {
        other.uuid: other.quantity for other in product.associations[code]
    }
    return tuple(
        replace(reading.passports[uuid], quantity=read_number(quantity, reading))
        for uuid, quantity in quantities.items()
        if uuid in reading.passports
    )
