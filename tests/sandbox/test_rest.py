"""The REST API on a small catalogue: who may call, lists and filters."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from quart_passport.sandbox import SandboxApp
from tests.sandbox.conftest import (
    ODD_IDENTIFIERS,
    AppSide,
    find,
    identifiers,
    items,
    uuid_of,
)
from tests.serving import Served

UUIDS = sorted(uuid_of(name) for name in [*ODD_IDENTIFIERS, "loose"])


@pytest.mark.parametrize("path", ["", "system-information"])
async def test_two_endpoints_need_no_token(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(f"/api/rest/v1/{path}".rstrip("/"))

    assert answer.status_code == 200


async def test_the_edition_is_serenity(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/rest/v1/system-information")

    assert answer.json()["edition"] == "Serenity"


async def test_the_endpoint_list_names_the_routes(http: httpx.AsyncClient) -> None:
    routes = (await http.get("/api/rest/v1")).json()["routes"]

    found = {route["route"] for route in routes.values()}
    assert "/api/rest/v1/products-uuid/{uuid}" in found
    assert "/api/rest/v1/products/{code}" in found


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "Authentication is required"),
        ("Basic abc", "Authentication is required"),
        ("Bearer", "Authentication is required"),
        ("Bearer unknown", "The access token provided is invalid."),
    ],
)
async def test_without_a_good_token_there_is_a_401(
    http: httpx.AsyncClient, header: str | None, message: str
) -> None:
    headers = {} if header is None else {"Authorization": header}

    answer = await http.get("/api/rest/v1/products-uuid", headers=headers)

    assert (answer.status_code, answer.json()) == (401, {"code": 401, "message": message})


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("products-uuid", "read_products"),
        ("products-uuid/x", "read_products"),
        ("products", "read_products"),
        ("products/x", "read_products"),
        ("product-models", "read_products"),
        ("attributes", "read_catalog_structure"),
        ("attributes/sku", "read_catalog_structure"),
        ("attribute-groups", "read_catalog_structure"),
        ("families", "read_catalog_structure"),
        ("families/things/variants", "read_catalog_structure"),
        ("attributes/color/options", "read_attribute_options"),
        ("categories", "read_categories"),
        ("channels", "read_channel_settings"),
        ("locales", "read_channel_localization"),
        ("currencies", "read_channel_localization"),
        ("association-types", "read_association_types"),
    ],
)
async def test_each_list_wants_its_scope(app_side: AppSide, path: str, scope: str) -> None:
    await app_side.connect("read_assets")
    refused = await app_side.get(path)

    await app_side.connect(scope)
    allowed = await app_side.get(path)

    assert refused.status_code == 403
    assert refused.json()["message"].startswith("Access forbidden. You are not allowed to list ")
    assert allowed.status_code in {200, 404}


async def test_writing_includes_reading(app_side: AppSide) -> None:
    await app_side.connect("delete_products write_channel_settings")

    answers = [await app_side.get(path) for path in ("products", "channels", "attributes")]

    assert [answer.status_code for answer in answers] == [200, 200, 403]


async def test_categories_say_what_is_forbidden(connected: AppSide) -> None:
    answer = await connected.get("categories")

    assert answer.json() == {
        "code": 403,
        "message": "Access forbidden. You are not allowed to list categories.",
    }


async def test_another_accept_header_is_refused(connected: AppSide) -> None:
    answer = await connected.http.get(
        "/api/rest/v1/channels",
        headers={"Authorization": f"Bearer {connected.token}", "Accept": "text/html"},
    )

    assert answer.status_code == 406
    assert answer.json()["message"] == (
        '"text/html" in "Accept" header is not valid. Only "application/json" is allowed.'
    )


@pytest.mark.parametrize("path", ["nothing-here", "products-uuid/x/y"])
async def test_an_unknown_route_is_a_json_404(connected: AppSide, path: str) -> None:
    answer = await connected.get(path)

    assert answer.status_code == 404
    assert answer.json()["code"] == 404


async def test_doubled_slashes_lead_nowhere(connected: AppSide) -> None:
    answer = await connected.get("/channels")

    assert (answer.status_code, answer.headers.get("location")) == (404, None)


async def test_pages_follow_each_other_until_one_is_not_full(connected: AppSide) -> None:
    seen, page = [], await connected.get("products-uuid", limit="2", with_count="true")
    counts = {page.json()["items_count"]}
    while True:
        seen.append([item["uuid"] for item in items(page)])
        following = page.json()["_links"].get("next")
        if following is None:
            break
        page = await connected.get(following["href"])

    # The last full page has a next one, which is empty.
    assert seen == [UUIDS[0:2], UUIDS[2:4], UUIDS[4:6], []]
    assert counts == {6}
    assert page.json()["current_page"] == 4
    assert page.json()["_links"]["previous"]["href"].startswith(str(connected.http.base_url))


async def test_search_after_walks_through_everything_without_numbers(connected: AppSide) -> None:
    first = await connected.get("products-uuid", pagination_type="search_after", limit="3")
    second = await connected.get(first.json()["_links"]["next"]["href"])
    # A full page has a next one, even when nothing is left.
    third = await connected.get(second.json()["_links"]["next"]["href"])

    assert [item["uuid"] for item in items(first) + items(second)] == UUIDS
    assert items(third) == []
    for page in (first, second, third):
        assert page.json().keys() == {"_links", "_embedded"}
        assert "previous" not in page.json()["_links"]
    assert "next" not in third.json()["_links"]


async def test_links_are_absolute_and_keep_the_query(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    page = await connected.get("attributes", limit="1", search='{"code":[]}')

    link = page.json()["_links"]["next"]["href"]
    assert link.startswith(f"{pim.url}/api/rest/v1/attributes?")
    assert "search=" + quote('{"code":[]}', safe="") in link


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({"limit": "101"}, 422, "You cannot request more than 100 items."),
        ({"limit": "0"}, 422, '"0" is not a valid limit number.'),
        ({"page": "string"}, 422, '"string" is not a valid page number.'),
        ({"pagination_type": "unknown"}, 422, "Pagination type does not exist."),
        ({"scope": "not_found"}, 422, 'Scope "not_found" does not exist.'),
        (
            {"locales": "not_found"},
            422,
            'Locale "not_found" does not exist or is not activated.',
        ),
        ({"locales": "fr_FR"}, 422, 'Locale "fr_FR" does not exist or is not activated.'),
        (
            {"locales": "de_DE", "scope": "ecommerce"},
            422,
            'Locale "de_DE" is not activated for the scope "ecommerce".',
        ),
        ({"attributes": "not_found"}, 422, 'Attribute "not_found" does not exist.'),
        (
            {"attributes": "sku,not_found,jambon"},
            422,
            'Attributes "not_found, jambon" do not exist.',
        ),
        ({"search": "{"}, 400, "Search query parameter should be valid JSON."),
        ({"search[a]": "b"}, 400, "Bracket syntax is not supported in query parameters."),
        (
            {"search": '{"wrong_attribute":[{"operator":"EMPTY"}]}'},
            422,
            (
                'Filter on property "wrong_attribute" is not supported '
                'or does not support operator "EMPTY"'
            ),
        ),
        (
            {"search": '{"categories":[{"operator":"IN","value":["not_found"]}]}'},
            422,
            'Category "not_found" does not exist.',
        ),
    ],
)
async def test_mistakes_in_the_query_are_told_in_the_pims_words(
    connected: AppSide, query: dict[str, str], status: int, message: str
) -> None:
    answer = await connected.get("products-uuid", **query)

    assert (answer.status_code, answer.json()["message"]) == (status, message)


async def test_page_numbers_end_at_ten_thousand_products(connected: AppSide) -> None:
    within = await connected.get("products-uuid", limit="100", page="100")
    beyond = await connected.get("products-uuid", limit="100", page="101")

    assert within.status_code == 200
    assert beyond.status_code == 422
    assert "search after" in beyond.json()["message"]
    assert "href" in beyond.json()["_links"]["documentation"]


@pytest.mark.parametrize("identifier", ODD_IDENTIFIERS)
async def test_an_odd_identifier_is_found_by_search(connected: AppSide, identifier: str) -> None:
    for operator, value in [("=", identifier), ("IN", [identifier, "nobody"])]:
        answer = await find(connected, {"sku": [{"operator": operator, "value": value}]})

        assert identifiers(answer) == [identifier]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ({"sku": [{"operator": "STARTS WITH", "value": "a/"}]}, ["A//B", "A/B C#1%"]),
        ({"sku": [{"operator": "CONTAINS", "value": "nïco"}]}, ["Ünïcode"]),
        ({"uuid": [{"operator": "IN", "value": [uuid_of("/A").upper()]}]}, ["/A"]),
        ({"enabled": [{"operator": "=", "value": False}]}, ["loose"]),
        ({"family": [{"operator": "IN", "value": ["things"]}]}, sorted(ODD_IDENTIFIERS)),
        ({"family": [{"operator": "EMPTY"}]}, ["loose"]),
        ({"categories": [{"operator": "IN", "value": ["shop"]}]}, []),
        (
            {"categories": [{"operator": "IN CHILDREN", "value": ["shop"]}]},
            sorted(ODD_IDENTIFIERS),
        ),
        ({"categories": [{"operator": "UNCLASSIFIED"}]}, ["loose"]),
        ({"updated": [{"operator": ">", "value": "2026-02-01 00:00:00"}]}, []),
        (
            {"updated": [{"operator": ">", "value": "2026-01-31 23:59:59"}]},
            sorted([*ODD_IDENTIFIERS, "loose"]),
        ),
        (
            {"name": [{"operator": "CONTAINS", "value": "G PLAIN", "locale": "en_US"}]},
            ["plain"],
        ),
        ({"name": [{"operator": "=", "value": "thing plain", "locale": "de_DE"}]}, []),
        ({"ean": [{"operator": "CONTAINS", "value": "06381333931"}]}, None),
        ({"color": [{"operator": "EMPTY"}]}, ["loose"]),
        (
            {
                "ean": [{"operator": "=", "value": "4006381333931"}],
                "enabled": [{"operator": "=", "value": True}],
                "sku": [{"operator": "IN", "value": ["/A", "loose"]}],
            },
            ["/A"],
        ),
    ],
)
async def test_filters_find_what_they_should(
    connected: AppSide, search: Any, expected: list[str] | None
) -> None:
    answer = await find(connected, search)

    assert identifiers(answer) == (
        sorted([*ODD_IDENTIFIERS, "loose"]) if expected is None else expected
    )


async def test_an_edited_text_is_found_by_its_new_words_only(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    by_old = {"ean": [{"operator": "=", "value": "4006381333931"}]}
    by_new = {"ean": [{"operator": "=", "value": "96385074"}]}
    before = identifiers(await find(connected, by_old))

    pim.app.pim.edit_product(
        uuid_of("plain"), values={"ean": [{"locale": None, "scope": None, "data": "96385074"}]}
    )

    assert "plain" in before
    assert "plain" not in identifiers(await find(connected, by_old))
    assert identifiers(await find(connected, by_new)) == ["plain"]


async def test_a_localizable_attribute_wants_a_locale(connected: AppSide) -> None:
    search = {"name": [{"operator": "CONTAINS", "value": "Thing"}]}

    without = await find(connected, search)
    by_default = await find(connected, search, search_locale="en_US")

    assert without.status_code == 422
    assert len(items(by_default)) == 6


async def test_structure_is_filtered_by_code_and_state(connected: AppSide) -> None:
    codes = await connected.get(
        "attributes", search='{"code":[{"operator":"IN","value":["sku","ean","nobody"]}]}'
    )
    enabled = await connected.get(
        "locales", search='{"enabled":[{"operator":"=","value":true}]}', limit="100"
    )

    assert [item["code"] for item in items(codes)] == ["ean", "sku"]
    assert [item["code"] for item in items(enabled)] == ["de_DE", "en_US"]
