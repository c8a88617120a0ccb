import base64
import hashlib
import hmac
import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from quart_passport.crypto.keyring import SIGNING_ID, KeyRing
from quart_passport.crypto.signing import Signer
from quart_passport.errors import KeyRingError

ONE, TWO, SIGNING = (base64.b64encode(letter * 32).decode() for letter in (b"1", b"2", b"s"))
GOOD: dict[str, Any] = {"primary": 2, "keys": {"1": ONE, "2": TWO}, "signing": SIGNING}


def write(path: Path, content: object, mode: int = 0o600) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(mode)
    return path


def test_a_good_file_is_read(tmp_path: Path) -> None:
    ring = KeyRing.load(write(tmp_path / "ring.json", GOOD))

    assert ring.primary == 2
    assert ring.ids == {1, 2}


def test_a_created_ring_is_private_and_loads_again(tmp_path: Path) -> None:
    path = tmp_path / "var" / "ring.json"

    created = KeyRing.create(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert KeyRing.load(path).check_values() == created.check_values()
    assert [file.name for file in path.parent.iterdir()] == ["ring.json"]


def test_two_created_rings_share_no_key(tmp_path: Path) -> None:
    values = [KeyRing.create(tmp_path / name).check_values() for name in ("a", "b")]

    assert not set(values[0].values()) & set(values[1].values())


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = write(tmp_path / "ring.json", "precious")

    with pytest.raises(KeyRingError, match="exists already"):
        KeyRing.create(path)

    assert path.read_text() == "precious"
    assert len(list(tmp_path.iterdir())) == 1


def test_check_values_tell_keys_apart_without_showing_them(tmp_path: Path) -> None:
    values = KeyRing.load(write(tmp_path / "ring.json", GOOD)).check_values()

    expected = hmac.new(b"1" * 32, b"qp1 key check", hashlib.sha256).digest()[:8]
    assert values[1] == expected
    assert set(values) == {SIGNING_ID, 1, 2}
    assert len(set(values.values())) == 3


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o644, 0o602, 0o601])
def test_a_file_that_others_may_open_is_refused(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / "ring.json", GOOD, mode)

    with pytest.raises(KeyRingError, match="chmod 600"):
        KeyRing.load(path)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(KeyRingError, match="keys new"):
        KeyRing.load(tmp_path / "ring.json")


def test_a_pipe_in_the_files_place_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ring.json", 0o600)

    with pytest.raises(KeyRingError, match="not a regular file"):
        KeyRing.load(tmp_path / "ring.json")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "not valid JSON"),
        ("[" * 100_000, "too large"),
        ("[" * 60_000, "not valid JSON"),
        ("\ud800".encode("utf-16", "surrogatepass").decode("latin-1"), "not valid JSON"),
        ([], "Expected `object`"),
        ({}, "missing required field `primary`"),
        ({**GOOD, "primary": 3}, "names key 3 as primary"),
        ({**GOOD, "primary": "2"}, "Expected `int`"),
        ({**GOOD, "primary": True}, "Expected `int`"),
        ({**GOOD, "note": "x"}, "unknown field `note`"),
        ({**GOOD, "keys": {}}, "length >= 1"),
        ({**GOOD, "keys": {"1": ONE, "2": TWO, "03": ONE}}, "regex"),
        ({**GOOD, "keys": {"1": ONE, "2": TWO, "0": SIGNING}}, "regex"),
        ({**GOOD, "keys": {"1": ONE, "2": TWO, "4294967296": SIGNING}}, "above 4294967295"),
        ({**GOOD, "keys": {"1": ONE[:-4], "2": TWO}}, "key 1 is not the base64 form"),
        ({**GOOD, "keys": {"1": ONE, "2": " " + TWO}}, "key 2 is not the base64 form"),
        ({**GOOD, "keys": {"1": "é" * 44, "2": TWO}}, "key 1 is not the base64 form"),
        ({**GOOD, "signing": ""}, "the signing key is not"),
        ({**GOOD, "keys": {"1": TWO, "2": TWO}}, "the same key twice"),
        ({**GOOD, "signing": ONE}, "the same key twice"),
        (json.dumps(GOOD).replace('"1"', '"2"'), "same field or key id twice"),
    ],
)
def test_a_malformed_ring_is_refused_with_its_flaw(
    tmp_path: Path, content: object, problem: str
) -> None:
    path = write(tmp_path / "ring.json", content)

    with pytest.raises(KeyRingError, match=problem) as refusal:
        KeyRing.load(path)

    assert str(path) in str(refusal.value)
    assert not any(key[:20] in str(refusal.value) for key in (ONE, TWO, SIGNING))


def test_a_ring_and_its_signer_show_and_give_away_nothing(tmp_path: Path) -> None:
    ring = KeyRing.load(write(tmp_path / "ring.json", GOOD))
    signer = Signer(ring.signing)

    assert repr(ring) == "KeyRing(primary=2, ids=[1, 2])"
    assert repr(signer) == "Signer(***)"
    for holder in (ring, signer):
        with pytest.raises(TypeError):
            pickle.dumps(holder)
