"""What each edition of the PIM has, and what it leaves out."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from quart_passport.sandbox import Catalog, Edition
from tests.sandbox.rich import EVERY_READ_SCOPE, Talk, rich_catalog, talking_to

# One PIM of each edition serves all tests, which only read.
pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGE = {Edition.SERENITY, Edition.ENTERPRISE}
SAAS = {Edition.SERENITY, Edition.GROWTH}


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return rich_catalog(tmp_path_factory.mktemp("rich"))


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=list(Edition))
async def talk(rich: Catalog, request: pytest.FixtureRequest) -> AsyncIterator[Talk]:
    async with talking_to(rich, request.param) as found:
        yield found


async def test_system_information_names_the_edition_and_a_version_of_its_kind(talk: Talk) -> None:
    shown = await talk.json("system-information")

    assert shown["edition"] == talk.pim.edition.value
    assert shown["version"].startswith("v" if talk.pim.edition in SAAS else "7.0.")


@pytest.mark.parametrize(
    "path",
    [
        "reference-entities",
        "reference-entities/maker/records",
        "reference-entities-media-files/m/a/k/e_logo.png",
        "asset-families",
        "asset-families/papers/assets",
        "asset-media-files/g/u/i/d_guide.pdf",
    ],
)
async def test_records_and_assets_have_routes_only_where_there_is_enterprise(
    talk: Talk, path: str
) -> None:
    answer = await talk.app.get(path)
    without_token = await talk.app.http.get(f"/api/rest/v1/{path}")

    if talk.pim.edition in LARGE:
        assert (answer.status_code, without_token.status_code) == (200, 401)
        return
    # A route that is not there is missed before anybody is asked for a token.
    for refused in (answer, without_token):
        assert refused.status_code == 404
        message = f'No route found for "GET /api/rest/v1/{path}"'
        assert refused.json() == {"code": 404, "message": message}


async def test_the_endpoint_list_names_only_routes_that_are_there(talk: Talk) -> None:
    routes = {found["route"] for found in (await talk.root())["routes"].values()}

    is_large = talk.pim.edition in LARGE
    assert ("/api/rest/v1/reference-entities/{entity}/records" in routes) is is_large
    assert ("/api/rest/v1/asset-media-files/{code}" in routes) is is_large
    assert ("/api/rest/v1/products-uuid/search" in routes) is (talk.pim.edition in SAAS)


async def test_enterprise_scopes_are_dropped_without_a_word(rich: Catalog) -> None:
    granted = {}
    for edition in Edition:
        async with talking_to(rich, edition) as talk:
            granted[edition] = set((await talk.app.connect(EVERY_READ_SCOPE))["scope"].split())

    everything = set(EVERY_READ_SCOPE.split())
    enterprise = {s for s in everything if "asset" in s or "reference" in s}
    assert enterprise
    for edition in Edition:
        expected = everything if edition in LARGE else everything - enterprise
        assert granted[edition] == expected


async def test_there_is_an_event_platform_on_saas_alone(talk: Talk) -> None:
    headers = {
        "X-PIM-URL": talk.pim.base_url,
        "X-PIM-TOKEN": talk.app.token,
        "X-PIM-CLIENT-ID": talk.app.client_id,
    }

    answer = await talk.app.http.get("/event-platform/api/v1/subscribers", headers=headers)

    assert answer.status_code == (200 if talk.pim.edition in SAAS else 404)


MISSING = {
    Edition.SERENITY: {"finish"},
    Edition.GROWTH: {"maker", "seals", "papers", "spare", "finish", "mills"},
    Edition.ENTERPRISE: {"spare"},
    Edition.COMMUNITY: {"maker", "seals", "papers", "spare", "fibres", "mills"},
}


async def test_attributes_that_an_edition_lacks_are_nowhere(talk: Talk, rich: Catalog) -> None:
    missing = MISSING[talk.pim.edition]

    items = (await talk.json("attributes", limit="100"))["_embedded"]["items"]
    family = await talk.json("families/things")
    group = await talk.json("attribute-groups/main")
    product = await talk.product("whole")

    expected = set(rich.attributes) - missing
    assert {item["code"] for item in items} == expected
    assert set(family["attributes"]) == expected
    assert set(group["attributes"]) == expected
    assert set(product["values"]) == expected
    for code in missing:
        refused = await talk.app.get("products-uuid", attributes=code)
        assert refused.json()["message"] == f'Attribute "{code}" does not exist.'


async def test_nothing_names_an_attribute_that_is_left_out(talk: Talk) -> None:
    missing = MISSING[talk.pim.edition]

    family = await talk.json("families/things")
    variant = await talk.json("families/things/variants/by_color")

    assert family["attribute_as_image"] == (None if "papers" in missing else "papers")
    assert missing.isdisjoint(family["attribute_requirements"]["ecommerce"])
    assert missing.isdisjoint(variant["common_attributes"])
    assert missing.isdisjoint(variant["variant_attribute_sets"][0]["attributes"])


async def test_columns_that_an_edition_lacks_are_left_out_of_tables_and_rows(talk: Talk) -> None:
    if talk.pim.edition is Edition.COMMUNITY:
        assert (await talk.app.get("attributes/fibres")).status_code == 404
        return

    fibres = await talk.json("attributes/fibres")
    product = await talk.product("whole", attributes="fibres")

    wanted = ["fibre", "share"] + (["mill"] if talk.pim.edition in LARGE else [])
    assert [found["code"] for found in fibres["table_configuration"]] == wanted
    assert list(product["values"]["fibres"][0]["data"][0]) == wanted


async def test_values_are_described_on_saas_alone(talk: Talk) -> None:
    product = await talk.product("whole")
    (weight,) = product["values"]["weight"]

    if talk.pim.edition in SAAS:
        assert weight["attribute_type"] == "pim_catalog_metric"
        assert weight["data"]["symbol"] == "g"
    else:
        assert weight == {
            "locale": None,
            "scope": None,
            "data": {"amount": "2000.0000", "unit": "GRAM"},
        }
    for entries in product["values"].values():
        assert ("attribute_type" in entries[0]) is (talk.pim.edition in SAAS)


async def test_values_name_their_entity_on_serenity_alone(rich: Catalog) -> None:
    async with talking_to(rich, Edition.SERENITY) as serenity:
        described = (await serenity.product("whole"))["values"]
    async with talking_to(rich, Edition.ENTERPRISE) as enterprise:
        plain = (await enterprise.product("whole"))["values"]

    assert described["maker"][0]["reference_data_name"] == "maker"
    assert described["papers"][0]["reference_data_name"] == "papers"
    assert plain["maker"] == [{"locale": None, "scope": None, "data": "mill_one"}]


async def test_metadata_are_there_where_there_is_enterprise(talk: Talk) -> None:
    product = await talk.product("whole")
    model = await talk.json("product-models/coat")

    for shown in (product, model):
        if talk.pim.edition in LARGE:
            assert shown["metadata"] == {"workflow_status": "working_copy"}
        else:
            assert "metadata" not in shown


async def test_families_have_parents_on_saas_alone(talk: Talk) -> None:
    family = await talk.json("families/small_things")
    search = '{"family":[{"operator":"IN CHILDREN","value":["things"]}]}'
    answer = await talk.app.get("products-uuid", search=search)

    assert family.get("parent") == ("things" if talk.pim.edition in SAAS else None)
    assert answer.status_code == (200 if talk.pim.edition in SAAS else 422)


async def test_parameters_that_an_edition_does_not_know_are_ignored(talk: Talk) -> None:
    query = {
        "convert_measurements": "true",
        "scope": "ecommerce",
        "with_asset_share_links": "true",
        "with_root_parent": "true",
    }

    whole = await talk.product("whole", **query)
    variant = await talk.product("coat-red-m", **query)

    is_serenity = talk.pim.edition is Edition.SERENITY
    assert len(whole["values"]["weight"]) == (2 if is_serenity else 1)
    assert ("root_parent" in variant) is is_serenity
    papers = whole["values"].get("papers", [{}])[0]
    assert ("linked_data" in papers) is is_serenity


async def test_options_of_models_have_labels_on_saas_alone(talk: Talk) -> None:
    model = await talk.json("product-models/coat-red", with_attribute_options="true")
    product = await talk.product("whole", with_attribute_options="true")

    assert ("linked_data" in model["values"]["color"][0]) is (talk.pim.edition in SAAS)
    assert "linked_data" in product["values"]["color"][0]


async def test_assets_are_described_on_saas_alone(rich: Catalog) -> None:
    async with talking_to(rich, Edition.ENTERPRISE) as talk:
        asset = await talk.json("asset-families/papers/assets/guide")

    assert asset["values"]["file"] == [
        {"locale": None, "channel": None, "data": "g/u/i/d_guide.pdf"}
    ]
    assert asset["values"]["link"] == [{"locale": None, "channel": None, "data": "guide"}]
