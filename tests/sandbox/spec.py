"""
Akeneo's Swagger files as JSON schemas that say as much as they can be held to.

The files give `data` the type object although it is any JSON, call a list of quality scores an
object, write the keys of maps as properties (`localeCode`), and put the assets of a list under
`_items`. Each of these is put right here; beyond that objects are closed, so that a field which the
reference does not know is found too. That they do not mark what may be null is left to the caller.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any

from jsonschema import Draft7Validator, ValidationError

SPEC = Path(__file__).parents[3] / "shared" / "akeneo" / "spec"
SAAS = SPEC / "akeneo-rest-saas-2025-11-19.swagger.json"
PAAS = SPEC / "akeneo-rest-paas-7.0.swagger.json"

# Fields whose type the reference has wrong.
ANYTHING = frozenset({"data", "quality_scores"})

_KEPT = ("type", "enum", "items", "required", "additionalProperties", "properties")


class Spec:
    """The GET routes of one Swagger file and the schemas of their answers."""

    def __init__(self, file: Path) -> None:
        self._paths: dict[str, Any] = json.loads(file.read_bytes())["paths"]

    def schema_of(self, path: str) -> dict[str, Any] | None:
        """The schema of a route's 200, by the route's shape: `/api/rest/v1/families/{}`."""
        for template, operations in self._paths.items():
            if _shape(template) == path and "get" in operations:
                schema = operations["get"]["responses"]["200"].get("schema")
                return None if schema is None else correct(schema)
        return None


def _shape(template: str) -> str:
    parts = template.split("/")
    return "/".join("{}" if part.startswith("{") else part for part in parts)


def correct(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with the known mistakes of the reference put right, and objects closed."""
    for part in schema.get("allOf", ()):
        schema = _merge(schema, part)
    fixed = {key: schema[key] for key in _KEPT if key in schema}
    if isinstance(fixed.get("items"), dict):
        fixed["items"] = correct(fixed["items"])
    if isinstance(fixed.get("additionalProperties"), dict):
        fixed["additionalProperties"] = correct(fixed["additionalProperties"])
    properties = fixed.pop("properties", None)
    return fixed if properties is None else fixed | _correct_properties(properties, fixed)


def _correct_properties(properties: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    keys = schema.get("additionalProperties", False)
    for name, field in properties.items():
        if any(letter.isupper() for letter in name):
            keys = correct(field)
        else:
            fields["items" if name == "_items" else name] = (
                {} if name in ANYTHING else correct(field)
            )
    return {"properties": fields, "additionalProperties": keys}


def _merge(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    both = {**left, **right}
    for key in left.keys() & right.keys():
        if isinstance(left[key], dict) and isinstance(right[key], dict):
            both[key] = _merge(left[key], right[key])
    return both


def differences(schema: dict[str, Any], content: Any) -> Iterator[str]:
    """Where the content is another than the schema says, as `field.*.field: what`."""
    for error in Draft7Validator(schema).iter_errors(content):
        for name, what in _findings(error):
            place = ".".join([*_place(error), *name])
            # Things in lists are named like a single thing.
            yield f"{place.removeprefix('_embedded.items.*.').removeprefix('*.')}: {what}"


def _findings(error: ValidationError) -> Iterator[tuple[list[str], str]]:
    """The fields in the place of an error that it is about, and what is wrong with them."""
    match error.validator:
        case "additionalProperties":
            known = error.schema.get("properties", {})
            yield from (([name], "unknown") for name in error.instance.keys() - known.keys())
        case "required":
            missing = set(error.validator_value) - error.instance.keys()
            yield from (([name], "missing") for name in missing)
        case "enum" if error.instance is not None:
            yield [], str(error.instance)
        case _:
            yield [], _JSON_NAMES[type(error.instance)]


def _place(error: ValidationError) -> list[str]:
    """The field in the words of the schema, so that keys of maps and places in lists are `*`."""
    names, steps = [], iter(list(error.absolute_schema_path)[:-1])
    for step in steps:
        if step == "properties":
            names.append(str(next(steps)))
        elif step in {"additionalProperties", "items"}:
            names.append("*")
    return names


_JSON_NAMES = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    NoneType: "null",
}
