"""Links from a product's values to the passports of other products."""

from typing import Any

from quart_passport.passport.linked import linked_product_uuid
from quart_passport.passport.model import PassportLinks
from quart_passport.passport.reading import Reading


def read_product_link(data: Any, reading: Reading) -> PassportLinks | None:
    """The passport of the product that a link names; None if it has none, or is a model."""
    uuid = linked_product_uuid(data)
    link = reading.passports.get(uuid) if uuid else None
    return PassportLinks((link,), link.title.text) if link else None
