from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from quart_passport.crypto.keyring import KeyRing
from quart_passport.crypto.sealing import SealContext, key_id_of, seal, unseal
from quart_passport.errors import UnsealError

HERE = SealContext(UUID(int=1), "connections", "token")
ELSEWHERE = (
    SealContext(UUID(int=2), "connections", "token"),
    SealContext(UUID(int=1), "tenants", "token"),
    SealContext(UUID(int=1), "connections", "client_secret"),
    # The same letters, cut in another place.
    SealContext(UUID(int=1), "connectionst", "oken"),
)
RING = KeyRing(2, {1: b"1" * 32, 2: b"2" * 32}, b"s" * 32)


@given(st.binary(max_size=300))
def test_what_was_sealed_opens_in_its_place(plaintext: bytes) -> None:
    sealed = seal(RING, plaintext, HERE)

    assert unseal(RING, sealed, HERE) == plaintext


def test_the_bytes_are_those_of_the_documented_format() -> None:
    sealed = seal(RING, b"token", HERE)

    header, nonce, rest = sealed[:6], sealed[6:18], sealed[18:]
    bound = (
        b"\x00\x00\x00\x11quart-passport/v1"
        b"\x00\x00\x00\x06"
        + header
        + b"\x00\x00\x00\x10"
        + UUID(int=1).bytes
        + b"\x00\x00\x00\x0bconnections\x00\x00\x00\x05token"
    )
    assert header == b"\x51\x01\x00\x00\x00\x02"
    assert AESGCM(b"2" * 32).decrypt(nonce, rest, bound) == b"token"


def test_each_sealing_takes_a_new_nonce() -> None:
    sealed = {seal(RING, b"token", HERE) for _ in range(200)}

    assert len(sealed) == 200


def test_a_value_of_an_older_key_still_opens() -> None:
    sealed = seal(KeyRing(1, {1: b"1" * 32}, b"s" * 32), b"token", HERE)

    assert key_id_of(sealed) == 1
    assert unseal(RING, sealed, HERE) == b"token"


def test_a_value_of_an_unknown_key_is_refused_without_a_reason() -> None:
    sealed = seal(KeyRing(3, {3: b"1" * 32}, b"s" * 32), b"token", HERE)

    with pytest.raises(UnsealError, match=r"^cannot unseal$"):
        unseal(RING, sealed, HERE)


def test_no_other_key_is_tried_than_the_one_named() -> None:
    # Sealed under the bytes of key 1, but named 2: the ring holds the right key under another id.
    sealed = seal(KeyRing(2, {2: b"1" * 32}, b"s" * 32), b"token", HERE)

    with pytest.raises(UnsealError):
        unseal(RING, sealed, HERE)


def test_no_swap_flip_or_cut_opens() -> None:
    sealed = seal(RING, b"a token of some length", HERE)
    other = seal(RING, b"another token, as long", HERE)
    attempts = [(sealed, context) for context in ELSEWHERE]
    attempts += [(changed, HERE) for changed in forgeries(sealed, other)]

    accepted = [attempt for attempt in attempts if opens(*attempt)]

    print(f"\ntried {len(attempts)}, accepted {len(accepted)}")
    assert len(attempts) > 500
    assert accepted == []


def forgeries(sealed: bytes, other: bytes) -> list[bytes]:
    size = len(sealed)
    flips = [flipped(sealed, place, bit) for place in range(size) for bit in range(8)]
    cuts = [sealed[:end] for end in range(size)] + [sealed[start:] for start in range(1, size)]
    crossings = [sealed[:place] + other[place:] for place in (12, 18, size - 16)]
    renamed = [sealed[:2] + number.to_bytes(4, "big") + sealed[6:] for number in (0, 1, 3)]
    return (
        flips
        + cuts
        + crossings
        + renamed
        + [sealed + b"\0", sealed + sealed, sealed.hex().encode()]
    )


def flipped(sealed: bytes, place: int, bit: int) -> bytes:
    changed = bytearray(sealed)
    changed[place] ^= 1 << bit
    return bytes(changed)


def opens(sealed: bytes, context: SealContext) -> bool:
    try:
        unseal(RING, sealed, context)
    except UnsealError:
        return False
    return True
