import json
from urllib.parse import parse_qs, urlsplit

import pytest

from quart_passport.egress.address import EgressRules
from quart_passport.egress.fetch import Egress
from quart_passport.errors import (
    AuthorizationRefused,
    PassportError,
    PimProtocolError,
    PimUnavailable,
)
from quart_passport.pim.authorization import (
    OPTIONAL_SCOPES,
    READING_SCOPES,
    SIGN_IN_SCOPES,
    Grant,
    authorize_url,
    code_challenge,
    exchange_code,
)
from quart_passport.secret import Secret
from tests.egress.loopback import TLS, answer_of, listening
from tests.pim.conftest import Connected

GOOD = {"access_token": "Y2YyYjM1LW1vcmU", "token_type": "bearer", "scope": "read_products"}


def test_the_challenge_is_akeneos() -> None:
    challenge = code_challenge(
        "4d713c758a30768e5576cb7b6f3b2dad62e7bdb5fd4a6132b11ca6301824",
        Secret("NGdtNHJub2l6cDhnc2tna2swODBzc29vODAwNDBnNDRr"),
    )

    assert challenge == "0b5766a3830b88d99ff54c6db28092cf22eed44827699045723de96d290cfb01"


def test_the_authorize_url_carries_everything_and_no_callback() -> None:
    url = authorize_url(
        "https://acme.cloud.akeneo.com",
        client_id="a&b",
        scopes=(*READING_SCOPES, *OPTIONAL_SCOPES, *SIGN_IN_SCOPES),
        state="s=1",
    )

    parts = urlsplit(url)
    query = parse_qs(parts.query, strict_parsing=True)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://acme.cloud.akeneo.com/connect/apps/v1/authorize"
    )
    assert query == {
        "response_type": ["code"],
        "client_id": ["a&b"],
        "scope": [" ".join((*READING_SCOPES, *OPTIONAL_SCOPES, *SIGN_IN_SCOPES))],
        "state": ["s=1"],
    }
    # The PIM keeps no more of it.
    assert len(query["scope"][0]) <= 254


async def test_a_code_becomes_a_token_that_works(sandbox: Connected) -> None:
    grant = await sandbox.exchange(sandbox.code())

    assert grant.scopes == frozenset(READING_SCOPES)
    assert grant.missing_scopes == frozenset()
    assert grant.id_token is None
    await sandbox.client.probe(await sandbox.access())


async def test_fewer_scopes_are_told_by_name(sandbox: Connected) -> None:
    grant = await sandbox.exchange(sandbox.code(READING_SCOPES[1:]))

    assert grant.missing_scopes == {READING_SCOPES[0]}


@pytest.mark.parametrize("scope", ["write_products", "delete_products"])
async def test_a_token_that_may_change_the_pim_is_refused(sandbox: Connected, scope: str) -> None:
    with pytest.raises(AuthorizationRefused, match=scope):
        await sandbox.exchange(sandbox.code((*READING_SCOPES, scope)))


async def test_a_code_is_good_for_one_request(sandbox: Connected) -> None:
    code = sandbox.code()
    await sandbox.exchange(code)

    with pytest.raises(AuthorizationRefused, match="connect again from the PIM"):
        await sandbox.exchange(code)


async def test_a_wrong_client_secret_says_what_to_compare(sandbox: Connected) -> None:
    sandbox.client_secret = Secret("another secret")

    with pytest.raises(AuthorizationRefused, match="client id and secret"):
        await sandbox.exchange(sandbox.code())


async def test_what_is_no_code_is_never_sent(sandbox: Connected) -> None:
    for code in ("", "x" * 1025, "a\nb", "ü"):
        with pytest.raises(AuthorizationRefused, match="not an authorization code"):
            await sandbox.exchange(code)

    assert sandbox.pim.traffic.total.calls == 0


async def test_the_token_request_is_never_tried_again(sandbox: Connected) -> None:
    for fault in ("server_error", "html_error", "truncated_body", "rate_limited"):
        sandbox.pim.traffic.reset()
        sandbox.pim.traffic.play(fault)
        with pytest.raises(PimUnavailable):
            await sandbox.exchange(sandbox.code())
        assert sandbox.pim.traffic.total.calls == 1, fault


async def exchange_with(body: bytes, status: str = "200 OK") -> Grant:
    async with listening(answer_of(body, status=status)) as pim:
        rules = EgressRules.parse(exempt=[f"127.0.0.1:{pim.port}"])
        async with Egress(rules, ssl_context=TLS) as egress:
            return await exchange_code(
                egress,
                f"http://127.0.0.1:{pim.port}",
                client_id="id",
                client_secret=Secret("canary-secret"),
                code="canary-code",
            )


@pytest.mark.parametrize(
    "change",
    [
        {"access_token": ""},
        {"access_token": "short"},
        {"access_token": "x" * 3000},
        {"access_token": "with space in it"},
        {"access_token": "with\r\nnewline"},
        {"access_token": "ünicode-token"},
        {"access_token": "canary-token\n"},
        {"access_token": 12345678},
        {"access_token": None},
        {"token_type": "mac"},
        {"token_type": None},
        {"scope": None},
        {"scope": ["read_products"]},
        {"scope": "read_products\n"},
        {"scope": "READ"},
        {"scope": "a" * 10_000},
        {"id_token": "no.jwt"},
        {"id_token": "a.b.c.d"},
        {"id_token": 7},
    ],
)
async def test_a_token_answer_of_another_form_is_refused_without_quoting_it(
    change: dict[str, object],
) -> None:
    with pytest.raises(PimProtocolError) as refusal:
        await exchange_with(json.dumps({**GOOD, **change}).encode())

    assert str(refusal.value) == "the PIM's answer to the token request cannot be read"


async def test_a_well_formed_answer_keeps_its_secrets() -> None:
    grant = await exchange_with(json.dumps({**GOOD, "id_token": "a.b.c", "more": 1}).encode())

    assert grant.token.reveal() == GOOD["access_token"]
    assert GOOD["access_token"] not in repr(grant)
    assert "a.b.c" not in repr(grant)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"[]", "200 OK", PimProtocolError),
        (b"", "200 OK", PimProtocolError),
        (b"[" * 60_000, "200 OK", PimProtocolError),
        (b" " * 70_000, "200 OK", PimProtocolError),
        (b'{"error":"unsupported_grant_type"}', "400 Bad", AuthorizationRefused),
        (
            b'{"error":"invalid_grant","error_description":"Code has expired"}',
            "400 Bad",
            AuthorizationRefused,
        ),
        (b"", "400 Bad", AuthorizationRefused),
        (b"", "302 Found", PimProtocolError),
        (b"", "502 Bad", PimUnavailable),
    ],
)
async def test_every_answer_to_the_token_request_has_an_error(
    body: bytes, status: str, error: type[PassportError]
) -> None:
    with pytest.raises(error) as refusal:
        await exchange_with(body, status)

    assert "canary" not in str(refusal.value)
