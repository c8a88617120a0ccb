"""Reading the records and assets that products name, many with one call."""

import json
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from typing import TypeVar

from quart_passport.errors import PimProtocolError
from quart_passport.passport.decoding import decode_items
from quart_passport.passport.linked import Asset, ReferenceRecord
from quart_passport.pim.calls import LONGEST_URL, MOST_ITEMS, Calls, PimAccess, Resource, url_of
from quart_passport.pim.linked_structure import ENTITIES, FAMILIES

_Kind = TypeVar("_Kind", ReferenceRecord, Asset)

_log = logging.getLogger(__name__)

# No code of a PIM is longer; what products hold may be.
_LONGEST_CODE = 255
# Calls beyond the usual ones for codes that the PIM does not answer together: enough to find one
# culprit among as many as one call names.
_MOST_MORE = 16


async def read_records(
    calls: Calls, access: PimAccess, entity: str, codes: Sequence[str]
) -> list[ReferenceRecord]:
    """Those of an entity's records that there are.

    PimForbidden or PimNotFound where the PIM does not have them or keeps them from us.
    """
    return await _read_all(calls, access, (ENTITIES, entity, "records"), codes, ReferenceRecord)


async def read_assets(
    calls: Calls, access: PimAccess, family: str, codes: Sequence[str]
) -> list[Asset]:
    """Those of a family's assets that there are; raises the same."""
    return await _read_all(calls, access, (FAMILIES, family, "assets"), codes, Asset)


async def _read_all(
    calls: Calls, access: PimAccess, resource: Resource, codes: Sequence[str], kind: type[_Kind]
) -> list[_Kind]:
    possible = [code for code in dict.fromkeys(codes) if 0 < len(code) <= _LONGEST_CODE]
    found: list[_Kind] = []
    batches = deque(_batches(access, resource, possible))
    left = len(batches) + _MOST_MORE
    failure: PimProtocolError | None = None
    while batches and left:
        batch, left = batches.popleft(), left - 1
        try:
            found += await _read_batch(calls, access, resource, batch, kind)
        except PimProtocolError as error:
            failure = error
            if len(batch) > 1:
                # Too large together, perhaps, or spoilt by one of them.
                middle = len(batch) // 2
                batches.extend((batch[:middle], batch[middle:]))
    if failure is not None:
        if batches or not found:
            raise failure
        _log.warning("left out what the PIM does not answer sensibly for: %s", failure)
    return found


async def _read_batch(
    calls: Calls, access: PimAccess, resource: Resource, codes: Sequence[str], kind: type[_Kind]
) -> list[_Kind]:
    wanted = set(codes)
    found: list[_Kind] = []
    async with aclosing(calls.pages(access, resource, _by_code(codes))) as pages:
        async for body in pages:
            items = [item for item in decode_items(body, kind) if item.code in wanted]
            found += items
            wanted -= {item.code for item in items}
            # A full page names a next one, which is empty where all were found.
            if not wanted:
                break
    return found


def _batches(
    access: PimAccess, resource: Resource, codes: Sequence[str]
) -> Iterator[Sequence[str]]:
    if not codes:
        return
    fits = len(url_of(access, resource, _by_code(codes))) <= LONGEST_URL
    if len(codes) == 1 or (fits and len(codes) <= MOST_ITEMS):
        yield codes
        return
    middle = len(codes) // 2
    yield from _batches(access, resource, codes[:middle])
    yield from _batches(access, resource, codes[middle:])


def _by_code(codes: Sequence[str]) -> dict[str, str]:
    search = {"code": [{"operator": "IN", "value": list(codes)}]}
    return {"search": json.dumps(search, separators=(",", ":"))}
