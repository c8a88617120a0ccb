"""Codes in a declaration that the PIM does not know, each told with its place."""

import pytest

from quart_passport.editing.declared import find_unknown_codes, parse_declaration
from quart_passport.passport.structure import (
    AssociationType,
    Attribute,
    AttributeGroup,
    Channel,
    Family,
    LinkedAttribute,
    ReferenceEntity,
    Structure,
    TableColumn,
)

DECLARED = """
name = "Acme"
gtin_attribute = "ean"

[[configurations]]
name = "Shoes"
channel = "web"
locales = ["de_DE"]
title_attribute = "title"
associations = ["SPARE_PARTS"]
record_attributes = { maker = ["town"], mill = ["town"], seal = ["issuer"] }
rule = { families = ["shoes"] }

[[configurations.sections]]
attributes = ["made_by", "seals"]
group = "origin"
"""


def structure(**parts: object) -> Structure:
    mills = TableColumn("mill", "reference_entity", reference_entity_identifier="mill")
    kinds = {"made_by": "akeneo_reference_entity", "seals": "akeneo_reference_entity_collection"}
    named = {"made_by": "maker", "seals": "seal"}
    usual: dict[str, object] = {
        "attributes": {
            **{code: Attribute(code, "pim_catalog_text") for code in ("ean", "title")},
            **{
                code: Attribute(code, kinds[code], reference_data_name=named[code])
                for code in named
            },
            "steps": Attribute("steps", "pim_catalog_table", table_configuration=(mills,)),
        },
        "groups": {"origin": AttributeGroup("origin")},
        "families": {"shoes": Family("shoes")},
        "channels": {"web": Channel("web", locales=("de_DE",))},
        "locales": ("de_DE",),
        "measurement_families": {},
        "association_types": {"SPARE_PARTS": AssociationType("SPARE_PARTS")},
        "reference_entities": {
            "maker": ReferenceEntity("maker", attributes={"town": LinkedAttribute("town", "text")})
        },
    }
    return Structure(**(usual | parts))  # type: ignore[arg-type]


def unknown(declared: str, **parts: object) -> list[str]:
    return find_unknown_codes(parse_declaration(declared, where="tenant.toml"), structure(**parts))


def test_what_the_pim_knows_is_no_problem() -> None:
    assert unknown(DECLARED) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"SPARE_PARTS"', '"SPARES"', "configurations[0].associations: the PIM has no SPARES"),
        ("maker =", "makers =", "configurations[0].record_attributes: the PIM has no makers"),
        (
            'maker = ["town"]',
            'maker = ["town", "city"]',
            "configurations[0].record_attributes.maker: the PIM has no city",
        ),
        (
            '"made_by",',
            '"made_at",',
            "configurations[0].sections[0].attributes: the PIM has no made_at",
        ),
        ('"ean"', '"gtin"', "gtin_attribute: the PIM has no gtin"),
    ],
)
def test_what_it_does_not_know_is_told_with_its_place(old: str, new: str, told: str) -> None:
    assert unknown(DECLARED.replace(old, new)) == [told]


def test_what_the_token_may_not_read_cannot_be_checked() -> None:
    """An app without the scope for association types sees none of them."""
    assert unknown(DECLARED, association_types={}, reference_entities={}) == []
