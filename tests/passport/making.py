"""Small products, structures and configurations to test with, and the real catalogue."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from quart_passport.passport.assembly import assemble_passport
from quart_passport.passport.config import PassportConfig, SectionConfig
from quart_passport.passport.languages import languages_of
from quart_passport.passport.linked import Linked
from quart_passport.passport.model import Identity, Passport, Value
from quart_passport.passport.product import Product, ProductValue
from quart_passport.passport.reading import Reading, reading_for
from quart_passport.passport.relations import with_passports
from quart_passport.passport.structure import Attribute, MeasurementFamily, Structure, Unit
from quart_passport.passport.values import read_attribute

AKENEO = Path(__file__).parents[3] / "shared" / "akeneo"
CATALOGUE = AKENEO / "catalog" / "api"
EXAMPLES = AKENEO / "spec" / "examples" / "values_by_type.json"
UUID_1 = UUID("fc24e6c3-933c-4a93-8a81-e5c703d134d5")
LOCALES = ("en_US", "de_DE", "fr_FR")

needs_catalogue = pytest.mark.skipif(
    not CATALOGUE.is_dir(), reason=f"the demo catalogue is not at {CATALOGUE}"
)


def make_structure(*attributes: Attribute, **parts: Any) -> Structure:
    return Structure(
        attributes={attribute.code: attribute for attribute in attributes},
        groups=parts.get("groups", {}),
        families=parts.get("families", {}),
        channels=parts.get("channels", {}),
        locales=LOCALES,
        measurement_families=parts.get("measurement_families", {}),
        association_types=parts.get("association_types", {}),
        reference_entities=parts.get("reference_entities", {}),
        asset_families=parts.get("asset_families", {}),
    )


def units(family: str, *units: Unit) -> dict[str, MeasurementFamily]:
    return {family: MeasurementFamily(family, units={unit.code: unit for unit in units})}


def make_config(*attributes: str, **parts: Any) -> PassportConfig:
    parts = {"name": "Test", "channel": "ecommerce", "locales": LOCALES} | parts
    if attributes:
        parts["sections"] = (SectionConfig(attributes=attributes, title={"en_US": "All"}),)
    return PassportConfig(**parts)


def make_product(**values: Any) -> Product:
    """A product; each value is plain data, a ProductValue, or a tuple of ProductValues."""
    return Product(uuid=UUID_1, values={code: _entries(data) for code, data in values.items()})


def _entries(data: Any) -> tuple[ProductValue, ...]:
    if isinstance(data, ProductValue):
        return (data,)
    if isinstance(data, tuple):
        return data
    return (ProductValue(data),)


def make_reading(
    page: str = "en_US",
    structure: Structure | None = None,
    linked: Linked | None = None,
    **parts: Any,
) -> Reading:
    config = make_config(**parts)
    if page not in config.locales:
        config = make_config(**(parts | {"locales": (page, *LOCALES)}))
    languages = languages_of(config)
    language = next(language for language in languages if language.locale == page)
    structure, linked = structure or make_structure(), linked or Linked()
    return with_passports(reading_for(language, languages, config, structure, linked))


def read(type_: str, data: Any, page: str = "en_US", **parts: Any) -> Value | None:
    """The value that a page in one locale shows of an attribute of this type."""
    structure = parts.pop("structure", make_structure())
    linked = parts.pop("linked", None)
    linked_data = parts.pop("linked_data", None)
    config = parts.pop("config", {})
    attribute = Attribute(parts.pop("code", "it"), type_, labels={"en_US": "It"}, **parts)
    reading = make_reading(page, structure, linked, **config)
    entries = data if isinstance(data, tuple) else (ProductValue(data, linked_data=linked_data),)
    return read_attribute(attribute, entries, reading)


def text_of(value: Value | None) -> str | None:
    return None if value is None else value.text


def assemble(
    product: Product,
    structure: Structure,
    config: PassportConfig,
    page: str = "en_US",
    linked: Linked | None = None,
) -> Passport:
    language = next(lang for lang in languages_of(config) if lang.locale == page)
    identity = Identity(product.uuid)
    return assemble_passport(product, structure, config, identity, language, linked or Linked())
