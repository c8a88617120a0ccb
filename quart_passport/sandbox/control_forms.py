"""From the forms of the control page to faults and switches."""

from typing import Any, TypeVar

import msgspec
from werkzeug.datastructures import MultiDict

from quart_passport.sandbox.faults import Fault
from quart_passport.sandbox.switches import Switches

_Shape = TypeVar("_Shape")

_CHECKBOXES = (
    "event_platform",
    "announce_deletion",
    "empty_maps_as_lists",
    "underscored_asset_items",
)


class FormProblem(Exception):
    """A form cannot be taken; the message is written for the person at the form."""


def read_fault(form: MultiDict[str, str]) -> Fault:
    """A fault as its form describes it; an empty `times` means until it is cleared."""
    fields: dict[str, Any] = {name: text for name, text in form.items() if text.strip()}
    fields.setdefault("times", None)
    return _convert(fields, Fault)


def read_switch_form(form: MultiDict[str, str]) -> Switches:
    """All switches: a checkbox that is not sent is off."""
    fields: dict[str, Any] = {name: text for name, text in form.items() if text.strip()}
    return _convert(fields | {name: name in form for name in _CHECKBOXES}, Switches)


def _convert(fields: dict[str, Any], shape: type[_Shape]) -> _Shape:
    try:
        return msgspec.convert(fields, shape, strict=False)
    except (msgspec.ValidationError, ValueError) as error:
        what, _, place = str(error).partition(" - at `$.")
        name = place.rstrip("`").replace("_", " ").capitalize()
        raise FormProblem(f"{name}: {what}." if name else f"{what}.".capitalize()) from None
