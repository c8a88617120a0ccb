"""What a passport needs besides its product, worked out before anything is fetched."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quart_passport.passport.linked import (
    Linked,
    LinkedValue,
    References,
    further_references,
    references_of,
    selects_without_labels,
)
from quart_passport.passport.product import AssociatedProduct, ProductValue
from quart_passport.passport.structure import (
    Attribute,
    Family,
    LinkedAttribute,
    Structure,
    TableColumn,
)
from tests.passport.linking import (
    UUID_2,
    UUID_3,
    linked_products,
    linked_records,
    make_entity,
    make_record,
)
from tests.passport.making import make_config, make_product, make_structure

STRUCTURE = make_structure(
    Attribute("maker", "akeneo_reference_entity", reference_data_name="maker"),
    Attribute("makers", "akeneo_reference_entity_collection", reference_data_name="maker"),
    Attribute("seals", "akeneo_reference_entity_collection", reference_data_name="seal"),
    Attribute("others", "akeneo_reference_entity_collection", reference_data_name="seal"),
    Attribute("papers", "pim_catalog_asset_collection", reference_data_name="docs"),
    Attribute("shots", "pim_catalog_asset_collection", reference_data_name="shots"),
    Attribute("spare", "pim_catalog_product_link"),
    Attribute("colour", "pim_catalog_simpleselect"),
    Attribute("sizes", "pim_catalog_multiselect"),
    Attribute("name", "pim_catalog_text"),
    Attribute(
        "parts",
        "pim_catalog_table",
        table_configuration=(
            TableColumn("fibre", "reference_entity", reference_entity_identifier="fibre"),
            TableColumn("maker", "reference_entity", reference_entity_identifier="maker"),
            TableColumn("piece", "product_link"),
            TableColumn("note", "text"),
        ),
    ),
    families={"shirts": Family("shirts", attribute_as_image="shots")},
    reference_entities=make_entity(
        "maker",
        LinkedAttribute("owner", "reference_entity_single_link", reference_entity_code="maker"),
        LinkedAttribute("mills", "reference_entity_multiple_links", reference_entity_code="mill"),
        LinkedAttribute("papers", "asset_collection", asset_family_identifier="docs"),
        LinkedAttribute("address", "text"),
    ),
)


def wanted(*attributes: str, structure: Structure = STRUCTURE, **values: Any) -> References:
    return references_of(make_product(**values), structure, make_config(*attributes))


def link(uuid: Any) -> dict[str, Any]:
    return {"type": "product", "id": str(uuid)}


def test_each_code_is_wanted_once_in_order_by_entity_and_family() -> None:
    references = wanted(
        *("maker", "seals", "others", "papers", "spare"),
        maker="nord",
        seals=["gots", "oeko"],
        others=["oeko", "bsci", "gots"],
        papers=["guide"],
        spare=link(UUID_2),
    )

    assert references == References(
        records={"maker": ("nord",), "seal": ("gots", "oeko", "bsci")},
        assets={"docs": ("guide",)},
        products=(UUID_2,),
    )


def test_cells_of_tables_name_records_and_products() -> None:
    rows = [{"fibre": "wool"}, {"piece": link(UUID_2), "note": "x"}, {"fibre": "silk"}, "x", None]

    references = wanted("parts", parts=rows)

    assert references == References(records={"fibre": ("wool", "silk")}, products=(UUID_2,))


def test_what_is_not_shown_is_not_wanted() -> None:
    assert wanted("name", name="nord", maker="nord", spare=link(UUID_2)) == References()
    assert wanted("gone", "maker", maker=()) == References()


def test_only_the_channel_and_languages_of_the_passport_count() -> None:
    entries = (
        ProductValue("a", "en_US", "ecommerce"),
        ProductValue("b", "de_DE"),
        ProductValue("c", "it_IT"),
        ProductValue("d", None, "print"),
        ProductValue("e"),
    )

    assert wanted("maker", maker=entries).records == {"maker": ("a", "b", "e")}


def test_titles_and_pictures_are_shown_too() -> None:
    config = make_config(title_attribute="maker", picture_attribute="papers")
    product = make_product(maker="nord", papers=["guide"], shots=["left"])

    references = references_of(msgspec.structs.replace(product, family="shirts"), STRUCTURE, config)

    assert references == References({"maker": ("nord",)}, {"docs": ("guide",), "shots": ("left",)})


def test_associations_are_wanted_as_far_as_they_are_shown() -> None:
    product = msgspec.structs.replace(
        make_product(),
        associations={
            "PACK": (AssociatedProduct(UUID_2, 3), AssociatedProduct(UUID_3)),
            "UPSELL": (AssociatedProduct(UUID_2),),
        },
    )

    shown = references_of(product, STRUCTURE, make_config(associations=("PACK", "GONE")))

    assert shown.products == (UUID_2, UUID_3)
    assert references_of(product, STRUCTURE, make_config()) == References()


@pytest.mark.parametrize(
    "code",
    ["", " ", "a b", "a/b", "../x", "a\nb", "é", "\ud800", "x" * 256, "a?b", "a%2Fb", 5, None, {}],
)
def test_a_code_that_no_pim_has_is_never_asked_for(code: Any) -> None:
    references = wanted(
        "maker", "seals", "papers", "parts",
        maker=code, seals=[code, "ok-1_A"], papers=[code], parts=[{"fibre": code}],
    )  # fmt: skip

    assert references == References(records={"seal": ("ok-1_A",)})


@pytest.mark.parametrize("name", [None, "", "a/b", "../x"])
def test_nor_is_an_entity_that_no_pim_has(name: str | None) -> None:
    structure = make_structure(
        Attribute("maker", "akeneo_reference_entity", reference_data_name=name)
    )

    assert wanted("maker", structure=structure, maker="nord") == References()


@pytest.mark.parametrize(
    "data",
    [
        {"type": "product_model", "id": str(UUID_2)},
        {"type": "product", "id": "A-1"},
        {"type": "product", "id": str(UUID_2).replace("-", "")},
        {"type": "product", "id": f"{{{UUID_2}}}"},
        {"type": "product", "id": 5},
        {"type": "product"},
        {"id": str(UUID_2)},
        str(UUID_2),
        [link(UUID_2)],
        None,
    ],
)
def test_only_a_link_to_a_product_names_one(data: Any) -> None:
    assert wanted("spare", spare=data) == References()


def test_no_more_is_asked_for_than_a_page_shows() -> None:
    rows = [{"piece": link(f"00000000-0000-0000-0000-{number:012}")} for number in range(350)]
    codes = [f"c{number}" for number in range(350)]

    references = wanted("seals", "others", "parts", seals=codes, others=["late"], parts=rows)

    assert references.records == {"seal": tuple(codes[:300])}
    assert len(references.products) == 300


def further(*records: Any, **parts: Any) -> References:
    """What these records of a product's makers name."""
    product = make_product(makers=[record.code for record in records])
    config = make_config("makers", **parts)
    return further_references(product, linked_records("maker", *records), STRUCTURE, config)


def test_records_name_further_records_and_assets() -> None:
    nord = make_record("nord", label="Nord", owner="sud", mills=["m1", "m2"], papers=["audit"])

    references = further(nord, make_record("ost", mills=["m2", "m3"], papers=LinkedValue("x")))

    assert references == References(
        {"maker": ("sud",), "mill": ("m1", "m2", "m3")}, {"docs": ("audit", "x")}
    )


def test_what_was_found_already_is_not_wanted_again() -> None:
    assert further(make_record("nord", owner="nord")) == References()


def test_what_is_not_said_of_records_is_not_wanted() -> None:
    nord = make_record("nord", owner="sud", papers=["audit"])

    assert further(nord, record_attributes={"maker": ("owner",)}).assets == {}
    assert further(nord, record_attributes={"maker": ()}) == References()
    assert further(make_record("nord", owner=LinkedValue("x", None, "print"))) == References()
    assert (
        further_references(make_product(), Linked(), make_structure(), make_config())
        == References()
    )


def test_records_that_are_only_named_are_not_followed() -> None:
    product = make_product(maker="nord", parts=[{"maker": "nord"}, {"maker": "sud"}])
    nord, sud = make_record("nord", mills=["m1"]), make_record("sud", mills=["m2"])
    linked = linked_records("maker", nord, sud)

    in_cells = further_references(product, linked, STRUCTURE, make_config("parts"))
    described = further_references(product, linked, STRUCTURE, make_config("parts", "maker"))

    assert in_cells == References()
    assert described == References(records={"mill": ("m1",)})


def test_variants_may_differ_in_records() -> None:
    variant = msgspec.structs.replace(make_product(maker="nord", seals=["gots"]), uuid=UUID_2)
    linked = linked_products(variant, variants=(UUID_2, UUID_3), axes=("maker", "colour", "gone"))

    shown = further_references(make_product(), linked, STRUCTURE, make_config(variants=True))
    hidden = further_references(make_product(), linked, STRUCTURE, make_config())

    assert shown == References(records={"maker": ("nord",)})
    assert hidden == References()


def linked_option(code: str) -> dict[str, Any]:
    return {"attribute": "it", "code": code, "labels": {"en_US": code.title()}}


@pytest.mark.parametrize(
    ("colour", "lacking"),
    [
        (ProductValue("red"), ("colour",)),
        (ProductValue("red", linked_data=linked_option("red")), ()),
        (ProductValue("red", linked_data=linked_option("red") | {"labels": {}}), ()),
        (ProductValue("red", linked_data={"code": "red"}), ("colour",)),
        (ProductValue("red", linked_data=[]), ("colour",)),
        (ProductValue("red", "it_IT"), ()),
        (ProductValue(None), ()),
    ],
)
def test_a_select_without_labels_is_known(colour: ProductValue, lacking: tuple[str, ...]) -> None:
    product = make_product(colour=colour)

    assert selects_without_labels(product, STRUCTURE, make_config("name", "colour")) == lacking
    assert selects_without_labels(product, STRUCTURE, make_config("name")) == ()


def test_so_is_one_of_which_an_option_has_none() -> None:
    sizes = ["s", "m"]
    described = {code: linked_option(code) for code in sizes}
    some = make_product(sizes=ProductValue(sizes, linked_data={"s": described["s"]}))
    every = make_product(sizes=ProductValue(sizes, linked_data=described))

    assert selects_without_labels(some, STRUCTURE, make_config("sizes")) == ("sizes",)
    assert selects_without_labels(every, STRUCTURE, make_config("sizes")) == ()


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
keys = st.sampled_from(["type", "id", "product", "fibre", "piece", "labels", "code", "red"])
anything = st.recursive(
    scalars | st.sampled_from(["red", "product", str(UUID_2)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(list(STRUCTURE.attributes)), anything), anything)
def test_no_data_break_it(values: dict[str, Any], linked_data: Any) -> None:
    entries = {code: ProductValue(data, linked_data=linked_data) for code, data in values.items()}
    product, config = make_product(**entries), make_config(*STRUCTURE.attributes)
    record = make_record("nord", **{code: LinkedValue(data) for code, data in values.items()})

    references = references_of(product, STRUCTURE, config)
    further_references(product, linked_records("maker", record), STRUCTURE, config)
    selects_without_labels(product, STRUCTURE, config)

    named = (*references.records.values(), *references.assets.values())
    assert all(re.fullmatch("[A-Za-z0-9_-]+", code) for codes in named for code in codes)
