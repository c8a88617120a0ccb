"""
The control API's changes of the catalogue, as people make them in a PIM's own pages.

The Event Platform tells of each change. Values are patched entry by entry: an entry replaces the
one of the same locale and channel, and `"data": null` removes it.
"""

from typing import Any

import msgspec
from quart import Response

from quart_passport.sandbox.control import BadBody, control, done, read_body
from quart_passport.sandbox.pim import Pim, current_pim

_Values = dict[str, list[dict[str, Any]]]


class _Edit(msgspec.Struct, forbid_unknown_fields=True):
    values: _Values | None = None
    enabled: bool | None = None


class _NewValues(msgspec.Struct, forbid_unknown_fields=True):
    values: _Values


class _Labels(msgspec.Struct, forbid_unknown_fields=True):
    labels: dict[str, str | None]


@control.patch("/products/<uuid>")
async def edit_product(uuid: str) -> Response:
    edit = await read_body(_Edit)
    pim = current_pim()
    _check_attributes(pim, edit.values or {})
    edited = pim.edit_product(uuid, values=edit.values, enabled=edit.enabled)
    return done(edited is not None, "product")


@control.delete("/products/<uuid>")
async def delete_product(uuid: str) -> Response:
    return done(current_pim().delete_product(uuid) is not None, "product")


@control.patch("/product-models/<raw:code>")
async def edit_product_model(code: str) -> Response:
    edit = await read_body(_NewValues)
    pim = current_pim()
    _check_attributes(pim, edit.values)
    return done(pim.edit_product_model(code, edit.values) is not None, "product model")


@control.patch("/reference-entities/<entity>/records/<code>")
async def edit_record(entity: str, code: str) -> Response:
    edit = await read_body(_NewValues)
    edited = current_pim().edit_record(entity, code, edit.values)
    return done(edited is not None, "reference entity")


@control.delete("/reference-entities/<entity>/records/<code>")
async def delete_record(entity: str, code: str) -> Response:
    return done(current_pim().delete_record(entity, code), "record")


@control.patch("/asset-families/<family>/assets/<code>")
async def edit_asset(family: str, code: str) -> Response:
    edit = await read_body(_NewValues)
    edited = current_pim().edit_asset(family, code, edit.values)
    return done(edited is not None, "asset family")


@control.delete("/asset-families/<family>/assets/<code>")
async def delete_asset(family: str, code: str) -> Response:
    return done(current_pim().delete_asset(family, code), "asset")


@control.patch("/attributes/<attribute>/options/<code>")
async def edit_option(attribute: str, code: str) -> Response:
    labels = await _read_labels()
    edited = current_pim().edit_attribute_option(attribute, code, labels)
    return done(edited is not None, "attribute")


@control.delete("/attributes/<attribute>/options/<code>")
async def delete_option(attribute: str, code: str) -> Response:
    return done(current_pim().delete_attribute_option(attribute, code), "option")


@control.patch("/attributes/<code>")
async def edit_attribute(code: str) -> Response:
    labels = await _read_labels()
    return done(current_pim().edit_attribute(code, labels=labels) is not None, "attribute")


@control.delete("/attributes/<code>")
async def delete_attribute(code: str) -> Response:
    return done(current_pim().delete_attribute(code), "attribute that could be deleted")


@control.patch("/attribute-groups/<code>")
async def edit_group(code: str) -> Response:
    labels = await _read_labels()
    edited = current_pim().edit_attribute_group(code, labels=labels)
    return done(edited is not None, "attribute group")


@control.patch("/families/<code>")
async def edit_family(code: str) -> Response:
    labels = await _read_labels()
    return done(current_pim().edit_family(code, labels=labels) is not None, "family")


async def _read_labels() -> dict[str, Any]:
    labels: dict[str, Any] = (await read_body(_Labels)).labels
    return labels


def _check_attributes(pim: Pim, values: _Values) -> None:
    unknown = values.keys() - pim.catalog.attributes.keys()
    if unknown:
        raise BadBody(f"unknown attributes: {', '.join(sorted(unknown))}")
