"""The key ring: the keys that seal credentials, and the one that signs.

A file of mode 0600, never in the environment, where child processes would inherit it:

    {"primary": 2, "keys": {"1": "<base64 of 32 bytes>", "2": "…"}, "signing": "…"}

New values are sealed under the primary key; the others only open what was sealed before.
The signing key is never rotated: retired slugs and media addresses must outlive every rotation.
"""

import base64
import binascii
import contextlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Meta

from quart_passport.errors import KeyRingError

KEY_SIZE = 32
# The id under which `check_values` tells of the signing key; sealing keys count from 1.
SIGNING_ID = 0
LARGEST_ID = 2**32 - 1
# Room for hundreds of keys; anything larger is not a key ring.
_LARGEST_FILE = 64 * 1024
_CHECKED = b"qp1 key check"

_KeyId = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,9}\Z")]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    primary: Annotated[int, Meta(ge=1, le=LARGEST_ID)]
    keys: Annotated[dict[_KeyId, str], Meta(min_length=1)]
    signing: str


class KeyRing:
    """Keys by id. Printing shows ids only; pickling is refused."""

    __slots__ = ("_keys", "_signing", "primary")

    def __init__(self, primary: int, keys: Mapping[int, bytes], signing: bytes) -> None:
        # The id of the key that seals.
        self.primary = primary
        self._keys = dict(keys)
        self._signing = signing

    @classmethod
    def load(cls, path: Path) -> "KeyRing":
        """Read a key ring file; KeyRingError says what is wrong with it and what to do."""
        try:
            return _parse(_read_private(path))
        except _Flaw as flaw:
            raise KeyRingError(f"{path}: {flaw}") from None

    @classmethod
    def create(cls, path: Path) -> "KeyRing":
        """Make a ring of one fresh key and write it; an existing file is never overwritten."""
        ring = cls(1, {1: secrets.token_bytes(KEY_SIZE)}, secrets.token_bytes(KEY_SIZE))
        try:
            _write_new(path, ring._encoded())
        except FileExistsError:
            raise KeyRingError(f"{path}: exists already and is left as it is") from None
        except OSError as error:
            raise KeyRingError(f"{path}: cannot be written ({error.strerror})") from None
        return ring

    @property
    def ids(self) -> frozenset[int]:
        """The ids of the sealing keys."""
        return frozenset(self._keys)

    @property
    def signing(self) -> bytes:
        """The key for a Signer."""
        return self._signing

    @property
    def primary_cipher(self) -> AESGCM:
        """The cipher that seals."""
        return AESGCM(self._keys[self.primary])

    def cipher(self, key_id: int) -> AESGCM | None:
        """The cipher that opens what was sealed under a key; None if the ring lacks the key."""
        key = self._keys.get(key_id)
        return AESGCM(key) if key else None

    def check_values(self) -> dict[int, bytes]:
        """A fingerprint of each key, the signing key's under SIGNING_ID.

        Kept in the database, it tells a wrong or swapped key at start, before rows are spoiled.
        """
        keys = {SIGNING_ID: self._signing, **self._keys}
        return {number: hmac.digest(key, _CHECKED, "sha256")[:8] for number, key in keys.items()}

    def _encoded(self) -> bytes:
        keys = {str(number): _to_base64(key) for number, key in self._keys.items()}
        return msgspec.json.format(
            msgspec.json.encode(_File(self.primary, keys, _to_base64(self._signing)))
        )

    def __repr__(self) -> str:
        return f"KeyRing(primary={self.primary}, ids={sorted(self._keys)})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a KeyRing is not to be pickled or copied")


class _Flaw(Exception):
    """What is wrong with the file, without its name."""


def _read_private(path: Path) -> bytes:
    try:
        # Not blocking: a pipe in the file's place must not hold up the start.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _Flaw("is missing; make one with `quart-passport keys new`") from None
    except OSError as error:
        raise _Flaw(f"cannot be read ({error.strerror})") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _Flaw("is not a regular file")
        if status.st_mode & 0o077:
            mode = stat.S_IMODE(status.st_mode)
            raise _Flaw(f"is open to other users (mode {mode:04o}); run `chmod 600` on it")
        content = file.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise _Flaw("is too large for a key ring")
    return content


def _parse(content: bytes) -> KeyRing:
    try:
        raw = json.loads(content, object_pairs_hook=_without_duplicates)
        file = msgspec.convert(raw, _File)
    except msgspec.ValidationError as error:
        raise _Flaw(f"is not a key ring: {error}") from None
    except (ValueError, RecursionError):
        # The parser's own words would quote the file.
        raise _Flaw("is not a key ring: it is not valid JSON in UTF-8") from None
    keys = {_number(text): _from_base64(key, f"key {text}") for text, key in file.keys.items()}
    signing = _from_base64(file.signing, "the signing key")
    if file.primary not in keys:
        raise _Flaw(f"names key {file.primary} as primary but does not hold it")
    if len({signing, *keys.values()}) != len(keys) + 1:
        raise _Flaw("holds the same key twice; each id needs a key of its own")
    return KeyRing(file.primary, keys, signing)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise _Flaw("names the same field or key id twice")
    return dict(pairs)


def _number(text: str) -> int:
    if int(text) > LARGEST_ID:
        raise _Flaw(f"has a key id above {LARGEST_ID}")
    return int(text)


def _from_base64(text: str, what: str) -> bytes:
    with contextlib.suppress(binascii.Error, ValueError):
        key = base64.b64decode(text, validate=True)
        if len(key) == KEY_SIZE:
            return key
    raise _Flaw(f"{what} is not the base64 form of exactly {KEY_SIZE} bytes")


def _to_base64(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _write_new(path: Path, content: bytes) -> None:
    """Write beside it, then link: whoever looks sees no file or the whole of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.link(draft, path)
    finally:
        draft.unlink()
