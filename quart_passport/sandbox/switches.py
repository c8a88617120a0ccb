"""What can be switched while a PIM runs, over the control API and on its page."""

import msgspec

from quart_passport.sandbox.apps import Permission
from quart_passport.sandbox.pim import Pim

MAX_LATENCY = 600.0  # seconds; who waits longer has long given up


class Switches(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """
    How a PIM is set, or what to change of it; None leaves a switch as it is.

    `latency` is in seconds, added to every call. `per_token` and `per_pim` are how many calls may
    be under way at once before one is answered 429.
    """

    latency: float | None = None
    per_token: int | None = None
    per_pim: int | None = None
    user_may: Permission | None = None
    event_platform: bool | None = None
    announce_deletion: bool | None = None
    empty_maps_as_lists: bool | None = None
    underscored_asset_items: bool | None = None

    def __post_init__(self) -> None:
        if self.latency is not None and not 0 <= self.latency <= MAX_LATENCY:
            raise ValueError(f"latency lies between 0 and {MAX_LATENCY:.0f} seconds")
        for limit in (self.per_token, self.per_pim):
            if limit is not None and limit < 1:
                raise ValueError("per_token and per_pim are at least 1")


def read_switches(pim: Pim) -> Switches:
    """How the PIM is set."""
    return Switches(
        latency=pim.traffic.latency,
        per_token=pim.traffic.per_token,
        per_pim=pim.traffic.per_pim,
        user_may=pim.apps.permission,
        event_platform=pim.event_platform.permitted,
        announce_deletion=pim.announces_deletion,
        empty_maps_as_lists=pim.empty_maps_as_lists,
        underscored_asset_items=pim.underscored_asset_items,
    )


def set_switches(pim: Pim, wanted: Switches) -> None:
    """Set what is wanted, and leave the rest."""
    old = read_switches(pim)
    names = Switches.__struct_fields__
    new = {
        name: getattr(old, name) if getattr(wanted, name) is None else getattr(wanted, name)
        for name in names
    }
    pim.traffic.latency = new["latency"]
    pim.traffic.per_token = new["per_token"]
    pim.traffic.per_pim = new["per_pim"]
    pim.apps.permission = new["user_may"]
    pim.event_platform.permitted = new["event_platform"]
    pim.announces_deletion = new["announce_deletion"]
    pim.empty_maps_as_lists = new["empty_maps_as_lists"]
    pim.underscored_asset_items = new["underscored_asset_items"]
