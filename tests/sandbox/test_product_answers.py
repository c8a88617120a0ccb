"""What products and models say beside their values, and how they are asked for in a body."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.sandbox.conftest import uuid_of
from tests.sandbox.rich import Talk, rich_catalog, talking_to

# One PIM serves all tests, which only read.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    async with talking_to(rich_catalog(tmp_path_factory.mktemp("rich"))) as found:
        yield found


def places(entries: list[dict[str, Any]]) -> list[tuple[Any, Any, Any]]:
    return [
        (found["locale"], found["scope"], (found["data"]["amount"], found["data"]["unit"]))
        for found in entries
    ]


async def test_measures_are_converted_for_each_locale_of_the_channel(talk: Talk) -> None:
    query = {"convert_measurements": "true", "scope": "ecommerce"}

    values = (await talk.product("whole", **query))["values"]

    assert places(values["weight"]) == [
        (None, None, ("2000.0000", "GRAM")),
        ("en_US", "ecommerce", ("4.4092", "POUND")),
    ]
    # 20 °C are 68 °F: a conversion that adds, divides and subtracts.
    assert places(values["heat"])[1] == ("en_US", "ecommerce", ("68", "FAHRENHEIT"))
    assert values["weight"][1]["data"]["symbol"] == "lb"
    assert values["weight"][1]["attribute_type"] == "pim_catalog_metric"


async def test_a_channel_without_units_converts_nothing(talk: Talk) -> None:
    catalog = talk.pim.catalog
    kept = catalog.channels["print"]
    catalog.channels["print"] = kept | {"category_tree": "shop"}
    query = {"convert_measurements": "true", "scope": "print"}
    try:
        values = (await talk.product("whole", **query))["values"]
    finally:
        catalog.channels["print"] = kept

    assert len(values["weight"]) == 1


async def test_conversion_wants_a_channel(talk: Talk) -> None:
    answer = await talk.app.get("products-uuid", convert_measurements="true")

    assert answer.status_code == 422
    assert '"scope"' in answer.json()["message"]


async def test_the_root_is_told_of_variants_alone(talk: Talk) -> None:
    variant = await talk.product("coat-red-m", with_root_parent="true")
    single = await talk.json(f"products-uuid/{uuid_of('coat-red-m')}", with_root_parent="true")
    whole = await talk.product("whole", with_root_parent="true")
    unasked = await talk.product("coat-red-m")

    assert (variant["parent"], variant["root_parent"]) == ("coat-red", "coat")
    assert single["root_parent"] == "coat"
    assert "root_parent" not in whole
    assert "root_parent" not in unasked


async def test_quality_scores_are_there_when_asked_for(talk: Talk) -> None:
    asked = await talk.product("whole", with_quality_scores="true")
    of_channel = await talk.product("whole", with_quality_scores="true", scope="ecommerce")
    unasked = await talk.product("whole")

    assert asked["quality_scores"] == [
        {"scope": "ecommerce", "locale": "en_US", "data": "B"},
        {"scope": "print", "locale": "de_DE", "data": "D"},
    ]
    assert [score["scope"] for score in of_channel["quality_scores"]] == ["ecommerce"]
    assert "quality_scores" not in unasked


async def test_share_links_are_in_the_linked_data_of_asset_collections(talk: Talk) -> None:
    asked = await talk.product("whole", with_asset_share_links="true")
    unasked = await talk.product("whole")

    assert asked["values"]["papers"][0]["linked_data"] == {
        "guide": {
            "share_links": [
                {
                    "attribute": "file",
                    "scope": None,
                    "locale": None,
                    "_links": {"self": {"href": "https://share.example/guide.pdf"}},
                }
            ]
        }
    }
    assert "linked_data" not in unasked["values"]["papers"][0]


async def test_files_of_products_have_a_download_link(talk: Talk) -> None:
    manual = (await talk.product("whole"))["values"]["manual"][0]

    assert manual["_links"]["download"]["href"] == (
        f"{talk.pim.base_url}/api/rest/v1/media-files/m/a/n/u_manual.pdf/download"
    )


async def test_quantified_associations_name_products_as_the_endpoint_does(talk: Talk) -> None:
    by_uuid = await talk.product("whole")
    by_code = await talk.json("products/whole")

    assert by_uuid["quantified_associations"]["SET"]["products"] == [
        {"uuid": uuid_of("/A"), "quantity": 2}
    ]
    assert by_code["quantified_associations"]["SET"]["products"] == [
        {"identifier": "/A", "quantity": 2}
    ]
    # A quantified type is not among the plain ones.
    assert by_uuid["associations"].keys() == {"PACK"}


async def test_options_of_columns_are_there_when_asked_for(talk: Talk) -> None:
    plain = await talk.json("attributes/fibres")
    asked = await talk.json("attributes/fibres", with_table_select_options="true")
    listed = await talk.json("attributes", with_table_select_options="true", limit="100")

    assert "options" not in plain["table_configuration"][0]
    options = [{"code": "wool", "labels": {"en_US": "Wool"}}]
    assert asked["table_configuration"][0]["options"] == options
    assert asked in [
        {key: value for key, value in item.items() if key != "_links"}
        for item in listed["_embedded"]["items"]
    ]


async def test_reference_data_have_no_options(talk: Talk) -> None:
    answer = await talk.app.get("attributes/maker/options")

    assert answer.status_code == 404
    assert answer.json()["message"].startswith('Attribute "maker" does not support options.')


async def post(talk: Talk, body: Any, **query: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {talk.app.token}"}
    path = "/api/rest/v1/products-uuid/search"
    if isinstance(body, bytes):
        return await talk.app.http.post(path, params=query, headers=headers, content=body)
    return await talk.app.http.post(path, params=query, headers=headers, json=body)


async def test_a_search_in_a_body_finds_what_one_in_the_address_finds(talk: Talk) -> None:
    search = json.dumps({"sku": [{"operator": "IN", "value": ["whole", "/A"]}]})
    filters = {"search": search, "attributes": "sku,weight", "scope": "ecommerce"}
    listed = await talk.json("products-uuid", limit="2", **filters)

    answer = await post(talk, filters | {"with_root_parent": True}, limit="2")

    assert answer.status_code == 200
    assert answer.json()["_embedded"] == listed["_embedded"]
    following = answer.json()["_links"]["next"]["href"]
    assert following.startswith(f"{talk.pim.base_url}/api/rest/v1/products-uuid/search?")
    assert "search=" not in following


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"search": "{"}, 400, "Search query parameter should be valid JSON."),
        ({"search": {"sku": []}}, 422, 'Property "search" expects a string or a boolean as data.'),
        ({"scope": "nowhere"}, 422, 'Scope "nowhere" does not exist.'),
        (
            {"attributes": ",".join(["sku"] * 801)},
            422,
            "You cannot request more than 800 attributes.",
        ),
        (
            {"search": json.dumps({"enabled": [{"operator": "=", "value": True}] * 21})},
            422,
            "You cannot request more than 20 search criteria.",
        ),
        (
            {"search": json.dumps({"uuid": [{"operator": "IN", "value": ["x"] * 801}]})},
            422,
            "You cannot request more than 800 values in a search criterion.",
        ),
    ],
)
async def test_mistakes_in_a_body_are_told(
    talk: Talk, body: Any, status: int, message: str
) -> None:
    answer = await post(talk, body)

    assert (answer.status_code, answer.json()["message"]) == (status, message)


async def test_a_body_must_be_json_and_say_so(talk: Talk) -> None:
    untyped = await post(talk, b"{}")
    headers = {"Authorization": f"Bearer {talk.app.token}", "Content-Type": "application/json"}
    path = "/api/rest/v1/products-uuid/search"
    damaged = await talk.app.http.post(path, headers=headers, content=b"{")

    assert untyped.status_code == 415
    assert untyped.json()["message"] == (
        'The "Content-Type" header is missing. "application/json" has to be specified as value.'
    )
    assert damaged.status_code == 400
