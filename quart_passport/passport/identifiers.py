"""Identifiers: GTINs, GS1 Digital Link paths, and the paths of passports.

Paths are split at `/` before they are decoded, so that an identifier may hold slashes; the callers
hand in raw segments, still percent-encoded. Digital Link rules are those of GS1 Digital Link
Standard: URI Syntax 1.7, check digits and set 82 those of the GS1 General Specifications.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes
from uuid import UUID

from biip import ParseError
from biip.gtin import Gtin

from quart_passport.errors import InvalidDigitalLink, InvalidInput
from quart_passport.passport.model import Identity

# GS1's qualifiers of a GTIN in the order they must come in: consumer product variant, lot, serial.
_QUALIFIERS = ("22", "10", "21")
# GS1 AI encodable character set 82.
_SET_82 = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}")
_DIGITS = re.compile(r"[0-9]+")
_SPREADSHEET = re.compile(r"[0-9]+([.,][0-9]*)?([eE]\+?[0-9]+)?")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Browsers and proxies resolve these away, percent-encoded too.
_DOT_SEGMENTS = frozenset({".", ".."})


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """What a Digital Link path says: a GTIN in 14 digits and what narrows it down."""

    gtin: str
    variant: str | None = None
    lot: str | None = None
    serial: str | None = None


def parse_gtin(text: str, *, where: str = "GTIN") -> str:
    """A GTIN-8, -12, -13 or -14 in 14 digits. Nothing is stripped or guessed.

    Raises InvalidInput, which says what is wrong and what to do.
    """
    if not _DIGITS.fullmatch(text):
        raise InvalidInput(_not_digits(text), where=where)
    if len(text) not in (8, 12, 13, 14):
        raise InvalidInput(f"a GTIN has 8, 12, 13 or 14 digits, not {len(text)}", where=where)
    if not text.strip("0"):
        raise InvalidInput("a GTIN is not all zeros", where=where)
    try:
        return Gtin.parse(text).as_gtin_14()
    except ParseError:
        problem = f"the check digit of {text} is wrong: compare it with the number on the package"
        raise InvalidInput(problem, where=where) from None


def parse_digital_link(segments: Sequence[str]) -> DigitalLink:
    """Read `01/{gtin}[/22/{variant}][/10/{lot}][/21/{serial}]`, split at `/` and still encoded.

    Raises InvalidDigitalLink.
    """
    if len(segments) < 2 or segments[0] != "01":
        raise InvalidDigitalLink("a Digital Link begins with /01/ and a GTIN")
    if len(segments) % 2:
        raise InvalidDigitalLink(f"nothing follows the last part, /{segments[-1][:20]}")
    codes, values = segments[2::2], segments[3::2]
    if list(codes) != [code for code in _QUALIFIERS if code in codes]:
        raise InvalidDigitalLink("after the GTIN only /22/, /10/ and /21/ follow, once, in order")
    try:
        gtin = parse_gtin(decode_segment(segments[1]), where="/01/")
    except InvalidInput as error:
        raise InvalidDigitalLink(error.problem, where="/01/") from None
    pairs = zip(codes, values, strict=True)
    found = {code: _qualifier(code, value) for code, value in pairs}
    return DigitalLink(gtin, *(found.get(code) for code in _QUALIFIERS))


def digital_link_path(identity: Identity | DigitalLink) -> str:
    """`/01/{gtin}` and its qualifiers. Raises InvalidDigitalLink if the identity has none."""
    if identity.gtin is None:
        raise InvalidDigitalLink("there is no GTIN")
    path = f"/01/{identity.gtin}"
    parts = (identity.variant, identity.lot, identity.serial)
    for code, value in zip(_QUALIFIERS, parts, strict=True):
        if value:
            path += f"/{code}/{encode_segment(_checked(code, value))}"
    return path


def product_path(identity: Identity) -> str:
    """`/p/{identifier}`; by UUID where there is no identifier that a path can carry."""
    identifier = identity.identifier
    if identifier is None or not is_addressable(identifier):
        return f"/p/{identity.uuid}"
    return f"/p/{encode_segment(identifier)}"


def canonical_path(identity: Identity) -> str:
    """The one path of a passport below its tenant's: the Digital Link wherever there is a GTIN."""
    return digital_link_path(identity) if identity.gtin else product_path(identity)


def is_addressable(identifier: str) -> bool:
    """Whether an identifier can stand in a path and be nobody else's.

    Dot segments get lost on the way, control characters break log lines and headers, and what
    looks like a UUID could be another product's.
    """
    return (
        identifier not in _DOT_SEGMENTS | {""}
        and parse_uuid(identifier) is None
        and not any(unicodedata.category(char) in ("Cc", "Cs") for char in identifier)
    )


def parse_uuid(text: str) -> UUID | None:
    """The UUID if the text is one in its usual form of 36 characters, else None."""
    try:
        uuid = UUID(text)
    except ValueError:
        return None
    return uuid if str(uuid) == text.lower() else None


def encode_segment(value: str) -> str:
    """A path segment: everything but RFC 3986's unreserved characters percent-encoded."""
    return quote(value, safe="")


def decode_segment(segment: str, *, where: str = "path") -> str:
    """The text of a raw path segment. Raises InvalidInput for broken or unprintable encodings."""
    if _STRAY_PERCENT.search(segment) or not segment.isascii():
        raise InvalidInput("is not percent-encoded correctly", where=where)
    try:
        text = unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        raise InvalidInput("is not percent-encoded UTF-8", where=where) from None
    if any(unicodedata.category(char) == "Cc" for char in text):
        raise InvalidInput("holds control characters", where=where)
    return text


def _qualifier(code: str, segment: str) -> str:
    try:
        return _checked(code, decode_segment(segment))
    except InvalidDigitalLink:
        raise
    except InvalidInput as error:
        raise InvalidDigitalLink(error.problem, where=f"/{code}/") from None


def _checked(code: str, value: str) -> str:
    if value in _DOT_SEGMENTS:
        raise InvalidDigitalLink("is lost on the way, as browsers drop it", where=f"/{code}/")
    if not _SET_82.fullmatch(value):
        problem = "takes 1 to 20 letters, digits and signs that GS1 allows"
        raise InvalidDigitalLink(problem, where=f"/{code}/")
    return value


def _not_digits(text: str) -> str:
    if not text:
        return "is empty"
    if text != text.strip():
        return "has blanks around it: remove them in the PIM"
    if _SPREADSHEET.fullmatch(text):
        return (
            f"{text[:40]} is a number as spreadsheets write it; the GTIN is lost or damaged: "
            "format the column as text and enter the digits again"
        )
    return "a GTIN has digits only (0 to 9), without blanks or hyphens"
