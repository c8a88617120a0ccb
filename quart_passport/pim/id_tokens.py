"""Who signed in: ID tokens of a PIM (OpenID Connect Core 1.0, section 3.1.3.7).

The algorithm is fixed, and the key comes from the PIM that the token must be from. PIMs change
their keys, so a kept key that does not fit is fetched anew, once.
"""

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import RSAKey

from quart_passport.egress.fetch import Egress, EgressFailed
from quart_passport.errors import AuthorizationRefused, PimProtocolError
from quart_passport.pim.answers import check_answer, failure_of
from quart_passport.secret import Secret

# Seconds by which the clocks of a PIM and ours may differ.
LEEWAY = 60.0
_ALGORITHM = "RS256"
_SMALLEST_KEY = 2048
_KEY_KEPT_SECONDS = 300.0
# Far more PIMs than sign in within five minutes.
_MOST_KEYS = 1000
_DEADLINE = 8.0
_LARGEST_KEY_ANSWER = 16 * 1024
_TEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,255}")


@dataclass(frozen=True, slots=True)
class PimUser:
    """A user of a PIM. `sub` alone is identity, and only together with the PIM."""

    sub: str
    # For display only: PIMs do not verify it, and another may claim the same. Empty if not given.
    email: str
    name: str
    # The token's own id, to refuse a second use of it until `expires` (seconds since 1970).
    token_id: str
    expires: float


class _PublicKey(msgspec.Struct):
    public_key: str


class IDTokenCheck:
    """Checks ID tokens of any PIM. `clock` gives seconds since 1970."""

    def __init__(self, egress: Egress, clock: Callable[[], float] = time.time) -> None:
        self._egress = egress
        self._clock = clock
        # By origin: the key, and until when it is kept by the monotonic clock.
        self._keys: dict[str, tuple[RSAKey, float]] = {}

    async def user_of(self, id_token: Secret, *, origin: str, client_id: str) -> PimUser:
        """Who the token says signed in; AuthorizationRefused if it proves nothing."""
        try:
            claims = await self._verified_claims(id_token.reveal(), origin)
        except (JoseError, ValueError):
            raise _refused("is not signed by the PIM") from None
        return _user_in(claims, origin, client_id, self._clock())

    async def _verified_claims(self, token: str, origin: str) -> dict[str, Any]:
        key, is_fresh = await self._key_of(origin)
        try:
            return jwt.decode(token, key, algorithms=[_ALGORITHM]).claims
        except BadSignatureError:
            if is_fresh:
                raise
        return jwt.decode(token, await self._fetch_key(origin), algorithms=[_ALGORITHM]).claims

    async def _key_of(self, origin: str) -> tuple[RSAKey, bool]:
        """The PIM's key, and whether it was fetched just now."""
        key, until = self._keys.get(origin, (None, 0.0))
        if key is not None and time.monotonic() < until:
            return key, False
        return await self._fetch_key(origin), True

    async def _fetch_key(self, origin: str) -> RSAKey:
        try:
            response = await self._egress.request(
                "GET",
                f"{origin}/connect/apps/v1/openid/public-key",
                headers={"accept": "application/json"},
                limit_bytes=_LARGEST_KEY_ANSWER,
                deadline=_DEADLINE,
            )
        except EgressFailed as error:
            raise failure_of(error) from None
        key = _key_in(check_answer(response).body)
        if len(self._keys) >= _MOST_KEYS:
            self._keys.clear()
        self._keys[origin] = key, time.monotonic() + _KEY_KEPT_SECONDS
        return key


def _key_in(body: bytes) -> RSAKey:
    """The key, out of a certificate as PIMs send it, or bare."""
    try:
        key = _load(msgspec.json.decode(body, type=_PublicKey).public_key.encode())
        if not isinstance(key, RSAPublicKey) or key.key_size < _SMALLEST_KEY:
            raise ValueError
        return RSAKey.import_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except (ValueError, TypeError, RecursionError, UnsupportedAlgorithm, JoseError):
        raise PimProtocolError("the PIM's public key is not an RSA key in PEM form") from None


def _load(pem: bytes) -> PublicKeyTypes:
    if b"BEGIN CERTIFICATE" in pem:
        return x509.load_pem_x509_certificate(pem).public_key()
    return load_pem_public_key(pem)


def _user_in(claims: dict[str, Any], origin: str, client_id: str, now: float) -> PimUser:
    issuer = claims.get("iss")
    # PIMs write their own address with or without a trailing slash.
    if not isinstance(issuer, str) or issuer.removesuffix("/") != origin.removesuffix("/"):
        raise _refused("is from another PIM")
    if claims.get("aud") not in (client_id, [client_id]):
        raise _refused("is for another app")
    expires = _instant(claims, "exp")
    if expires + LEEWAY <= now:
        raise _refused("has expired; sign in again from the PIM")
    if _instant(claims, "iat") - LEEWAY > now:
        raise _refused("is from the future; the clocks of the PIM and this server differ")
    names = [_optional(claims, name) for name in ("firstname", "lastname")]
    return PimUser(
        sub=_required(claims, "sub"),
        email=_optional(claims, "email"),
        name=" ".join(filter(None, names)),
        token_id=_required(claims, "jti"),
        expires=expires,
    )


def _instant(claims: dict[str, Any], name: str) -> float:
    """Seconds since 1970; PIMs send fractions."""
    seconds = claims.get(name)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise _refused(f"lacks “{name}”")
    if not math.isfinite(seconds) or not 0 <= seconds < 1e11:
        raise _refused(f"has an impossible “{name}”")
    return float(seconds)


def _required(claims: dict[str, Any], name: str) -> str:
    text = _optional(claims, name)
    if not text:
        raise _refused(f"lacks “{name}”")
    return text


def _optional(claims: dict[str, Any], name: str) -> str:
    text = claims.get(name)
    return text if isinstance(text, str) and _TEXT.fullmatch(text) else ""


def _refused(problem: str) -> AuthorizationRefused:
    return AuthorizationRefused(problem, where="ID token")
