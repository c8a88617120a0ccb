"""Declared tenants: `tenants/<slug>/tenant.toml`, read into the database and written from it.

The database is the truth; a file is a way to say it. Reading the same file twice changes nothing.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import msgspec
import tomli_w
from msgspec import Meta

from quart_passport.errors import InvalidDeclaration, InvalidInput
from quart_passport.passport.config import (
    LONGEST_TTL,
    SHORTEST_TTL,
    PassportConfig,
)
from quart_passport.passport.structure import Structure
from quart_passport.tenancy.configs import Decisions, decisions_of, save_decisions
from quart_passport.tenancy.directory import TenantDirectory
from quart_passport.tenancy.tenant import Tenant

FILE_NAME = "tenant.toml"
# A declaration is written by hand; a larger file is something else.
_MOST_BYTES = 1024 * 1024
# All but tab and line feed.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

# Checks what only other parts know, such as a theme's options; raises InvalidInput.
CheckConfig = Callable[[PassportConfig], None]


class Declaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The contents of a tenant.toml."""

    name: Annotated[
        str, Meta(min_length=1, max_length=100, description="The merchant's name, for operators")
    ]
    ttl: Annotated[
        int,
        Meta(
            ge=SHORTEST_TTL,
            le=LONGEST_TTL,
            description="How long product data may be cached, in seconds",
        ),
    ] = 3600
    gtin_attribute: Annotated[
        str, Meta(max_length=255, description="Code of the attribute that holds the GTIN")
    ] = ""
    configurations: Annotated[
        tuple[PassportConfig, ...],
        Meta(max_length=100, description="In order: the first whose rule matches decides"),
    ] = ()


def parse_declaration(text: str, *, where: str) -> Declaration:
    """Read a declaration; InvalidDeclaration says what is wrong, and where in the file."""
    try:
        raw = tomllib.loads(text)
        _refuse_control_characters(raw, "$")
        return msgspec.convert(raw, Declaration)
    except RecursionError:
        raise InvalidDeclaration("is nested too deeply", where=where) from None
    except msgspec.ValidationError as error:
        raise InvalidDeclaration(str(error), where=where) from None
    # Not only TOMLDecodeError: a number of thousands of digits is Python's own complaint.
    except ValueError as error:
        raise InvalidDeclaration(f"is not valid TOML: {error}", where=where) from None
    except _ControlCharacter as error:
        problem = f"There is a control character - at `{error}`"
        raise InvalidDeclaration(problem, where=where) from None


def read_declaration(path: Path) -> Declaration:
    """Read a declaration's file."""
    try:
        with path.open("rb") as file:
            content = _read_some(file, where=str(path))
        return parse_declaration(content.decode(), where=str(path))
    except OSError as error:
        raise InvalidDeclaration(f"cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InvalidDeclaration("is not UTF-8 text", where=str(path)) from None


def _read_some(file: BinaryIO, *, where: str) -> bytes:
    content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise InvalidDeclaration("is larger than 1 MiB", where=where)
    return content


class _ControlCharacter(Exception):
    """Where one stands."""


def _refuse_control_characters(value: Any, path: str) -> None:
    """TOML can escape what no page shows and PostgreSQL does not store."""
    match value:
        case str() if _CONTROL.search(value):
            raise _ControlCharacter(path)
        case list():
            for number, item in enumerate(value):
                _refuse_control_characters(item, f"{path}[{number}]")
        case dict():
            for key, item in value.items():
                _refuse_control_characters(key, path)
                _refuse_control_characters(item, f"{path}.{key}")


def format_declaration(tenant: Tenant) -> str:
    """A tenant's decisions as the text of a tenant.toml."""
    decisions = decisions_of(tenant)
    declaration = Declaration(
        name=decisions.name,
        ttl=decisions.ttl,
        gtin_attribute=decisions.gtin_attribute,
        configurations=decisions.configs,
    )
    plain: dict[str, Any] = {"name": declaration.name, "ttl": declaration.ttl}
    return tomli_w.dumps(plain | msgspec.to_builtins(declaration), multiline_strings=True)


def find_unknown_codes(declaration: Declaration, structure: Structure) -> list[str]:
    """Every code in a declaration that the PIM does not know, with its place in the file."""
    unknown = [_missing("gtin_attribute", (declaration.gtin_attribute,), structure.attributes)]
    for number, config in enumerate(declaration.configurations):
        unknown += _unknown_in(config, structure, f"configurations[{number}]")
    return [problem for problem in unknown if problem]


def _unknown_in(config: PassportConfig, structure: Structure, place: str) -> Iterator[str]:
    attributes = structure.attributes
    channel = structure.channels.get(config.channel)
    locales = channel.locales if channel and channel.locales else structure.locales
    yield _missing(f"{place}.channel", (config.channel,), structure.channels)
    yield _missing(f"{place}.locales", config.locales, locales)
    yield _missing(f"{place}.title_attribute", (config.title_attribute,), attributes)
    yield _missing(f"{place}.picture_attribute", (config.picture_attribute,), attributes)
    yield _missing(f"{place}.rule.families", config.rule.families, structure.families)
    for position, section in enumerate(config.sections):
        where = f"{place}.sections[{position}]"
        yield _missing(f"{where}.attributes", section.attributes, attributes)
        yield _missing(f"{where}.group", (section.group,), structure.groups)
    # Empty also where the token may not read them, and then nobody can tell.
    if structure.association_types:
        yield _missing(f"{place}.associations", config.associations, structure.association_types)
    entities = _entities_of(structure)
    yield _missing(f"{place}.record_attributes", config.record_attributes, entities)
    for code, chosen in config.record_attributes.items():
        # What records are made of is known of those that are published already.
        if known := structure.reference_entities.get(code):
            yield _missing(f"{place}.record_attributes.{code}", chosen, known.attributes)


def _entities_of(structure: Structure) -> set[str]:
    """The reference entities whose records attributes of products name."""
    named = {
        attribute.reference_data_name
        for attribute in structure.attributes.values()
        if attribute.type in ("akeneo_reference_entity", "akeneo_reference_entity_collection")
    }
    in_tables = {
        column.reference_entity_identifier
        for attribute in structure.attributes.values()
        for column in attribute.table_configuration
    }
    return {code for code in named | in_tables if code} | set(structure.reference_entities)


def _missing(where: str, codes: Iterable[str], known: Collection[str]) -> str:
    missing = [code for code in codes if code and code not in known]
    return f"{where}: the PIM has no {', '.join(missing)}" if missing else ""


async def apply_declaration(
    directory: TenantDirectory,
    slug: str,
    declaration: Declaration,
    check: CheckConfig,
    *,
    where: str,
    structure: Structure | None = None,
) -> bool:
    """Make the database say what the declaration says; false if it did already.

    With the PIM's structure at hand, codes that the PIM does not know are refused too. A tenant
    under deletion raises TenantGone, an unknown one TenantNotFound with what to do.
    """
    tenant = await directory.find_open(slug)
    for number, config in enumerate(declaration.configurations):
        try:
            check(config)
        except InvalidInput as error:
            raise InvalidDeclaration(f"configurations[{number}]: {error}", where=where) from None
    if structure and (unknown := find_unknown_codes(declaration, structure)):
        raise InvalidDeclaration("; ".join(unknown), where=where)
    wanted = Decisions(
        name=declaration.name,
        ttl=declaration.ttl,
        gtin_attribute=declaration.gtin_attribute,
        configs=declaration.configurations,
    )
    if wanted == decisions_of(tenant) and not tenant.flaw:
        return False
    await save_decisions(tenant, wanted)
    return True
