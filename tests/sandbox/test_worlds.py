"""The sandbox's own catalogues hold together as a PIM's database would make them."""

import io
import json
import subprocess
import sys

import pytest
from PIL import Image

from tests.sandbox.worlds import LOCALES, NAMES, ROOT, World


@pytest.fixture(scope="module", params=NAMES)
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


def test_the_three_worlds_have_about_sixty_products_and_forty_pictures() -> None:
    worlds = [World(name) for name in NAMES]

    assert [len(world.lists["products"]) for world in worlds] == [18, 22, 20]
    pictures = [
        [media for media in world.lists["media_files"] if media["extension"] == "jpg"]
        for world in worlds
    ]
    assert [len(found) for found in pictures] == [11, 12, 17]


def test_every_world_has_every_list(world: World) -> None:
    expected = "association_types attribute_groups attribute_options attributes categories channels"
    expected += " currencies families family_variants locales measurement_families media_files"

    linked = {"asset_families", "reference_entities"} if world.has_linked_things else set()

    assert set(world.lists) == {*expected.split(), "product_models", "products", *linked}
    assert all(world.lists.values())


def test_files_have_one_object_per_line(world: World) -> None:
    for name, rows in world.lists.items():
        lines = (world.folder / "api" / f"{name}.json").read_text("utf-8").splitlines()

        assert [json.loads(line.removesuffix(",")) for line in lines[1:-1]] == rows


def test_uuids_and_identifiers_are_unique_over_all_worlds() -> None:
    products = [product for name in NAMES for product in World(name).lists["products"]]

    assert len({product["uuid"] for product in products}) == len(products)
    assert len({product["identifier"] for product in products}) == len(products)


def test_uuids_are_made_from_names() -> None:
    products = [product for name in NAMES for product in World(name).lists["products"]]

    # The digit after the second hyphen is a UUID's version; 5 means the same in every run.
    assert {product["uuid"][14] for product in products} == {"5"}


def test_each_world_has_an_identifier_that_must_be_escaped(world: World) -> None:
    identifiers = [product["identifier"] for product in world.lists["products"]]

    assert any(set("/# ").intersection(identifier) for identifier in identifiers)


def test_the_identifier_is_the_sku_value(world: World) -> None:
    for product in world.lists["products"]:
        assert [entry["data"] for entry in product["values"]["sku"]] == [product["identifier"]]


def test_each_world_has_a_disabled_draft(world: World) -> None:
    enabled = [product["enabled"] for product in world.lists["products"]]

    assert enabled.count(False) == 1


def test_structure_refers_to_what_exists(world: World) -> None:
    attributes, channels = world.by_code("attributes"), world.by_code("channels")
    groups, categories = world.by_code("attribute_groups"), world.by_code("categories")
    measurements = world.by_code("measurement_families")
    families = world.by_code("families")

    for attribute in attributes.values():
        assert attribute["code"] in groups[attribute["group"]]["attributes"]
        assert attribute["group_labels"] == groups[attribute["group"]]["labels"]
        assert set(attribute["available_locales"]) <= LOCALES
        if attribute["type"] == "pim_catalog_metric":
            units = measurements[attribute["metric_family"]]["units"]
            assert attribute["default_metric_unit"] in units
    assert sum(len(group["attributes"]) for group in groups.values()) == len(attributes)
    for option in world.lists["attribute_options"]:
        assert attributes[option["attribute"]]["type"].endswith("select")
    for category in categories.values():
        assert category["parent"] is None or category["parent"] in categories
    for family in families.values():
        assert set(family["attributes"]) <= set(attributes)
        assert {family["attribute_as_label"], family["attribute_as_image"]} == {"name", "picture"}
        assert set(family["attribute_requirements"]) == set(channels)
        for required in family["attribute_requirements"].values():
            assert set(required) <= set(family["attributes"])


def test_every_attribute_belongs_to_a_family_and_has_a_value(world: World) -> None:
    in_families = {code for f in world.lists["families"] for code in f["attributes"]}
    used = {code for holder in world.holders for code in holder["values"]}

    assert in_families == used == set(world.by_code("attributes"))


def test_channels_refer_to_what_exists_and_is_enabled(world: World) -> None:
    enabled = {row["code"] for row in world.lists["locales"] if row["enabled"]}
    currencies = {row["code"] for row in world.lists["currencies"] if row["enabled"]}
    categories = world.by_code("categories")
    channels = world.by_code("channels")

    assert enabled == LOCALES
    assert currencies == {"EUR", "USD"}
    assert {code: len(row["locales"]) for code, row in channels.items()} == {
        "ecommerce": 3,
        "print": 2,
    }
    for channel in channels.values():
        assert set(channel["locales"]) <= enabled
        assert set(channel["currencies"]) <= currencies
        assert categories[channel["category_tree"]]["parent"] is None


def test_family_variants_divide_the_family_by_level(world: World) -> None:
    families, attributes = world.by_code("families"), world.by_code("attributes")

    for variant in world.lists["family_variants"]:
        levels = variant["variant_attribute_sets"]
        on_levels = [code for level in levels for code in level["attributes"]]
        everything = sorted(variant["common_attributes"] + on_levels)
        assert everything == families[variant["family"]]["attributes"]
        assert "sku" in levels[-1]["attributes"]
        for level in levels:
            assert set(level["axes"]) <= set(level["attributes"])
            kinds = {attributes[axis]["type"] for axis in level["axes"]}
            assert kinds <= {"pim_catalog_simpleselect", "pim_catalog_metric"}


def test_products_and_models_refer_to_what_exists(world: World) -> None:
    families, categories = world.by_code("families"), world.by_code("categories")
    variants = world.by_code("family_variants")

    for holder in world.holders:
        assert holder["family"] in families
        assert holder["categories"]
        assert set(holder["categories"]) <= set(categories)
        assert set(holder["values"]) <= set(families[holder["family"]]["attributes"])
        for ancestor in world.lineage(holder):
            assert ancestor["family"] == holder["family"]
            assert set(ancestor["categories"]) <= set(holder["categories"])
    for model in world.lists["product_models"]:
        assert variants[model["family_variant"]]["family"] == model["family"]
        parents = [ancestor["family_variant"] for ancestor in world.lineage(model)]
        assert set(parents) <= {model["family_variant"]}


def test_variants_and_sub_models_contain_the_values_of_their_ancestors(world: World) -> None:
    children = [holder for holder in world.holders if holder["parent"]]

    assert children
    for child in children:
        for ancestor in world.lineage(child):
            assert ancestor["values"].items() <= child["values"].items()


def test_each_level_adds_only_its_own_attributes(world: World) -> None:
    variants = world.by_code("family_variants")

    for child in (holder for holder in world.holders if holder["parent"]):
        ancestors = world.lineage(child)
        levels = variants[ancestors[0]["family_variant"]]["variant_attribute_sets"]
        own = set(child["values"]) - set(ancestors[0]["values"])
        level = levels[len(ancestors) - 1]
        assert own <= set(level["attributes"])
        assert set(level["axes"]) <= own


def test_siblings_differ_in_their_axes(world: World) -> None:
    variants = world.by_code("family_variants")
    seen: set[tuple[str, str]] = set()

    for child in (holder for holder in world.holders if holder["parent"]):
        ancestors = world.lineage(child)
        levels = variants[ancestors[0]["family_variant"]]["variant_attribute_sets"]
        axes = levels[len(ancestors) - 1]["axes"]
        place = (child["parent"], json.dumps([child["values"][axis] for axis in axes]))
        assert place not in seen
        seen.add(place)


def test_clothing_has_two_levels_of_variants() -> None:
    clothing = World("clothing")

    depths = {len(clothing.lineage(product)) for product in clothing.lists["products"]}

    assert depths == {0, 1, 2}


def test_media_files_are_what_they_say(world: World) -> None:
    for media in world.all_media():
        content = (world.folder / media["file"]).read_bytes()
        first, second, third, fourth, name = media["code"].split("/")

        assert name.startswith(first + second + third + fourth)
        assert name[40:] == f"_{media['original_filename']}"
        assert media["size"] == len(content)
        if media["extension"] == "pdf":
            assert media["mime_type"] == "application/pdf"
            continue
        assert (media["mime_type"], media["extension"]) == ("image/jpeg", "jpg")
        with Image.open(io.BytesIO(content)) as image:
            assert (image.format, image.size) == ("JPEG", (1200, 900))


def test_files_of_products_are_media_files_and_every_media_file_is_one(world: World) -> None:
    kinds = ("pim_catalog_image", "pim_catalog_file")
    entries = [e for _, a, e in world.entries() if a["type"] in kinds]

    assert {entry["data"] for entry in entries} == set(world.by_code("media_files"))
    for entry in entries:
        href = f"{{pim_url}}/api/rest/v1/media-files/{entry['data']}/download"
        assert entry["_links"] == {"download": {"href": href}}


def test_every_product_has_a_picture(world: World) -> None:
    assert all("picture" in product["values"] for product in world.lists["products"])


def test_the_media_folder_holds_nothing_else(world: World) -> None:
    files = {f"media/{path.name}": path for path in (world.folder / "media").iterdir()}
    expected = {media["file"] for media in world.all_media()}

    assert set(files) == {*expected, world.merchant["logo"]}


def test_the_files_of_all_worlds_stay_small() -> None:
    files = [path for name in NAMES for path in (World(name).folder / "media").iterdir()]

    # They are part of the package that everybody installs.
    assert sum(path.stat().st_size for path in files) < 1_600_000


def test_the_logo_is_a_transparent_png(world: World) -> None:
    with Image.open(world.folder / world.merchant["logo"]) as logo:
        assert (logo.format, logo.width) == ("PNG", 600)
        corner = logo.convert("RGBA").getpixel((1, 1))

    assert isinstance(corner, tuple)
    assert corner[3] == 0


def test_the_merchant_has_a_name_and_a_primary_colour(world: World) -> None:
    assert world.merchant["name"]
    assert world.merchant["description"]
    assert bytes.fromhex(world.merchant["colors"]["primary"].removeprefix("#"))


def test_the_files_are_what_their_sources_say() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "tools.worlds", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (finished.stdout.strip(), finished.returncode) == ("", 0), finished.stderr
