"""Records, assets, tables, links and documents of the built-in catalogues hold together."""

import re
from decimal import Decimal
from typing import Any

import pytest

from quart_passport.sandbox import Edition, load_catalog, world_directory
from tests.sandbox.rich import talking_to
from tests.sandbox.worlds import LOCALES, NAMES, Row, World, name_of

LINKED = ("batteries", "clothing")
MEMBERS = {"reference_entities": "records", "asset_families": "assets"}


@pytest.fixture(scope="module", params=LINKED)
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


@pytest.fixture(scope="module", params=NAMES)
def any_world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


def codes(data: Any) -> list[str]:
    return data if isinstance(data, list) else [data]


def members(world: World, kind: str, entity: str) -> dict[str, Row]:
    return {row["code"]: row for row in world.by_code(kind)[entity][MEMBERS[kind]]}


def entries_of(world: World, kind: str) -> list[tuple[Row, Row, Row, Row]]:
    """Entity, attribute, member and entry of every value of records or assets."""
    return [
        (entity, attribute, member, entry)
        for entity in world.lists[kind]
        for attribute in entity["attributes"]
        for member in entity[MEMBERS[kind]]
        for entry in member["values"].get(attribute["code"], [])
    ]


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (("akeneo_reference_entity", "akeneo_reference_entity_collection"), "reference_entities"),
        (("asset_collection",), "asset_families"),
    ],
)
def test_products_name_records_and_assets_that_exist(
    world: World, types: tuple[str, ...], kind: str
) -> None:
    for attribute, data in world.entries_of(*types):
        known = members(world, kind, attribute["reference_data_name"])
        assert set(codes(data)) <= set(known)


@pytest.mark.parametrize("kind", MEMBERS)
def test_codes_are_such_as_the_pim_takes(world: World, kind: str) -> None:
    for entity in world.lists[kind]:
        every = [entity, *entity["attributes"], *entity[MEMBERS[kind]]]
        assert all(re.fullmatch(r"[a-z0-9_]+", row["code"]) for row in every)


@pytest.mark.parametrize("kind", MEMBERS)
def test_values_have_a_locale_exactly_where_their_attribute_has(world: World, kind: str) -> None:
    for _, attribute, member, entry in entries_of(world, kind):
        assert (entry["locale"] is not None) == attribute["value_per_locale"], member["code"]
        assert (entry["channel"] is not None) == attribute["value_per_channel"], member["code"]
        assert entry["locale"] in {None, *LOCALES}
        assert entry["data"] not in ("", None, [])


@pytest.mark.parametrize("kind", MEMBERS)
def test_every_record_and_asset_has_a_label(world: World, kind: str) -> None:
    for entity in world.lists[kind]:
        for member in entity[MEMBERS[kind]]:
            assert "en_US" in {entry["locale"] for entry in member["values"]["label"]}


def test_options_of_records_and_assets_exist(world: World) -> None:
    found = [
        (entity["attribute_options"][attribute["code"]], entry["data"])
        for kind in MEMBERS
        for entity, attribute, _, entry in entries_of(world, kind)
        if attribute["type"].endswith(("option", "options"))
    ]

    assert found
    for options, data in found:
        assert set(codes(data)) <= {option["code"] for option in options}


def test_records_lead_to_records_of_the_same_world(world: World) -> None:
    links = [
        (attribute["reference_entity_code"], entry["data"])
        for _, attribute, _, entry in entries_of(world, "reference_entities")
        if attribute["type"] == "reference_entity_single_link"
    ]

    assert links
    for entity, code in links:
        assert code in members(world, "reference_entities", entity)


def test_pictures_and_documents_of_records_and_assets_are_there(world: World) -> None:
    known = {media["code"]: media for media in world.all_media()}
    kinds = {"image": ("jpg",), "media_file": ("jpg", "pdf")}
    found = [
        (attribute, entry["data"])
        for kind in MEMBERS
        for _, attribute, _, entry in entries_of(world, kind)
        if attribute["type"] in kinds
    ]

    assert {known[code]["extension"] for _, code in found} == {"jpg", "pdf"}
    for attribute, code in found:
        assert known[code]["extension"] in kinds[attribute["type"]]
        assert known[code]["extension"] in attribute["allowed_extensions"]


def test_cells_are_what_their_columns_say(world: World) -> None:
    for attribute, rows in world.entries_of("table"):
        columns = {column["code"]: column for column in attribute["table_configuration"]}
        first = next(iter(columns))
        names = [row[first] for row in rows]
        assert len(names) == len(set(names)), "a row is there twice"
        for row in rows:
            assert all(fits(columns[code], cell) for code, cell in row.items()), row


def fits(column: Row, cell: Any) -> bool:
    match column["data_type"]:
        case "select":
            return cell in {option["code"] for option in column["options"]}
        case "number":
            return isinstance(cell, str) and 0 <= Decimal(cell) <= 100
        case "boolean":
            return isinstance(cell, bool)
        case "date":
            return re.fullmatch(r"\d{4}-\d\d-\d\d", cell) is not None
    return isinstance(cell, str) and len(cell) <= column["validations"]["max_length"]


def test_compositions_are_of_the_whole(world: World) -> None:
    sums = [
        sum(Decimal(row["share"]) for row in rows)
        for attribute, rows in world.entries_of("table")
        if "share" in {column["code"] for column in attribute["table_configuration"]}
    ]

    assert sums
    assert set(sums) == {Decimal(100)}


def test_product_links_lead_to_products_or_models_of_the_same_world(world: World) -> None:
    uuids = {product["uuid"] for product in world.lists["products"]}
    models = set(world.by_code("product_models"))

    for _, data in world.entries_of("product_link"):
        assert data["id"] in (uuids if data["type"] == "product" else models)


def test_associations_lead_to_other_products(any_world: World) -> None:
    uuids = {product["uuid"] for product in any_world.lists["products"]}
    types = set(any_world.by_code("association_types"))
    found = 0

    for holder in any_world.holders:
        for code, kinds in holder["associations"].items():
            found += 1
            assert code in types
            assert set(kinds["products"]) <= uuids - {holder.get("uuid")}, name_of(holder)
            assert (kinds["product_models"], kinds["groups"]) == ([], [])
    assert found


def test_variants_have_the_associations_of_their_models(any_world: World) -> None:
    for holder in any_world.holders:
        for ancestor in any_world.lineage(holder):
            assert ancestor["associations"].items() <= holder["associations"].items()


def test_documents_are_whole_pdf_files(world: World) -> None:
    documents = [media for media in world.all_media() if media["extension"] == "pdf"]

    assert len(documents) >= 6
    for media in documents:
        content = (world.folder / media["file"]).read_bytes()
        assert content.startswith(b"%PDF-1.4\n")
        assert content.endswith(b"%%EOF\n")
        start = int(content.split(b"startxref\n")[1].split(b"\n")[0])
        entries = content[start:].split(b" 00000 n")[:-1]
        for number, entry in enumerate(entries, start=1):
            place = int(entry[-10:])
            assert content[place:].startswith(b"%d 0 obj\n" % number)


def test_documents_are_there_in_all_languages(world: World) -> None:
    documents = [media["original_filename"] for media in world.all_media()]
    stems = {name[: -len("-en.pdf")] for name in documents if name.endswith(".pdf")}

    assert stems
    for stem in stems:
        assert {f"{stem}-{short}.pdf" for short in ("en", "de", "fr")} <= set(documents)


async def test_a_pim_serves_every_record_asset_and_file_of_a_world(world: World) -> None:
    async with talking_to(load_catalog(world_directory(world.name))) as talk:
        for kind, path in (("reference_entities", "records"), ("asset_families", "assets")):
            for entity in world.lists[kind]:
                base = f"{kind.replace('_', '-')}/{entity['code']}"
                page = await talk.json(f"{base}/{path}")
                served = {item["code"] for item in page["_embedded"]["items"]}
                assert served == {member["code"] for member in entity[MEMBERS[kind]]}
                assert await talk.json(f"{base}/attributes") == entity["attributes"]
        for media in world.lists["asset_families"][-1]["asset_media_files"]:
            answer = await talk.app.get(f"asset-media-files/{media['code']}")
            assert answer.headers["content-type"] == media["mime_type"]
            assert len(answer.content) == media["size"]
        for media in world.lists["reference_entities"][0]["reference_entity_media_files"]:
            answer = await talk.app.get(f"reference-entities-media-files/{media['code']}")
            assert len(answer.content) == media["size"]


@pytest.mark.parametrize("edition", [Edition.GROWTH, Edition.COMMUNITY])
async def test_a_world_is_whole_without_what_small_editions_lack(
    world: World, edition: Edition
) -> None:
    async with talking_to(load_catalog(world_directory(world.name)), edition) as talk:
        attributes = await talk.json("attributes", limit="100")
        products = await talk.json("products-uuid", limit="100")

    codes = {item["code"] for item in attributes["_embedded"]["items"]}
    assert "maker" not in codes
    assert len(products["_embedded"]["items"]) == len(world.lists["products"])
    for product in products["_embedded"]["items"]:
        assert set(product["values"]) <= codes
