"""From bytes to products and structure, and back for the cache.

The PIM is written in PHP: an empty map may arrive as `[]`, and what is unset as `null`. Both mean
the default. Fractions are kept as the text they were sent in, so that nothing is ever rounded.
"""

import logging
from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from quart_passport.errors import InvalidInput, PimProtocolError
from quart_passport.passport.product import AssociatedProduct, Product
from quart_passport.passport.structure import Conversion, Labels, Unit

T = TypeVar("T", bound=msgspec.Struct)

# Keys whose value is a map in every type of ours.
_MAPS = frozenset(
    {"conversion_units", "labels", "units", "values", "associations", "quantified_associations"}
)
# Of these maps what is no text, such as null, counts as not there.
_MAPS_OF_TEXTS = frozenset({"conversion_units", "labels"})
# Longer pieces of a decoder's message could carry product data into a log.
_LONGEST_DETAIL = 200

# Quantities. Akeneo counts whole pieces; a fraction reaches us as text.
_Whole = Annotated[int, Meta(ge=1, le=10**15)]
_Decimal = Annotated[str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,15})?\Z")]

_log = logging.getLogger(__name__)
_json = msgspec.json.Decoder(float_hook=str)
_cached = msgspec.json.Decoder(Product, float_hook=str)
_encoder = msgspec.json.Encoder()


class ActiveLocale(msgspec.Struct, frozen=True):
    """One entry of the PIM's list of all locales it knows."""

    code: str
    enabled: bool = False


class Option(msgspec.Struct, frozen=True):
    """An option of a select, wherever it belongs to."""

    code: str
    labels: Labels = {}


class _Entry(msgspec.Struct):
    """What an entry of a product, a record or an asset needs to be readable."""

    data: Any
    locale: str | None = None
    scope: str | None = None
    channel: str | None = None


class _Tie(msgspec.Struct):
    """A product within an association, and how many of it where that is counted."""

    uuid: UUID
    quantity: _Whole | _Decimal | None = None


class _Link(msgspec.Struct):
    href: str = ""


class _Links(msgspec.Struct):
    next: _Link | None = None


class _Page(msgspec.Struct):
    links: _Links | list[Any] | None = msgspec.field(name="_links", default=None)


def decode_items(body: bytes, kind: type[T]) -> list[T]:
    """The items of a list answer, or of a bare array as measurement families come.

    An item that cannot be read is left out, for the others do not depend on it. Raises
    PimProtocolError if none can be read, or if the body is anything else than a list.
    """
    return _guarded(lambda: _readable(_items(_json.decode(body)), kind))


def decode_item(body: bytes, kind: type[T]) -> T:
    """One object as the PIM answers it alone. Raises PimProtocolError if it is none."""
    return _guarded(lambda: _convert(_json.decode(body), kind))


def decode_product(body: bytes | dict[str, Any]) -> Product:
    """A product from the PIM's JSON, still in bytes or already plain data."""
    if isinstance(body, bytes):
        return decode_item(body, Product)
    return _guarded(lambda: _convert(body, Product))


def next_link(body: bytes) -> str | None:
    """Where the list goes on, exactly as the PIM wrote it; None on the last page."""
    page = _guarded(lambda: msgspec.json.decode(body, type=_Page | list[Any]))
    links = None if isinstance(page, list) else page.links
    # A map without entries may come as a list.
    if links is None or isinstance(links, list) or links.next is None:
        return None
    return links.next.href or None


def encode_product(product: Product) -> bytes:
    """A product for the cache."""
    return _encoder.encode(product)


def decode_cached_product(cached: bytes) -> Product:
    """What `encode_product` wrote. Raises InvalidInput for what another version wrote."""
    try:
        return _cached.decode(cached)
    except ValueError:
        raise InvalidInput("is not a product", where="cache entry") from None


def _items(decoded: Any) -> list[Any]:
    if isinstance(decoded, dict):
        embedded = decoded.get("_embedded")
        # Asset lists spell the key with an underscore.
        if isinstance(embedded, dict):
            decoded = embedded.get("items", embedded.get("_items"))
    if not isinstance(decoded, list):
        raise PimProtocolError("the PIM's answer is not a list of items")
    return decoded


def _readable(items: list[Any], kind: type[T]) -> list[T]:
    found, flaw = _sifted(items, kind)
    if flaw and not found:
        raise flaw
    return found


def _sifted(items: list[Any], kind: type[T]) -> tuple[list[T], ValueError | None]:
    """What can be read of the items, and what is wrong with the first that cannot."""
    found: list[T] = []
    flaw: ValueError | None = None
    for item in items:
        try:
            found.append(_convert(item, kind))
        except ValueError as error:
            flaw = flaw or error
    if flaw:
        skipped = len(items) - len(found)
        _log.warning(
            "left out %d of %d items of a PIM's list that cannot be read as %s",
            skipped,
            len(items),
            kind.__name__,
        )
    return found, flaw


def _convert(item: Any, kind: type[T]) -> T:
    return msgspec.convert(_without_gaps(item), kind, strict=False)


def _without_gaps(item: Any) -> Any:
    """The item with its empty maps as maps, in our form, and without what is null."""
    if not isinstance(item, dict):
        return item
    plain = {
        key: _mended(key, value)
        for key, value in item.items()
        if value is not None and not (key in _MAPS and value == [])
    }
    if "associations" in plain or "quantified_associations" in plain:
        plain["associations"] = _ties(plain)
    if "reference_entity" in plain:
        # What attributes of records call otherwise.
        plain["reference_entity_code"] = plain["reference_entity"]
    return plain


def _mended(key: str, value: Any) -> Any:
    match value:
        case dict() if key == "units":
            return {code: unit for code, sent in value.items() for unit in _sifted([sent], Unit)[0]}
        case dict() if key == "values":
            return {code: _entries(held) for code, held in value.items() if isinstance(held, list)}
        case dict() if key in _MAPS_OF_TEXTS:
            return {code: text for code, text in value.items() if isinstance(text, str)}
        case list() if key == "convert_from_standard":
            return [_step(step) for step in value]
        case list() if key == "table_configuration":
            return [_without_gaps(column) for column in value]
        case list() if key == "options":
            return {option.code: option.labels for option in _sifted(value, Option)[0]}
    return value


def _entries(held: list[Any]) -> list[Any]:
    """The readable ones of an attribute's entries: the others cost no more than themselves."""
    return [entry for entry in held if _is_entry(entry)]


def _is_entry(entry: Any) -> bool:
    try:
        msgspec.convert(entry, _Entry)
    except ValueError:
        return False
    return True


def _step(step: Any) -> Conversion:
    """A step of a conversion. What is none stays, so that nothing is converted without it."""
    if not isinstance(step, dict):
        return Conversion("", "")
    return Conversion(str(step.get("operator")), str(step.get("value")))


def _ties(item: dict[str, Any]) -> dict[str, list[AssociatedProduct]]:
    """The products of all associations by type: plain ones are names only, others count.

    What is no such thing is left out: a passport can do without a link, but not without itself.
    """
    found: dict[str, dict[UUID, AssociatedProduct]] = {}
    for held in (item.get("associations"), item.get("quantified_associations")):
        for code, others in held.items() if isinstance(held, dict) else ():
            listed = others.get("products") if isinstance(others, dict) else None
            for other in listed if isinstance(listed, list) else ():
                if tie := _tie(other):
                    found.setdefault(code, {}).setdefault(tie.uuid, tie)
    return {code: list(ties.values()) for code, ties in found.items()}


def _tie(other: Any) -> AssociatedProduct | None:
    try:
        tie = msgspec.convert(other if isinstance(other, dict) else {"uuid": other}, _Tie)
    except ValueError:
        return None
    return AssociatedProduct(tie.uuid, tie.quantity)


_Result = TypeVar("_Result")


def _guarded(decode: Callable[[], _Result]) -> _Result:
    try:
        return decode()
    # RecursionError: thousands of nested brackets.
    except (ValueError, RecursionError) as error:
        detail = str(error)[:_LONGEST_DETAIL]
        raise PimProtocolError(f"the PIM's answer cannot be read: {detail}") from None
