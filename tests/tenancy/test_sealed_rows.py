"""Credentials in the database: sealed, bound to their place, and to the right key ring."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from quart_passport.crypto.keyring import KeyRing
from quart_passport.errors import KeyRingError, UnsealError
from quart_passport.secret import Secret
from quart_passport.services import Services, build_services
from quart_passport.settings import Settings
from quart_passport.storage.models import ConnectionRow
from quart_passport.tenancy.connections import AppCredentials
from quart_passport.tenancy.keys import check_key_ring
from quart_passport.tenancy.tenant import Tenant
from tests.backends import Core, settings_for
from tests.dumps import dump_database, dump_folder, hits
from tests.stack import Backend

CANARIES = ("canary-client-secret-1234", "canary-token-5678")


async def sealed_tenant(core: Core | Services, slug: str) -> Tenant:
    origin = f"https://{slug}.cloud.akeneo.com"
    connection = await core.connections.register(origin, slug=slug)
    await core.connections.keep_credentials(
        connection, AppCredentials("client-id", Secret(CANARIES[0]))
    )
    await core.connections.keep_token(connection, Secret(CANARIES[1]), frozenset({"a"}))
    await core.connections.hook_secrets(connection)
    return await core.directory.find(slug)


async def test_no_credential_is_readable_in_the_database(
    core: Core, backend: Backend, tmp_path: Path
) -> None:
    tenant = await sealed_tenant(core, "acme")
    hooks = await core.connections.hook_secrets(tenant.connection.id)
    words = (*CANARIES, *(secret.reveal() for secret in hooks))

    dump = await dump_database(backend, tmp_path) + dump_folder(tmp_path / "data")

    assert hits(dump, ["client-id", "acme"]) == ["client-id", "acme"]
    assert hits(dump, words) == []
    print(f"secrets {len(words)}, readable 0")


async def test_what_was_sealed_opens_where_it_was_put(core: Core) -> None:
    tenant = await sealed_tenant(core, "acme")

    access = await core.connections.access(tenant)
    app = await core.connections.credentials(tenant)

    assert (app.client_secret.reveal(), access.token.reveal()) == CANARIES
    assert app.client_id == "client-id"


@pytest.mark.parametrize(
    ("taken_from", "put_into"),
    [("client_secret", "token"), ("event_secret", "token"), ("notification_secret", "token")],
)
async def test_a_value_moved_to_another_column_does_not_open(
    taken_from: str, put_into: str, core: Core
) -> None:
    tenant = await sealed_tenant(core, "acme")
    row = await ConnectionRow.get(id=tenant.connection.id)
    await ConnectionRow.filter(id=row.id).update(**{put_into: getattr(row, taken_from)})

    with pytest.raises(UnsealError):
        await core.connections.access(tenant)


async def test_a_value_moved_to_another_tenants_row_does_not_open(core: Core) -> None:
    mine, other = await sealed_tenant(core, "mine"), await sealed_tenant(core, "other")
    row = await ConnectionRow.get(id=other.connection.id)
    await ConnectionRow.filter(id=mine.connection.id).update(token=row.token)

    with pytest.raises(UnsealError):
        await core.connections.access(mine)


async def test_the_secrets_of_hooks_are_made_once(core: Core) -> None:
    tenant = await sealed_tenant(core, "acme")

    first = await core.connections.hook_secrets(tenant.connection.id)
    second = await core.connections.hook_secrets(tenant.connection.id)

    assert [one.reveal() for one in first] == [one.reveal() for one in second]
    assert first[0].reveal() != first[1].reveal()


async def test_another_key_ring_stops_the_start(settings: Settings) -> None:
    async with build_services(settings) as services:
        await sealed_tenant(services, "acme")
    settings.key_ring_file.unlink()
    KeyRing.create(settings.key_ring_file)

    with pytest.raises(KeyRingError, match="use the key ring that belongs to the database"):
        async with build_services(settings):
            pass


async def test_of_two_rings_at_the_same_first_start_one_is_refused(
    core: Core, tmp_path: Path
) -> None:
    rings = [KeyRing.create(tmp_path / f"{number}.json") for number in range(2)]

    outcomes = await asyncio.gather(*map(check_key_ring, rings), return_exceptions=True)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["KeyRingError", "NoneType"]


async def test_a_ring_that_vanished_stops_a_production(
    shared_backend: Backend, tmp_path: Path
) -> None:
    ring = tmp_path / "ring.json"
    KeyRing.create(ring)
    settings = settings_for(
        tmp_path,
        shared_backend,
        environment="production",
        base_url="https://passport.example.com",
        key_ring=ring,
        operator_name="An operator",
        contact_email="data@example.com",
    )
    ring.unlink()

    with pytest.raises(KeyRingError, match="quart-passport keys new"):
        async with build_services(settings):
            pass

    assert not ring.exists()


async def test_an_unknown_connection_has_no_access(core: Core) -> None:
    assert await core.directory.find_by_connection(uuid4()) is None
