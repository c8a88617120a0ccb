"""From an address to the product and the configuration that publish a passport.

The PIM's search only finds: its index lags behind writes, so whether a product is published is
judged by what came back.
"""

from dataclasses import dataclass, field
from uuid import UUID

from quart_passport.cache.patience import patience
from quart_passport.cache.reading import Fetched, Nothing, ReadThrough
from quart_passport.cache.store import Absent, Key
from quart_passport.errors import InvalidInput, ProductNotFound
from quart_passport.passport.assembly import assemble_passport
from quart_passport.passport.config import PassportConfig, choose_config
from quart_passport.passport.decoding import decode_cached_product, encode_product
from quart_passport.passport.identifiers import DigitalLink
from quart_passport.passport.linked import Linked
from quart_passport.passport.model import Identity, Language, Passport
from quart_passport.passport.product import Product
from quart_passport.passport.structure import Structure
from quart_passport.publishing.identities import aliases_of, identity_of
from quart_passport.publishing.linked import LinkedReader
from quart_passport.publishing.lookups import Lookups
from quart_passport.publishing.questions import Questions
from quart_passport.publishing.variants import reduced_for
from quart_passport.structure.structures import Known, Structures
from quart_passport.tenancy.tenant import Tenant

# A product that is not there may be there soon: nobody waits longer than this for it, in seconds.
_ABSENCE = 60.0
_EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Publication:
    """A product that has a passport, with all that the passport is made from."""

    product: Product
    config: PassportConfig
    identity: Identity
    structure: Structure
    # How long the data may still be shown, in seconds: the least of all that was read.
    remaining: float
    linked: Linked = field(default_factory=Linked)

    def passport_in(self, language: Language) -> Passport:
        """The passport in one of the configuration's languages."""
        return assemble_passport(
            self.product, self.structure, self.config, self.identity, language, self.linked
        )


class Passports:
    """Finds what is published. A visitor waits no longer than their patience for all of it."""

    def __init__(
        self,
        reading: ReadThrough,
        structures: Structures,
        questions: Questions,
        lookups: Lookups,
        linked: LinkedReader,
    ) -> None:
        self._reading = reading
        self._structures = structures
        self._questions = questions
        self._lookups = lookups
        self._linked = linked

    async def by_name(self, tenant: Tenant, name: str, uuid: UUID | None) -> Publication:
        """The passport of a product by its identifier, or by its UUID where the name is one."""
        async with patience():
            known = await self._structures.known(tenant)
            if uuid is not None:
                try:
                    return await self._load(tenant, known, Key("product", str(uuid)))
                except ProductNotFound:
                    # It may still be an identifier that looks like a UUID.
                    pass
            return await self._load(tenant, known, Key("identifier", name))

    async def by_link(self, tenant: Tenant, link: DigitalLink) -> Publication:
        """The passport that a GS1 Digital Link names."""
        if not tenant.gtin_attribute:
            raise ProductNotFound(f"{tenant.slug} has no GTIN attribute")
        async with patience():
            known = await self._structures.known(tenant)
            return await self._load(tenant, known, Key("gtin", link.gtin), link)

    async def by_uuid(self, tenant: Tenant, uuid: UUID) -> Publication:
        """The passport of a product by its UUID alone."""
        async with patience():
            known = await self._structures.known(tenant)
            return await self._load(tenant, known, Key("product", str(uuid)))

    async def example(self, tenant: Tenant) -> Publication | None:
        """Any published product, to show that it works; by itself, without what it links to."""
        structure = await self._structures.structure_of(tenant)
        structure, products = await self._questions.find(
            tenant,
            structure,
            lambda _: {"enabled": [{"operator": "=", "value": True}]},
            limit=_EXAMPLES,
        )
        for product in products:
            if config := choose_config(tenant.configs, product):
                identity = identity_of(tenant, structure, product)
                return Publication(product, config, identity, structure, tenant.ttl)
        return None

    async def _load(
        self, tenant: Tenant, known: Known, key: Key, link: DigitalLink | None = None
    ) -> Publication:
        structure = known.structure
        found = await self._reading.read(
            tenant.connection.scope, key, lambda: self._fetch(tenant, structure, key)
        )
        # Without a body: another product's page named it, and the PIM does not have it.
        if isinstance(found, Absent) or not found.body:
            raise ProductNotFound(key.name)
        product = await self._decode(tenant, structure, key, found.body)
        config = choose_config(tenant.configs, product)
        if config is None:
            raise ProductNotFound(key.name)
        besides = await self._linked.read(tenant, structure, product, config)
        return Publication(
            product=product,
            config=config,
            identity=identity_of(tenant, structure, product, link),
            structure=structure,
            remaining=min(known.remaining, found.remaining, besides.remaining),
            linked=besides.linked,
        )

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

    async def _fetch(self, tenant: Tenant, structure: Structure, key: Key) -> Fetched | Nothing:
        structure, product = await self._lookups.find(tenant, structure, key)
        if product is None:
            return Nothing("unknown", _ABSENCE)
        return Fetched(
            entry=Key("product", str(product.uuid)),
            body=encode_product(reduced_for(tenant, structure, product)),
            ttl=tenant.ttl,
            refresh_after=tenant.refresh_after,
            aliases=aliases_of(structure, product, key),
        )
