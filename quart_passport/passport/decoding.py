"""From bytes to products and structure, and back for the cache.

The PIM is written in PHP: an empty map may arrive as `[]`, and what is unset as `null`. Both mean
the default. Fractions are kept as the text they were sent in, so that nothing is ever rounded.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from quart_passport.errors import InvalidInput, PimProtocolError
from quart_passport.passport.product import Product

T = TypeVar("T", bound=msgspec.Struct)

# Keys whose value is a map in every type of ours.
_MAPS = frozenset({"labels", "units", "values"})
# Longer pieces of a decoder's message could carry product data into a log.
_LONGEST_DETAIL = 200

_json = msgspec.json.Decoder(float_hook=str)
_cached = msgspec.json.Decoder(Product, float_hook=str)
_encoder = msgspec.json.Encoder()


class ActiveLocale(msgspec.Struct, frozen=True):
    """One entry of the PIM's list of all locales it knows."""

    code: str
    enabled: bool = False


class _Link(msgspec.Struct):
    href: str = ""


class _Links(msgspec.Struct):
    next: _Link | None = None


class _Page(msgspec.Struct):
    links: _Links | None = msgspec.field(name="_links", default=None)


def decode_items(body: bytes, kind: type[T]) -> list[T]:
    """The items of a list answer, or of a bare array as measurement families come.

    Raises PimProtocolError if the body is anything else.
    """
    return _guarded(lambda: [_convert(item, kind) for item in _items(_json.decode(body))])


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
    if isinstance(page, list) or page.links is None or page.links.next is None:
        return None
    return page.links.next.href or None


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


def _convert(item: Any, kind: type[T]) -> T:
    return msgspec.convert(_without_gaps(item), kind, strict=False)


def _without_gaps(item: Any) -> Any:
    """The item with its empty maps as maps, and without what is null."""
    if not isinstance(item, dict):
        return item
    return {
        key: _mended(key, value)
        for key, value in item.items()
        if value is not None and not (key in _MAPS and value == [])
    }


def _mended(key: str, value: Any) -> Any:
    if key == "units" and isinstance(value, dict):
        return {code: _without_gaps(unit) for code, unit in value.items()}
    if key == "labels" and isinstance(value, dict):
        return {locale: label for locale, label in value.items() if label is not None}
    return value


_Result = TypeVar("_Result")


def _guarded(decode: Callable[[], _Result]) -> _Result:
    try:
        return decode()
    # RecursionError: thousands of nested brackets.
    except (ValueError, RecursionError) as error:
        detail = str(error)[:_LONGEST_DETAIL]
        raise PimProtocolError(f"the PIM's answer cannot be read: {detail}") from None
