"""Ordinary API clients: credentials, tokens, and their end."""

import re
from typing import Any

import httpx
import pytest

from quart_passport.sandbox import Catalog, SandboxApp, create_sandbox
from quart_passport.sandbox.scopes import AUTHORIZATION
from quart_passport.sandbox.state import Connection
from tests.sandbox.conftest import AppSide, Clock
from tests.serving import Served

TOKEN = "/api/oauth/v1/token"


@pytest.fixture
def connection(pim: Served[SandboxApp]) -> Connection:
    return pim.app.pim.connections.create("Magento shop", AUTHORIZATION)


def _password(connection: Connection, **changes: str) -> dict[str, str]:
    form = {
        "grant_type": "password",
        "username": connection.username,
        "password": connection.password,
    }
    return {name: value for name, value in (form | changes).items() if value}


async def _log_in(http: httpx.AsyncClient, connection: Connection) -> dict[str, Any]:
    auth = (connection.client_id, connection.client_secret)
    answer = await http.post(TOKEN, auth=auth, json=_password(connection))
    assert answer.status_code == 200, answer.text
    login: dict[str, Any] = answer.json()
    return login


async def _channels(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.get("/api/rest/v1/channels", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("kind", ["json", "data"])
async def test_a_connection_logs_in_with_json_or_a_form(
    http: httpx.AsyncClient, connection: Connection, kind: str
) -> None:
    auth = (connection.client_id, connection.client_secret)
    body: dict[str, Any] = {kind: _password(connection)}

    answer = await http.post(TOKEN, auth=auth, **body)

    login = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (login["expires_in"], login["token_type"], login["scope"]) == (3600, "bearer", None)
    assert (await _channels(http, login["access_token"])).status_code == 200


async def test_credentials_may_come_in_the_body(
    http: httpx.AsyncClient, connection: Connection
) -> None:
    form = _password(
        connection, client_id=connection.client_id, client_secret=connection.client_secret
    )

    assert (await http.post(TOKEN, data=form)).status_code == 200


async def test_a_token_expires_after_an_hour_and_a_refresh_token_gives_another(
    http: httpx.AsyncClient, connection: Connection, clock: Clock
) -> None:
    login = await _log_in(http, connection)
    auth = (connection.client_id, connection.client_secret)
    refresh = {"grant_type": "refresh_token", "refresh_token": login["refresh_token"]}

    clock.now += 3599
    in_time = await _channels(http, login["access_token"])
    clock.now += 1
    late = await _channels(http, login["access_token"])
    renewed = await http.post(TOKEN, auth=auth, data=refresh)
    again = await http.post(TOKEN, auth=auth, data=refresh)
    after = await _channels(http, renewed.json()["access_token"])

    assert [a.status_code for a in (in_time, late, renewed, again, after)] == [
        200,
        401,
        200,
        422,
        200,
    ]
    assert late.json() == {"code": 401, "message": "The access token provided has expired."}
    assert again.json()["message"] == "Refresh token is invalid or has expired"


async def test_a_refresh_token_expires_after_two_weeks(
    http: httpx.AsyncClient, connection: Connection, clock: Clock
) -> None:
    login = await _log_in(http, connection)
    auth = (connection.client_id, connection.client_secret)
    refresh = {"grant_type": "refresh_token", "refresh_token": login["refresh_token"]}

    clock.now += 14 * 24 * 3600
    answer = await http.post(TOKEN, auth=auth, data=refresh)

    assert answer.status_code == 422


WRONG_CLIENT = 'Parameter "client_id" is missing or does not match any client, or secret is invalid'
WRONG_TYPE = (
    '"application/xml" in "Content-Type" header is not valid. Only "application/json" or '
    '"application/x-www-form-urlencoded" are allowed.'
)
MISSING = 'Parameter "grant_type", "username" or "password" is missing, empty or invalid'


@pytest.mark.parametrize(
    ("changes", "auth", "message"),
    [
        ({"grant_type": ""}, {}, MISSING),
        ({"grant_type": "passwordd"}, {}, MISSING),
        ({"username": ""}, {}, MISSING),
        ({"password": ""}, {}, MISSING),
        ({"grant_type": "token"}, {}, "This grant type is not authorized for this client"),
        ({"username": "michel"}, {}, "No user found for the given username and password"),
        ({"password": "wrong"}, {}, "No user found for the given username and password"),
        (
            {"grant_type": "refresh_token"},
            {},
            'Parameter "grant_type" or "refresh_token" is missing or empty',
        ),
        ({}, {"client_id": "michel_id"}, WRONG_CLIENT),
        ({}, {"client_secret": "michel_secret"}, WRONG_CLIENT),
    ],
)
async def test_a_wrong_login_is_refused_in_the_pims_words(
    http: httpx.AsyncClient,
    connection: Connection,
    changes: dict[str, str],
    auth: dict[str, str],
    message: str,
) -> None:
    client_id = auth.get("client_id", connection.client_id)
    secret = auth.get("client_secret", connection.client_secret)

    answer = await http.post(TOKEN, auth=(client_id, secret), data=_password(connection, **changes))

    assert answer.status_code == 422
    assert answer.json() == {"code": 422, "message": message}


@pytest.mark.parametrize(
    ("kind", "body", "status", "message"),
    [
        (
            "application/xml",
            b"<a/>",
            415,
            WRONG_TYPE,
        ),
        ("application/json", b"{", 400, "Invalid JSON message received"),
        ("application/json", b"[]", 400, "Invalid JSON message received"),
        ("application/json", b'{"grant_type": 3}', 422, WRONG_CLIENT),
    ],
)
async def test_an_unreadable_login_is_refused(
    http: httpx.AsyncClient, kind: str, body: bytes, status: int, message: str
) -> None:
    answer = await http.post(TOKEN, content=body, headers={"Content-Type": kind})

    assert (answer.status_code, answer.json()["message"]) == (status, message)


async def test_a_connection_sees_what_its_scopes_allow(
    http: httpx.AsyncClient, pim: Served[SandboxApp]
) -> None:
    connection = pim.app.pim.connections.create("Only products", ["read_products"])
    token = (await _log_in(http, connection))["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    channels = await _channels(http, token)
    products = await http.get("/api/rest/v1/products", headers=headers)

    assert (channels.status_code, products.status_code) == (403, 200)


async def test_a_connection_is_no_app(http: httpx.AsyncClient, connection: Connection) -> None:
    token = (await _log_in(http, connection))["access_token"]

    answer = await http.post(
        "/connect/apps/v1/scopes/update",
        params={"scopes": "read_products"},
        headers={"Authorization": f"Bearer {token}"},
    )

    assert (answer.status_code, answer.json()["message"]) == (403, "Not an authenticated App")


async def test_connections_are_made_listed_expired_and_removed_over_http(
    http: httpx.AsyncClient, pim: Served[SandboxApp]
) -> None:
    made = await http.post("/_sandbox/connections", json={"label": "Magento shop"})
    credentials = made.json()
    connection = pim.app.pim.connections.all()[0]
    token = (await _log_in(http, connection))["access_token"]
    path = f"/_sandbox/connections/{credentials['client_id']}"

    listed = await http.get("/_sandbox/connections")
    expired = await http.post(f"{path}/expire")
    late = await _channels(http, token)
    removed = await http.delete(path)
    gone = [await http.delete(path), await http.post(f"{path}/expire")]
    after = await _channels(http, token)

    assert credentials["password"] == connection.password
    assert [each["label"] for each in listed.json()] == ["Magento shop"]
    assert credentials["client_secret"] not in listed.text
    assert credentials["password"] not in listed.text
    assert [a.status_code for a in (expired, late, removed, after)] == [204, 401, 204, 401]
    assert [answer.status_code for answer in gone] == [404, 404]
    assert late.json()["message"] == "The access token provided has expired."
    assert after.json()["message"] == "The access token provided is invalid."


@pytest.mark.parametrize("body", [{"label": "ab"}, {"label": "shop", "scopes": ["read_minds"]}])
async def test_a_connection_that_cannot_be_is_refused(
    http: httpx.AsyncClient, pim: Served[SandboxApp], body: dict[str, Any]
) -> None:
    answer = await http.post("/_sandbox/connections", json=body)

    assert answer.status_code == 422
    assert answer.json()["error"]
    assert pim.app.pim.connections.all() == []


async def test_people_make_and_remove_connections_on_a_page(
    http: httpx.AsyncClient, pim: Served[SandboxApp]
) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    too_short = await http.post("/_sandbox/forms/connections", data={"label": "x"})
    made = await http.post("/_sandbox/forms/connections", data={"label": "<b>Shop</b>"})
    connection = pim.app.pim.connections.all()[0]
    page = await http.get("/_sandbox/connections", headers=browser)
    path = re.findall(r'action="(/_sandbox/forms/connections/[^"]+/remove)"', page.text)[0]
    removed = await http.post(path)

    assert (too_short.status_code, 'value="x"' in too_short.text) == (422, True)
    for secret in (connection.client_secret, connection.password):
        assert secret in made.text
        assert secret not in page.text
    assert "&lt;b&gt;Shop&lt;/b&gt;" in page.text
    assert removed.status_code == 303
    assert pim.app.pim.connections.all() == []


def test_no_credentials_show_in_a_repr(pim: Served[SandboxApp], connection: Connection) -> None:
    login = pim.app.pim.connections.log_in(
        connection.client_id, connection.client_secret, _password(connection)
    )

    shown = repr(connection) + repr(login)
    for secret in (connection.client_secret, connection.password, login.access_token):
        assert secret not in shown


def test_connections_survive_a_restart(tiny: Catalog, tmp_path: Any) -> None:
    file = tmp_path / "state.json"
    before = create_sandbox(tiny, base_url="http://pim.example", state_file=file).pim
    made = before.connections.create("Magento shop", ["read_products"])
    login = before.connections.log_in(made.client_id, made.client_secret, _password(made))

    after = create_sandbox(tiny, base_url="http://pim.example", state_file=file).pim

    holder = after.connections.holder(login.access_token)
    assert isinstance(holder, Connection)
    assert holder.label == "Magento shop"


async def test_only_so_many_old_tokens_are_kept(
    pim: Served[SandboxApp], connection: Connection, connected: AppSide
) -> None:
    connections = pim.app.pim.connections
    for _ in range(150):
        connections.log_in(connection.client_id, connection.client_secret, _password(connection))

    assert len(connection.access_tokens) == len(connection.refresh_tokens) == 100
