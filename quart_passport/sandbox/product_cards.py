"""What the pages say about apps and products, made ready for the templates."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from quart_passport.sandbox.pim import Pim
from quart_passport.sandbox.products import Product
from quart_passport.sandbox.scopes import AUTHORIZATION
from quart_passport.sandbox.state import RegisteredApp
from quart_passport.sandbox.value_texts import (
    LABEL_LOCALE,
    ShownValue,
    is_there,
    label_of,
    show_value,
)


@dataclass(frozen=True)
class AppCard:
    """An app as the overview shows it; `open_url` is its activate URL with this PIM's address."""

    client_id: str
    name: str
    open_url: str
    is_connected: bool
    wishes: list[str]

    @classmethod
    def of(cls, pim: Pim, app: RegisteredApp) -> "AppCard":
        connected = pim.apps.connected(app.client_id)
        joint = "&" if "?" in app.activate_url else "?"
        return cls(
            client_id=app.client_id,
            name=app.name,
            open_url=app.activate_url + joint + urlencode({"pim_url": pim.base_url}),
            is_connected=connected is not None,
            wishes=[AUTHORIZATION[scope] for scope in (connected.scopes if connected else ())],
        )


@dataclass(frozen=True)
class ProductCard:
    """A product in a list: `picture` is a media code."""

    uuid: str
    identifier: str | None
    label: str
    family: str
    picture: str | None
    is_enabled: bool


@dataclass(frozen=True)
class ShownAttribute:
    """An attribute of a product with its entries."""

    code: str
    label: str
    values: list[ShownValue]


def product_card(pim: Pim, product: Product) -> ProductCard:
    family = pim.catalog.families.get(product.get("family") or "", {})
    label = _first_data(product, family.get("attribute_as_label"))
    picture = _first_data(product, family.get("attribute_as_image"))
    return ProductCard(
        uuid=product["uuid"],
        identifier=product["identifier"],
        label=str(label or product["identifier"] or product["uuid"]),
        family=label_of(family, product.get("family") or "no family"),
        picture=picture if is_there(pim, picture) else None,
        is_enabled=product.get("enabled", True),
    )


def search_products(pim: Pim, text: str) -> list[Product]:
    """The products whose identifier or label holds the text; all of them for an empty one."""
    wanted = text.lower()
    families = pim.catalog.families

    def holds(product: Product) -> bool:
        family = families.get(product.get("family") or "", {})
        label = _first_data(product, family.get("attribute_as_label"))
        return wanted in f"{product['identifier']}\n{label or ''}".lower()

    found = [product for product in pim.products.all() if holds(product)]
    return sorted(found, key=lambda product: str(product["identifier"]))


def show_values(pim: Pim, product: Product) -> list[tuple[str, list[ShownAttribute]]]:
    """The values by attribute group, both in the PIM's order."""
    catalog = pim.catalog
    groups: dict[str, list[ShownAttribute]] = {}
    codes = sorted(
        product["values"], key=lambda code: (catalog.attributes[code].get("sort_order") or 0, code)
    )
    for code in codes:
        attribute = catalog.attributes[code]
        entries = [show_value(pim, attribute, entry) for entry in product["values"][code]]
        groups.setdefault(attribute.get("group") or "other", []).append(
            ShownAttribute(code, label_of(attribute, code), entries)
        )
    order = {code: group.get("sort_order") or 0 for code, group in catalog.attribute_groups.items()}
    return [
        (label_of(catalog.attribute_groups.get(code, {}), code), groups[code])
        for code in sorted(groups, key=lambda code: (order.get(code, 0), code))
    ]


def _first_data(product: Product, attribute: str | None) -> Any:
    """The entry in the pages' language if there is one, else any."""
    entries = product["values"].get(attribute, []) if attribute else []
    preferred = [entry for entry in entries if entry.get("locale") in {None, LABEL_LOCALE}]
    for entry in preferred or entries:
        return entry["data"]
    return None
