"""Counters, limits, latency and faults; the control API over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from quart_passport.sandbox import SandboxApp
from tests.sandbox.conftest import AppSide, uuid_of
from tests.serving import Served


async def test_calls_are_counted_by_route_group_and_token(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    traffic = pim.app.pim.traffic
    traffic.reset()

    for path in ("products-uuid", f"products-uuid/{uuid_of('plain')}", "attributes/sku"):
        await connected.get(path)
    await connected.get("attributes/color/options")
    await connected.get("media-files/a/b/c/pic.png/download")
    await connected.http.get("/products")

    tally = traffic.of(connected.token)
    assert tally.by_route == {
        "products-uuid": 1,
        "products-uuid/*": 1,
        "attributes/*": 1,
        "attributes/*/options": 1,
        "media-files/*/download": 1,
    }
    assert tally.by_group == {"products": 2, "structure": 2, "media": 1}
    assert traffic.total.calls == 5
    assert tally.max_in_flight == 1


async def test_no_token_shows_in_the_counters(connected: AppSide, http: httpx.AsyncClient) -> None:
    await connected.get("channels")

    answer = await http.get("/_sandbox/calls")

    assert answer.json()["total"]["by_group"]["structure"] == 1
    assert connected.token not in answer.text


async def test_the_fifth_call_at_once_is_refused(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    pim.app.pim.traffic.latency = 0.5

    answers = await asyncio.gather(*(connected.get("channels") for _ in range(5)))

    tally = pim.app.pim.traffic.of(connected.token)
    statuses = sorted(answer.status_code for answer in answers)
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert statuses == [200, 200, 200, 200, 429]
    assert refused.headers["retry-after"] == "1"
    assert (tally.max_in_flight, tally.refused, tally.in_flight) == (5, 1, 0)


async def test_latency_holds_every_call_back(connected: AppSide, pim: Served[SandboxApp]) -> None:
    pim.app.pim.traffic.latency = 0.1
    loop = asyncio.get_running_loop()

    start = loop.time()
    await connected.get("channels")

    assert loop.time() - start >= 0.1


@pytest.mark.parametrize(
    ("fault", "status", "message"),
    [
        ({"kind": "unauthorized"}, 401, "The access token provided is invalid."),
        (
            {"kind": "disconnected"},
            401,
            "The access token provided is invalid. Your app has been disconnected from that PIM.",
        ),
        ({"kind": "not_found"}, 404, None),
        ({"kind": "unprocessable"}, 422, None),
        ({"kind": "rate_limited"}, 429, None),
        ({"kind": "server_error"}, 500, None),
    ],
)
async def test_a_fault_meets_the_next_calls_and_no_more(
    connected: AppSide,
    http: httpx.AsyncClient,
    fault: dict[str, Any],
    status: int,
    message: str | None,
) -> None:
    await http.post("/_sandbox/faults", json=fault | {"times": 2})

    answers = [await connected.get("channels") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].json()["code"] == status
    assert message in {None, answers[0].json()["message"]}
    assert "retry-after" not in answers[0].headers


async def test_retry_after_is_told_when_asked_for(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    pim.app.pim.traffic.play("rate_limited", retry_after=15)

    answer = await connected.get("channels")

    assert answer.headers["retry-after"] == "15"


async def test_a_fault_may_be_kept_for_one_route(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    pim.app.pim.traffic.play("server_error", route="products")

    structure = await connected.get("channels")
    products = await connected.get("products-uuid")

    assert (structure.status_code, products.status_code) == (200, 500)


async def test_a_proxy_in_between_answers_in_html(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    pim.app.pim.traffic.play("html_error")

    answer = await connected.get("channels")

    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")


async def test_a_truncated_body_ends_before_its_length(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    pim.app.pim.traffic.play("truncated_body")

    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        await connected.get("channels")

    assert (await connected.get("channels")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "faults", {"kind": "unheard_of"}),
        ("POST", "faults", {"kind": "not_found", "times": 0}),
        ("POST", "apps", {"name": "", "activate_url": "http://a.example", "callback_url": "x"}),
        ("PATCH", "switches", {"unknown": 1}),
        ("PATCH", f"products/{uuid_of('plain')}", {"values": {"unknown": []}}),
    ],
)
async def test_the_control_api_says_what_is_wrong(
    http: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]
) -> None:
    answer = await http.request(method, f"/_sandbox/{path}", json=body)

    assert answer.status_code == 422
    assert answer.json()["error"]


async def test_an_app_registered_over_http_connects_and_is_disconnected(
    http: httpx.AsyncClient,
) -> None:
    body = {
        "name": "Passports",
        "activate_url": "http://app.example/activate",
        "callback_url": "http://app.example/callback",
    }
    credentials = (await http.post("/_sandbox/apps", json=body)).json()
    app = AppSide(http, credentials["client_id"], credentials["client_secret"])

    await app.connect()
    listed = await http.get("/_sandbox/apps")
    gone = await http.post(f"/_sandbox/apps/{app.client_id}/disconnect")
    again = await http.post(f"/_sandbox/apps/{app.client_id}/disconnect")

    assert listed.json()[0]["connected"] is True
    assert credentials["client_secret"] not in listed.text
    assert (gone.status_code, again.status_code) == (204, 404)


async def test_products_are_edited_and_deleted_over_http(
    connected: AppSide, http: httpx.AsyncClient
) -> None:
    path = f"/_sandbox/products/{uuid_of('plain')}"
    renamed = {"values": {"sku": [{"locale": None, "scope": None, "data": "new name"}]}}

    edited = await http.patch(path, json=renamed)
    by_new_name = await connected.get("products/new%20name")
    by_old_name = await connected.get("products/plain")
    deleted = await http.delete(path)
    after = await connected.get("products/new%20name")

    answers = (edited, by_new_name, by_old_name, deleted, after)
    assert [answer.status_code for answer in answers] == [204, 200, 404, 204, 404]


async def test_another_site_cannot_reach_the_control_api(http: httpx.AsyncClient) -> None:
    answer = await http.delete("/_sandbox/calls", headers={"Origin": "http://evil.example"})

    assert answer.status_code == 403
