"""The pages for people."""

import html
import re

import httpx
import pytest

from quart_passport.sandbox import SandboxApp, create_sandbox, load_catalog, world_directory
from tests.sandbox.conftest import ODD_IDENTIFIERS, AppSide, uuid_of
from tests.serving import Served, serving

FORM = {
    "name": "My <b>app</b>",
    "activate_url": "http://app.example/activate?a=1",
    "callback_url": "http://app.example/callback",
}


@pytest.mark.parametrize(
    "path",
    ["/", "/products", f"/products/{uuid_of('plain')}", "/nothing", "/_sandbox/"],
)
async def test_every_page_says_that_it_is_not_the_real_thing(
    http: httpx.AsyncClient, path: str
) -> None:
    page = await http.get(path)

    assert "Sandbox PIM – not the real thing" in page.text
    assert "Tiny Things" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_the_overview_leads_from_registration_to_connection(
    http: httpx.AsyncClient, pim: Served[SandboxApp]
) -> None:
    created = await http.post("/apps", data=FORM)
    overview = await http.get("/")

    client_id = pim.app.pim.apps.registered()[0].client_id
    secret = pim.app.pim.apps.registered()[0].client_secret
    assert client_id in created.text
    assert secret in created.text
    assert secret not in overview.text
    assert "My &lt;b&gt;app&lt;/b&gt;" in overview.text
    encoded = pim.url.replace(":", "%3A").replace("/", "%2F")
    link = f'href="http://app.example/activate?a=1&amp;pim_url={encoded}"'
    assert link in overview.text


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "http://",
        "//app.example/callback",
        "http://a.example;script-src/",
        "http://user@a.example/",
        "http://a.example/#part",
        "http://a.example/a b",
        "http://a.example/\r\nX: y",
    ],
)
async def test_a_bad_registration_keeps_what_was_typed(
    http: httpx.AsyncClient, address: str
) -> None:
    page = await http.post("/apps", data=FORM | {"callback_url": address})

    assert page.status_code == 422
    assert "callback URL must be a whole web address" in page.text
    assert 'value="http://app.example/activate?a=1"' in page.text


async def test_disconnecting_asks_first(connected: AppSide, http: httpx.AsyncClient) -> None:
    path = f"/apps/{connected.client_id}/disconnect"

    question = await http.get(path)
    still = await connected.get("channels")
    done = await http.post(path)
    after = await connected.get("channels")
    again = await http.post(path)

    assert "Disconnect Passports?" in question.text
    statuses = [answer.status_code for answer in (still, done, after, again)]
    assert statuses == [200, 303, 401, 404]


async def test_an_app_that_is_not_connected_can_be_removed(
    app_side: AppSide, http: httpx.AsyncClient, pim: Served[SandboxApp]
) -> None:
    path = f"/apps/{app_side.client_id}/remove"

    offered = path in (await http.get("/")).text
    elsewhere = await http.post(path, headers={"Sec-Fetch-Site": "cross-site"})
    still = pim.app.pim.apps.find(app_side.client_id)
    done = await http.post(path)
    again = await http.post(path)

    statuses = [answer.status_code for answer in (elsewhere, done, again)]
    assert offered
    assert still is not None
    assert statuses == [403, 303, 404]
    assert pim.app.pim.apps.registered() == []


async def test_a_connected_app_is_not_removed(
    connected: AppSide, http: httpx.AsyncClient, pim: Served[SandboxApp]
) -> None:
    path = f"/apps/{connected.client_id}/remove"

    offered = path in (await http.get("/")).text
    refused = await http.post(path)

    assert not offered
    assert refused.status_code == 409
    assert "Disconnect it first" in refused.text
    assert not pim.app.pim.apps.remove(connected.client_id)
    assert (await connected.get("channels")).status_code == 200


@pytest.mark.parametrize("path", ["/apps", "/apps/x/disconnect", "/apps/x/remove"])
async def test_another_sites_forms_are_refused(http: httpx.AsyncClient, path: str) -> None:
    answers = [
        await http.post(path, data=FORM, headers=headers)
        for headers in (
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        )
    ]

    assert {answer.status_code for answer in answers} == {403}


async def test_the_pages_own_forms_are_accepted(
    http: httpx.AsyncClient, pim: Served[SandboxApp]
) -> None:
    by_origin = await http.post("/apps", data=FORM, headers={"Origin": pim.url})
    by_site = await http.post("/apps", data=FORM, headers={"Sec-Fetch-Site": "same-origin"})

    assert (by_origin.status_code, by_site.status_code) == (200, 200)


async def test_products_are_listed_searched_and_shown(http: httpx.AsyncClient) -> None:
    everything = await http.get("/products")
    found = await http.get("/products", params={"q": "C#1%"})
    shown = await http.get(re.findall(r'href="(/products/[^"]+)"', found.text)[0])
    picture = await http.get(re.findall(r'src="(/media/[^"]+)"', shown.text)[0])

    for identifier in ODD_IDENTIFIERS:
        assert html.escape(identifier) in everything.text
    assert "1 product for" in found.text
    assert "Thing A/B C#1%" in shown.text
    assert "Red" in shown.text
    assert "[gone]" in shown.text
    assert picture.content == b"\x89PNG"
    assert picture.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("query", [{"page": "x"}, {"page": "999"}, {"page": "-1"}, {"q": "%00"}])
async def test_odd_queries_of_the_product_list_do_no_harm(
    http: httpx.AsyncClient, query: dict[str, str]
) -> None:
    assert (await http.get("/products", params=query)).status_code == 200


async def test_a_merchants_logo_is_served_to_everybody() -> None:
    catalog = load_catalog(world_directory("clothing"))

    async with (
        serving(lambda url: create_sandbox(catalog, base_url=url)) as pim,
        httpx.AsyncClient(trust_env=False) as browser,
    ):
        answer = await browser.get(f"{pim.url}/logo.png")

    assert answer.content.startswith(b"\x89PNG")
