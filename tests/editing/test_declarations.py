"""tenant.toml: what is written is read again, and what is wrong is told by file and path."""

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quart_passport.editing.declared import (
    Declaration,
    apply_declaration,
    format_declaration,
    parse_declaration,
    read_declaration,
)
from quart_passport.errors import InvalidDeclaration, InvalidInput, TenantGone, TenantNotFound
from quart_passport.passport.config import Colours, PassportConfig, Rule, SectionConfig
from quart_passport.secret import Secret
from quart_passport.services import Services, build_services
from quart_passport.settings import Settings
from quart_passport.storage.models import TenantRow, TenantState
from quart_passport.tenancy.configs import decisions_of
from quart_passport.tenancy.tenant import Connection, Tenant
from tests.backends import Core

ORIGIN = "https://acme.cloud.akeneo.com"
WHOLE = """
name = "Acme"
ttl = 600
gtin_attribute = "ean"

[[configurations]]
name = "Shoes"
channel = "web"
locales = ["de_DE", "en_US"]
brand = "Acme Shoes"
theme = "minimal"
logo_url = "https://acme.example/logo.png"
title_attribute = "title"
picture_attribute = "front"
rule = { families = ["shoes"], completeness = 80 }
associations = ["SPARE_PARTS"]
variants = true
record_attributes = { maker = ["town", "country"] }
colours = { primary = "#123456" }

[[configurations.sections]]
attributes = ["sole", "upper"]
title = { de_DE = "Material", en_US = "Materials" }

[[configurations.sections]]
attributes = ["care"]
group = "care"

[[configurations]]
name = "All else"
channel = "web"
locales = ["en_US"]
"""

# A declaration holds no control characters but these; what TOML cannot hold cannot come in.
texts = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], whitelist_characters="\n\t"), max_size=30
)
names = texts.filter(bool)
codes = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20)
locales = st.from_regex(r"[a-z]{2,3}(_[A-Za-z0-9]{2,8}){0,2}", fullmatch=True)
colours = st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True)
sections = st.builds(
    SectionConfig,
    attributes=st.lists(codes, max_size=4).map(tuple),
    title=st.dictionaries(locales, texts, max_size=2),
    group=texts,
)
rules = st.builds(
    Rule,
    enabled=st.booleans(),
    families=st.lists(codes, max_size=3).map(tuple),
    categories=st.lists(codes, max_size=3).map(tuple),
    completeness=st.integers(0, 100),
)
options = st.one_of(st.booleans(), texts, st.integers(-(2**63), 2**63 - 1))
configs = st.builds(
    PassportConfig,
    name=names,
    channel=codes,
    locales=st.lists(locales, min_size=1, max_size=3).map(tuple),
    sections=st.lists(sections, max_size=3).map(tuple),
    rule=rules,
    brand=texts,
    theme=codes,
    theme_options=st.dictionaries(codes, options, max_size=3),
    colours=st.builds(Colours, primary=colours, background=colours, text=colours),
    logo_url=texts,
    title_attribute=texts,
    picture_attribute=texts,
    associations=st.lists(codes, max_size=3).map(tuple),
    variants=st.booleans(),
    record_attributes=st.dictionaries(codes, st.lists(codes, max_size=3).map(tuple), max_size=2),
)
declarations = st.builds(
    Declaration,
    name=names,
    ttl=st.integers(60, 604_800),
    gtin_attribute=texts,
    configurations=st.lists(configs, max_size=3).map(tuple),
)


def tenant_of(declaration: Declaration) -> Tenant:
    connection = Connection(uuid4(), 1, "", False, True, frozenset(), 1, "", "", "", "")
    return Tenant(
        id=uuid4(),
        slug="acme",
        name=declaration.name,
        origin=ORIGIN,
        state=TenantState.ACTIVE,
        ttl=declaration.ttl,
        gtin_attribute=declaration.gtin_attribute,
        configs=declaration.configurations,
        connection=connection,
    )


def accept(_config: PassportConfig) -> None:
    """Every theme and logo is right."""


async def registered(core: Core) -> Tenant:
    await core.connections.register(ORIGIN, slug="acme")
    return await core.directory.find("acme")


async def apply(core: Core | Services, text: str, check: Any = accept) -> bool:
    declaration = parse_declaration(text, where="tenant.toml")
    return await apply_declaration(core.directory, "acme", declaration, check, where="tenant.toml")


def refusal_of(text: str) -> str:
    with pytest.raises(InvalidDeclaration) as caught:
        parse_declaration(text, where="tenants/acme/tenant.toml")
    message = str(caught.value)
    assert message.startswith("tenants/acme/tenant.toml: ")
    return message


@given(declarations)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_declared_is_what_is_read(declaration: Declaration) -> None:
    text = format_declaration(tenant_of(declaration))

    assert parse_declaration(text, where="tenant.toml") == declaration
    assert format_declaration(tenant_of(parse_declaration(text, where=""))) == text


@pytest.mark.parametrize("times", [1, 2])
async def test_declaring_and_applying_change_nothing(times: int, core: Core) -> None:
    await registered(core)

    first = [await apply(core, WHOLE) for _ in range(times)]
    written = format_declaration(await core.directory.find("acme"))
    again = await apply(core, written)

    tenant = await core.directory.find("acme")
    assert first == [True, False][:times]
    assert again is False
    assert tenant.configs == parse_declaration(WHOLE, where="").configurations
    assert (tenant.name, tenant.ttl, tenant.gtin_attribute) == ("Acme", 600, "ean")
    assert format_declaration(tenant) == written


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        ('name = "Acme"\n', "", "", "required field `name`"),
        ('name = "Acme"\n', "name = 7\n", "$.name", "Expected `str`"),
        ('name = "Acme"\n', 'name = ""\n', "$.name", "length >= 1"),
        ('name = "Acme"\n', f'name = "{"x" * 101}"\n', "$.name", "length <= 100"),
        ('name = "Acme"\n', 'name = "a\\u0000b"\n', "$.name", "control character"),
        ('name = "Acme"\n', 'name = "a\\u001bb"\n', "$.name", "control character"),
        ("ttl = 600", "ttl = 59", "$.ttl", ">= 60"),
        ("ttl = 600", "ttl = 604801", "$.ttl", "<= 604800"),
        ("ttl = 600", 'ttl = "600"', "$.ttl", "Expected `int`"),
        ("ttl = 600", "ttl = 600.5", "$.ttl", "Expected `int`"),
        ("ttl = 600", "ttl = true", "$.ttl", "Expected `int`"),
        ("ttl = 600", "ttl = 2026-01-01", "$.ttl", "Expected `int`"),
        ("ttl = 600", "time_to_live = 600", "", "unknown field `time_to_live`"),
        ('"ean"', '["ean"]', "$.gtin_attribute", "Expected `str`"),
        ('channel = "web"\nlocales = ["de', 'locales = ["de', "[0]", "field `channel`"),
        ('["de_DE", "en_US"]', "[]", "[0].locales", "length >= 1"),
        ('["de_DE", "en_US"]', '["de-DE"]', "[0].locales[0]", "matching regex"),
        ('["de_DE", "en_US"]', '"de_DE"', "[0].locales", "Expected `array`"),
        ('theme = "minimal"', 'theme = ""', "[0].theme", "length >= 1"),
        ('theme = "minimal"', "theme_options = { a = 1.5 }", "theme_options", "Expected"),
        ('theme = "minimal"', 'them = "minimal"', "[0]", "unknown field `them`"),
        ("completeness = 80", "completeness = 101", "[0].rule.completeness", "<= 100"),
        ('["shoes"]', '"shoes"', "[0].rule.families", "Expected `array`"),
        ("#123456", "red", "[0].colours.primary", "matching regex"),
        ("#123456", "#123456\\n", "[0].colours.primary", "matching regex"),
        ('["sole", "upper"]', '["sole", 1]', "[0].sections[0].attributes[1]", "Expected `str`"),
        ('["sole", "upper"]', '["so\\u0007le"]', "[0].sections[0].attributes[0]", "control"),
        ('group = "care"', "group = true", "[0].sections[1].group", "Expected `str`"),
        ("https://acme.example/logo.png", "x" * 2001, "[0].logo_url", "length <= 2000"),
        ('de_DE = "Material"', 'German = "Material"', "title", "matching regex"),
        ('["SPARE_PARTS"]', '"SPARE_PARTS"', "[0].associations", "Expected `array`"),
        ('["SPARE_PARTS"]', '[""]', "[0].associations[0]", "length >= 1"),
        ("variants = true", 'variants = "yes"', "[0].variants", "Expected `bool`"),
        ('["town", "country"]', '"town"', "[0].record_attributes", "Expected `array`"),
    ],
)
def test_a_wrong_field_is_told_by_file_path_and_word(
    old: str, new: str, path: str, said: str
) -> None:
    assert WHOLE.count(old) >= 1

    message = refusal_of(WHOLE.replace(old, new, 1))

    assert said in message
    assert path in message


@pytest.mark.parametrize(
    "text",
    [
        "name = ",
        'name = "Acme"\nname = "Acme"',
        "[[configurations]\n",
        "a = " + "[" * 50_000,
        "a = " + "{b=" * 20_000,
        "a = " + "9" * 20_000,
        'name = "Acme\x00"',
        "name = 'Acme'\nttl = 0x" + "f" * 20_000,
        "\ufeff name",
        ".".join(["a"] * 5000) + " = 1",
    ],
    ids=lambda text: text[:12],
)
def test_what_is_no_toml_or_a_bomb_is_refused_soon(text: str) -> None:
    started = time.monotonic()

    refusal_of(text)

    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (bytes(range(256)) * 8, "is not UTF-8 text"),
        (b"#" * (1024 * 1024 + 1), "is larger than 1 MiB"),
        (b"", "required field `name`"),
    ],
)
def test_a_file_that_is_no_declaration_is_told_by_name(
    content: bytes, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "tenant.toml"
    file.write_bytes(content)

    with pytest.raises(InvalidDeclaration, match=said) as caught:
        read_declaration(file)

    assert str(file) in str(caught.value)


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(InvalidDeclaration, match="is larger than 1 MiB"):
        read_declaration(Path("/dev/zero"))


def test_a_file_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(InvalidDeclaration, match="cannot be read"):
            read_declaration(path)


async def test_nothing_is_written_when_one_of_several_is_wrong(core: Core) -> None:
    await registered(core)
    await apply(core, WHOLE)
    before = decisions_of(await core.directory.find("acme"))

    def refuse_the_second(config: PassportConfig) -> None:
        if config.name == "All else":
            raise InvalidInput("is not installed", where="theme")

    with pytest.raises(InvalidDeclaration, match=re.escape("configurations[1]: theme: is not")):
        await apply(core, WHOLE.replace("Acme Shoes", "Changed"), refuse_the_second)

    assert decisions_of(await core.directory.find("acme")) == before


async def test_an_unknown_tenant_is_told_how_to_begin(core: Core) -> None:
    with pytest.raises(TenantNotFound, match="tenants add --slug acme --pim-url"):
        await apply(core, WHOLE)


@pytest.mark.parametrize("is_swept", [False, True])
async def test_a_deleted_tenant_is_refused(is_swept: bool, core: Core) -> None:
    await registered(core)
    await TenantRow.all().update(state=TenantState.DELETING)
    if is_swept:
        await core.slugs.retire("acme", ORIGIN)
        await TenantRow.all().delete()

    with pytest.raises(TenantGone, match="acme was disconnected"):
        await apply(core, WHOLE)


async def test_an_unreadable_configuration_is_mended_by_applying(core: Core) -> None:
    tenant = await registered(core)
    broken = replace(tenant, flaw="from the future")

    class Directory:
        async def find_open(self, slug: str) -> Tenant:
            return broken

    declaration = parse_declaration('name = "acme"', where="")
    changed = await apply_declaration(
        Directory(),  # type: ignore[arg-type]
        "acme",
        msgspec.structs.replace(declaration, ttl=tenant.ttl),
        accept,
        where="",
    )

    assert changed


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('theme = "minimal"', 'theme = "baroque"', "no theme 'baroque' is installed; there are: "),
        ('theme = "minimal"', "theme_options = { glitter = true }", "glitter"),
        ("https://acme.example/logo.png", "http://acme.example/logo.png", "logo_url: "),
        ("https://acme.example/logo.png", "https://10.0.0.1/logo.png", "logo_url: "),
        ("https://acme.example/logo.png", "file:///etc/passwd", "logo_url: "),
    ],
)
async def test_what_this_installation_cannot_show_is_refused(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    async with build_services(Settings(data_dir=tmp_path)) as services:
        connection = await services.connections.register(ORIGIN, slug="acme")
        await services.connections.keep_token(connection, Secret("a-token"), frozenset())

        with pytest.raises(InvalidDeclaration) as caught:
            await apply(services, WHOLE.replace(old, new), services.check_config)

        assert (await services.directory.find("acme")).configs == ()
    assert str(caught.value).startswith("tenant.toml: configurations[0]: ")
    assert said in str(caught.value)
