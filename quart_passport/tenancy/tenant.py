"""A tenant and its connection, as frozen values: nobody above this floor sees a row."""

from dataclasses import dataclass
from uuid import UUID

from quart_passport.cache.store import Scope
from quart_passport.errors import InvalidInput
from quart_passport.passport.config import PassportConfig, read_config
from quart_passport.passport.structure import Structure
from quart_passport.storage.models import ConnectionRow, TenantRow, TenantState

# Seconds.
_REFRESH_AT_MOST = 900.0


@dataclass(frozen=True, slots=True)
class Connection:
    """A tenant's one link to its PIM, without its credentials."""

    id: UUID
    # Changes when the cache must begin anew; never used twice.
    generation: int
    # Empty where the published app connects.
    client_id: str
    has_credentials: bool
    is_authorized: bool
    scopes: frozenset[str]
    # Which token of this connection is current; grows with each.
    token_number: int
    event_hook: str
    notification_hook: str
    subscriber_id: str
    subscription_id: str

    @property
    def scope(self) -> Scope:
        """The connection's part of the cache."""
        return Scope(self.id, self.generation)


@dataclass(frozen=True, slots=True)
class Tenant:
    """One PIM and what its merchant decided."""

    id: UUID
    slug: str
    name: str
    # Scheme, host and port of the PIM.
    origin: str
    state: TenantState
    # How long product data may be kept, in seconds.
    ttl: int
    gtin_attribute: str
    configs: tuple[PassportConfig, ...]
    connection: Connection
    # What is wrong with the stored configurations, if they cannot be read; then there are none.
    flaw: str = ""

    def wanted_attributes(self, structure: Structure) -> frozenset[str]:
        """Every attribute that any passport of this tenant needs, of those that the PIM has."""
        selected = frozenset[str]().union(*(c.selected_attributes() for c in self.configs))
        gtin = {self.gtin_attribute} - {""}
        return structure.known(selected | gtin) | structure.essential_attributes()

    @property
    def wanted_associations(self) -> frozenset[str]:
        """Every association type that any passport of this tenant shows."""
        return frozenset(code for config in self.configs for code in config.associations)

    def wanted_of_records(self, entity: str) -> frozenset[str] | None:
        """What any passport says of the records of an entity; None if that is everything."""
        chosen = [config.record_attributes.get(entity) for config in self.configs]
        if None in chosen:
            return None
        return frozenset(code for codes in chosen if codes for code in codes)

    @property
    def refresh_after(self) -> float:
        """How old what is cached of this PIM may grow before it is fetched anew, in seconds.

        Half its life, so that busy pages never wait, and a change shows within 15 minutes.
        """
        return min(self.ttl / 2, _REFRESH_AT_MOST)

    @property
    def needs_completenesses(self) -> bool:
        """Whether a rule looks at completeness."""
        return any(config.rule.completeness for config in self.configs)


def tenant_from(row: TenantRow) -> Tenant:
    """Build the value from a row whose connection and configurations were fetched with it."""
    configs, flaw = _stored_configs(row)
    return Tenant(
        id=row.id,
        slug=row.slug,
        name=row.name,
        origin=row.origin,
        state=row.state,
        ttl=row.ttl,
        gtin_attribute=row.gtin_attribute,
        configs=configs,
        connection=_connection_from(row.connection),
        flaw=flaw,
    )


def _stored_configs(row: TenantRow) -> tuple[tuple[PassportConfig, ...], str]:
    """The configurations in order, and what is wrong with them.

    One that cannot be read must not stop anybody from applying a better one, or from deleting.
    """
    ordered = sorted(row.configs, key=lambda config: config.position)
    where = f"stored configuration of {row.slug}"
    try:
        return tuple(read_config(config.data, where=where) for config in ordered), ""
    except InvalidInput as error:
        return (), f"{error}; apply its tenant.toml again with `quart-passport tenants apply`"


def _connection_from(row: ConnectionRow) -> Connection:
    return Connection(
        id=row.id,
        generation=row.generation,
        client_id=row.client_id,
        has_credentials=row.client_secret is not None,
        is_authorized=row.token is not None,
        scopes=frozenset(row.scopes.split()),
        token_number=row.token_number,
        event_hook=row.event_hook,
        notification_hook=row.notification_hook,
        subscriber_id=row.subscriber_id,
        subscription_id=row.subscription_id,
    )
