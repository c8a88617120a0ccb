"""The OAuth door: consent, codes, tokens, ID tokens."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from joserfc import jwt
from joserfc.jwk import RSAKey

from quart_passport.sandbox import SandboxApp
from tests.sandbox.conftest import SCOPES, AppSide, Clock, new_app_side
from tests.serving import Served

AUTHORIZE = "/connect/apps/v1/authorize"


async def test_consent_names_the_asked_scopes_in_words(
    app_side: AppSide, http: httpx.AsyncClient
) -> None:
    query = {
        "response_type": "code",
        "client_id": app_side.client_id,
        "scope": "read_products no_such_scope read_assets openid",
    }

    page = await http.get(AUTHORIZE, params=query)

    assert page.status_code == 200
    assert "View products and product models" in page.text
    assert "View assets" in page.text
    assert "no_such_scope" not in page.text
    assert "form-action 'self' http://app.example" in page.headers["content-security-policy"]


async def test_approval_returns_code_and_state_to_the_registered_callback(
    app_side: AppSide, http: httpx.AsyncClient
) -> None:
    query = {
        "response_type": "code",
        "client_id": app_side.client_id,
        "scope": SCOPES,
        "state": "a b&c",
        "redirect_uri": "http://evil.example/",
    }

    answer = await http.post(AUTHORIZE, params=query)

    target = urlsplit(answer.headers["location"])
    assert answer.status_code == 302
    assert (target.netloc, target.path) == ("app.example", "/callback")
    assert target.query.startswith("x=1&code=")
    assert parse_qs(target.query)["state"] == ["a b&c"]


async def test_a_state_that_was_not_sent_does_not_come_back(
    app_side: AppSide, http: httpx.AsyncClient
) -> None:
    query = {"response_type": "code", "client_id": app_side.client_id, "scope": SCOPES}

    answer = await http.post(AUTHORIZE, params=query)

    assert "state" not in parse_qs(urlsplit(answer.headers["location"]).query)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "unknown"},
        {"client_id": ""},
        {"response_type": "token"},
        {"response_type": ""},
    ],
)
async def test_a_bad_request_never_reaches_a_callback(
    app_side: AppSide, http: httpx.AsyncClient, change: dict[str, str], method: str
) -> None:
    query = {"response_type": "code", "client_id": app_side.client_id, "scope": SCOPES} | change

    answer = await http.request(method, AUTHORIZE, params=query)

    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_connected_app_gets_its_next_code_without_a_question(
    connected: AppSide, http: httpx.AsyncClient
) -> None:
    query = {"response_type": "code", "client_id": connected.client_id, "scope": "read_products"}

    answer = await http.get(AUTHORIZE, params=query)

    assert answer.status_code == 302


@pytest.mark.parametrize("more", ["read_categories", "openid"])
async def test_new_scopes_ask_again(connected: AppSide, http: httpx.AsyncClient, more: str) -> None:
    query = {
        "response_type": "code",
        "client_id": connected.client_id,
        "scope": f"{SCOPES} {more}",
    }

    answer = await http.get(AUTHORIZE, params=query)

    assert answer.status_code == 200
    assert "asks for more" in answer.text


async def test_another_site_cannot_approve(app_side: AppSide, http: httpx.AsyncClient) -> None:
    query = {"response_type": "code", "client_id": app_side.client_id, "scope": SCOPES}

    by_origin = await http.post(AUTHORIZE, params=query, headers={"Origin": "http://evil.example"})
    by_site = await http.post(AUTHORIZE, params=query, headers={"Sec-Fetch-Site": "cross-site"})

    assert (by_origin.status_code, by_site.status_code) == (403, 403)


async def test_granted_scopes_come_back_sorted_and_known(app_side: AppSide) -> None:
    grant = await app_side.connect("read_products read_assets nonsense read_channel_settings")

    assert grant["scope"] == "read_assets read_channel_settings read_products"
    assert grant["token_type"] == "bearer"
    assert "id_token" not in grant
    assert "expires_in" not in grant


async def test_a_used_code_is_refused(app_side: AppSide) -> None:
    form = app_side.token_form(await app_side.code())
    await app_side.exchange(form)

    again = await app_side.exchange(form)

    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(("age", "status"), [(29.9, 200), (30.1, 400)])
async def test_a_code_lives_30_seconds(
    app_side: AppSide, clock: Clock, age: float, status: int
) -> None:
    form = app_side.token_form(await app_side.code())

    clock.now += age
    answer = await app_side.exchange(form)

    assert answer.status_code == status
    if status == 400:
        assert answer.json() == {
            "error": "invalid_grant",
            "error_description": "Code has expired",
        }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        *(({name: ""}, "invalid_request") for name in AppSide(None, "").token_form("")),  # type: ignore[arg-type]
        ({"client_id": "unknown"}, "invalid_client"),
        ({"code_challenge": "0" * 64}, "invalid_client"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code": "unknown", "client_id": "unknown", "grant_type": ""}, "invalid_request"),
        ({"code": "unknown", "client_id": "unknown"}, "invalid_client"),
    ],
)
async def test_only_the_first_mistake_of_a_token_request_is_told(
    app_side: AppSide, changes: dict[str, str], error: str
) -> None:
    form = app_side.token_form(await app_side.code()) | changes

    answer = await app_side.exchange(form)

    assert (answer.status_code, answer.json()) == (400, {"error": error})


async def test_another_apps_code_is_refused(app_side: AppSide, pim: Served[SandboxApp]) -> None:
    code = await app_side.code()
    other = pim.app.pim.apps.register("Other", "http://o.example/a", "http://o.example/c")
    other_side = AppSide(app_side.http, other.client_id, other.client_secret)
    await other_side.connect()

    answer = await other_side.exchange(other_side.token_form(code))

    assert answer.json() == {"error": "invalid_grant"}


async def test_the_same_scopes_give_the_same_token(connected: AppSide) -> None:
    first = connected.token

    again = await connected.connect(" ".join(reversed(SCOPES.split())))

    assert again["access_token"] == first


async def test_changed_scopes_end_the_old_token(connected: AppSide) -> None:
    old = connected.token

    await connected.connect("read_products")
    answer = await connected.http.get(
        "/api/rest/v1/channels", headers={"Authorization": f"Bearer {old}"}
    )

    assert connected.token != old
    assert answer.status_code == 401
    assert answer.json() == {"code": 401, "message": "The access token provided is invalid."}


async def test_the_id_token_verifies_with_the_published_certificate(
    app_side: AppSide, pim: Served[SandboxApp], clock: Clock
) -> None:
    grant = await app_side.connect(f"{SCOPES} openid profile email")

    answer = await app_side.http.get("/connect/apps/v1/openid/public-key")
    certificate = x509.load_pem_x509_certificate(answer.json()["public_key"].encode())
    key = certificate.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    claims = jwt.decode(grant["id_token"], RSAKey.import_key(key), algorithms=["RS256"]).claims

    assert grant["scope"] == " ".join(sorted(f"{SCOPES} openid profile email".split()))
    assert claims["iss"] == pim.url
    assert claims["aud"] == app_side.client_id
    assert (claims["iat"], claims["exp"]) == (clock.now, clock.now + 3600)
    assert isinstance(claims["iat"], float)
    assert claims["email_verified"] is False
    assert {"sub", "jti", "email", "firstname", "lastname"} <= claims.keys()


def subject_of(grant: dict[str, Any]) -> str:
    # Whether the signature holds is another test's claim.
    claims = base64.urlsafe_b64decode(grant["id_token"].split(".")[1] + "==")
    return str(json.loads(claims)["sub"])


async def test_the_subject_stays_the_same_at_each_visit_and_differs_between_apps(
    app_side: AppSide, pim: Served[SandboxApp]
) -> None:
    other = await new_app_side(pim, app_side.http)

    first = await app_side.connect(f"{SCOPES} openid")
    second = await app_side.connect(f"{SCOPES} openid")
    elsewhere = await other.connect(f"{SCOPES} openid")

    assert subject_of(first) == subject_of(second)
    assert subject_of(first) != subject_of(elsewhere)


async def test_asking_for_more_scopes_says_ok_and_changes_nothing(connected: AppSide) -> None:
    headers = {"Authorization": f"Bearer {connected.token}", "Content-Type": "application/json"}

    answer = await connected.http.post(
        "/connect/apps/v1/scopes/update", params={"scopes": "read_assets"}, headers=headers
    )

    assert (answer.status_code, answer.json()) == (200, "Ok")
    assert (await connected.get("categories")).status_code == 403
