"""The control API: switches, faults, events, keys, and changes of the catalogue."""

from typing import Any

import httpx
import pytest

from quart_passport.sandbox import SandboxApp
from tests.sandbox.conftest import SCOPES, AppSide, uuid_of
from tests.serving import Served

AUTHORIZE = "/connect/apps/v1/authorize"
SWITCHES = {
    "latency": 0.25,
    "per_token": 2,
    "per_pim": 3,
    "user_may": "open",
    "event_platform": False,
    "announce_deletion": True,
    "empty_maps_as_lists": True,
    "underscored_asset_items": True,
}


async def test_every_switch_is_set_and_read(http: httpx.AsyncClient) -> None:
    before = await http.get("/_sandbox/switches")
    done = await http.patch("/_sandbox/switches", json=SWITCHES)
    after = await http.get("/_sandbox/switches")

    assert done.status_code == 204
    assert after.json() == SWITCHES
    assert all(before.json()[name] != value for name, value in SWITCHES.items())


async def test_a_switch_that_is_not_named_stays(http: httpx.AsyncClient) -> None:
    await http.patch("/_sandbox/switches", json={"per_token": 2})
    await http.patch("/_sandbox/switches", json={"event_platform": False})

    assert (await http.get("/_sandbox/switches")).json()["per_token"] == 2


async def test_a_switch_that_cannot_be_is_refused(http: httpx.AsyncClient) -> None:
    before = await http.get("/_sandbox/switches")
    bodies: list[Any] = [
        {"latency": -1},
        {"latency": 601},
        {"per_token": 0},
        {"per_pim": 0},
        {"user_may": "fly"},
        {"event_platform": "yes"},
        {"edition": "CE"},
        [],
    ]

    answers = [await http.patch("/_sandbox/switches", json=body) for body in bodies]

    assert [answer.status_code for answer in answers] == [422] * len(bodies)
    assert all(answer.json()["error"] for answer in answers)
    assert (await http.get("/_sandbox/switches")).json() == before.json()


async def _authorize(app: AppSide, scope: str, method: str = "GET") -> httpx.Response:
    query = {"response_type": "code", "client_id": app.client_id, "scope": scope, "state": "s"}
    return await app.http.request(method, AUTHORIZE, params=query)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("permission", ["open", "none"])
async def test_who_may_not_connect_apps_meets_a_403_page(
    app_side: AppSide, pim: Served[SandboxApp], permission: Any, method: str
) -> None:
    pim.app.pim.apps.permission = permission

    answer = await _authorize(app_side, SCOPES, method)

    assert answer.status_code == 403
    assert "You may not connect apps" in answer.text
    assert "location" not in answer.headers


async def test_who_may_open_apps_only_gives_no_new_scopes_and_sees_no_wizard(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    pim.app.pim.apps.permission = "open"
    token = connected.token

    asked = await _authorize(connected, f"{SCOPES} read_categories")
    granted = await connected.connect(f"{SCOPES} read_categories")

    assert asked.status_code == 302
    assert granted["access_token"] == token
    assert set(granted["scope"].split()) == set(SCOPES.split())


async def test_who_may_open_apps_only_takes_no_scopes_away(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    pim.app.pim.apps.permission = "open"
    token = connected.token

    granted = await connected.connect("read_products")

    assert granted["access_token"] == token
    assert set(granted["scope"].split()) == set(SCOPES.split())


async def test_who_may_open_apps_only_still_consents_to_being_known(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    pim.app.pim.apps.permission = "open"

    page = await _authorize(connected, f"{SCOPES} read_categories openid profile")
    granted = await connected.connect(f"{SCOPES} read_categories openid profile")

    assert page.status_code == 200
    assert "first and last name" in page.text
    assert "View categories" not in page.text
    assert "id_token" in granted


async def test_limits_may_be_others(connected: AppSide, pim: Served[SandboxApp]) -> None:
    pim.app.pim.traffic.per_pim = 0

    refused = await connected.get("channels")
    pim.app.pim.traffic.per_pim = 1
    taken = await connected.get("channels")

    assert (refused.status_code, taken.status_code) == (429, 200)


async def test_faults_are_added_listed_and_removed_over_http(
    connected: AppSide, http: httpx.AsyncClient
) -> None:
    first = await http.post("/_sandbox/faults", json={"kind": "unavailable", "times": None})
    await http.post("/_sandbox/faults", json={"kind": "not_found", "times": 3, "route": "media"})
    met = await connected.get("channels")
    listed = await http.get("/_sandbox/faults")
    removed = await http.delete(f"/_sandbox/faults/{first.json()['name']}")
    again = await http.delete(f"/_sandbox/faults/{first.json()['name']}")
    after = await connected.get("channels")

    shown = [(each["kind"], each["left"], each.get("route")) for each in listed.json()]
    assert shown == [("unavailable", None, None), ("not_found", 3, "media")]
    assert [a.status_code for a in (first, met, removed, again, after)] == [201, 503, 204, 404, 200]


async def test_a_misspelt_detail_of_a_fault_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/_sandbox/faults", json={"kind": "slow", "secnds": 3})

    assert answer.status_code == 422
    assert "secnds" in answer.json()["error"]


async def test_the_signing_key_is_rotated_over_http(http: httpx.AsyncClient) -> None:
    before = await http.get("/connect/apps/v1/openid/public-key")
    done = await http.post("/_sandbox/key")
    after = await http.get("/connect/apps/v1/openid/public-key")

    assert done.status_code == 204
    assert before.json() != after.json()


async def test_calls_of_a_route_at_once_are_counted(
    connected: AppSide, http: httpx.AsyncClient, pim: Served[SandboxApp]
) -> None:
    await http.delete("/_sandbox/calls")
    await connected.get("channels")
    await connected.get("channels")

    total = (await http.get("/_sandbox/calls")).json()["total"]

    assert (total["by_route"], total["max_by_route"]) == ({"channels": 2}, {"channels": 1})
    assert (total["in_flight"], total["max_in_flight"]) == (0, 1)
    assert "in_flight_by_route" not in total


ENTRY = [{"locale": None, "scope": None, "data": "blue"}]


CHANGES: list[tuple[str, str, Any, int]] = [
    ("PATCH", f"products/{uuid_of('plain')}", {"values": {"color": ENTRY}}, 204),
    ("PATCH", f"products/{uuid_of('plain')}", {"values": {"unknown": ENTRY}}, 422),
    ("PATCH", f"products/{uuid_of('nobody')}", {"enabled": False}, 404),
    ("DELETE", f"products/{uuid_of('plain')}", None, 204),
    ("DELETE", f"products/{uuid_of('nobody')}", None, 404),
    ("PATCH", "product-models/none", {"values": {"color": ENTRY}}, 404),
    ("PATCH", "product-models/none", {"values": {"unknown": ENTRY}}, 422),
    ("PATCH", "reference-entities/none/records/r", {"values": {}}, 404),
    ("DELETE", "reference-entities/none/records/r", None, 404),
    ("PATCH", "asset-families/none/assets/a", {"values": {}}, 404),
    ("DELETE", "asset-families/none/assets/a", None, 404),
    ("PATCH", "attributes/color/options/red", {"labels": {"en_US": "Crimson"}}, 204),
    ("PATCH", "attributes/none/options/red", {"labels": {}}, 404),
    ("DELETE", "attributes/color/options/red", None, 204),
    ("DELETE", "attributes/color/options/none", None, 404),
    ("PATCH", "attributes/color", {"labels": {"en_US": "Colour"}}, 204),
    ("PATCH", "attributes/none", {"labels": {}}, 404),
    ("PATCH", "attributes/color", {"type": "pim_catalog_text"}, 422),
    ("DELETE", "attributes/color", None, 204),
    ("DELETE", "attributes/sku", None, 404),
    ("PATCH", "attribute-groups/none", {"labels": {}}, 404),
    ("PATCH", "families/things", {"labels": {"en_US": "Things"}}, 204),
    ("PATCH", "families/none", {"labels": {}}, 404),
]


async def test_the_catalogue_is_changed_over_http(http: httpx.AsyncClient) -> None:
    for method, path, body, status in CHANGES:
        answer = await http.request(method, f"/_sandbox/{path}", json=body)

        assert answer.status_code == status, (method, path, answer.text)


async def test_a_changed_label_shows_in_the_rest_api(
    connected: AppSide, http: httpx.AsyncClient
) -> None:
    await http.patch("/_sandbox/attributes/color", json={"labels": {"en_US": "Colour"}})

    assert (await connected.get("attributes/color")).json()["labels"] == {"en_US": "Colour"}
