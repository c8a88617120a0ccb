"""GTINs, Digital Link paths and the paths of passports."""

import re
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quart_passport.errors import InvalidDigitalLink, InvalidInput
from quart_passport.passport.identifiers import (
    DigitalLink,
    canonical_path,
    decode_segment,
    digital_link_path,
    encode_segment,
    is_addressable,
    parse_digital_link,
    parse_gtin,
    parse_uuid,
    product_path,
)
from quart_passport.passport.model import Identity
from tests.passport.making import UUID_1

GTIN = "09506000134352"
SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
qualifiers = st.text(SET_82, min_size=1, max_size=20).filter(lambda text: text not in {".", ".."})


def with_check_digit(digits: str) -> str:
    """GS1's rule, written down once more: weights 3 and 1 from the right."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


@pytest.mark.parametrize(
    ("text", "padded"),
    [
        ("09506000134352", GTIN),
        ("9506000134352", GTIN),
        ("614141123452", "00614141123452"),
        ("96385074", "00000096385074"),
    ],
)
def test_a_gtin_of_any_length_is_padded_to_14_digits(text: str, padded: str) -> None:
    assert parse_gtin(text) == padded


@pytest.mark.parametrize("length", [8, 12, 13, 14])
@given(data=st.data())
def test_exactly_one_check_digit_is_right(length: int, data: st.DataObject) -> None:
    body = data.draw(st.text("123456789", min_size=length - 1, max_size=length - 1))
    right = with_check_digit(body)

    accepted = []
    for digit in "0123456789":
        try:
            accepted.append(parse_gtin(body + digit))
        except InvalidInput:
            continue

    assert accepted == [right.zfill(14)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("9.506E+12", "spreadsheet"),
        ("9,506E+12", "spreadsheet"),
        ("9506000134352.0", "spreadsheet"),
        ("9506000134352.", "spreadsheet"),
        ("9506000134353", "check digit"),
        ("950600013435", "check digit"),
        ("95060001343", "not 11"),
        ("", "empty"),
        (" 9506000134352", "blanks"),
        ("9506000134352\n", "blanks"),
        ("950-6000134352", "digits only"),
        ("٠٩٥٠٦٠٠٠١٣٤٣٥٢", "digits only"),
        ("00000000000000", "zeros"),
        ("9" * 5000, "not 5000"),
    ],
)
def test_a_gtin_is_refused_for_a_reason_one_can_act_on(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as caught:
        parse_gtin(text, where="attribute ean")

    assert caught.value.where == "attribute ean"


def test_a_digital_link_is_read_in_all_its_parts() -> None:
    link = parse_digital_link(["01", GTIN, "22", "2A", "10", "A%2FB", "21", "ser%251"])

    assert link == DigitalLink(GTIN, variant="2A", lot="A/B", serial="ser%1")


@pytest.mark.parametrize("gtin", ["9506000134352", "96385074", "614141123452"])
def test_an_unpadded_gtin_may_be_read(gtin: str) -> None:
    assert parse_digital_link(["01", gtin]).gtin == gtin.zfill(14)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "01",
        "gtin/09506000134352",
        "1/09506000134352",
        "01/09506000134353",
        "01/0950600013435",
        "01/",
        "01/09506000134352/",
        "01/09506000134352/10",
        "01/09506000134352/10/",
        "01/09506000134352/21/S/10/L",
        "01/09506000134352/10/L/22/V",
        "01/09506000134352/10/L/10/L",
        "01/09506000134352/17/261231",
        "01/09506000134352/235/X",
        "01/09506000134352/lot/L",
        "01/09506000134352/%31%30/L",
        "01/09506000134352/10/L%23",
        "01/09506000134352/10/a%20b",
        "01/09506000134352/10/%C3%9C",
        "01/09506000134352/10/%FF",
        "01/09506000134352/10/%4",
        "01/09506000134352/10/Ü",
        "01/09506000134352/10/.",
        "01/09506000134352/10/%2E%2E",
        "01/09506000134352/10/123456789012345678901",
        "01/09506000134352/10/L%00",
        "01/09506000134352//10/L",
    ],
)
def test_what_is_no_digital_link_is_refused(path: str) -> None:
    with pytest.raises(InvalidDigitalLink):
        parse_digital_link(path.split("/"))


@given(st.lists(st.text(max_size=30), max_size=10))
def test_any_segments_are_a_digital_link_or_refused(segments: list[str]) -> None:
    try:
        link = parse_digital_link(["01", GTIN, *segments])
    except InvalidDigitalLink:
        return

    assert link.gtin == GTIN


@given(
    st.none() | qualifiers,
    st.none() | qualifiers,
    st.none() | qualifiers,
)
@example(None, "A/B", "<script>")
def test_digital_links_survive_their_path(
    variant: str | None, lot: str | None, serial: str | None
) -> None:
    identity = Identity(UUID_1, gtin=GTIN, variant=variant, lot=lot, serial=serial)

    path = digital_link_path(identity)

    assert parse_digital_link(path.split("/")[1:]) == DigitalLink(GTIN, variant, lot, serial)
    assert re.fullmatch(r"(/([A-Za-z0-9._~-]|%[0-9A-F]{2})+)+", path)


@pytest.mark.parametrize("lot", [".", "..", "a b", "x" * 21, "Ü"])
def test_no_path_is_made_that_could_not_be_read(lot: str) -> None:
    with pytest.raises(InvalidDigitalLink):
        digital_link_path(Identity(UUID_1, gtin=GTIN, lot=lot))


def test_an_identity_without_gtin_has_no_digital_link() -> None:
    with pytest.raises(InvalidDigitalLink):
        digital_link_path(Identity(UUID_1, identifier="A"))


@pytest.mark.parametrize(
    ("identifier", "path"),
    [
        ("SKU-1", "/p/SKU-1"),
        ("A/B C#1%", "/p/A%2FB%20C%231%25"),
        ("/A", "/p/%2FA"),
        ("A//B", "/p/A%2F%2FB"),
        ("Ünïcode", "/p/%C3%9Cn%C3%AFcode"),
        ("a+b~c", "/p/a%2Bb~c"),
        ("...", "/p/..."),
    ],
)
def test_an_odd_identifier_stands_in_the_path_percent_encoded(identifier: str, path: str) -> None:
    assert product_path(Identity(UUID_1, identifier=identifier)) == path


@pytest.mark.parametrize(
    "identifier",
    [None, "", ".", "..", "a\nb", "a\x00", "\ud800", "0a24e6c3-933c-4a93-8a81-e5c703d134d5"],
)
def test_where_a_path_cannot_carry_the_identifier_the_uuid_stands_in(
    identifier: str | None,
) -> None:
    assert product_path(Identity(UUID_1, identifier=identifier)) == f"/p/{UUID_1}"


@given(st.text(min_size=1, max_size=60).filter(is_addressable))
@example("/A")
@example("A//B")
@example("%2F")
def test_identifiers_survive_their_path(identifier: str) -> None:
    path = product_path(Identity(UUID_1, identifier=identifier))

    assert path.count("/") == 2
    assert decode_segment(path.split("/")[2]) == identifier


@given(st.text(min_size=1).filter(is_addressable))
def test_no_path_segment_is_a_dot_segment(identifier: str) -> None:
    assert product_path(Identity(UUID_1, identifier=identifier)).split("/")[2] not in {".", ".."}


def test_the_canonical_path_is_the_digital_link_where_there_is_a_gtin() -> None:
    with_gtin = Identity(UUID_1, identifier="A", gtin=GTIN, serial="1")
    without = Identity(UUID_1, identifier="A")

    assert canonical_path(with_gtin) == f"/01/{GTIN}/21/1"
    assert canonical_path(without) == "/p/A"


@pytest.mark.parametrize("segment", ["%", "%4", "%zz", "%FF", "%ED%A0%80", "é", "a%00", "a%0D%0Ab"])
def test_a_broken_segment_is_refused(segment: str) -> None:
    with pytest.raises(InvalidInput):
        decode_segment(segment)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_segments_are_decoded_to_what_was_encoded(text: str) -> None:
    assert decode_segment(encode_segment(text)) == text


def test_a_plus_in_a_path_is_a_plus() -> None:
    assert decode_segment("a+b") == "a+b"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sku",
        UUID_1.hex,
        f"{{{UUID_1}}}",
        f"urn:uuid:{UUID_1}",
        f" {UUID_1}",
        "fc24e6c3-933c-4a93-8a81-e5c703d134dö",
    ],
)
def test_other_forms_are_no_uuid(text: str) -> None:
    assert parse_uuid(text) is None


def test_a_uuid_is_read_in_either_case() -> None:
    assert parse_uuid(str(UUID_1).upper()) == UUID("fc24e6c3-933c-4a93-8a81-e5c703d134d5")
