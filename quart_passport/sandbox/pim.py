"""One PIM: its catalogue, apps, traffic and Event Platform, and what can be done to it."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

from quart import current_app

from quart_passport.sandbox.apps import Apps
from quart_passport.sandbox.catalog import Catalog
from quart_passport.sandbox.catalog_changes import CatalogChanges
from quart_passport.sandbox.connections import Connections
from quart_passport.sandbox.courier import Courier
from quart_passport.sandbox.edition_catalog import catalog_of
from quart_passport.sandbox.editions import Edition, Feature, has
from quart_passport.sandbox.event_platform import EventPlatform
from quart_passport.sandbox.identity import Identity
from quart_passport.sandbox.products import ProductStore
from quart_passport.sandbox.state import StateFile
from quart_passport.sandbox.traffic import Traffic


class Pim(CatalogChanges):
    """
    Everything behind the routes, for tests and for the control API.

    `base_url` is what the PIM believes to be its own address, without a trailing slash. `catalog`
    is a copy of the one given, with what `edition` can hold of it; several PIMs may start with one.
    """

    def __init__(
        self,
        catalog: Catalog,
        *,
        base_url: str,
        edition: Edition,
        state_file: Path | None,
        clock: Callable[[], float],
    ) -> None:
        self.edition = edition
        self.catalog = catalog_of(catalog, edition)
        self.base_url = base_url.rstrip("/")
        self.clock = clock
        self.products = ProductStore(self.catalog)
        self.traffic = Traffic()
        self.courier = Courier()
        # Whether a disconnected app is told `app.deleted` before its subscriptions end. The real
        # platform leaves open whether that event still arrives.
        self.announces_deletion = False
        # Whether empty maps are shown as [], as PHP does now and then.
        self.empty_maps_as_lists = False
        # Whether lists of assets hold them under `_items`, as the reference has it. Clients in use
        # read `items` there as in every other list.
        self.underscored_asset_items = False
        self._file = StateFile(state_file)
        state = self._state = self._file.load()
        self.apps = Apps(state, self._save, clock)
        self.connections = Connections(state, self._save, clock)
        self.identity = Identity(state, self._save, clock, self.base_url)
        self.event_platform = EventPlatform(state, self._save, clock, self.courier, self.base_url)

    @property
    def event_platform_url(self) -> str:
        """Where apps find this PIM's Event Platform."""
        return f"{self.base_url}/event-platform/api/v1"

    def has(self, feature: Feature) -> bool:
        """Whether this PIM's edition has the feature."""
        return has(self.edition, feature)

    def disconnect(self, client_id: str) -> bool:
        """Do what a PIM does when a user deletes a connected app; False if it is not connected."""
        if self.announces_deletion:
            self.event_platform.publish(
                "app.deleted", {"app": {"client_id": client_id}}, client_id=client_id
            )
        if not self.apps.disconnect(client_id):
            return False
        self.event_platform.revoke(client_id)
        return True

    def _save(self) -> None:
        self._file.save(self._state)


def current_pim() -> Pim:
    """The PIM whose route is being answered."""
    return cast("Pim", current_app.extensions["pim"])
