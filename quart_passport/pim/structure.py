"""Reading how a PIM is built.

Editions differ in what they have. What a PIM does not have, or does not let us read, is empty;
without attributes and channels alone there is no passport.
"""

import functools
from collections.abc import Sequence
from typing import Any

import msgspec

from quart_passport.errors import (
    PimInvalidRequest,
    PimProtocolError,
    PimRefused,
    PimUnauthorized,
    PimUnavailable,
)
from quart_passport.passport.decoding import ActiveLocale, Option, decode_item
from quart_passport.passport.structure import (
    AssociationType,
    Attribute,
    AttributeGroup,
    Channel,
    Edition,
    Family,
    FamilyVariant,
    Labels,
    MeasurementFamily,
    Structure,
)
from quart_passport.pim.calls import LARGE_PAGES, Calls, PimAccess, together

# Attributes bring the options of their tables, up to 20,000 for each column.
_LARGEST_ATTRIBUTES = 16 * 2**20
_TABLE_OPTIONS = {"with_table_select_options": "true"}
_ENABLED = {"search": '{"enabled":[{"operator":"=","value":true}]}'}


class _SystemInformation(msgspec.Struct):
    edition: str = ""


class _Level(msgspec.Struct):
    level: int
    axes: tuple[str, ...] = ()


class _Variant(msgspec.Struct):
    code: str
    variant_attribute_sets: tuple[_Level, ...] = ()


async def read_structure(calls: Calls, access: PimAccess) -> Structure:
    """All but what products only link to."""
    allowed = functools.partial(calls.items_if_allowed, access)
    attributes, channels, groups, families, locales, measures, ties, edition = await together(
        lambda: _read_attributes(calls, access),
        lambda: calls.items(access, "channels", Channel, LARGE_PAGES),
        lambda: allowed("attribute-groups", AttributeGroup, LARGE_PAGES),
        lambda: allowed("families", Family, LARGE_PAGES),
        lambda: allowed("locales", ActiveLocale, {**LARGE_PAGES, **_ENABLED}),
        # The one list that comes whole and takes no limit.
        lambda: allowed("measurement-families", MeasurementFamily),
        lambda: allowed("association-types", AssociationType, LARGE_PAGES),
        lambda: _read_edition(calls, access),
    )
    return Structure(
        attributes=by_code(attributes),
        groups=by_code(groups),
        families=by_code(families),
        channels=by_code(channels),
        locales=_active(locales, channels),
        measurement_families=by_code(measures),
        association_types=by_code(ties),
        edition=edition,
    )


async def read_options(calls: Calls, access: PimAccess, attribute: str) -> dict[str, Labels]:
    """The labels of an attribute's options, by code; none for an attribute without options."""
    resource = ("attributes", attribute, "options")
    return labels_by_code(await calls.items_if_allowed(access, resource, Option, LARGE_PAGES))


async def read_family_variant(
    calls: Calls, access: PimAccess, family: str, code: str
) -> FamilyVariant:
    """In what the variants of a family differ; PimNotFound if there is no such variant."""
    body = await calls.read(access, ("families", family, "variants", code))
    variant = decode_item(body, _Variant)
    levels = sorted(variant.variant_attribute_sets, key=lambda one: one.level)
    return FamilyVariant(variant.code, tuple(axis for level in levels for axis in level.axes))


def by_code(items: Sequence[Any]) -> dict[str, Any]:
    """Items of any kind, each under its code."""
    return {item.code: item for item in items}


def labels_by_code(options: Sequence[Option]) -> dict[str, Labels]:
    """What options are called."""
    return {option.code: option.labels for option in options}


async def _read_attributes(calls: Calls, access: PimAccess) -> list[Attribute]:
    try:
        return await calls.items(
            access,
            "attributes",
            Attribute,
            {**LARGE_PAGES, **_TABLE_OPTIONS},
            limit_bytes=_LARGEST_ATTRIBUTES,
        )
    except (PimInvalidRequest, PimProtocolError):
        # An old PIM that does not know the wish, or more options than can be read: cells of
        # tables then show codes.
        return await calls.items(access, "attributes", Attribute, LARGE_PAGES)


async def _read_edition(calls: Calls, access: PimAccess) -> Edition:
    """Good to know and no more, so its lack stops nothing."""
    try:
        told = decode_item(await calls.read(access, "system-information"), _SystemInformation)
        return Edition(told.edition)
    except PimUnauthorized:
        raise
    except (ValueError, PimRefused, PimUnavailable, PimProtocolError):
        return Edition.UNKNOWN


def _active(locales: Sequence[ActiveLocale], channels: Sequence[Channel]) -> tuple[str, ...]:
    listed = [locale.code for locale in locales if locale.enabled]
    # What a channel holds is active, also where the list of locales may not be read.
    held = [code for channel in channels for code in channel.locales]
    return tuple(dict.fromkeys([*listed, *held]))
