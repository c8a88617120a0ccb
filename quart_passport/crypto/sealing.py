"""Sealing of credentials: AES-256-GCM, bound to connection, table, column and key.

    0x51 0x01 | key id, 4 bytes big-endian | nonce, 12 bytes | ciphertext | tag, 16 bytes

The associated data hold the header and the place, each with its length before it. So a value
opens only where it was put, and under the key that its header names; no other key is ever tried.
Nonces are random: at most 2^32 values may be sealed under one key (NIST SP 800-38D, 8.3).
"""

import os
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag

from quart_passport.crypto.framing import frame
from quart_passport.crypto.keyring import KeyRing
from quart_passport.errors import UnsealError

_VERSION = b"\x51\x01"
_HEADER_SIZE = 6
_NONCE_SIZE = 12
_TAG_SIZE = 16
_LEAST_SIZE = _HEADER_SIZE + _NONCE_SIZE + _TAG_SIZE


@dataclass(frozen=True, slots=True)
class SealContext:
    """The one place where a sealed value opens."""

    connection: UUID
    table: str
    column: str


def seal(ring: KeyRing, plaintext: bytes, context: SealContext) -> bytes:
    """Seal under the ring's primary key."""
    header = _VERSION + ring.primary.to_bytes(4, "big")
    nonce = os.urandom(_NONCE_SIZE)
    return header + nonce + ring.primary_cipher.encrypt(nonce, plaintext, _bound(header, context))


def unseal(ring: KeyRing, sealed: bytes, context: SealContext) -> bytes:
    """Open a sealed value; UnsealError, without a reason, if it is not one for this place."""
    header, nonce = sealed[:_HEADER_SIZE], sealed[_HEADER_SIZE : _HEADER_SIZE + _NONCE_SIZE]
    if len(sealed) < _LEAST_SIZE or not header.startswith(_VERSION):
        raise UnsealError
    cipher = ring.cipher(key_id_of(sealed))
    if cipher is None:
        raise UnsealError
    try:
        return cipher.decrypt(nonce, sealed[_HEADER_SIZE + _NONCE_SIZE :], _bound(header, context))
    except InvalidTag:
        raise UnsealError from None


def key_id_of(sealed: bytes) -> int:
    """The id of the key that a value says it was sealed under; rotation looks for old ones."""
    return int.from_bytes(sealed[len(_VERSION) : _HEADER_SIZE], "big")


def _bound(header: bytes, context: SealContext) -> bytes:
    return frame(
        b"quart-passport/v1",
        header,
        context.connection.bytes,
        context.table.encode(),
        context.column.encode(),
    )
