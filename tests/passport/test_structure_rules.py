"""What a PIM's structure says of titles, identifiers and units."""

from quart_passport.passport.structure import (
    Attribute,
    Family,
    MeasurementFamily,
    Unit,
    label_of,
)
from tests.passport.making import make_structure

SKU = Attribute("sku", "pim_catalog_identifier")
EAN = Attribute("ean", "pim_catalog_identifier", is_main_identifier=True)


def test_the_main_identifier_is_the_marked_one() -> None:
    assert make_structure(SKU, EAN).identifier_attribute == "ean"


def test_an_older_pim_has_only_one_identifier_and_marks_none() -> None:
    assert make_structure(SKU).identifier_attribute == "sku"
    assert make_structure().identifier_attribute is None


def test_each_passport_needs_identifier_titles_and_pictures_that_exist() -> None:
    families = {
        "a": Family("a", attribute_as_label="name", attribute_as_image="gone"),
        "b": Family("b"),
    }
    structure = make_structure(SKU, Attribute("name", "pim_catalog_text"), families=families)

    assert structure.essential_attributes() == {"sku", "name"}


def test_a_unit_is_looked_up_in_its_own_family_first() -> None:
    fluid, weight = Unit("OUNCE", "fl oz"), Unit("OUNCE", "oz")
    structure = make_structure(
        measurement_families={
            "Volume": MeasurementFamily("Volume", units={"OUNCE": fluid}),
            "Weight": MeasurementFamily("Weight", units={"OUNCE": weight}),
        }
    )

    assert structure.unit("Weight", "OUNCE") == weight
    assert structure.unit("Weight", "LITER") is None
    assert structure.unit("renamed", "OUNCE") == fluid


def test_a_missing_label_is_the_code_in_brackets() -> None:
    assert label_of({"en_US": "Name"}, "en_US", "name") == "Name"
    assert label_of({"en_US": "Name"}, "de_DE", "name") == "[name]"
