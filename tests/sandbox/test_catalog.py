"""Reading catalogue folders: good ones, broken ones, the big one and the built-in worlds."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from quart_passport.sandbox import (
    WORLDS,
    Catalog,
    CatalogError,
    create_sandbox,
    load_catalog,
    world_directory,
)
from tests.sandbox.conftest import (
    DEMO_CATALOG,
    AppSide,
    new_app_side,
    tiny_files,
    tiny_product,
    write_catalog,
)
from tests.serving import serving

needs_demo_catalog = pytest.mark.skipif(
    not DEMO_CATALOG.is_dir(), reason=f"the demo catalogue is not at {DEMO_CATALOG}"
)


def test_optional_files_may_be_missing(tmp_path: Path) -> None:
    wanted = ("attributes.json", "channels.json", "locales.json", "families.json")
    files = {name: tiny_files()[name] for name in wanted} | {"products.json": []}

    catalog = load_catalog(write_catalog(tmp_path, files))

    assert catalog.merchant.name == "Demo merchant"
    assert (catalog.categories, catalog.media_files, catalog.measurement_families) == ({}, {}, [])


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("products.json", None, "products.json: the file is missing"),
        ("products.json", '[\n{"uuid": "a", "values": {}},\n{"uuid": }\n]', "line 3"),
        ("products.json", "{}", r"Expected `array`, got `object`"),
        ("products.json", '[{"uuid": 1, "values": {}}]', r"Expected `str`.*\$\[0\]\.uuid"),
        ("products.json", '[{"uuid": "a"}]', "missing required field `values`"),
        (
            "products.json",
            '[{"uuid": "a", "values": {}}, {"uuid": "a", "values": {}}]',
            '"a" is there twice',
        ),
        (
            "products.json",
            json.dumps([tiny_product("A") | {"family": "nothing"}]),
            'A has the unknown family "nothing"',
        ),
        (
            "products.json",
            json.dumps([tiny_product("A") | {"values": {"nothing": []}}]),
            'A has a value for the unknown attribute "nothing"',
        ),
        (
            "products.json",
            json.dumps([tiny_product("A"), tiny_product("a")]),
            'the identifier "a" is there twice',
        ),
        ("attributes.json", "[]", "no attribute is the main identifier"),
        ("merchant.json", '{"name": 1}', "Expected `str`"),
        (
            "media_files.json",
            '[{"code":"x","original_filename":"x","mime_type":"a/b","file":"../../x"}]',
            "leads out of",
        ),
    ],
)
def test_a_broken_catalogue_says_what_is_wrong_and_where(
    tmp_path: Path, file: str, content: str | None, message: str
) -> None:
    api = write_catalog(tmp_path, tiny_files())
    if content is None:
        (api / file).unlink()
    else:
        (api / file).write_text(content, encoding="utf-8")

    with pytest.raises(CatalogError, match=message) as caught:
        load_catalog(api)

    assert file in str(caught.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="nowhere is not a folder"):
        load_catalog(tmp_path / "nowhere")


def test_two_pims_do_not_see_each_others_edits(tiny: Catalog) -> None:
    first = create_sandbox(tiny, base_url="http://one.example").pim
    second = create_sandbox(tiny, base_url="http://two.example").pim
    uuid = first.products.all()[0]["uuid"]

    first.products.edit(uuid, now=0, enabled=False)
    first.products.delete(first.products.all()[1]["uuid"])

    assert second.products.with_uuid(uuid) == tiny.products[uuid]
    assert (len(first.products), len(second.products)) == (5, 6)


@needs_demo_catalog
def test_the_demo_catalogue_loads() -> None:
    assert len(load_catalog(DEMO_CATALOG).products) == 1239


async def _walk(app: AppSide, path: str, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    answer = await app.get(path, limit="100", **query)
    while True:
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["_embedded"]["items"]
        if "next" not in page["_links"]:
            return found
        answer = await app.get(page["_links"]["next"]["href"])


@needs_demo_catalog
async def test_the_whole_demo_catalogue_is_served() -> None:
    catalog = load_catalog(DEMO_CATALOG)
    async with (
        serving(lambda url: create_sandbox(catalog, base_url=url)) as pim,
        httpx.AsyncClient(base_url=pim.url, trust_env=False) as http,
    ):
        app = await new_app_side(pim, http)
        await app.connect("read_products read_catalog_structure read_categories")

        by_number = await _walk(app, "products-uuid", with_attribute_options="true")
        by_cursor = await _walk(app, "products-uuid", pagination_type="search_after")
        models = await _walk(app, "product-models", pagination_type="search_after")
        categories = await _walk(app, "categories")
        in_shop = await _walk(app, "products-uuid", scope="ecommerce")

    assert len(by_number) == len(by_cursor) == len({p["uuid"] for p in by_number}) == 1239
    assert [p["uuid"] for p in by_number] == [p["uuid"] for p in by_cursor]
    assert (len(models), len(categories)) == (81, 168)
    assert 0 < len(in_shop) <= 1239
    assert "{pim_url}" not in json.dumps(by_number)
    assert by_number[0]["associations"].keys() == {"PACK", "SUBSTITUTION", "UPSELL", "X_SELL"}


@needs_demo_catalog
async def test_every_demo_picture_is_served_or_known_to_be_lost() -> None:
    catalog = load_catalog(DEMO_CATALOG)
    async with (
        serving(lambda url: create_sandbox(catalog, base_url=url)) as pim,
        httpx.AsyncClient(base_url=pim.url, trust_env=False) as http,
    ):
        app = await new_app_side(pim, http)
        await app.connect("read_products")
        statuses = [
            (await app.get(f"media-files/{code}/download")).status_code
            for code in catalog.media_files
        ]

    assert (statuses.count(200), statuses.count(404)) == (40, 5)


@pytest.mark.parametrize("world", WORLDS)
async def test_a_built_in_world_is_served_with_its_pictures(world: str) -> None:
    directory = world_directory(world)
    if not (directory / "products.json").exists():
        pytest.skip(f"the world {world} has no products yet")
    catalog = load_catalog(directory)

    async with (
        serving(lambda url: create_sandbox(catalog, base_url=url)) as pim,
        httpx.AsyncClient(base_url=pim.url, trust_env=False) as http,
    ):
        app = await new_app_side(pim, http)
        await app.connect("read_products")
        products = await _walk(app, "products-uuid", with_attribute_options="true")
        links = {
            value["_links"]["download"]["href"]
            for product in products
            for entries in product["values"].values()
            for value in entries
            if "_links" in value
        }
        pictures = [await app.get(link) for link in sorted(links)]
        page = await http.get("/products")
        shown = await http.get(f"/products/{products[0]['uuid']}")

    assert len(products) == len(catalog.products) > 0
    assert {picture.status_code for picture in pictures} == {200}
    assert (page.status_code, shown.status_code) == (200, 200)


def test_an_unknown_world_is_refused() -> None:
    with pytest.raises(CatalogError, match="clothing, batteries, furniture"):
        world_directory("../etc")
