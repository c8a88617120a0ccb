"""Asks the PIM's event platform to tell us when the app is disconnected or a product changes.

Only PIMs in Akeneo's cloud have one, and only where a user allowed it; everywhere else connecting
works without.
"""

import logging
from uuid import UUID

from quart_passport.egress.fetch import Egress
from quart_passport.errors import PassportError
from quart_passport.pim.client import PimAccess
from quart_passport.pim.event_platform import EventPlatform
from quart_passport.settings import Settings
from quart_passport.tenancy.connections import Connections
from quart_passport.tenancy.directory import TenantDirectory
from quart_passport.tenancy.tenant import Tenant

_log = logging.getLogger(__name__)


class Subscriptions:
    """Makes and ends the subscription of a connection."""

    def __init__(
        self,
        settings: Settings,
        egress: Egress,
        connections: Connections,
        directory: TenantDirectory,
    ) -> None:
        self._settings = settings
        self._egress = egress
        self._connections = connections
        self._directory = directory

    async def subscribe(self, tenant: Tenant) -> bool:
        """Subscribe anew under the current token; false where the PIM does not let us.

        What was subscribed before ends afterwards, when a notice about it means nothing any more.
        """
        if not self._settings.event_platform_url:
            return False
        try:
            await self._subscribe(tenant)
        except PassportError as error:
            _log.warning("no event subscription: %s", type(error).__name__)
            return False
        return True

    async def unsubscribe(self, connection: UUID) -> None:
        """End the subscription of a connection, if it has one."""
        tenant = await self._directory.find_by_connection(connection)
        if tenant is not None and tenant.connection.subscriber_id:
            access = await self._connections.access(tenant)
            await self._leave(tenant, access)

    async def _subscribe(self, tenant: Tenant) -> None:
        connection = tenant.connection
        access = await self._connections.access(tenant)
        app = await self._connections.credentials(tenant)
        platform = self._platform(tenant)
        event_secret, notification_secret = await self._connections.hook_secrets(connection.id)
        hooks = f"{self._settings.base_url}/akeneo"
        subscriber = await platform.create_subscriber(
            access,
            app.client_id,
            name=f"quart-passport {tenant.slug}",
            technical_email=self._settings.contact_email or "nobody@example.com",
            notification_url=f"{hooks}/notifications/{connection.notification_hook}",
            notification_secret=notification_secret,
        )
        subscription = await platform.create_subscription(
            access,
            app.client_id,
            subscriber,
            url=f"{hooks}/events/{connection.event_hook}",
            secret=event_secret,
        )
        await self._connections.keep_subscription(
            connection.id, subscriber=subscriber, subscription=subscription
        )
        if connection.subscriber_id:
            await self._leave(tenant, access)

    async def _leave(self, tenant: Tenant, access: PimAccess) -> None:
        app = await self._connections.credentials(tenant)
        await self._platform(tenant).delete_subscriber(
            access, app.client_id, tenant.connection.subscriber_id
        )

    def _platform(self, tenant: Tenant) -> EventPlatform:
        url = self._settings.event_platform_url.replace("{pim}", tenant.origin)
        return EventPlatform(self._egress, url)
