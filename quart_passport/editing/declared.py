"""Declared tenants: `tenants/<slug>/tenant.toml`, read into the database and written from it.

The database is the truth; a file is a way to say it. Reading the same file twice changes nothing.
"""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import tomli_w
from msgspec import Meta

from quart_passport.errors import InvalidDeclaration, InvalidInput, TenantNotFound
from quart_passport.passport.config import (
    LONGEST_TTL,
    SHORTEST_TTL,
    PassportConfig,
)
from quart_passport.tenancy.configs import Decisions, decisions_of, save_decisions
from quart_passport.tenancy.directory import TenantDirectory
from quart_passport.tenancy.tenant import Tenant

FILE_NAME = "tenant.toml"
# A declaration is written by hand; a larger file is something else.
_MOST_BYTES = 1024 * 1024

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
        return msgspec.convert(raw, Declaration)
    except tomllib.TOMLDecodeError as error:
        raise InvalidDeclaration(f"is not valid TOML: {error}", where=where) from None
    except msgspec.ValidationError as error:
        raise InvalidDeclaration(str(error), where=where) from None


def read_declaration(path: Path) -> Declaration:
    """Read a declaration's file."""
    try:
        content = path.read_bytes()
        if len(content) > _MOST_BYTES:
            raise InvalidDeclaration("is larger than 1 MiB", where=str(path))
        return parse_declaration(content.decode(), where=str(path))
    except OSError as error:
        raise InvalidDeclaration(f"cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InvalidDeclaration("is not UTF-8 text", where=str(path)) from None


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


async def apply_declaration(
    directory: TenantDirectory,
    slug: str,
    declaration: Declaration,
    check: CheckConfig,
    *,
    where: str,
) -> bool:
    """Make the database say what the declaration says; false if it did already.

    A tenant under deletion raises TenantGone, an unknown one TenantNotFound with what to do.
    """
    try:
        tenant = await directory.find(slug)
    except TenantNotFound:
        raise TenantNotFound(
            f"there is no tenant {slug!r}; register its PIM first: "
            f"quart-passport tenants add --slug {slug} --pim-url https://…"
        ) from None
    for number, config in enumerate(declaration.configurations):
        try:
            check(config)
        except InvalidInput as error:
            raise InvalidDeclaration(f"configurations[{number}]: {error}", where=where) from None
    wanted = Decisions(
        name=declaration.name,
        ttl=declaration.ttl,
        gtin_attribute=declaration.gtin_attribute,
        configs=declaration.configurations,
    )
    if wanted == decisions_of(tenant):
        return False
    await save_decisions(tenant, wanted)
    return True
