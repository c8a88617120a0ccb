"""The form with which a person changes a product on its page."""

import html
import re
from typing import Any

import httpx
import pytest

from quart_passport.sandbox import SandboxApp
from tests.sandbox.conftest import AppSide, uuid_of
from tests.sandbox.test_disconnect import EVENTS, Inbox, inbox_app
from tests.serving import Served, serving

PAGE = f"/products/{uuid_of('plain')}"
SHOP, STORE = "description:en_US:ecommerce", "description:de_DE:print"


async def served_values(app: AppSide) -> dict[str, list[dict[str, Any]]]:
    answer = await app.get(f"products-uuid/{uuid_of('plain')}")
    values: dict[str, list[dict[str, Any]]] = answer.json()["values"]
    return values


def texts(entries: list[dict[str, Any]]) -> list[tuple[str | None, str | None, Any]]:
    return [(entry["locale"], entry["scope"], entry["data"]) for entry in entries]


async def test_a_changed_text_is_served_and_all_else_stays(
    connected: AppSide, http: httpx.AsyncClient
) -> None:
    before = await served_values(connected)

    answer = await http.post(PAGE, data={SHOP: "new\r\nlines"})
    page = await http.get(answer.headers["location"])

    after = await served_values(connected)
    assert answer.status_code == 303
    assert "Saved." in page.text
    assert texts(after.pop("description")) == [
        ("en_US", "ecommerce", "new\nlines"),
        ("de_DE", "print", "fürs Lager"),
    ]
    del before["description"]
    assert after == before


async def test_the_form_sent_as_it_is_shown_changes_nothing(
    http: httpx.AsyncClient, pim: Served[SandboxApp]
) -> None:
    odd = {"ean": [{"locale": None, "scope": None, "data": '\n two\nlines & "quotes" \n'}]}
    pim.app.pim.edit_product(uuid_of("plain"), values=odd)
    before = pim.app.pim.products.with_uuid(uuid_of("plain"))

    form = shown_form((await http.get(PAGE)).text)
    answer = await http.post(PAGE, data=form)

    assert form.keys() == {"enabled", "name:en_US:", SHOP, STORE, "ean::"}
    assert answer.headers["location"].endswith("?note=unchanged")
    assert pim.app.pim.products.with_uuid(uuid_of("plain")) is before


def shown_form(page: str) -> dict[str, list[str]]:
    """What a browser would send of the shown form: it drops a textarea's first line break."""
    areas = re.findall(r'<textarea name="([^"]+)"[^>]*>\n([^<]*)</textarea>', page)
    inputs = re.findall(r'<input (?:type="[a-z]+" )?name="([^"]+)" value="([^"]*)"', page)
    form: dict[str, list[str]] = {}
    for name, text in [*inputs, *areas]:
        form.setdefault(name, []).append(html.unescape(text).replace("\n", "\r\n"))
    return form


async def test_an_emptied_text_is_taken_off(connected: AppSide, http: httpx.AsyncClient) -> None:
    await http.post(PAGE, data={STORE: "", "ean::": ""})

    values = await served_values(connected)
    assert texts(values["description"]) == [("en_US", "ecommerce", "for the shop")]
    assert "ean" not in values


@pytest.mark.parametrize(
    ("sent", "expected"), [(["no"], False), (["no", "yes"], True), (["yes"], True), ([], True)]
)
async def test_the_switch_enables_and_disables(
    connected: AppSide, http: httpx.AsyncClient, sent: list[str], expected: bool
) -> None:
    await http.post(PAGE, data={"enabled": sent, "ean::": "1"})

    product = (await connected.get(f"products-uuid/{uuid_of('plain')}")).json()
    assert product["enabled"] is expected


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ({"nothing::": "x"}, "This product has no text “nothing::”."),
        ({"color::": "blue"}, "This product has no text “color::”."),
        ({"sku::": "other"}, "This product has no text “sku::”."),
        ({"name:fr_FR:": "x"}, "This product has no text “name:fr_FR:”."),
        ({"description:en_US:print": "x"}, "This product has no text"),
        ({"ean::": "1" * 256}, "“Ean” has 256 characters; the PIM keeps at most 255."),
        ({SHOP: "x" * 65_536}, "“Description (en_US · ecommerce)” has 65,536 characters"),
        ({"ean::": "a\0b"}, "“Ean” holds a NUL character"),
        ({"ean::": ["1", "2"]}, "“Ean” was sent more than once."),
        ({"enabled": "maybe"}, "“Enabled” is either yes or no."),
        ({"enabled": ["yes", "no"]}, "“Enabled” is either yes or no."),
    ],
)
async def test_a_bad_form_is_explained_and_changes_nothing(
    http: httpx.AsyncClient, pim: Served[SandboxApp], bad: dict[str, Any], problem: str
) -> None:
    before = pim.app.pim.products.with_uuid(uuid_of("plain"))

    page = await http.post(PAGE, data={"name:en_US:": "Typed", **bad})

    assert page.status_code == 422
    assert problem in page.text
    assert "Nothing was changed." in page.text
    assert '<details class="card edit" open>' in page.text
    assert 'value="Typed"' in page.text
    assert pim.app.pim.products.with_uuid(uuid_of("plain")) is before


async def test_the_longest_texts_are_kept(connected: AppSide, http: httpx.AsyncClient) -> None:
    await http.post(PAGE, data={"ean::": "ä" * 255, SHOP: "ä\r\n" * 32_767 + "x"})

    values = await served_values(connected)
    assert values["ean"][0]["data"] == "ä" * 255
    assert len(values["description"][0]["data"]) == 65_535


async def test_markup_is_shown_as_text(http: httpx.AsyncClient) -> None:
    attack = '</textarea>"><script>alert(1)</script>'

    await http.post(PAGE, data={"name:en_US:": attack, SHOP: attack})
    saved = await http.get(PAGE)
    refused = await http.post(PAGE, data={attack: attack, SHOP: attack})

    for page in (saved.text, refused.text):
        assert "<script" not in page
        assert html.escape(attack).replace("&quot;", "&#34;") in page


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_another_site_cannot_change_a_product(
    http: httpx.AsyncClient, pim: Served[SandboxApp], headers: dict[str, str]
) -> None:
    before = pim.app.pim.products.with_uuid(uuid_of("plain"))

    answer = await http.post(PAGE, data={"ean::": "1"}, headers=headers)

    assert answer.status_code == 403
    assert pim.app.pim.products.with_uuid(uuid_of("plain")) is before


async def test_a_product_that_is_not_there_cannot_be_changed(http: httpx.AsyncClient) -> None:
    assert (await http.post("/products/nothing", data={"ean::": "1"})).status_code == 404


async def test_subscribers_hear_of_a_change_but_not_of_an_idle_save(
    connected: AppSide, http: httpx.AsyncClient, pim: Served[SandboxApp]
) -> None:
    inboxes: dict[str, Inbox] = {}
    platform = pim.app.pim.event_platform
    contact = {"technical_email": "ops@example.com"}
    subscriber = platform.create_subscriber(
        connected.client_id, {"name": "passports", "contact": contact}
    )

    async with serving(lambda url: inbox_app(inboxes, url)):
        config = {"url": inboxes["events"].url, "secret": {"primary": "a-secret-of-16-chars"}}
        wish = {"subject": pim.url, "events": EVENTS, "config": config}
        platform.create_subscription(subscriber, wish)
        for _ in range(2):
            await http.post(PAGE, data={"ean::": "changed once"})
        await pim.app.pim.courier.settled()

    (event,) = inboxes["events"].messages
    assert event["type"] == "com.akeneo.pim.v1.product.updated"
    assert event["data"]["product"] == {"uuid": uuid_of("plain")}
