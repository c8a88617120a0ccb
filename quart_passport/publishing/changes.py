"""What a PIM's events make us forget, and what they make us fetch anew.

An event names what changed and says nothing of how. What it names itself is forgotten at once.
What only hangs on it (products on their models, labels on the structure) is still served, and
fetched anew by whoever asks next.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from quart_passport.cache.store import CacheStore, Key, Scope

# No code of a PIM is longer.
_LONGEST_CODE = 255

_Data = Mapping[str, Any]
# Takes what an event says; None where it does not say which.
_Named = Callable[[_Data], Key | None]


class Changes:
    """Lets the cache follow a PIM's events."""

    def __init__(self, store: CacheStore) -> None:
        self._store = store

    async def take(self, scope: Scope, kind: str, data: _Data) -> None:
        """An event by its type without `com.akeneo.pim.v1.`; one of no concern does nothing."""
        subject = kind.partition(".")[0]
        key = _NAMED[subject](data) if subject in _NAMED else None
        if key is not None:
            await self._store.forget(scope, key)
        for outdated in _OUTDATED.get(kind, _OUTDATED.get(subject, ())):
            await self._store.outdate(scope, outdated)


def _product(data: _Data) -> Key | None:
    try:
        return Key("product", str(UUID(_part(data, "product")["uuid"])))
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _record(data: _Data) -> Key | None:
    record = _part(data, "reference_entity_record")
    return _key("record", _part(record, "reference_entity").get("code"), record.get("code"))


def _asset(data: _Data) -> Key | None:
    asset = _part(data, "asset")
    return _key("asset", _part(asset, "asset_family").get("code"), asset.get("code"))


def _options(data: _Data) -> Key | None:
    option = _part(data, "attribute_option")
    return _key("options", _part(option, "attribute").get("code"))


def _part(data: _Data, name: str) -> _Data:
    part = data.get(name)
    return part if isinstance(part, dict) else {}


def _key(kind: str, *codes: Any) -> Key | None:
    if not all(isinstance(code, str) and 0 < len(code) <= _LONGEST_CODE for code in codes):
        return None
    return Key(kind, "/".join(codes))


# By what the type of an event begins with.
_NAMED: dict[str, _Named] = {
    "product": _product,
    "reference-entity-record": _record,
    "asset": _asset,
    "attribute-option": _options,
}
# The same, or by the whole type.
_OUTDATED: dict[str, tuple[str, ...]] = {
    # A variant that comes or goes has siblings, and the event does not say which.
    "product.created": ("model",),
    "product.deleted": ("model",),
    "product-model": ("product", "model"),
    # Labels stand beside the codes in a product's own answer, and in tables' columns.
    "attribute-option": ("structure", "product"),
    # Products of a deleted category are not in it any more.
    "category.deleted": ("product",),
    "attribute": ("structure",),
    "attribute-group": ("structure",),
    "family": ("structure",),
    # Not among the events that Akeneo lists today.
    "family-variant": ("model",),
    "association-type": ("structure",),
    "channel": ("structure",),
    "locale": ("structure",),
    "measurement-family": ("structure",),
    "reference-entity": ("structure",),
    "asset-family": ("structure",),
}
