import base64
import hmac
import json
import time
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from quart_passport.egress.address import EgressRules
from quart_passport.egress.fetch import Egress
from quart_passport.errors import AuthorizationRefused, PimProtocolError
from quart_passport.pim.authorization import READING_SCOPES, SIGN_IN_SCOPES
from quart_passport.pim.id_tokens import LEEWAY, IDTokenCheck, PimUser
from quart_passport.secret import Secret
from tests.egress.loopback import TLS, answer_of, listening
from tests.pim.conftest import Connected

NOW = 1_790_000_000.25


@pytest.fixture
async def check(sandbox: Connected) -> IDTokenCheck:
    """A check whose clock stands still at NOW, and a PIM whose key exists."""
    sandbox.pim.identity.certificate()
    return IDTokenCheck(sandbox.egress, clock=lambda: NOW)


def claims_of(sandbox: Connected, **changes: Any) -> dict[str, Any]:
    claims = {
        "iss": sandbox.url,
        "jti": "token-1",
        "sub": "user-1",
        "aud": sandbox.client_id,
        "iat": NOW - 1.5,
        "exp": NOW + 3600.5,
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not ...}


def signed(sandbox: Connected, **changes: Any) -> str:
    """A token by the PIM's own key."""
    claims = claims_of(sandbox, **changes)
    return jwt.encode({"alg": "RS256"}, claims, sandbox.pim.identity._key())


async def user_of(check: IDTokenCheck, sandbox: Connected, token: str) -> PimUser:
    return await check.user_of(Secret(token), origin=sandbox.url, client_id=sandbox.client_id)


async def test_the_pims_own_token_tells_who_signed_in(sandbox: Connected) -> None:
    grant = await sandbox.exchange(sandbox.code(READING_SCOPES, SIGN_IN_SCOPES))
    assert grant.id_token is not None

    user = await IDTokenCheck(sandbox.egress).user_of(
        grant.id_token, origin=sandbox.url, client_id=sandbox.client_id
    )

    assert user.sub == sandbox.pim.identity.subject(sandbox.client_id)
    assert (user.email, user.name) == ("julia@example.com", "Julia Stone")
    assert user.token_id
    assert user.expires > time.time()


async def test_clocks_may_differ_by_a_minute(check: IDTokenCheck, sandbox: Connected) -> None:
    for changes in (
        {"exp": NOW - LEEWAY + 1, "iat": NOW - 4000},
        {"iat": NOW + LEEWAY - 1},
        {"exp": int(NOW) + 10, "iat": int(NOW)},
    ):
        assert (await user_of(check, sandbox, signed(sandbox, **changes))).sub == "user-1"


async def test_a_trailing_slash_and_a_list_of_one_app_are_the_same(
    check: IDTokenCheck, sandbox: Connected
) -> None:
    token = signed(sandbox, iss=f"{sandbox.url}/", aud=[sandbox.client_id])

    assert (await user_of(check, sandbox, token)).sub == "user-1"


UNPROVEN: list[tuple[dict[str, Any], str]] = [
    ({"iss": "https://evil.example"}, "from another PIM"),
    ({"iss": ...}, "from another PIM"),
    ({"iss": 7}, "from another PIM"),
    ({"aud": "another"}, "for another app"),
    ({"aud": ...}, "for another app"),
    ({"aud": []}, "for another app"),
    ({"exp": NOW - LEEWAY}, "expired"),
    ({"exp": ...}, "lacks “exp”"),
    ({"exp": "never"}, "lacks “exp”"),
    ({"exp": True}, "lacks “exp”"),
    ({"exp": 1e300}, "impossible “exp”"),
    ({"exp": float("inf")}, "impossible “exp”"),
    ({"exp": float("nan")}, "impossible “exp”"),
    ({"iat": NOW + LEEWAY + 1}, "from the future"),
    ({"iat": ...}, "lacks “iat”"),
    ({"sub": ...}, "lacks “sub”"),
    ({"sub": ""}, "lacks “sub”"),
    ({"sub": 7}, "lacks “sub”"),
    ({"sub": "a\nb"}, "lacks “sub”"),
    ({"sub": "x" * 256}, "lacks “sub”"),
    ({"jti": ...}, "lacks “jti”"),
]


async def test_a_claim_that_proves_nothing_is_refused(
    check: IDTokenCheck, sandbox: Connected
) -> None:
    for changes, problem in UNPROVEN:
        with pytest.raises(AuthorizationRefused, match=problem):
            await user_of(check, sandbox, signed(sandbox, **changes))


async def test_aud_naming_other_apps_too_is_refused(
    check: IDTokenCheck, sandbox: Connected
) -> None:
    token = signed(sandbox, aud=[sandbox.client_id, "another"])

    with pytest.raises(AuthorizationRefused, match="for another app"):
        await user_of(check, sandbox, token)


async def test_forged_signatures_are_refused(check: IDTokenCheck, sandbox: Connected) -> None:
    claims = claims_of(sandbox)
    certificate = sandbox.pim.identity.certificate()
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    public = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    genuine = signed(sandbox)
    head, body, signature = genuine.split(".")
    other_body = signed(sandbox, sub="victim").split(".")[1]
    no_algorithm = packed(b'{"alg":"none"}')
    ours = RSAKey.generate_key(2048)
    forged = [
        jwt.encode({"alg": "RS256"}, claims, ours),
        jwt.encode({"alg": "RS512"}, claims, sandbox.pim.identity._key(), algorithms=["RS512"]),
        jwt.encode({"alg": "PS256"}, claims, sandbox.pim.identity._key(), algorithms=["PS256"]),
        jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(b"k" * 32), algorithms=["HS256"]),
        hs256_with_public_key(claims, public),
        hs256_with_public_key(claims, certificate.encode()),
        f"{no_algorithm}.{body}.",
        f"{no_algorithm}.{body}.{signature}",
        jwt.encode({"alg": "RS256", "jwk": ours.as_dict(private=False)}, claims, ours),
        f"{head}.{other_body}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body}",
        f"{genuine}.x",
        "a.b.c",
        "",
    ]

    accepted = []
    for token in forged:
        try:
            accepted.append(await user_of(check, sandbox, token))
        except AuthorizationRefused:
            continue

    print(f"\ntried {len(forged)}, accepted {len(accepted)}")
    assert accepted == []
    assert (await user_of(check, sandbox, genuine)).sub == "user-1"


def packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def hs256_with_public_key(claims: dict[str, Any], public: bytes) -> str:
    """The classic confusion: a public key taken for a shared secret."""
    head = packed(b'{"alg":"HS256"}')
    signed_part = f"{head}.{packed(json.dumps(claims).encode())}"
    return f"{signed_part}.{packed(hmac.digest(public, signed_part.encode(), 'sha256'))}"


async def test_a_key_is_kept_and_fetched_anew_once_it_does_not_fit(
    check: IDTokenCheck, sandbox: Connected
) -> None:
    for _ in range(3):
        await user_of(check, sandbox, signed(sandbox))
    assert sandbox.pim.traffic.total.by_route["public-key"] == 1

    sandbox.pim.identity.rotate_key()
    await user_of(check, sandbox, signed(sandbox))
    assert sandbox.pim.traffic.total.by_route["public-key"] == 2

    with pytest.raises(AuthorizationRefused):
        await user_of(check, sandbox, signed(sandbox)[:-4] + "AAAA")
    assert sandbox.pim.traffic.total.by_route["public-key"] == 3


async def check_with(body: bytes, token: str) -> PimUser:
    async with listening(answer_of(body)) as pim:
        origin = f"http://127.0.0.1:{pim.port}"
        rules = EgressRules.parse(exempt=[origin.removeprefix("http://")])
        async with Egress(rules, ssl_context=TLS) as egress:
            check = IDTokenCheck(egress, clock=lambda: NOW)
            return await check.user_of(Secret(token), origin=origin, client_id="id")


def key_answer(pem: bytes | str) -> bytes:
    return json.dumps({"public_key": pem if isinstance(pem, str) else pem.decode()}).encode()


def public_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


async def test_a_bare_public_key_serves_as_well() -> None:
    key = RSAKey.generate_key(2048)
    claims = {"iss": "x", "aud": "id", "sub": "u", "jti": "j", "iat": NOW, "exp": NOW + 9}
    token = jwt.encode({"alg": "RS256"}, claims, key)

    # Its signature is accepted; what it says is not.
    with pytest.raises(AuthorizationRefused, match="from another PIM"):
        await check_with(key_answer(key.as_pem(private=False)), token)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"The key is not there"',
        key_answer(""),
        key_answer("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
        key_answer("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"),
        key_answer(public_pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))),
        key_answer(public_pem(ec.generate_private_key(ec.SECP256R1()))),
        key_answer("x" * 20_000),
    ],
)
async def test_a_key_that_is_none_is_a_protocol_error(body: bytes) -> None:
    with pytest.raises(PimProtocolError):
        await check_with(body, "a.b.c")
