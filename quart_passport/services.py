"""The built objects of one app, and the order in which they come up and go down."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from quart_passport import __version__
from quart_passport.cache.memory import MemoryCacheStore
from quart_passport.cache.reading import ReadThrough
from quart_passport.cache.slots import StoreSlots
from quart_passport.cache.store import CacheStore
from quart_passport.crypto.keyring import KeyRing
from quart_passport.crypto.signing import Signer
from quart_passport.egress.address import EgressRules
from quart_passport.egress.fetch import Egress
from quart_passport.erasure.deletion import Deletions
from quart_passport.erasure.disconnection import Disconnections
from quart_passport.erasure.notices import Notices
from quart_passport.errors import EgressRefused, InvalidInput, KeyRingError, ThemeNotFound
from quart_passport.observability.reports import report_theme_failure
from quart_passport.onboarding.connect import Onboarding
from quart_passport.onboarding.states import AuthorizationStates
from quart_passport.onboarding.subscription import Subscriptions
from quart_passport.passport.config import PassportConfig
from quart_passport.pim.client import PimClient
from quart_passport.publishing.changes import Changes
from quart_passport.publishing.linked import LinkedReader
from quart_passport.publishing.lookups import Lookups
from quart_passport.publishing.media import PATIENCE_FOR_MEDIA, MediaLibrary
from quart_passport.publishing.originals import Originals
from quart_passport.publishing.passports import Passports
from quart_passport.publishing.questions import Questions
from quart_passport.publishing.variants import VariantReader
from quart_passport.settings import Settings
from quart_passport.storage.database import (
    check_schema,
    database_config,
    migrate_database,
    open_database,
    ping_database,
)
from quart_passport.structure.structures import Structures
from quart_passport.tenancy.access import TenantAccess
from quart_passport.tenancy.connections import AppCredentials, Connections
from quart_passport.tenancy.directory import TenantDirectory
from quart_passport.tenancy.fences import Fences
from quart_passport.tenancy.keys import check_key_ring
from quart_passport.tenancy.slugs import Slugs
from quart_passport.theming.registry import ThemeRegistry
from quart_passport.theming.render import PageRenderer

# Seconds; shorter than FORGOTTEN_SECONDS.
_STRUCTURE_DEADLINE = 45.0


@dataclass(frozen=True, slots=True)
class Services:
    """What the web and the command line work with."""

    settings: Settings
    store: CacheStore
    directory: TenantDirectory
    connections: Connections
    fences: Fences
    structures: Structures
    passports: Passports
    media: MediaLibrary
    registry: ThemeRegistry
    renderer: PageRenderer
    onboarding: Onboarding
    states: AuthorizationStates
    deletions: Deletions
    disconnections: Disconnections
    notices: Notices
    egress: Egress
    # Raises InvalidInput for a configuration that this installation cannot publish with.
    check_config: Callable[[PassportConfig], None]
    ping_database: Callable[[], Awaitable[None]]


@asynccontextmanager
async def build_services(settings: Settings) -> AsyncIterator[Services]:
    """Open everything, in order, and close it again. One at a time in a process.

    Raises KeyRingError, PluginError, StorageUnavailable or CacheUnavailable where something that
    is needed from the start is not as it must be.
    """
    # First what costs nothing and fails most clearly.
    registry = ThemeRegistry.installed()
    ring = load_key_ring(settings)
    renderer = PageRenderer(registry, settings.tenants_dir, on_failure=report_theme_failure)
    config = database_config(settings.database_url, settings.data_dir)
    await (check_schema if settings.is_production else migrate_database)(config)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(open_database(config))
        await check_key_ring(ring)
        store = await _open_store(settings)
        stack.push_async_callback(store.aclose)
        egress = await stack.enter_async_context(_open_egress(settings))
        yield _assemble(stack, settings, ring, store, egress, _readings(stack, store), renderer)


@dataclass(frozen=True, slots=True)
class _Readings:
    """How the cache is read, by how long it may take."""

    pages: ReadThrough
    # A browser waits longer for a picture than its reader for the page.
    media: ReadThrough
    # Of a large PIM, or a model with many variants, it is many calls.
    structures: ReadThrough


def _readings(stack: AsyncExitStack, store: CacheStore) -> _Readings:
    readings = _Readings(
        pages=ReadThrough(store),
        media=ReadThrough(store, wait=PATIENCE_FOR_MEDIA),
        structures=ReadThrough(store, deadline=_STRUCTURE_DEADLINE),
    )
    for reading in (readings.pages, readings.media, readings.structures):
        stack.push_async_callback(reading.aclose)
    return readings


def load_key_ring(settings: Settings) -> KeyRing:
    """The key ring; outside production one is made where there is none."""
    file = settings.key_ring_file
    if file.exists():
        return KeyRing.load(file)
    if settings.is_production:
        raise KeyRingError(f"there is no key ring {file}; make one with `quart-passport keys new`")
    file.parent.mkdir(parents=True, exist_ok=True)
    return KeyRing.create(file)


def _assemble(
    stack: AsyncExitStack,
    settings: Settings,
    ring: KeyRing,
    store: CacheStore,
    egress: Egress,
    readings: _Readings,
    renderer: PageRenderer,
) -> Services:
    registry = renderer.registry
    signer = Signer(ring.signing)
    slugs = Slugs(signer)
    published_app = _published_app(settings)
    pim = PimClient(egress, StoreSlots(store))
    directory = TenantDirectory(slugs)
    connections = Connections(ring, slugs, published_app)
    fences = Fences(directory, store)
    subscriptions = Subscriptions(settings, egress, connections, directory)
    deletions = Deletions(store, slugs, subscriptions.unsubscribe)
    disconnections = Disconnections(deletions, directory, connections, pim)
    states = AuthorizationStates()
    access = TenantAccess(connections, disconnections.refused)
    structures = Structures(readings.structures, store, pim, access)
    questions = Questions(structures, pim, access)
    lookups = Lookups(questions)
    stack.push_async_callback(structures.aclose)
    stack.push_async_callback(lookups.aclose)
    variants = VariantReader(readings.structures, store, pim, access, questions)
    linked = LinkedReader(readings.pages, store, structures, pim, access, lookups, variants)
    passports = Passports(readings.pages, structures, questions, lookups, linked)
    originals = Originals(access, pim, egress)
    return Services(
        settings=settings,
        store=store,
        directory=directory,
        connections=connections,
        fences=fences,
        structures=structures,
        passports=passports,
        media=MediaLibrary(passports, originals, readings.media, store, signer),
        registry=registry,
        renderer=renderer,
        onboarding=Onboarding(
            egress,
            directory,
            connections,
            fences,
            pim,
            subscriptions,
            states,
            published_app,
        ),
        states=states,
        deletions=deletions,
        disconnections=disconnections,
        notices=Notices(connections, disconnections, Changes(store).take),
        egress=egress,
        check_config=functools.partial(_check_config, registry, egress),
        ping_database=ping_database,
    )


def _check_config(registry: ThemeRegistry, egress: Egress, config: PassportConfig) -> None:
    try:
        registry.choose(config.theme).check_options(config.theme_options)
        if config.logo_url:
            egress.origin_of(config.logo_url)
    except ThemeNotFound as error:
        raise InvalidInput(str(error), where="theme") from None
    except EgressRefused as error:
        raise InvalidInput(str(error), where="logo_url") from None


async def _open_store(settings: Settings) -> CacheStore:
    if not settings.redis_url:
        return MemoryCacheStore()
    # Its client library takes longer to load than all that embedded installations need.
    from quart_passport.cache.redis import RedisCacheStore

    store = RedisCacheStore.connect(settings.redis_url.reveal())
    await store.check()
    return store


def _open_egress(settings: Settings) -> Egress:
    rules = EgressRules.parse(
        pim_hosts=settings.pim_hosts,
        exempt=settings.egress_exempt,
        private=settings.egress_private,
    )
    # So that a PIM's operator finds out who asks.
    return Egress(rules, user_agent=f"quart-passport/{__version__} (+{settings.base_url})")


def _published_app(settings: Settings) -> AppCredentials | None:
    if not settings.akeneo_client_id:
        return None
    return AppCredentials(settings.akeneo_client_id, settings.akeneo_client_secret)
