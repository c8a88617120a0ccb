"""The variants of a product model: which they are, and in what they differ.

What they differ in never changes in a PIM once a variant is there, so it is kept with the model:
a product that is cached for its own passport need not hold it.
"""

import itertools
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from quart_passport.cache.reading import Fetched, ReadThrough
from quart_passport.cache.store import MOST_COMPANIONS, CacheStore, Found, Key
from quart_passport.errors import PimProtocolError, PimRefused
from quart_passport.passport.decoding import encode_product
from quart_passport.passport.product import Product, ProductValue
from quart_passport.passport.structure import Structure
from quart_passport.pim.client import PimClient
from quart_passport.publishing.batches import REFUSAL_LIFE
from quart_passport.publishing.questions import Questions
from quart_passport.tenancy.access import TenantAccess
from quart_passport.tenancy.tenant import Tenant

# Of one root model; each hundred of them is a call.
_MOST_VARIANTS = 300

Values = Mapping[str, tuple[ProductValue, ...]]


class Variant(msgspec.Struct, frozen=True, omit_defaults=True):
    """One variant: its values of the attributes that variants differ in."""

    uuid: UUID
    values: dict[str, tuple[ProductValue, ...]] = {}


class Variants(msgspec.Struct, frozen=True, omit_defaults=True):
    """All below one root model, in the PIM's order; as the cache holds them."""

    root: str
    # In what they differ, outermost level first.
    axes: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()


_log = logging.getLogger(__name__)

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Variants, float_hook=str)


@dataclass(eq=False, slots=True)
class VariantReader:
    """Reads models and their variants through the cache. One per process."""

    reading: ReadThrough
    store: CacheStore
    pim: PimClient
    access: TenantAccess
    questions: Questions

    async def read(
        self, tenant: Tenant, structure: Structure, product: Product
    ) -> tuple[Variants | None, float]:
        """The variants that a product is one of, itself among them; and how many seconds they may
        be shown. None for a product that is no variant, or of whose model the PIM tells nothing."""
        if product.parent is None:
            return None, tenant.ttl
        key = Key("model", product.parent)
        reading = _Reading(self.pim, self.access, self.questions, tenant, structure, product)
        scope = tenant.connection.scope
        found = await self.reading.read(scope, key, lambda: reading.fetch(key))
        reading.is_waited_for = False
        if not isinstance(found, Found) or not found.body:
            return None, found.remaining
        try:
            return _decoder.decode(found.body), found.remaining
        except msgspec.DecodeError:
            # Another version of ours wrote it; the next reader fetches it.
            await self.store.forget(scope, key)
            return None, 0.0


@dataclass(eq=False, slots=True)
class _Reading:
    """One reading of a model, for the passport of one of its variants."""

    pim: PimClient
    access: TenantAccess
    questions: Questions
    tenant: Tenant
    structure: Structure
    product: Product
    is_waited_for: bool = field(default=True)

    async def fetch(self, key: Key) -> Fetched:
        ttl = self.tenant.ttl
        try:
            variants, products = await self._find(key.name)
        except (PimRefused, PimProtocolError) as error:
            # Too many variants for one answer, for example: the page is worth more than they are.
            _log.warning("a page goes without variants: %s", type(error).__name__)
            life = min(REFUSAL_LIFE, ttl)
            return Fetched(entry=key, body=b"", ttl=life, refresh_after=life)
        return Fetched(
            entry=key,
            body=_encoder.encode(variants),
            ttl=ttl,
            refresh_after=self.tenant.refresh_after,
            # A refresh leaves alone what was cached with all its names.
            companions=products if self.is_waited_for else {},
        )

    async def _find(self, code: str) -> tuple[Variants, dict[Key, bytes]]:
        axes: tuple[str, ...] = ()
        async with self.access.to(self.tenant) as access:
            model = await self.pim.read_product_model(access, code)
            if model.family and model.family_variant:
                variant = await self.pim.read_family_variant(
                    access, model.family, model.family_variant
                )
                axes = variant.axes
        # A model has at most one above it.
        root = model.parent or model.code
        structure, products = await self.questions.find(
            self.tenant,
            self.structure,
            lambda _: {"parent": [{"operator": "=", "value": root}]},
            besides=frozenset(axes),
            limit=_MOST_VARIANTS,
        )
        return _told(root, axes, products), self._companions(structure, products)

    def _companions(self, structure: Structure, products: list[Product]) -> dict[Key, bytes]:
        others = (product for product in products if product.uuid != self.product.uuid)
        return {
            Key("product", str(product.uuid)): encode_product(
                reduced_for(self.tenant, structure, product)
            )
            for product in itertools.islice(others, MOST_COMPANIONS)
        }


def reduced_for(tenant: Tenant, structure: Structure, product: Product) -> Product:
    """What of a product may be cached: what the merchant's configurations show, and no more."""
    return product.reduced(tenant.wanted_attributes(structure), tenant.wanted_associations)


def _told(root: str, axes: tuple[str, ...], products: list[Product]) -> Variants:
    variants = (
        Variant(
            product.uuid, {code: product.values[code] for code in axes if code in product.values}
        )
        for product in products
    )
    return Variants(root, axes, tuple(variants))
