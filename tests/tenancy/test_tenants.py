"""Tenants: who gets which slug, who is found, and what a stored decision does to the cache."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from quart_passport.cache.store import Found, Gone, Key, Lease
from quart_passport.errors import (
    Conflict,
    InvalidInput,
    TenantGone,
    TenantNotFound,
    TenantNotReady,
)
from quart_passport.passport.config import PassportConfig, Rule, SectionConfig
from quart_passport.pim.id_tokens import PimUser
from quart_passport.secret import Secret
from quart_passport.storage.models import (
    ConnectionRow,
    PassportConfigRow,
    TenantRow,
    TenantState,
    UserRow,
)
from quart_passport.tenancy.configs import Decisions, decisions_of, save_decisions
from quart_passport.tenancy.connections import AppCredentials
from quart_passport.tenancy.directory import TenantDirectory
from quart_passport.tenancy.fences import Fences
from quart_passport.tenancy.slugs import check_slug, slug_of
from quart_passport.tenancy.tenant import Tenant
from quart_passport.tenancy.users import remember_user
from tests.backends import Core

ORIGIN = "https://acme.cloud.akeneo.com"
PRODUCT = Key("product", "one")
CONFIG = PassportConfig(
    name="First", channel="web", locales=("en_US",), sections=(SectionConfig(("name",)),)
)


class Hand:
    """A clock that stands still until it is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def active_tenant(core: Core, slug: str = "acme", origin: str = ORIGIN) -> Tenant:
    connection = await core.connections.register(origin, slug=slug)
    await core.connections.keep_token(connection, Secret("a-token"), frozenset())
    tenant = await core.directory.find(slug)
    await core.fences.open(tenant)
    return tenant


async def decide(tenant: Tenant, **changes: Any) -> None:
    await save_decisions(tenant, replace(decisions_of(tenant), **changes))


async def keep_product(core: Core, tenant: Tenant) -> None:
    lease = await core.store.read_or_lease(tenant.connection.scope, PRODUCT)
    assert isinstance(lease, Lease)
    assert await core.store.fill(lease, PRODUCT, b"data", ttl=600, refresh_after=300)


@pytest.mark.parametrize("slug", ["a", "0", "acme", "a-b--c", "x" * 63])
def test_a_slug_may_be(slug: str) -> None:
    assert check_slug(slug) == slug


@pytest.mark.parametrize(
    "slug",
    ["", "A", "-a", "a-", "a_b", "a.b", "a/b", "ä", "x" * 64, "a\n", "a b", "a\x00", "..", "٣"],
)
def test_a_slug_may_not_be(slug: str) -> None:
    with pytest.raises(InvalidInput, match="slug: may hold lower-case letters"):
        check_slug(slug)


@pytest.mark.parametrize(
    ("origin", "slug"),
    [
        (ORIGIN, "acme"),
        ("https://x--y.cloud.akeneo.com", "x-y"),
        ("http://127.0.0.1:8100", "pim-127-0-0-1-8100"),
        ("https://[fd00::1]", "pim-fd00-1"),
        (f"https://{'a' * 63}.example.com", "a" * 50),
    ],
)
def test_a_pims_address_suggests_a_slug(origin: str, slug: str) -> None:
    assert check_slug(slug_of(origin)) == slug


async def test_pims_with_the_same_first_label_get_slugs_of_their_own(core: Core) -> None:
    for domain in ("example.com", "example.org", "example.net"):
        await core.connections.register(f"https://pim.{domain}")

    found = await core.directory.list_all()

    assert [tenant.slug for tenant in found] == ["pim", "pim-2", "pim-3"]


async def test_a_pim_is_registered_once_even_at_the_same_moment(core: Core) -> None:
    outcomes = await asyncio.gather(
        *(core.connections.register(ORIGIN) for _ in range(8)), return_exceptions=True
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert len(refused) == 7
    assert {type(error) for error in refused} == {Conflict}


async def test_a_taken_slug_is_refused(core: Core) -> None:
    await core.connections.register(ORIGIN, slug="acme")

    with pytest.raises(Conflict, match="the slug 'acme' belongs to another PIM"):
        await core.connections.register("https://other.cloud.akeneo.com", slug="acme")


async def test_a_retired_slug_is_for_its_own_pim_alone(core: Core) -> None:
    await core.slugs.retire("acme", ORIGIN)

    with pytest.raises(Conflict):
        await core.connections.register("https://other.cloud.akeneo.com", slug="acme")
    with pytest.raises(TenantGone):
        await core.directory.find("acme")
    await core.connections.register(ORIGIN, slug="acme")

    assert (await core.directory.find("acme")).origin == ORIGIN


async def test_a_name_that_does_not_fit_is_refused(core: Core) -> None:
    for name in ("x" * 101, "two\nlines", "nul\x00"):
        with pytest.raises(InvalidInput, match="name: is one line"):
            await core.connections.register(ORIGIN, name=name)

    assert await core.directory.list_all() == []


@pytest.mark.parametrize("client_id", ["", "x" * 256, "a\x00b", "a\nb"])
async def test_a_client_id_that_does_not_fit_is_refused(client_id: str, core: Core) -> None:
    connection = await core.connections.register(ORIGIN)

    with pytest.raises(InvalidInput, match="client id: is one line"):
        await core.connections.keep_credentials(connection, AppCredentials(client_id, Secret("s")))


async def test_what_is_no_tenant_is_not_found(core: Core) -> None:
    for slug in ("nobody", "a\x00b", "ü", "x" * 500, "", "Acme", "\ud800"):
        with pytest.raises(TenantNotFound):
            await core.directory.find_published(slug)


async def test_a_tenant_that_goes_while_it_is_read_is_gone(core: Core) -> None:
    tenant = await active_tenant(core)
    row = await ConnectionRow.get(id=tenant.connection.id)
    # Between the two queries that read a tenant, a deletion takes all of it.
    await ConnectionRow.filter(id=row.id).delete()

    found = await core.directory.list_all()

    assert found == []
    assert await core.directory.find_by_origin(tenant.origin) is None
    with pytest.raises(TenantNotFound):
        await core.directory.find("acme")
    with pytest.raises(TenantGone):
        await core.connections.hook_secrets(tenant.connection.id)


async def test_what_is_no_hook_finds_nobody(core: Core) -> None:
    await active_tenant(core)

    for hook in ("nothing", "\x00" * 32, "f" * 32, "f" * 33, "F" * 32):
        assert await core.directory.find_by_event_hook(hook) is None
        assert await core.directory.find_by_notification_hook(hook) is None


async def test_hooks_find_their_tenant_and_no_other(core: Core) -> None:
    mine = await active_tenant(core)
    other = await active_tenant(core, "other", "https://other.cloud.akeneo.com")

    by_event = await core.directory.find_by_event_hook(mine.connection.event_hook)
    by_notice = await core.directory.find_by_notification_hook(other.connection.notification_hook)
    crossed = await core.directory.find_by_event_hook(mine.connection.notification_hook)

    assert (by_event, by_notice, crossed) == (mine, other, None)


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (TenantState.PENDING, TenantNotReady),
        (TenantState.SUSPENDED, TenantNotReady),
        (TenantState.DELETING, TenantGone),
    ],
)
async def test_only_an_active_tenant_publishes(
    state: TenantState, error: type[Exception], core: Core
) -> None:
    tenant = await active_tenant(core)
    await TenantRow.filter(id=tenant.id).update(state=state)

    with pytest.raises(error) as caught:
        await core.directory.find_published("acme")

    assert "acme" in str(caught.value)


async def test_a_tenant_is_remembered_for_less_than_five_seconds(core: Core) -> None:
    clock = Hand()
    directory = TenantDirectory(core.slugs, clock=clock)
    tenant = await active_tenant(core)
    await directory.find_published("acme")
    await TenantRow.filter(id=tenant.id).update(state=TenantState.DELETING)

    remembered = await directory.find_published("acme")
    clock.now += 4.5
    with pytest.raises(TenantGone):
        await directory.find_published("acme")

    assert remembered == tenant


async def test_what_is_remembered_is_let_go_when_it_is_old(core: Core) -> None:
    clock = Hand()
    directory = TenantDirectory(core.slugs, clock=clock)
    await active_tenant(core)
    await active_tenant(core, "other", "https://other.cloud.akeneo.com")
    await directory.find_published("acme")

    clock.now += 5
    await directory.find_published("other")

    assert list(directory._remembered) == ["other"]


@pytest.mark.parametrize(
    "changes",
    [
        {"ttl": 60},
        {"gtin_attribute": "ean"},
        {"configs": (msgspec.structs.replace(CONFIG, title_attribute="label"),)},
        {"configs": (msgspec.structs.replace(CONFIG, rule=Rule(completeness=80)),)},
        {"configs": ()},
    ],
    ids=str,
)
async def test_another_ttl_or_selection_begins_the_cache_anew(
    changes: dict[str, Any], core: Core
) -> None:
    tenant = await active_tenant(core)
    await decide(tenant, configs=(CONFIG,))
    tenant = await core.directory.reread("acme")
    await core.fences.open(tenant)
    await keep_product(core, tenant)

    await decide(tenant, **changes)
    changed = await core.directory.reread("acme")
    await core.fences.open(changed)

    assert changed.connection.generation > tenant.connection.generation
    assert isinstance(await core.store.read_or_lease(tenant.connection.scope, PRODUCT), Gone)
    assert isinstance(await core.store.read_or_lease(changed.connection.scope, PRODUCT), Lease)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Another name"},
        {"configs": (msgspec.structs.replace(CONFIG, brand="Acme", theme="minimal"),)},
        {"configs": (msgspec.structs.replace(CONFIG, rule=Rule(families=("shoes",))),)},
    ],
    ids=str,
)
async def test_other_decisions_keep_the_cache(changes: dict[str, Any], core: Core) -> None:
    tenant = await active_tenant(core)
    await decide(tenant, configs=(CONFIG,))
    tenant = await core.directory.reread("acme")
    await core.fences.open(tenant)
    await keep_product(core, tenant)

    await decide(tenant, **changes)
    changed = await core.directory.reread("acme")

    assert decisions_of(changed) == replace(decisions_of(tenant), **changes)
    outcome = await core.store.read_or_lease(changed.connection.scope, PRODUCT)
    assert isinstance(outcome, Found)


async def test_a_configuration_that_could_not_be_read_again_is_not_written(
    core: Core,
) -> None:
    tenant = await active_tenant(core)
    await decide(tenant, configs=(CONFIG,))

    with pytest.raises(InvalidInput, match="locales"):
        await decide(tenant, configs=(msgspec.structs.replace(CONFIG, locales=()),))

    assert (await core.directory.find("acme")).configs == (CONFIG,)


async def test_decisions_saved_at_the_same_time_do_not_mix(core: Core) -> None:
    tenant = await active_tenant(core)
    several = [
        Decisions(
            "n", 600, "", tuple(msgspec.structs.replace(CONFIG, name=f"{n}") for _ in range(3))
        )
        for n in range(6)
    ]

    await asyncio.gather(*(save_decisions(tenant, one) for one in several))

    names = [config.name for config in (await core.directory.find("acme")).configs]
    assert len(names) == 3
    assert len(set(names)) == 1


async def test_an_unreadable_configuration_stops_publishing_but_not_mending(
    core: Core,
) -> None:
    tenant = await active_tenant(core)
    await decide(tenant, configs=(CONFIG,))
    await PassportConfigRow.filter(tenant_id=tenant.id).update(data={"name": "from the future"})

    broken = await core.directory.reread("acme")
    with pytest.raises(TenantNotReady, match="tenants apply"):
        await core.directory.find_published("acme")
    await decide(broken, configs=(CONFIG,))

    assert "channel" in broken.flaw
    assert (await core.directory.reread("acme")).configs == (CONFIG,)
    assert (await core.directory.find_published("acme")).flaw == ""


async def test_nothing_is_written_to_a_tenant_under_deletion(core: Core) -> None:
    tenant = await active_tenant(core)
    await TenantRow.filter(id=tenant.id).update(state=TenantState.DELETING)
    connection = tenant.connection.id
    before = await ConnectionRow.get(id=connection)

    attempts = (
        core.connections.keep_token(connection, Secret("another"), frozenset()),
        core.connections.keep_credentials(connection, AppCredentials("x", Secret("y"))),
        core.connections.begin_cache_anew(connection),
        decide(tenant, name="another"),
    )
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [Conflict] * 4
    after = await ConnectionRow.get(id=connection)
    assert (after.token, after.client_secret, after.generation) == (
        before.token,
        before.client_secret,
        before.generation,
    )


@pytest.mark.parametrize("state", [s for s in TenantState if s is not TenantState.ACTIVE])
async def test_a_fence_is_opened_for_an_active_tenant_only(state: TenantState, core: Core) -> None:
    connection = await core.connections.register(ORIGIN)
    await TenantRow.all().update(state=state)
    tenant = await core.directory.find_by_connection(connection)
    assert tenant is not None

    await core.fences.open(tenant)

    outcome = await core.store.read_or_lease(tenant.connection.scope, PRODUCT)
    assert isinstance(outcome, Gone)


async def test_a_cache_that_lost_everything_gets_its_fence_back(core: Core) -> None:
    tenant = await active_tenant(core)
    await core.store.drop_fence(tenant.connection.id)

    async def act(found: Tenant) -> Tenant:
        outcome = await core.store.read_or_lease(found.connection.scope, PRODUCT)
        if isinstance(outcome, Gone):
            raise TenantGone("no fence")
        return found

    served = await Fences(core.directory, core.store).serve("acme", act)

    assert served == tenant


async def test_a_new_token_has_a_new_number_and_forgets_the_suspicion(core: Core) -> None:
    tenant = await active_tenant(core)
    row = ConnectionRow.filter(id=tenant.connection.id)
    await row.update(disconnected_seen_at=datetime(2026, 1, 1, tzinfo=UTC))
    await TenantRow.all().update(state=TenantState.SUSPENDED)

    await core.connections.keep_token(tenant.connection.id, Secret("b-token"), frozenset("ab"))
    again = await core.directory.find("acme")

    assert again.connection.token_number == tenant.connection.token_number + 1
    assert again.connection.scopes == {"a", "b"}
    assert again.state is TenantState.ACTIVE
    assert (await row.get()).disconnected_seen_at is None


async def test_a_user_is_known_by_sub_alone_and_long_names_are_cut(core: Core) -> None:
    tenant = await active_tenant(core)

    for name in ("Ada", "A" * 255 + " " + "B" * 255):
        await remember_user(tenant, PimUser("sub-1", "a@example.com", name, "jti", 0.0))

    (user,) = await UserRow.all()
    assert (user.sub, user.email, len(user.name)) == ("sub-1", "a@example.com", 255)
