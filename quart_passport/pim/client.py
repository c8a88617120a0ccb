"""What is read from a PIM: products, their structure, what they link to, and files.

It works with any edition of Akeneo's REST API v1 by what it answers, never by its name.
"""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from quart_passport.egress.fetch import Egress, Response
from quart_passport.errors import PimNotFound
from quart_passport.passport.decoding import decode_item, decode_items
from quart_passport.passport.linked import Asset, ReferenceRecord
from quart_passport.passport.model import MediaSource
from quart_passport.passport.product import Product, ProductModel
from quart_passport.passport.structure import Channel, FamilyVariant, Labels, Structure
from quart_passport.pim import linked_structure, records, structure
from quart_passport.pim.calls import (
    LONGEST_URL,
    MOST_ITEMS,
    USUAL_DEADLINE,
    Calls,
    PimAccess,
    in_time,
    url_of,
)
from quart_passport.pim.slots import CallSlots, ProcessSlots

__all__ = ["LARGEST_FILE", "Download", "PimAccess", "PimClient"]

LARGEST_FILE = 10 * 2**20
# For the whole structure, which may be many pages.
_STRUCTURE_DEADLINE = 30.0
_STRUCTURE_LATE = "the PIM's structure was not read in time"
# What stands before and after a file's code in its address.
_FILES = {
    MediaSource.PRODUCT: ("media-files", "download"),
    MediaSource.ASSET: ("asset-media-files",),
    MediaSource.RECORD: ("reference-entities-media-files",),
}
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,64}")


@dataclass(frozen=True, slots=True)
class Download:
    """A file of the PIM. The type is what the PIM says, not what the bytes are."""

    body: bytes = field(repr=False)
    content_type: str


class PimClient:
    """Raises the PimRefused and PimUnavailable families, PimProtocolError and EgressRefused."""

    def __init__(
        self,
        egress: Egress,
        slots: CallSlots | None = None,
        *,
        deadline: float = USUAL_DEADLINE,
    ) -> None:
        self._calls = Calls(egress, slots or ProcessSlots(), deadline=deadline)

    async def find_products(
        self,
        access: PimAccess,
        search: dict[str, Any],
        *,
        attributes: Iterable[str] | None = None,
        completenesses: bool = False,
        limit: int = 10,
    ) -> list[Product]:
        """The first products, at most `limit`, that meet the PIM's search conditions.

        Of their values those of `attributes`, or all. The list is only a wish: where it would make
        the URL too long, all values come, and the caller keeps what it needs. A code that the PIM
        does not know makes it refuse the whole (PimInvalidRequest). One call gives 100 products;
        more than 4 MiB of them are a PimProtocolError: ask for fewer.
        """
        query = {"search": json.dumps(search, separators=(",", ":"))}
        query["limit"] = str(min(limit, MOST_ITEMS))
        query["with_attribute_options"] = "true"
        if completenesses:
            query["with_completenesses"] = "true"
        if codes := sorted(attributes or ()):
            narrowed = {**query, "attributes": ",".join(codes)}
            fits = len(url_of(access, "products-uuid", narrowed)) <= LONGEST_URL
            query = narrowed if fits else query
        found: list[Product] = []
        async with aclosing(self._calls.pages(access, "products-uuid", query)) as pages:
            async for body in pages:
                found += decode_items(body, Product)
                if len(found) >= limit:
                    break
        return found[:limit]

    async def read_product_model(self, access: PimAccess, code: str) -> ProductModel:
        """One product model; PimNotFound if there is none, or none that we may read."""
        body = await self._calls.read(access, ("product-models", code))
        return decode_item(body, ProductModel)

    async def read_structure(self, access: PimAccess) -> Structure:
        """How this PIM is built. Parts that the token may not read are empty, save for attributes
        and channels, without which there is no passport."""
        read = structure.read_structure(self._calls, access)
        return await in_time(_STRUCTURE_DEADLINE, read, _STRUCTURE_LATE)

    async def read_linked_structure(
        self, access: PimAccess, known: Structure, attributes: Collection[str]
    ) -> Structure:
        """The structure with the reference entities and asset families that the attributes name.

        None of them where the PIM has none, or where the token may not read them.
        """
        read = linked_structure.read_linked_structure(self._calls, access, known, attributes)
        return await in_time(_STRUCTURE_DEADLINE, read, _STRUCTURE_LATE)

    async def read_options(self, access: PimAccess, attribute: str) -> dict[str, Labels]:
        """The labels of all options of an attribute, by code; none if it has none to be read."""
        return await structure.read_options(self._calls, access, attribute)

    async def read_family_variant(self, access: PimAccess, family: str, code: str) -> FamilyVariant:
        """In what the variants of a family differ; PimNotFound if there is no such thing."""
        return await structure.read_family_variant(self._calls, access, family, code)

    async def read_records(
        self, access: PimAccess, entity: str, codes: Sequence[str]
    ) -> list[ReferenceRecord]:
        """Those of the records that there are, in any order.

        PimForbidden or PimNotFound where the PIM has no such entity or keeps it from us.
        """
        return await records.read_records(self._calls, access, entity, codes)

    async def read_assets(
        self, access: PimAccess, family: str, codes: Sequence[str]
    ) -> list[Asset]:
        """Those of the assets that there are, in any order; raises the same."""
        return await records.read_assets(self._calls, access, family, codes)

    async def download(self, access: PimAccess, source: MediaSource, code: str) -> Download:
        """A file by its code. Links lead out of the PIM, so there is none of them here."""
        if source is MediaSource.LINK:
            raise PimNotFound("a link is no file of the PIM")
        before, *after = _FILES[source]
        resource = (before, code, *after)
        response = await self._calls.file(access, resource, limit_bytes=LARGEST_FILE)
        return Download(response.body, _media_type(response))

    async def probe(self, access: PimAccess) -> None:
        """Return if the PIM accepts the token; the cheapest question that needs one."""
        decode_items(await self._calls.read(access, "channels", {"limit": "1"}), Channel)


def _media_type(response: Response) -> str:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"
