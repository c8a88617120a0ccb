"""Connections: registering a PIM, keeping its credentials sealed, and changing its state."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.transactions import in_transaction

from quart_passport.crypto.keyring import KeyRing
from quart_passport.crypto.sealing import SealContext, seal, unseal
from quart_passport.errors import Conflict, InvalidInput, TenantGone, TenantNotReady
from quart_passport.pim.client import PimAccess
from quart_passport.secret import Secret
from quart_passport.storage.database import reaches_database
from quart_passport.storage.models import ConnectionRow, GenerationRow, TenantRow, TenantState
from quart_passport.tenancy.slugs import Slugs
from quart_passport.tenancy.tenant import Tenant

DEFAULT_TTL = 3600
# As wide as their columns.
_LONGEST_NAME, _LONGEST_CLIENT_ID = 100, 255


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """What the PIM knows our app by."""

    client_id: str
    client_secret: Secret


@reaches_database
async def draw_generation() -> int:
    """A number that no connection has ever had.

    Drawn while the tenant's row is held, so that of two changes the later has the larger number.
    """
    row = await GenerationRow.create()
    return int(row.id)


class Connections:
    """Writes and opens connections. Credentials pass through here sealed, or as a Secret."""

    def __init__(self, ring: KeyRing, slugs: Slugs, published_app: AppCredentials | None) -> None:
        self._ring = ring
        self._slugs = slugs
        self._published_app = published_app

    @reaches_database
    async def register(self, origin: str, *, slug: str | None = None, name: str = "") -> UUID:
        """Make a pending tenant for a PIM; gives the id of its connection."""
        if not _is_line(name, _LONGEST_NAME):
            raise InvalidInput(f"is one line of at most {_LONGEST_NAME} characters", where="name")
        if await TenantRow.exists(origin=origin):
            raise Conflict(f"{origin} is registered already; see `quart-passport tenants list`")
        claimed = await self._slugs.claim(origin, slug)
        try:
            async with in_transaction():
                generation = await draw_generation()
                tenant = await TenantRow.create(
                    slug=claimed,
                    origin=origin,
                    name=name or claimed,
                    state=TenantState.PENDING,
                    ttl=DEFAULT_TTL,
                    gtin_attribute="",
                )
                connection = await ConnectionRow.create(
                    tenant=tenant,
                    generation=generation,
                    client_id="",
                    scopes="",
                    event_hook=secrets.token_hex(16),
                    notification_hook=secrets.token_hex(16),
                )
        except IntegrityError:
            raise Conflict(f"{origin} was registered by somebody else just now") from None
        return connection.id

    @reaches_database
    async def keep_credentials(self, connection: UUID, credentials: AppCredentials) -> None:
        """Keep a custom app's client id and secret; a tenant under deletion raises Conflict."""
        if not credentials.client_id or not _is_line(credentials.client_id, _LONGEST_CLIENT_ID):
            problem = f"is one line of at most {_LONGEST_CLIENT_ID} characters"
            raise InvalidInput(problem, where="client id")
        async with in_transaction():
            await lock_tenant(connection)
            await self._keep_credentials(connection, credentials)

    async def _keep_credentials(self, connection: UUID, credentials: AppCredentials) -> None:
        await ConnectionRow.filter(id=connection).update(
            client_id=credentials.client_id,
            client_secret=self._seal(connection, "client_secret", credentials.client_secret),
        )

    @reaches_database
    async def credentials(self, tenant: Tenant) -> AppCredentials:
        """The client id and secret that this connection uses; TenantNotReady without any."""
        if not tenant.connection.has_credentials:
            if self._published_app is None:
                raise TenantNotReady(
                    f"{tenant.slug} has no client id and secret yet; give them with "
                    f"`quart-passport tenants credentials {tenant.slug}`"
                )
            return self._published_app
        row = await _row_of(tenant.connection.id)
        return AppCredentials(row.client_id, self._unseal(row, "client_secret"))

    @reaches_database
    async def keep_token(self, connection: UUID, token: Secret, scopes: frozenset[str]) -> None:
        """Replace the token and make the tenant active; a tenant under deletion raises Conflict."""
        async with in_transaction():
            tenant = await lock_tenant(connection)
            await ConnectionRow.filter(id=connection).update(
                token=self._seal(connection, "token", token),
                token_number=F("token_number") + 1,
                scopes=" ".join(sorted(scopes)),
                disconnected_seen_at=None,
            )
            await TenantRow.filter(id=tenant.id).update(state=TenantState.ACTIVE)

    @reaches_database
    async def access(self, tenant: Tenant) -> PimAccess:
        """What a call to the PIM needs; TenantNotReady where there is no token."""
        row = await ConnectionRow.get_or_none(id=tenant.connection.id)
        if row is None or row.token is None:
            raise TenantNotReady(f"{tenant.slug} holds no token; choose “Connect” in its PIM")
        return PimAccess(tenant.origin, self._unseal(row, "token"), row.id)

    @reaches_database
    async def keep_subscription(
        self, connection: UUID, *, subscriber: str, subscription: str
    ) -> None:
        """Remember under which ids the PIM's event platform knows us."""
        await ConnectionRow.filter(id=connection).update(
            subscriber_id=subscriber, subscription_id=subscription
        )

    @reaches_database
    async def hook_secrets(self, connection: UUID) -> tuple[Secret, Secret]:
        """The secrets that sign events and notifications, made at the first asking."""
        row = await _row_of(connection)
        if row.event_secret is None or row.notification_secret is None:
            made = {name: Secret(secrets.token_hex(32)) for name in _HOOK_SECRETS}
            sealed = {name: self._seal(connection, name, made[name]) for name in _HOOK_SECRETS}
            await ConnectionRow.filter(id=connection, event_secret=None).update(**sealed)
            row = await _row_of(connection)
        event, notification = (self._unseal(row, name) for name in _HOOK_SECRETS)
        return event, notification

    @reaches_database
    async def begin_cache_anew(self, connection: UUID) -> None:
        """Give the connection a new generation: nothing cached before is read any more."""
        async with in_transaction():
            await lock_tenant(connection)
            generation = await draw_generation()
            await ConnectionRow.filter(id=connection).update(generation=generation)

    def _seal(self, connection: UUID, column: str, secret: Secret) -> bytes:
        return seal(self._ring, secret.reveal().encode(), _context(connection, column))

    def _unseal(self, row: ConnectionRow, column: str) -> Secret:
        sealed: bytes = getattr(row, column)
        return Secret(unseal(self._ring, sealed, _context(row.id, column)).decode())


async def _row_of(connection: UUID) -> ConnectionRow:
    row = await ConnectionRow.get_or_none(id=connection)
    if row is None:
        # A deletion took it since its tenant was found.
        raise TenantGone("this connection is deleted")
    return row


async def lock_tenant(connection: UUID) -> TenantRow:
    """Hold the row of a connection's tenant until the transaction ends; Conflict under deletion.

    Whoever writes to a tenant holds its row, so that nothing is written once a deletion is decided.
    """
    tenant = await TenantRow.select_for_update(of=("tenant",)).get_or_none(
        connection__id=connection
    )
    if tenant is None or tenant.state is TenantState.DELETING:
        raise Conflict("this connection is being deleted; connect again in a few minutes")
    return tenant


_HOOK_SECRETS = ("event_secret", "notification_secret")


def _is_line(text: str, longest: int) -> bool:
    return len(text) <= longest and text.isprintable()


def _context(connection: UUID, column: str) -> SealContext:
    return SealContext(connection=connection, table="connection", column=column)
