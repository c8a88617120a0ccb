"""How a PIM of any edition is built, and what it leaves out."""

import json
from pathlib import Path
from typing import Any

import pytest

from quart_passport.errors import PimForbidden, PimNotFound
from quart_passport.passport.structure import Edition as OurEdition
from quart_passport.passport.structure import FamilyVariant
from quart_passport.sandbox import Edition, load_catalog, world_directory
from tests.pim.conftest import Connected, connected

LINKING = {"dpp_manufacturer", "dpp_certifications", "dpp_documents", "dpp_materials"}


async def test_the_structure_is_read_whole(sandbox: Connected) -> None:
    structure = await sandbox.client.read_structure(await sandbox.access())

    catalog = sandbox.pim.catalog
    assert set(structure.attributes) == set(catalog.attributes)
    assert set(structure.association_types) == set(catalog.association_types)
    assert structure.identifier_attribute in structure.attributes
    assert structure.channels
    assert structure.families
    assert structure.groups
    assert structure.locales
    assert structure.measurement_families


async def test_the_edition_is_what_the_pim_says(sandbox: Connected) -> None:
    structure = await sandbox.client.read_structure(await sandbox.access())

    assert structure.edition == OurEdition(sandbox.pim.edition.value)
    assert structure.edition is not OurEdition.UNKNOWN


async def test_without_the_edition_all_else_is_read(sandbox: Connected) -> None:
    access = await sandbox.access()

    for fault in ("forbidden", "not_found", "not_json", "wrong_type", "html_error"):
        # As often as what fails in passing is tried.
        times = 3 if fault == "html_error" else 1
        sandbox.pim.traffic.play(fault, times=times, route="system-information")
        structure = await sandbox.client.read_structure(access)

        assert structure.edition is OurEdition.UNKNOWN, fault
        assert structure.attributes
        assert structure.families


async def test_the_structure_of_a_large_catalogue_is_read_whole(large_sandbox: Connected) -> None:
    structure = await large_sandbox.client.read_structure(await large_sandbox.access())

    catalog = large_sandbox.pim.catalog
    assert set(structure.attributes) == set(catalog.attributes)
    assert set(structure.families) == set(catalog.families)
    assert set(structure.channels) == set(catalog.channels)
    assert structure.unit("Weight", "GRAM").convert_from_standard  # type: ignore[union-attr]
    assert structure.measurement_families["Weight"].standard_unit_code == "KILOGRAM"


async def test_tables_come_with_the_labels_of_their_options(large_sandbox: Connected) -> None:
    structure = await large_sandbox.client.read_structure(await large_sandbox.access())

    if large_sandbox.pim.edition is Edition.COMMUNITY:
        assert "dpp_materials" not in structure.attributes
        return
    material, percentage, *_ = structure.attributes["dpp_materials"].table_configuration
    assert material.options["wool"]["de_DE"] == "Wolle"
    assert material.options["unlabelled"] == {}
    assert (percentage.data_type, percentage.labels["en_US"]) == ("number", "%")


async def test_records_and_assets_are_known_where_the_edition_has_them(
    large_sandbox: Connected,
) -> None:
    access = await large_sandbox.access()
    structure = await large_sandbox.client.read_structure(access)

    linked = await large_sandbox.client.read_linked_structure(access, structure, LINKING)

    if large_sandbox.pim.edition not in {Edition.SERENITY, Edition.ENTERPRISE}:
        assert (linked.reference_entities, linked.asset_families) == ({}, {})
        return
    maker = linked.reference_entities["manufacturer"]
    assert maker.labels["fr_FR"] == "Fabricant"
    assert maker.attributes["country"].options["italy"]["fr_FR"] == "Italie"
    assert sorted(linked.reference_entities) == ["certification", "manufacturer"]
    documents = linked.asset_families["dpp_documents"]
    assert documents.attribute_as_main_media == "media"
    assert documents.attributes["external"].prefix == "https://dam.example.com/"
    assert documents.attributes["external"].suffix == ""
    assert documents.attributes["label"].is_rich_text_editor is False


async def test_what_no_attribute_leads_to_is_not_asked_for(large_sandbox: Connected) -> None:
    access = await large_sandbox.access()
    structure = await large_sandbox.client.read_structure(access)
    large_sandbox.pim.traffic.reset()

    linked = await large_sandbox.client.read_linked_structure(access, structure, {"sku", "gone"})

    assert linked == structure
    assert large_sandbox.pim.traffic.total.calls == 0


async def test_one_entity_costs_three_calls_and_one_for_each_select(
    enterprise_sandbox: Connected,
) -> None:
    access = await enterprise_sandbox.access()
    structure = await enterprise_sandbox.client.read_structure(access)
    enterprise_sandbox.pim.traffic.reset()

    linked = await enterprise_sandbox.client.read_linked_structure(
        access, structure, {"dpp_manufacturer"}
    )

    assert list(linked.reference_entities) == ["manufacturer"]
    assert linked.asset_families == {}
    assert dict(enterprise_sandbox.pim.traffic.total.by_route) == {
        "reference-entities": 1,
        "asset-families": 1,
        "reference-entities/*/attributes": 1,
        "reference-entities/*/attributes/*/options": 1,
    }


@pytest.mark.parametrize(
    ("route", "entities", "attributes"),
    [
        ("reference-entities", 0, 0),
        ("reference-entities/*/attributes", 2, 0),
        ("reference-entities/*/attributes/*/options", 2, 7),
    ],
)
@pytest.mark.parametrize("fault", ["forbidden", "not_found"])
async def test_what_may_not_be_read_of_records_leaves_the_rest(
    enterprise_sandbox: Connected, fault: str, route: str, entities: int, attributes: int
) -> None:
    access = await enterprise_sandbox.access()
    structure = await enterprise_sandbox.client.read_structure(access)
    enterprise_sandbox.pim.traffic.play(fault, times=9, route=route)

    linked = await enterprise_sandbox.client.read_linked_structure(access, structure, LINKING)

    held = linked.reference_entities.values()
    assert len(held) == entities
    assert sum(len(entity.attributes) for entity in held) == attributes
    assert not any(a.options for entity in held for a in entity.attributes.values())
    assert linked.asset_families


@pytest.fixture
def linking_world(tmp_path: Path) -> Path:
    """An addition to a catalogue: entities that lead to one another, more than one page."""
    label = {"code": "label", "type": "text", "labels": []}
    link = {"type": "reference_entity_single_link", "labels": {}}
    proofs = {"type": "asset_collection", "labels": {}, "asset_family_identifier": "proof"}
    maker = [
        label,
        {"code": "town", "reference_entity_code": "town", **link},
        {"code": "proof", **proofs},
    ]
    town = [label, {"code": "mayor", "reference_entity_code": "person", **link}]
    attributes = {"maker": maker, "town": town, "person": [label]}
    attributes |= {f"other_{n:03}": [label] for n in range(120)}
    entities = [
        {"code": code, "labels": {"en_US": code.title()}, "image": None, "attributes": held}
        for code, held in attributes.items()
    ]
    family = {"code": "proof", "labels": [], "attributes": [label], "assets": []}
    attribute = {
        "code": "made_by",
        "type": "akeneo_reference_entity",
        "group": "other",
        "labels": {},
        "reference_data_name": "maker",
    }
    (tmp_path / "reference_entities.json").write_text(json.dumps(entities))
    (tmp_path / "asset_families.json").write_text(json.dumps([family]))
    (tmp_path / "attributes.json").write_text(json.dumps([attribute]))
    return tmp_path


async def test_records_that_records_lead_to_are_known_by_name(linking_world: Path) -> None:
    catalog = load_catalog(world_directory("batteries"), linking_world)
    async with connected(catalog, Edition.ENTERPRISE) as sandbox:
        access = await sandbox.access()
        structure = await sandbox.client.read_structure(access)

        linked = await sandbox.client.read_linked_structure(access, structure, {"made_by"})

        # 123 entities, a hundred to a page.
        assert sandbox.pim.traffic.total.by_route["reference-entities"] == 2
    assert sorted(linked.reference_entities) == ["maker", "town"]
    assert sorted(linked.reference_entities["maker"].attributes) == ["label", "proof", "town"]
    assert linked.reference_entities["town"].labels == {"en_US": "Town"}
    assert linked.reference_entities["town"].attributes == {}
    assert sorted(linked.asset_families["proof"].attributes) == ["label"]


@pytest.fixture
def many_of_all(tmp_path: Path) -> Path:
    """An addition to a catalogue: 250 attributes, and a select with 300 options."""
    text = {"type": "pim_catalog_text", "group": "other", "labels": {}}
    select = text | {"code": "tone", "type": "pim_catalog_simpleselect"}
    attributes = [{**text, "code": f"extra_{number}"} for number in range(249)]
    options = [
        {"code": f"tone_{number:03}", "attribute": "tone", "labels": {"en_US": f"Tone {number}"}}
        for number in range(300)
    ]
    (tmp_path / "attributes.json").write_text(json.dumps([*attributes, select]))
    (tmp_path / "attribute_options.json").write_text(json.dumps(options))
    return tmp_path


async def test_a_structure_of_many_pages_is_read_to_its_end(
    many_of_all: Path, edition: Edition
) -> None:
    catalog = load_catalog(world_directory("batteries"), many_of_all)
    async with connected(catalog, edition) as sandbox:
        structure = await sandbox.client.read_structure(await sandbox.access())

        total = len(sandbox.pim.catalog.attributes)
        assert len(structure.attributes) == total > 250
        assert sandbox.pim.traffic.total.by_route["attributes"] == total // 100 + 1


async def test_options_of_many_pages_are_read_to_an_empty_end(
    many_of_all: Path, edition: Edition
) -> None:
    catalog = load_catalog(world_directory("batteries"), many_of_all)
    async with connected(catalog, edition) as sandbox:
        access = await sandbox.access()

        options = await sandbox.client.read_options(access, "tone")

        assert len(options) == 300
        assert options["tone_299"] == {"en_US": "Tone 299"}
        # Three full pages, so there is a fourth.
        assert sandbox.pim.traffic.total.by_route["attributes/*/options"] == 4


async def test_an_attribute_without_options_has_none(sandbox: Connected) -> None:
    access = await sandbox.access()

    for attribute in ("sku", "gone", "..", ""):
        assert await sandbox.client.read_options(access, attribute) == {}


async def test_options_that_may_not_be_read_are_none(sandbox: Connected) -> None:
    access = await sandbox.access()
    sandbox.pim.traffic.play("forbidden", route="attributes/*/options")

    assert await sandbox.client.read_options(access, "chemistry") == {}


async def test_a_family_variant_names_its_axes_outermost_first(large_sandbox: Connected) -> None:
    access = await large_sandbox.access()
    variants = large_sandbox.pim.catalog.family_variants
    family, code, levels = next(
        (family, code, variant["variant_attribute_sets"])
        for family, held in variants.items()
        for code, variant in held.items()
        if len(variant["variant_attribute_sets"]) == 2
    )
    large_sandbox.pim.catalog.family_variants[family][code]["variant_attribute_sets"] = levels[::-1]

    variant = await large_sandbox.client.read_family_variant(access, family, code)

    first, second = sorted(levels, key=lambda level: level["level"])
    assert variant == FamilyVariant(code, (*first["axes"], *second["axes"]))


async def test_a_family_variant_that_is_not_there_is_not_found(sandbox: Connected) -> None:
    with pytest.raises(PimNotFound):
        await sandbox.client.read_family_variant(await sandbox.access(), "gone", "gone")


async def test_what_the_token_may_not_read_is_empty(sandbox: Connected) -> None:
    missing = ("measurement-families", "attribute-groups", "families", "locales")
    for route in (*missing, "association-types"):
        sandbox.pim.traffic.play("forbidden", route=route)

    structure = await sandbox.client.read_structure(await sandbox.access())

    assert not structure.measurement_families
    assert not structure.groups
    assert not structure.families
    assert not structure.association_types
    assert structure.attributes
    assert set(structure.locales) == {c for one in structure.channels.values() for c in one.locales}


@pytest.mark.parametrize("route", ["attributes", "channels"])
async def test_without_attributes_or_channels_there_is_no_structure(
    sandbox: Connected, route: str
) -> None:
    sandbox.pim.traffic.play("forbidden", route=route)

    with pytest.raises(PimForbidden):
        await sandbox.client.read_structure(await sandbox.access())


@pytest.mark.parametrize(
    ("fault", "details"), [("unprocessable", {}), ("huge_body", {"size": 17 * 2**20})]
)
async def test_a_pim_that_cannot_list_options_of_tables_lists_attributes_without(
    sandbox: Connected, fault: str, details: dict[str, Any]
) -> None:
    sandbox.pim.traffic.play(fault, route="attributes", **details)

    structure = await sandbox.client.read_structure(await sandbox.access())

    assert set(structure.attributes) == set(sandbox.pim.catalog.attributes)
