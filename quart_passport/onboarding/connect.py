"""Connecting a PIM: from the merchant's click there to a tenant with passports here.

`begin` makes a state that only the same browser can bring back, `finish` spends it. The PIM that
is asked for the token is the one kept with the state, never one from a query.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

from quart_passport.egress.fetch import Egress
from quart_passport.errors import (
    AuthorizationRefused,
    Conflict,
    InvalidPimURL,
    TenantNotFound,
)
from quart_passport.onboarding.first_config import guess_gtin_attribute, make_first_config
from quart_passport.onboarding.states import Attempt, AuthorizationStates, Ticket
from quart_passport.onboarding.subscription import Subscriptions
from quart_passport.passport.structure import Structure
from quart_passport.pim.authorization import (
    OPTIONAL_SCOPES,
    READING_SCOPES,
    SIGN_IN_SCOPES,
    Grant,
    authorize_url,
    exchange_code,
)
from quart_passport.pim.client import PimAccess, PimClient
from quart_passport.pim.id_tokens import IDTokenCheck, PimUser
from quart_passport.storage.models import TenantState
from quart_passport.tenancy.configs import Decisions, save_decisions
from quart_passport.tenancy.connections import AppCredentials, Connections
from quart_passport.tenancy.directory import TenantDirectory
from quart_passport.tenancy.fences import Fences
from quart_passport.tenancy.tenant import Tenant
from quart_passport.tenancy.users import remember_user


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where the merchant's browser goes, and what it has to bring back."""

    authorize_url: str
    ticket: Ticket


class Onboarding:
    """Connects PIMs, for the first time or again."""

    def __init__(
        self,
        egress: Egress,
        directory: TenantDirectory,
        connections: Connections,
        fences: Fences,
        pim: PimClient,
        subscriptions: Subscriptions,
        states: AuthorizationStates,
        published_app: AppCredentials | None,
    ) -> None:
        self._egress = egress
        self._directory = directory
        self._connections = connections
        self._fences = fences
        self._pim = pim
        self._subscriptions = subscriptions
        self._states = states
        self._published_app = published_app
        self._id_tokens = IDTokenCheck(egress)

    async def begin(self, pim_url: str, connection: UUID | None) -> Beginning:
        """Send a merchant to their PIM to consent; `connection` names a custom app's door."""
        origin = self._egress.check_pim_url(pim_url)
        app = await self._app_for(origin, connection)
        ticket = await self._states.issue(Attempt(origin, connection))
        url = authorize_url(
            origin,
            client_id=app.client_id,
            scopes=(*SIGN_IN_SCOPES, *READING_SCOPES, *OPTIONAL_SCOPES),
            state=ticket.state,
        )
        return Beginning(url, ticket)

    async def finish(self, ticket: Ticket, code: str, connection: UUID | None) -> Tenant:
        """Take the PIM's answer: spend the code, keep the token, and make passports possible."""
        attempt = await self._states.spend(ticket, connection)
        app = await self._app_for(attempt.origin, connection)
        grant = await exchange_code(
            self._egress,
            attempt.origin,
            client_id=app.client_id,
            client_secret=app.client_secret,
            code=code,
        )
        if grant.missing_scopes:
            missing = ", ".join(sorted(grant.missing_scopes))
            raise AuthorizationRefused(
                f"the PIM did not grant {missing}; a user who may manage apps has to connect"
            )
        # Before anything is kept: a PIM that vouches for nobody, or does not say how it is built,
        # is not connected.
        user = await self._who_connected(grant, attempt.origin, app.client_id)
        structure = await self._structure_for_first_config(attempt, grant)
        tenant = await self._activate(attempt, grant)
        if user is not None:
            await remember_user(tenant, user)
        await self._fences.open(tenant)
        if structure is not None:
            tenant = await self._with_first_config(tenant, structure)
        await self._subscriptions.subscribe(tenant)
        return await self._directory.reread(tenant.slug)

    async def _app_for(self, origin: str, connection: UUID | None) -> AppCredentials:
        """The app that comes through a door: a connection's own, or the published one."""
        if connection is None:
            return await self._published_app_for(origin)
        tenant = await self._directory.find_by_connection(connection)
        if tenant is None:
            raise TenantNotFound("no such connection")
        if tenant.origin != origin:
            raise InvalidPimURL("this address belongs to another PIM's app", where="pim_url")
        _refuse_while_deleting(tenant)
        if not tenant.connection.has_credentials:
            raise AuthorizationRefused(
                "this app's client id and secret were not given yet; the operator does that with "
                f"`quart-passport tenants credentials {tenant.slug}`"
            )
        return await self._connections.credentials(tenant)

    async def _published_app_for(self, origin: str) -> AppCredentials:
        if self._published_app is None:
            raise InvalidPimURL(
                "this installation connects custom apps only; the operator registers a PIM "
                "with `quart-passport tenants add --pim-url …` and gives you its addresses",
                where="connect",
            )
        tenant = await self._directory.find_by_origin(origin)
        if tenant is not None:
            _refuse_while_deleting(tenant)
            # Its token would belong to another app than its credentials.
            if tenant.connection.has_credentials:
                raise Conflict(
                    "this PIM has a custom app of its own for this installation; open that one"
                )
        return self._published_app

    async def _activate(self, attempt: Attempt, grant: Grant) -> Tenant:
        tenant = await self._directory.find_by_origin(attempt.origin)
        connection = (
            tenant.connection.id if tenant else await self._connections.register(attempt.origin)
        )
        await self._connections.keep_token(connection, grant.token, grant.scopes)
        tenant = await self._directory.find_by_origin(attempt.origin)
        assert tenant is not None, "its row was just written"
        return await self._directory.reread(tenant.slug)

    async def _who_connected(self, grant: Grant, origin: str, client_id: str) -> PimUser | None:
        if grant.id_token is None:
            return None
        return await self._id_tokens.user_of(grant.id_token, origin=origin, client_id=client_id)

    async def _structure_for_first_config(self, attempt: Attempt, grant: Grant) -> Structure | None:
        """How the PIM is built; None where the tenant has its configurations already.

        Asked directly and not through the cache, whose readers give up after a moment: a merchant
        who connects a large PIM rather waits.
        """
        tenant = await self._directory.find_by_origin(attempt.origin)
        if tenant is not None and tenant.configs:
            return None
        connection = tenant.connection.id if tenant else uuid4()
        access = PimAccess(attempt.origin, grant.token, connection)
        structure = await self._pim.read_structure(access)
        # What records are made of is asked for only where attributes name them.
        shown = make_first_config(structure, brand="").selected_attributes()
        return await self._pim.read_linked_structure(access, structure, shown)

    async def _with_first_config(self, tenant: Tenant, structure: Structure) -> Tenant:
        await save_decisions(
            tenant,
            Decisions(
                name=tenant.name,
                ttl=tenant.ttl,
                gtin_attribute=tenant.gtin_attribute or guess_gtin_attribute(structure),
                configs=(make_first_config(structure, brand=tenant.name),),
            ),
        )
        configured = await self._directory.reread(tenant.slug)
        # The cache began anew with the configuration.
        await self._fences.open(configured)
        return configured


def _refuse_while_deleting(tenant: Tenant) -> None:
    if tenant.state is TenantState.DELETING:
        raise Conflict("this connection is being deleted; connect again in a few minutes")
