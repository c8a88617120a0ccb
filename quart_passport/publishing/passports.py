"""From an address to the product and the configuration that publish a passport.

The PIM's search only finds: its index lags behind writes, so whether a product is published is
judged by what came back.
"""

import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from quart_passport.cache.reading import Fetched, Nothing, ReadThrough
from quart_passport.cache.store import Absent, Key
from quart_passport.errors import (
    InvalidInput,
    PimDisconnected,
    PimInvalidRequest,
    PimUnauthorized,
    PimUnavailable,
    ProductNotFound,
)
from quart_passport.passport.config import PassportConfig, choose_config
from quart_passport.passport.decoding import decode_cached_product, encode_product
from quart_passport.passport.identifiers import DigitalLink, parse_gtin
from quart_passport.passport.model import Identity
from quart_passport.passport.product import Product
from quart_passport.passport.structure import Structure
from quart_passport.pim.client import PimClient
from quart_passport.structure.structures import Structures
from quart_passport.tenancy.connections import Connections
from quart_passport.tenancy.tenant import Tenant

_log = logging.getLogger(__name__)

# A product that is not there may be there soon: nobody waits longer than this for it, in seconds.
_ABSENCE = 60.0
# All that a PIM gives at once: a short GTIN's digits stand in many longer ones.
_MOST_HITS = 100
_EXAMPLES = 10


class OnDisconnected(Protocol):
    """Told when the PIM says that the app was disconnected from it."""

    def __call__(self, tenant: Tenant) -> Awaitable[object]: ...


@dataclass(frozen=True, slots=True)
class Publication:
    """A product that has a passport, with all that the passport is made from."""

    product: Product
    config: PassportConfig
    identity: Identity
    structure: Structure
    # How long the product's data may still be shown, in seconds.
    remaining: float


class Passports:
    """Finds what is published."""

    def __init__(
        self,
        reading: ReadThrough,
        structures: Structures,
        pim: PimClient,
        connections: Connections,
        on_disconnected: OnDisconnected,
    ) -> None:
        self._reading = reading
        self._structures = structures
        self._pim = pim
        self._connections = connections
        self._on_disconnected = on_disconnected

    async def by_name(self, tenant: Tenant, name: str, uuid: UUID | None) -> Publication:
        """The passport of a product by its identifier, or by its UUID where the name is one."""
        structure = await self._structure(tenant)
        if uuid is not None:
            try:
                return await self._load(tenant, structure, Key("product", str(uuid)))
            except ProductNotFound:
                # It may still be an identifier that looks like a UUID.
                pass
        return await self._load(tenant, structure, Key("identifier", name))

    async def by_link(self, tenant: Tenant, link: DigitalLink) -> Publication:
        """The passport that a GS1 Digital Link names."""
        if not tenant.gtin_attribute:
            raise ProductNotFound(f"{tenant.slug} has no GTIN attribute")
        structure = await self._structure(tenant)
        return await self._load(tenant, structure, Key("gtin", link.gtin), link)

    async def by_uuid(self, tenant: Tenant, uuid: UUID) -> Publication:
        """The passport of a product by its UUID alone."""
        structure = await self._structure(tenant)
        return await self._load(tenant, structure, Key("product", str(uuid)))

    async def example(self, tenant: Tenant) -> Publication | None:
        """Any published product, to show that it works."""
        structure = await self._structure(tenant)
        access = await self._connections.access(tenant)
        wanted = tenant.wanted_attributes(structure)
        try:
            products = await self._pim.find_products(
                access,
                {"enabled": [{"operator": "=", "value": True}]},
                attributes=wanted,
                completenesses=tenant.needs_completenesses,
                limit=_EXAMPLES,
            )
        except PimUnauthorized as error:
            raise await self.refusal(tenant, error) from error
        for product in products:
            if config := choose_config(tenant.configs, product):
                identity = _identity(tenant, structure, product, None)
                return Publication(product, config, identity, structure, tenant.ttl)
        return None

    async def _load(
        self, tenant: Tenant, structure: Structure, key: Key, link: DigitalLink | None = None
    ) -> Publication:
        found = await self._reading.read(
            tenant.connection.scope, key, lambda: self._fetch(tenant, structure, key)
        )
        if isinstance(found, Absent):
            raise ProductNotFound(key.name)
        product = await self._decode(tenant, structure, key, found.body)
        config = choose_config(tenant.configs, product)
        if config is None:
            raise ProductNotFound(key.name)
        identity = _identity(tenant, structure, product, link)
        return Publication(product, config, identity, structure, found.remaining)

    async def _decode(self, tenant: Tenant, structure: Structure, key: Key, body: bytes) -> Product:
        try:
            return decode_cached_product(body)
        except InvalidInput:
            # Another version of ours wrote it, which is as if nothing were there.
            fetched = await self._fetch(tenant, structure, key)
        if isinstance(fetched, Nothing):
            raise ProductNotFound(key.name)
        await self._structures.forget(tenant, fetched.entry)
        return decode_cached_product(fetched.body)

    async def _structure(self, tenant: Tenant) -> Structure:
        try:
            return await self._structures.structure_of(tenant)
        except PimUnauthorized as error:
            raise await self.refusal(tenant, error) from error

    async def _fetch(self, tenant: Tenant, structure: Structure, key: Key) -> Fetched | Nothing:
        try:
            structure, product = await self._ask_twice(tenant, structure, key)
        except PimUnauthorized as error:
            raise await self.refusal(tenant, error) from error
        if product is None:
            return Nothing("unknown", _ABSENCE)
        return Fetched(
            entry=Key("product", str(product.uuid)),
            body=encode_product(product.reduced(tenant.wanted_attributes(structure))),
            ttl=tenant.ttl,
            refresh_after=tenant.refresh_after,
            aliases=_aliases(tenant, structure, product, key),
        )

    async def _ask_twice(
        self, tenant: Tenant, structure: Structure, key: Key
    ) -> tuple[Structure, Product | None]:
        try:
            return structure, await self._ask(tenant, structure, key)
        except PimInvalidRequest:
            # An attribute was deleted since the structure was read.
            structure = await self._structures.read_anew(tenant)
        try:
            return structure, await self._ask(tenant, structure, key)
        except PimInvalidRequest as error:
            # Kept for a while like any failure, or each visitor would cost two rounds.
            raise PimUnavailable("the PIM refuses what it is asked for") from error

    async def _ask(self, tenant: Tenant, structure: Structure, key: Key) -> Product | None:
        search = _search(tenant, structure, key)
        if search is None:
            return None
        access = await self._connections.access(tenant)
        products = await self._pim.find_products(
            access,
            search,
            attributes=tenant.wanted_attributes(structure),
            completenesses=tenant.needs_completenesses,
            limit=_MOST_HITS,
        )
        if key.kind == "gtin":
            products = [p for p in products if _gtin(tenant, p) == key.name]
        if len(products) > 1:
            _log.warning("several products answer to one %s", key.kind)
            return None
        return products[0] if products else None

    async def refusal(self, tenant: Tenant, error: PimUnauthorized) -> PimUnavailable:
        """What a reader is told when the PIM refuses the token; others decide if it means more."""
        if isinstance(error, PimDisconnected):
            await self._on_disconnected(tenant)
        return PimUnavailable("the PIM does not accept the connection", retry_after=60)


def _search(tenant: Tenant, structure: Structure, key: Key) -> dict[str, Any] | None:
    """What to ask the PIM for; None where it has no attribute that could answer."""
    match key.kind:
        case "product":
            return {"uuid": [{"operator": "IN", "value": [key.name]}]}
        case "gtin":
            if tenant.gtin_attribute not in structure.attributes:
                return None
            # Any of the forms that a GTIN is written in holds its digits without leading zeros.
            digits = key.name.lstrip("0")
            return {tenant.gtin_attribute: [{"operator": "CONTAINS", "value": digits}]}
        case _:
            attribute = structure.identifier_attribute
            if attribute is None:
                return None
            return {attribute: [{"operator": "=", "value": key.name}]}


def _aliases(tenant: Tenant, structure: Structure, product: Product, asked: Key) -> tuple[Key, ...]:
    """The names that lead to the product.

    Its GTIN only where the GTIN was asked for: another product may have the same one. And whatever
    identifier found it, because the PIM compares identifiers more loosely than we do.
    """
    identifier = _identity(tenant, structure, product, None).identifier
    own = {Key("identifier", identifier)} if identifier else set()
    return tuple(own | ({asked} if asked.kind != "product" else set()))


def _identity(
    tenant: Tenant, structure: Structure, product: Product, link: DigitalLink | None
) -> Identity:
    attribute = structure.identifier_attribute
    return Identity(
        uuid=product.uuid,
        identifier=product.text_of(attribute) if attribute else None,
        gtin=_gtin(tenant, product),
        variant=link.variant if link else None,
        lot=link.lot if link else None,
        serial=link.serial if link else None,
    )


def _gtin(tenant: Tenant, product: Product) -> str | None:
    text = product.text_of(tenant.gtin_attribute) if tenant.gtin_attribute else None
    try:
        return parse_gtin(text) if text else None
    except InvalidInput:
        return None
