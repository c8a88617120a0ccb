from hypothesis import given
from hypothesis import strategies as st

from quart_passport.cache.envelope import Envelope

OWNER = "qp:{c}:1:product:x"
envelopes = st.builds(
    Envelope,
    form=st.sampled_from(["entry", "alias", "absent"]),
    ttl_ms=st.integers(1, 10**9),
    number=st.integers(0, 2**53),
    body=st.binary(max_size=200),
    refresh_ms=st.integers(0, 10**9),
    aliases=st.lists(st.from_regex(r"[a-z]+:[0-9a-f]{8}", fullmatch=True), max_size=3).map(tuple),
)


@given(envelopes)
def test_what_was_packed_is_unpacked(envelope: Envelope) -> None:
    assert Envelope.unpack(OWNER, envelope.pack(OWNER)) == envelope


@given(envelopes, st.data())
def test_a_changed_byte_is_noticed(envelope: Envelope, data: st.DataObject) -> None:
    raw = bytearray(envelope.pack(OWNER))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))

    assert Envelope.unpack(OWNER, bytes(raw)) is None


@given(envelopes, st.data())
def test_a_cut_is_noticed(envelope: Envelope, data: st.DataObject) -> None:
    raw = envelope.pack(OWNER)

    assert Envelope.unpack(OWNER, raw[: data.draw(st.integers(0, len(raw) - 1))]) is None


@given(envelopes)
def test_another_owners_envelope_does_not_open(envelope: Envelope) -> None:
    assert Envelope.unpack("qp:{d}:1:product:x", envelope.pack(OWNER)) is None


@given(st.binary(max_size=300))
def test_foreign_bytes_do_not_open(raw: bytes) -> None:
    assert Envelope.unpack(OWNER, raw) is None


def test_another_releases_envelope_does_not_open() -> None:
    packed = Envelope("entry", 1, 1, b"body").pack(OWNER)

    assert Envelope.unpack(OWNER, packed.replace(b"qp1", b"qp2", 1)) is None
