"""What a merchant decided, written to the database."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from tortoise.transactions import in_transaction

from quart_passport.passport.config import PassportConfig, read_config
from quart_passport.storage.database import reaches_database
from quart_passport.storage.models import ConnectionRow, PassportConfigRow, TenantRow
from quart_passport.tenancy.connections import draw_generation, lock_tenant
from quart_passport.tenancy.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Decisions:
    """All that a merchant decides about a tenant."""

    name: str
    # Seconds.
    ttl: int
    gtin_attribute: str
    configs: tuple[PassportConfig, ...]


def decisions_of(tenant: Tenant) -> Decisions:
    """What is decided now."""
    return Decisions(tenant.name, tenant.ttl, tenant.gtin_attribute, tenant.configs)


@reaches_database
async def save_decisions(tenant: Tenant, decisions: Decisions) -> None:
    """Write them in one transaction; a tenant under deletion raises Conflict.

    Where they change which data are cached, or for how long, the cache begins anew: the old data
    were fetched under another promise. InvalidInput, and nothing is written, where a configuration
    could not be read again.
    """
    configs = [_readable(config) for config in decisions.configs]
    async with in_transaction():
        await lock_tenant(tenant.connection.id)
        await TenantRow.filter(id=tenant.id).update(
            name=decisions.name, ttl=decisions.ttl, gtin_attribute=decisions.gtin_attribute
        )
        await _replace_configs(tenant.id, configs)
        if _changes_cache(tenant, decisions):
            generation = await draw_generation()
            await ConnectionRow.filter(id=tenant.connection.id).update(generation=generation)


async def _replace_configs(tenant: UUID, configs: list[Any]) -> None:
    await PassportConfigRow.filter(tenant_id=tenant).delete()
    await PassportConfigRow.bulk_create(
        PassportConfigRow(tenant_id=tenant, position=position, data=data)
        for position, data in enumerate(configs)
    )


def _readable(config: PassportConfig) -> Any:
    plain = msgspec.to_builtins(config)
    read_config(plain, where=f"configuration “{config.name}”")
    return plain


def _changes_cache(tenant: Tenant, decisions: Decisions) -> bool:
    return _cached(decisions_of(tenant)) != _cached(decisions)


def _cached(decisions: Decisions) -> tuple[object, ...]:
    """What decides which data are cached, and for how long."""
    configs = decisions.configs
    return (
        decisions.gtin_attribute,
        decisions.ttl,
        frozenset[str]().union(*(config.selected_attributes() for config in configs)),
        frozenset(code for config in configs for code in config.associations),
        any(config.variants for config in configs),
        _of_records(configs),
        any(config.rule.completeness for config in configs),
    )


def _of_records(configs: tuple[PassportConfig, ...]) -> dict[str, frozenset[str]]:
    """What is said of records by every configuration together; other entities' say everything."""
    restricted = [config.record_attributes for config in configs]
    entities = {entity for chosen in restricted for entity in chosen}
    return {
        entity: frozenset(code for chosen in restricted for code in chosen[entity])
        for entity in entities
        if all(entity in chosen for chosen in restricted)
    }
