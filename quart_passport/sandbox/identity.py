"""
Who the PIM user is, said in an ID token (OpenID Connect Core 1.0, section 2) signed with RS256.

As with the real PIM, `iat` and `exp` are floats and the public key is published as an X.509
certificate.
"""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import RSAKey

from quart_passport.sandbox.apps import Grant
from quart_passport.sandbox.state import State

TOKEN_LIFETIME = 3600.0  # seconds

USER_EMAIL = "julia@example.com"
USER_FIRST_NAME = "Julia"
USER_LAST_NAME = "Stone"


class Identity:
    """Signs ID tokens for the sandbox's only user; the key is made at the first need and kept."""

    def __init__(
        self, state: State, save: Callable[[], None], clock: Callable[[], float], issuer: str
    ) -> None:
        self._state = state
        self._save = save
        self._clock = clock
        self._issuer = issuer

    def certificate(self) -> str:
        """The certificate of the signing key, in PEM."""
        self._ensure_key()
        assert self._state.certificate is not None
        return self._state.certificate

    def id_token(self, grant: Grant) -> str:
        now = self._clock()
        claims: dict[str, object] = {
            "iss": self._issuer,
            "jti": str(uuid.uuid4()),
            "sub": self.subject(grant.client_id),
            "aud": grant.client_id,
            # A float even for a whole number of seconds, because the real one is.
            "iat": float(now),
            "exp": float(now) + TOKEN_LIFETIME,
        }
        if "email" in grant.authentication:
            claims |= {"email": USER_EMAIL, "email_verified": False}
        if "profile" in grant.authentication:
            claims |= {"firstname": USER_FIRST_NAME, "lastname": USER_LAST_NAME}
        return jwt.encode({"alg": "RS256", "typ": "JWT"}, claims, self._key())

    def subject(self, client_id: str) -> str:
        """A pairwise pseudonym: another one for each app, the same at each visit."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._issuer}#{USER_EMAIL}#{client_id}"))

    def rotate_key(self) -> None:
        """Make a new signing key; tokens signed before no longer verify."""
        private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._state.private_key = private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        self._state.certificate = self._certify(private_key)
        self._save()

    def _ensure_key(self) -> None:
        if self._state.private_key is None or self._state.certificate is None:
            self.rotate_key()

    def _key(self) -> RSAKey:
        self._ensure_key()
        assert self._state.private_key is not None
        return RSAKey.import_key(self._state.private_key)

    def _certify(self, private_key: rsa.RSAPrivateKey) -> str:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sandbox PIM")])
        now = datetime.fromtimestamp(self._clock(), UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(private_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=3650))
            .sign(private_key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM).decode()
