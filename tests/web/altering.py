"""Catalogues with other products in them than the sandbox's worlds have."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from quart_passport.sandbox import Catalog

_SPACE = UUID("6d0f9b7e-2f0b-4d57-a9b1-5a1f1f0f5a11")


def with_products(
    catalog: Catalog, model: str, products: Mapping[str, Mapping[str, Any]]
) -> Catalog:
    """The catalogue with copies of one product under other identifiers.

    What is given of each, such as `enabled` or `gtin`, replaces the model's; None removes it.
    """
    original = next(p for p in catalog.products.values() if p["identifier"] == model)
    added = {}
    for identifier, given in products.items():
        uuid = str(uuid5(_SPACE, identifier))
        product = copy.deepcopy(original) | {"uuid": uuid, "identifier": identifier}
        _set(product, catalog.main_identifier, identifier)
        for name, value in given.items():
            if name in product:
                product[name] = value
            else:
                _set(product, name, value)
        if "gtin" not in given:
            _set(product, "gtin", None)
        added[uuid] = product
    return replace(catalog, products={**catalog.products, **added})


def with_word(catalog: Catalog, word: str) -> Catalog:
    """The catalogue with the word at the end of every text."""
    products = copy.deepcopy(catalog.products)
    for product in products.values():
        for code, values in product["values"].items():
            kind = catalog.attributes[code]["type"]
            if code == catalog.main_identifier or kind not in _TEXTS or "gtin" in code:
                continue
            for value in values:
                value["data"] = f"{value['data']} {word}"
    return replace(catalog, products=products)


_TEXTS = ("pim_catalog_text", "pim_catalog_textarea")


def _set(product: dict[str, Any], attribute: str, data: object) -> None:
    if data is None:
        product["values"].pop(attribute, None)
    else:
        product["values"][attribute] = [{"data": data, "locale": None, "scope": None}]


def without_locale(catalog: Catalog, identifier: str, locale: str) -> Catalog:
    """The catalogue with a product that says nothing in one locale, nor does its parent."""
    products, models = copy.deepcopy(catalog.products), copy.deepcopy(catalog.product_models)
    product = next(p for p in products.values() if p["identifier"] == identifier)
    for owner in (product, models.get(product.get("parent") or "")):
        for code, values in list((owner or {}).get("values", {}).items()):
            owner["values"][code] = [value for value in values if value["locale"] != locale]
    return replace(catalog, products=products, product_models=models)
