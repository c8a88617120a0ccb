"""What a merchant decided, written to the database."""

from dataclasses import dataclass
from uuid import UUID

import msgspec
from tortoise.transactions import in_transaction

from quart_passport.passport.config import PassportConfig
from quart_passport.storage.database import reaches_database
from quart_passport.storage.models import ConnectionRow, PassportConfigRow, TenantRow
from quart_passport.tenancy.connections import draw_generation
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
    """Write them in one transaction.

    Where they change which data are cached, or for how long, the cache begins anew: the old data
    were fetched under another promise.
    """
    generation = await draw_generation() if _changes_cache(tenant, decisions) else None
    async with in_transaction():
        await TenantRow.filter(id=tenant.id).update(
            name=decisions.name, ttl=decisions.ttl, gtin_attribute=decisions.gtin_attribute
        )
        await _replace_configs(tenant.id, decisions.configs)
        if generation is not None:
            await ConnectionRow.filter(tenant_id=tenant.id).update(generation=generation)


async def _replace_configs(tenant: UUID, configs: tuple[PassportConfig, ...]) -> None:
    await PassportConfigRow.filter(tenant_id=tenant).delete()
    await PassportConfigRow.bulk_create(
        PassportConfigRow(tenant_id=tenant, position=position, data=msgspec.to_builtins(config))
        for position, config in enumerate(configs)
    )


def _changes_cache(tenant: Tenant, decisions: Decisions) -> bool:
    return _cached(decisions_of(tenant)) != _cached(decisions)


def _cached(decisions: Decisions) -> tuple[object, ...]:
    selected = frozenset[str]().union(*(c.selected_attributes() for c in decisions.configs))
    looks_at_completeness = any(config.rule.completeness for config in decisions.configs)
    return selected, decisions.gtin_attribute, decisions.ttl, looks_at_completeness
