"""Signatures that only we check: media addresses, retired slugs, references in logs.

HMAC-SHA256 over length-prefixed parts, under a key of its own for each purpose (HKDF, RFC 5869),
so that a signature made for one purpose means nothing for another.
"""

import hmac
from typing import NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from quart_passport.crypto.framing import frame

FULL_SIZE = 32
# RFC 2104, section 5: no fewer than half the hash's bits.
LEAST_SIZE = 16


class Signer:
    """Signs and verifies under subkeys of one key of 32 bytes, which it never shows."""

    __slots__ = ("_key", "_subkeys")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._subkeys: dict[str, bytes] = {}

    def sign(self, purpose: str, *parts: bytes, size: int = FULL_SIZE) -> bytes:
        """The signature over the parts in this order, cut to `size` bytes (16 to 32)."""
        if not LEAST_SIZE <= size <= FULL_SIZE:
            raise ValueError(f"a signature has {LEAST_SIZE} to {FULL_SIZE} bytes, not {size}")
        return hmac.digest(self._subkey(purpose), frame(*parts), "sha256")[:size]

    def verify(self, signature: bytes, purpose: str, *parts: bytes, size: int = FULL_SIZE) -> bool:
        """Whether `sign` gives this signature; takes the same time for each wrong one."""
        return hmac.compare_digest(signature, self.sign(purpose, *parts, size=size))

    def _subkey(self, purpose: str) -> bytes:
        # Purposes are words of our own code, so this stays small.
        if purpose not in self._subkeys:
            info = frame(b"quart-passport/v1", b"signing", purpose.encode())
            hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info)
            self._subkeys[purpose] = hkdf.derive(self._key)
        return self._subkeys[purpose]

    def __repr__(self) -> str:
        return "Signer(***)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Signer is not to be pickled or copied")
