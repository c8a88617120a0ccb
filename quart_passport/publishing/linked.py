"""What a product names besides: records, assets, options, other products, its variants.

All of it is cached apart from the product, since many products share it. What the PIM does not
have, or does not let us read, is left out and the page renders without; where the PIM fails in
passing there is no page, because a page that lacks half of its words is remembered as a whole one.
Labels of options and variants are not worth a page: where they cannot be had in time, it lives for
a moment only.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from quart_passport.cache.patience import patience
from quart_passport.cache.reading import ReadThrough
from quart_passport.cache.store import CacheStore
from quart_passport.errors import InvalidInput, PimProtocolError, Unavailable
from quart_passport.passport.config import PassportConfig, choose_config
from quart_passport.passport.decoding import decode_cached_product, encode_product
from quart_passport.passport.linked import (
    Asset,
    Linked,
    LinkedProduct,
    ReferenceRecord,
    References,
    further_references,
    references_of,
    selects_without_labels,
)
from quart_passport.passport.product import Product
from quart_passport.passport.structure import Labels, Structure
from quart_passport.pim.calls import together
from quart_passport.pim.client import PimClient
from quart_passport.publishing.batches import MOST_AT_ONCE, Batch, Bring, Brought
from quart_passport.publishing.identities import aliases_of, identity_of
from quart_passport.publishing.lookups import Lookups
from quart_passport.publishing.variants import VariantReader, Variants, reduced_for
from quart_passport.structure.structures import Structures
from quart_passport.tenancy.access import TenantAccess
from quart_passport.tenancy.tenant import Tenant

T = TypeVar("T")
_Item = TypeVar("_Item", ReferenceRecord, Asset)

# What each record is called and shows, whatever else is said of it.
_OF_EACH_RECORD = frozenset({"label", "image"})
# All that a passport shows of an asset.
_OF_EACH_ASSET = "label"
_MEDIA = frozenset({"media_file", "media_link"})
# Seconds that a page waits for labels of options, for its variants, and for how long it is shown
# without them.
_FOR_LABELS = 1.5
_FOR_VARIANTS = 1.5
_WITHOUT = 15.0

_log = logging.getLogger(__name__)
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, and for how long all of it may still be shown, in seconds."""

    linked: Linked
    remaining: float


@dataclass(eq=False, slots=True)
class LinkedReader:
    """Reads what products name. One per process."""

    reading: ReadThrough
    store: CacheStore
    structures: Structures
    pim: PimClient
    access: TenantAccess
    lookups: Lookups
    variants: VariantReader

    async def read(
        self, tenant: Tenant, structure: Structure, product: Product, config: PassportConfig
    ) -> Found:
        """What the passport of a product needs besides; Unavailable if it cannot be had now.

        One question for each reference entity and asset family of which something is not cached,
        one for products; and the same once more for what the records name themselves.
        """
        page = _Page(self, tenant, structure, product, config, remaining=tenant.ttl)
        return await page.read()


@dataclass(eq=False, slots=True)
class _Page:
    """What one page needs; grows while it is read."""

    reader: LinkedReader
    tenant: Tenant
    structure: Structure
    product: Product
    config: PassportConfig
    remaining: float

    async def read(self) -> Found:
        wanted = references_of(self.product, self.structure, self.config)
        described, tied, options = await together(
            lambda: self._described(wanted),
            lambda: self._tied(wanted.products),
            lambda: self._options(),
        )
        linked = replace(tied, records=described.records, assets=described.assets, options=options)
        further = further_references(self.product, linked, self.structure, self.config)
        more = await self._described(further)
        linked = replace(
            linked,
            records={**linked.records, **more.records},
            assets={**linked.assets, **more.assets},
        )
        return Found(linked, self.remaining)

    async def _described(self, wanted: References) -> Linked:
        """The records and assets."""
        records: dict[tuple[str, str], ReferenceRecord] = {}
        assets: dict[tuple[str, str], Asset] = {}
        reads: list[Callable[[], Any]] = []
        for entity, codes in wanted.records.items():
            reads.append(partial(self._records, entity, codes, records))
        for family, codes in wanted.assets.items():
            reads.append(partial(self._assets, family, codes, assets))
        await together(*reads)
        return Linked(records=records, assets=assets)

    async def _records(
        self, entity: str, codes: Sequence[str], into: dict[tuple[str, str], ReferenceRecord]
    ) -> None:
        chosen = self.tenant.wanted_of_records(entity)
        kept = None if chosen is None else chosen | _OF_EACH_RECORD

        async def bring(asked: Sequence[str]) -> Mapping[str, Brought]:
            async with self.reader.access.to(self.tenant) as access:
                records = await self.reader.pim.read_records(access, entity, asked)
            return {record.code: Brought(_encode(_reduced(record, kept))) for record in records}

        decode = _decoder_of(ReferenceRecord)
        found = await self._batch("record", entity, codes, bring, decode)
        into.update({(entity, code): record for code, record in found.items()})

    async def _assets(
        self, family: str, codes: Sequence[str], into: dict[tuple[str, str], Asset]
    ) -> None:
        kept = self._kept_of_assets(family)

        async def bring(asked: Sequence[str]) -> Mapping[str, Brought]:
            async with self.reader.access.to(self.tenant) as access:
                assets = await self.reader.pim.read_assets(access, family, asked)
            return {asset.code: Brought(_encode(_reduced(asset, kept))) for asset in assets}

        found = await self._batch("asset", family, codes, bring, _decoder_of(Asset))
        into.update({(family, code): asset for code, asset in found.items()})

    def _kept_of_assets(self, family: str) -> frozenset[str]:
        known = self.structure.asset_families.get(family)
        attributes = known.attributes.values() if known else ()
        return frozenset({_OF_EACH_ASSET, *(a.code for a in attributes if a.type in _MEDIA)})

    async def _options(self) -> dict[str, Mapping[str, Labels]]:
        """Labels of options that the product's own answer lacks, as far as they can be had."""
        options: dict[str, Mapping[str, Labels]] = {}
        codes = selects_without_labels(self.product, self.structure, self.config)
        try:
            async with patience(_FOR_LABELS):
                await together(*(partial(self._options_of, code, options) for code in codes))
        except Unavailable:
            self._go_without_labels()
        return options

    async def _options_of(self, code: str, into: dict[str, Mapping[str, Labels]]) -> None:
        try:
            told = await self.reader.structures.options_of(self.tenant, code)
        except (Unavailable, PimProtocolError):
            self._go_without_labels()
            return
        into[code] = told.labels
        self.remaining = min(self.remaining, told.remaining)

    def _go_without_labels(self) -> None:
        _log.warning("a page goes without labels of options")
        self.remaining = min(self.remaining, _WITHOUT)

    async def _tied(self, uuids: tuple[UUID, ...]) -> Linked:
        """The products that are linked to, and the other variants, as far as they are published."""
        variants = await self._variants() if self.config.variants else None
        values = {one.uuid: one.values for one in variants.variants} if variants else {}
        siblings = tuple(uuid for uuid in values if uuid != self.product.uuid)
        found = await self._products([*uuids, *siblings])
        published: dict[UUID, LinkedProduct] = {}
        for product in found:
            config = choose_config(self.tenant.configs, product)
            if config is None:
                continue
            identity = identity_of(self.tenant, self.structure, product)
            known = {**values.get(product.uuid, {}), **product.values}
            whole = msgspec.structs.replace(product, values=known)
            published[product.uuid] = LinkedProduct(whole, identity, config)
        return Linked(
            products=published,
            variants=tuple(uuid for uuid in siblings if uuid in published),
            axes=variants.axes if variants else (),
        )

    async def _variants(self) -> Variants | None:
        try:
            async with patience(_FOR_VARIANTS):
                read = self.reader.variants.read(self.tenant, self.structure, self.product)
                variants, remaining = await read
        except Unavailable:
            # They are many calls; what they bring is there for the next reader.
            _log.warning("a page goes without variants for a moment")
            variants, remaining = None, _WITHOUT
        self.remaining = min(self.remaining, remaining)
        return variants

    async def _products(self, uuids: Iterable[UUID]) -> list[Product]:
        async def bring(asked: Sequence[str]) -> Mapping[str, Brought]:
            named = [UUID(name) for name in asked]
            structure, products = await self.reader.lookups.find_all(
                self.tenant, self.structure, named
            )
            return {
                str(product.uuid): Brought(
                    encode_product(reduced_for(self.tenant, structure, product)),
                    aliases_of(structure, product),
                )
                for product in products
            }

        names = [str(uuid) for uuid in uuids]
        found = await self._batch("product", "", names, bring, decode_cached_product)
        return list(found.values())

    async def _batch(
        self,
        kind: str,
        owner: str,
        names: Iterable[str],
        bring: Bring,
        decode: Callable[[bytes], T],
    ) -> dict[str, T]:
        reading, store = self.reader.reading, self.reader.store
        ordered = sorted(set(names))
        batches = [
            Batch(reading, store, self.tenant, kind, owner, some, bring, decode)
            for some in _hundreds(ordered)
        ]
        found: dict[str, T] = {}
        for entries in await together(*(batch.read for batch in batches)):
            self.remaining = min(self.remaining, entries.remaining)
            found |= entries.found
        return found


def _hundreds(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[at : at + MOST_AT_ONCE] for at in range(0, len(names), MOST_AT_ONCE))


def _reduced(item: _Item, kept: frozenset[str] | None) -> _Item:
    """A record or an asset without what no passport says of it."""
    if kept is None:
        return item
    values = {code: entries for code, entries in item.values.items() if code in kept}
    return msgspec.structs.replace(item, values=values)


def _encode(item: ReferenceRecord | Asset) -> bytes:
    return _encoder.encode(item)


def _decoder_of(kind: type[_Item]) -> Callable[[bytes], _Item]:
    decoder = msgspec.json.Decoder(kind, float_hook=str)

    def decode(body: bytes) -> _Item:
        try:
            return decoder.decode(body)
        except ValueError:
            raise InvalidInput("is not what it should be", where="cache entry") from None

    return decode
