"""The page on which people watch and break the PIM."""

import re

import httpx
import pytest

from quart_passport.sandbox import SandboxApp
from quart_passport.sandbox.courier import Delivery
from quart_passport.sandbox.faults import FAULTS
from quart_passport.sandbox.routes import GROUPS
from tests.sandbox.conftest import AppSide
from tests.serving import Served

FAULT = {"kind": "rate_limited", "route": "products", "times": "", "every": "3", "retry_after": "2"}
SWITCHES = {"latency": "0.5", "per_token": "2", "per_pim": "5", "user_may": "open"}


async def test_calls_show_by_route_and_by_app(connected: AppSide, http: httpx.AsyncClient) -> None:
    await http.delete("/_sandbox/calls")
    await connected.get("channels")
    await connected.get("attributes/color/options")

    page = await http.get("/_sandbox/")

    text = re.sub(r"<[^>]+>|\s+", " ", page.text)
    assert re.search(r"channels +1 +1", text)
    assert re.search(r"attributes */ *\* */ *options +1 +1", text)
    assert re.search(r"Passports +2 +1 +0", text)
    assert connected.token not in page.text
    assert "Serenity" in page.text


async def test_counters_are_set_to_zero(
    connected: AppSide, http: httpx.AsyncClient, pim: Served[SandboxApp]
) -> None:
    await connected.get("channels")

    answer = await http.post("/_sandbox/forms/calls")

    assert (answer.status_code, answer.headers["location"]) == (303, "/_sandbox/#calls")
    assert pim.app.pim.traffic.total.calls == 0


async def test_a_fault_is_added_shown_and_removed(
    http: httpx.AsyncClient, pim: Served[SandboxApp]
) -> None:
    added = await http.post("/_sandbox/forms/faults", data=FAULT)
    page = await http.get("/_sandbox/")
    fault = next(iter(pim.app.pim.traffic.faults)).fault
    path = re.findall(r'action="(/_sandbox/forms/faults/[^"]+/remove)"', page.text)[0]
    removed = await http.post(path)

    assert (added.status_code, removed.status_code) == (303, 303)
    assert (fault.times, fault.every, fault.retry_after) == (None, 3, 2)
    assert "429: too many calls, Retry-After: 2" in page.text
    assert "products · one call in 3, until it is removed" in page.text
    assert len(pim.app.pim.traffic.faults) == 0


async def test_all_faults_are_removed_at_once(
    http: httpx.AsyncClient, pim: Served[SandboxApp]
) -> None:
    pim.app.pim.traffic.play("slow", times=2, seconds=3)
    pim.app.pim.traffic.play("huge_body", scope="read_products", status=206)

    page = await http.get("/_sandbox/")
    answer = await http.post("/_sandbox/forms/faults/clear")

    assert "the right answer, late, 3 s" in page.text
    assert "every route · each call, 2 more times" in page.text
    assert "200: a huge body, 67,108,864 bytes, status 206" in page.text
    assert "every route, needs read_products · each call, 1 more time" in page.text
    assert answer.status_code == 303
    assert len(pim.app.pim.traffic.faults) == 0


async def test_the_form_offers_every_fault_and_group(http: httpx.AsyncClient) -> None:
    page = await http.get("/_sandbox/")

    for kind in FAULTS:
        assert f'<option value="{kind}"' in page.text
    for group in GROUPS:
        assert f"<option>{group}</option>" in page.text


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"times": "0"}, "Times and every count calls from 1 on"),
        ({"every": "x"}, "Every: Expected `int`, got `str`"),
        ({"kind": "<b>"}, "Unknown fault"),
        ({"seconds": "1e9"}, "Seconds lie between 0 and 600"),
    ],
)
async def test_a_fault_that_cannot_be_keeps_what_was_typed(
    http: httpx.AsyncClient, pim: Served[SandboxApp], changes: dict[str, str], complaint: str
) -> None:
    page = await http.post("/_sandbox/forms/faults", data=FAULT | changes)

    assert page.status_code == 422
    assert complaint in page.text
    assert "<option selected>products</option>" in page.text
    assert "<b>" not in page.text
    assert len(pim.app.pim.traffic.faults) == 0


async def test_switches_are_set_and_unset(http: httpx.AsyncClient, pim: Served[SandboxApp]) -> None:
    path = "/_sandbox/forms/switches"

    answer = await http.post(path, data=SWITCHES | {"empty_maps_as_lists": "on"})
    bad = await http.post(path, data=SWITCHES | {"latency": "9000"})

    behind = pim.app.pim
    assert (answer.status_code, bad.status_code) == (303, 422)
    assert "Latency lies between 0 and 600 seconds" in bad.text
    assert 'value="9000"' in bad.text
    assert (behind.traffic.latency, behind.traffic.per_token, behind.traffic.per_pim) == (0.5, 2, 5)
    assert behind.apps.permission == "open"
    assert behind.empty_maps_as_lists
    assert not behind.event_platform.permitted


async def test_deliveries_show_with_their_result(
    http: httpx.AsyncClient, pim: Served[SandboxApp]
) -> None:
    courier = pim.app.pim.courier
    courier.deliveries.append(Delivery("https://app.example/a", "product.updated", 1, 204))
    courier.deliveries.append(Delivery("https://app.example/b", "subscription.revoked", 2, None))

    page = await http.get("/_sandbox/")
    answer = await http.post("/_sandbox/forms/deliveries")

    assert page.text.index("subscription.revoked") < page.text.index("product.updated")
    assert 'class="result bad">no answer' in page.text
    assert 'class="result">answer 204' in page.text
    assert (answer.status_code, courier.deliveries) == (303, [])


FORMS = (
    *("calls", "faults", "faults/clear", "faults/1/remove", "switches", "deliveries"),
    *("connections", "connections/1/remove"),
)


async def test_another_site_cannot_send_these_forms(http: httpx.AsyncClient) -> None:
    answers = [
        await http.post(f"/_sandbox/forms/{path}", headers=headers)
        for path in FORMS
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"})
    ]

    assert {answer.status_code for answer in answers} == {403}
