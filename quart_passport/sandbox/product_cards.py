"""What the pages say about apps and products, made ready for the templates."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from quart_passport.sandbox.catalog import JSONObject
from quart_passport.sandbox.pim import Pim
from quart_passport.sandbox.products import Product
from quart_passport.sandbox.scopes import AUTHORIZATION
from quart_passport.sandbox.state import RegisteredApp

LABEL_LOCALE = "en_US"  # the language of the sandbox's pages


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
class ShownValue:
    """One entry of an attribute: for which locale and channel, and what it says."""

    place: str
    text: str
    picture: str | None = None
    is_code: bool = False


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
        family=_label(family, product.get("family") or "no family"),
        picture=picture if _is_there(pim, picture) else None,
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
        entries = [_show_value(pim, attribute, entry) for entry in product["values"][code]]
        groups.setdefault(attribute.get("group") or "other", []).append(
            ShownAttribute(code, _label(attribute, code), entries)
        )
    order = {code: group.get("sort_order") or 0 for code, group in catalog.attribute_groups.items()}
    return [
        (_label(catalog.attribute_groups.get(code, {}), code), groups[code])
        for code in sorted(groups, key=lambda code: (order.get(code, 0), code))
    ]


def _show_value(pim: Pim, attribute: JSONObject, entry: JSONObject) -> ShownValue:
    data = entry["data"]
    place = " · ".join(part for part in (entry.get("locale"), entry.get("scope")) if part)
    options = pim.catalog.attribute_options.get(attribute["code"], {})
    match attribute["type"]:
        case "pim_catalog_boolean":
            return ShownValue(place, "Yes" if data else "No")
        case "pim_catalog_simpleselect" | "pim_catalog_multiselect":
            codes = data if isinstance(data, list) else [data]
            return ShownValue(place, ", ".join(_label(options.get(c, {}), f"[{c}]") for c in codes))
        case "pim_catalog_metric":
            return ShownValue(place, f"{data['amount']} {data.get('symbol') or data['unit']}")
        case "pim_catalog_price_collection":
            return ShownValue(place, ", ".join(f"{p['amount']} {p['currency']}" for p in data))
        case "pim_catalog_date":
            return ShownValue(place, str(data)[:10])
        case "pim_catalog_image" | "pim_catalog_file":
            file = pim.catalog.media_files.get(data)
            name = file.shown["original_filename"] if file else str(data)
            is_picture = attribute["type"] == "pim_catalog_image" and _is_there(pim, data)
            return ShownValue(place, name, picture=data if is_picture else None)
    if isinstance(data, str | int | float):
        return ShownValue(place, str(data))
    indented = msgspec.json.format(msgspec.json.encode(data), indent=2).decode()
    return ShownValue(place, indented, is_code=True)


def _first_data(product: Product, attribute: str | None) -> Any:
    """The entry in the pages' language if there is one, else any."""
    entries = product["values"].get(attribute, []) if attribute else []
    preferred = [entry for entry in entries if entry.get("locale") in {None, LABEL_LOCALE}]
    for entry in preferred or entries:
        return entry["data"]
    return None


def _is_there(pim: Pim, code: Any) -> bool:
    file = pim.catalog.media_files.get(code) if isinstance(code, str) else None
    return file is not None and file.path is not None


def _label(item: JSONObject, fallback: str) -> str:
    labels = item.get("labels") or {}
    return str(labels.get(LABEL_LOCALE) or fallback)
