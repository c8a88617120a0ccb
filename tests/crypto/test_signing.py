import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_passport.crypto.signing import Signer

SIGNER = Signer(b"k" * 32)


@given(st.lists(st.binary(max_size=50), max_size=4), st.sampled_from([16, 24, 32]))
def test_a_signature_verifies_over_the_same_parts(parts: list[bytes], size: int) -> None:
    signature = SIGNER.sign("media", *parts, size=size)

    assert len(signature) == size
    assert SIGNER.verify(signature, "media", *parts, size=size)


@pytest.mark.parametrize(
    ("purpose", "parts"),
    [
        ("slug", (b"ab", b"c")),
        ("media", (b"a", b"bc")),
        ("media", (b"abc",)),
        ("media", (b"ab", b"c", b"")),
        ("media", (b"c", b"ab")),
        ("media", ()),
    ],
)
def test_a_signature_means_nothing_for_other_parts_or_purposes(
    purpose: str, parts: tuple[bytes, ...]
) -> None:
    signature = SIGNER.sign("media", b"ab", b"c")

    assert not SIGNER.verify(signature, purpose, *parts)


def test_a_signature_of_another_key_or_size_is_refused() -> None:
    signature = Signer(b"l" * 32).sign("media", b"a")

    assert not SIGNER.verify(signature, "media", b"a")
    assert not SIGNER.verify(SIGNER.sign("media", b"a", size=16), "media", b"a")
    assert not SIGNER.verify(b"", "media", b"a")


def test_a_signature_too_short_to_trust_is_never_made() -> None:
    with pytest.raises(ValueError, match="16 to 32"):
        SIGNER.sign("media", b"a", size=8)


def test_signatures_stay_the_same_for_ever() -> None:
    # Retired slugs and printed addresses rest on this value: it must not change with a release.
    assert SIGNER.sign("media", b"a", b"b", size=16).hex() == "b6ca9a3cb3822ad504786638c4e0ea6e"
