"""Every answer of every kind carries the headers that it should, and none that it should not."""

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import pytest_asyncio

from quart_passport.cli.serve import server_config
from quart_passport.sandbox import Catalog
from quart_passport.settings import Settings
from quart_passport.tenancy.configs import decisions_of, save_decisions
from quart_passport.theming.assets import SUFFIXES
from quart_passport.web.front_door import PAGE_LIFE
from quart_passport.web.public.files import _TYPES
from tests.stack import Stack
from tests.web.conftest import connected_stack
from tests.web.wire import Answer, ask

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVERYWHERE = {
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "referrer-policy": "no-referrer",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'"
FILE = "default-src 'none'; sandbox; frame-ancestors 'none'"
PAGE = (
    "default-src 'none'; img-src 'self'; style-src '{hash}' 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
)
BRIEFLY = "public, max-age=60, stale-while-revalidate=60"
FOR_GOOD = "public, max-age=31536000, immutable"
PRODUCT = "/t/skarrefell/p/SF-KULL-01"
LINKED_DATA = "Accept: application/ld+json"
PROBLEM = "Accept: application/problem+json"

HTML, JSON, PLAIN = "text/html; charset=utf-8", "application/json", "text/plain; charset=utf-8"
SVG = "image/svg+xml; charset=utf-8"


class Case(NamedTuple):
    """A request, and what its answer has to say; strictest unless it is said otherwise."""

    # {picture}, {logo} and {static} are taken from a page.
    path: str
    headers: tuple[str, ...] = ()
    status: int = 200
    kind: str = HTML
    policy: str = PAGE
    kept: str = "no-store"
    embedding: str = "same-origin"


CASES = {
    "page": Case(PRODUCT, kept=BRIEFLY),
    "page in another language": Case(f"{PRODUCT}?lang=fr-FR", kept=BRIEFLY),
    "data": Case(
        PRODUCT, (LINKED_DATA,), 200, "application/ld+json", NOTHING, BRIEFLY, "cross-origin"
    ),
    "picture": Case("{picture}", (), 200, "image/jpeg", FILE, BRIEFLY),
    "logo": Case("{logo}", (), 200, "image/jpeg", FILE, BRIEFLY),
    "static": Case("{static}", (), 200, SVG, FILE, FOR_GOOD),
    **{
        f"code as {form}": Case(
            f"/t/skarrefell/qr/SF-KULL-01.{form}", (), 200, kind, FILE, BRIEFLY, "cross-origin"
        )
        for form, kind in (
            ("svg", SVG),
            ("png", "image/png"),
            ("pdf", "application/pdf"),
            ("eps", "application/postscript"),
        )
    },
    "front page": Case("/"),
    "privacy": Case("/privacy?tenant=skarrefell"),
    "security.txt": Case("/.well-known/security.txt", (), 200, PLAIN, NOTHING),
    "health": Case("/healthz", (), 200, PLAIN, NOTHING),
    "readiness": Case("/readyz", (), 200, JSON, NOTHING),
    "unknown path": Case("/nothing", (), 404),
    "unknown product": Case("/t/skarrefell/p/NONE", (), 404),
    "unknown tenant": Case("/t/nobody/p/X", (), 404),
    "unknown picture": Case("/t/skarrefell/media/x/y", (), 404),
    "bad link": Case("/t/skarrefell/01/1", (), 400),
    "problem": Case("/t/skarrefell/01/1", (PROBLEM,), 400, "application/problem+json", NOTHING),
    "bad size": Case("/t/skarrefell/qr/X.pdf?size=1", (), 400),
    "activation that proves nothing": Case("/akeneo/activate", (), 400),
    "callback that proves nothing": Case("/akeneo/callback", (), 403),
    "too long": Case("/" + "x" * 3000, (), 414, PLAIN, NOTHING),
    "too many headers": Case("/", ("X: " + "y" * 9000, "Z: " + "y" * 9000), 431, PLAIN, NOTHING),
}
CONDITIONAL = ("page", "data", "picture", "logo", "code as svg", "code as pdf")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(folder: Path, worlds: dict[str, Catalog]) -> AsyncIterator[Stack]:
    async with connected_stack(
        folder,
        {"skarrefell": worlds["clothing"]},
        configure=lambda given: given.update(security_contact="security@passport.example"),
    ) as running:
        tenant = await running.services.directory.find("skarrefell")
        logo = f"{running.pims[0].url}/logo.png"
        config = msgspec.structs.replace(tenant.configs[0], logo_url=logo)
        await save_decisions(tenant, replace(decisions_of(tenant), configs=(config,)))
        await running.services.directory.reread("skarrefell")
        # Pages that know the sizes of their pictures do not change any more.
        async with asyncio.timeout(20):
            while "srcset" not in (await ask(running.url, PRODUCT)).text:
                await asyncio.sleep(0.2)
        await asyncio.sleep(PAGE_LIFE)
        yield running


async def _found(stack: Stack, case: str) -> Case:
    """The case with the address of a file that a page shows."""
    found = CASES[case]
    if not found.path.startswith("{"):
        return found
    page = (await ask(stack.url, PRODUCT)).text
    (logo,) = re.findall(r'src="([^"]+/logo-[0-9]+\.jpg)"', page)
    (static,) = re.findall(r'href="(/static/[^"]+)"', page)
    picture = re.findall(r'src="([^"]+/media/[^"]+/beanie[^"]*\.jpg)"', page)[0]
    path = found.path.format(logo=logo, static=static, picture=picture)
    return found._replace(path=path)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_an_answer_has_the_headers_of_its_kind(stack: Stack, case: str, method: str) -> None:
    path, headers, status, kind, policy, kept, embedding = await _found(stack, case)

    answer = await ask(stack.url, path, *headers, method=method)
    full = await ask(stack.url, path, *headers)

    assert answer.status == status
    assert {name: answer[name] for name in EVERYWHERE} == EVERYWHERE
    assert answer["content-type"] == kind
    assert answer["content-security-policy"] == policy.format(hash=_style_hash(full))
    assert answer["cache-control"] == kept
    assert answer["cross-origin-resource-policy"] == embedding
    assert answer.all("set-cookie") == []
    assert answer.all("x-frame-options") == (["DENY"] if policy == PAGE else [])
    assert answer.all("access-control-allow-origin") == (["*"] if case == "data" else [])
    assert int(answer["content-length"]) == len(full.body)
    assert answer.body == (b"" if method == "HEAD" else full.body)
    if policy == PAGE or kind == "application/problem+json":
        assert answer["vary"] == "Accept, Accept-Language"
        assert answer["content-language"]


@pytest.mark.parametrize("case", CONDITIONAL)
async def test_who_has_an_answer_already_gets_it_no_second_time(stack: Stack, case: str) -> None:
    path, headers, *_ = await _found(stack, case)
    first = await ask(stack.url, path, *headers)
    tag = first["etag"]

    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = await ask(stack.url, path, *headers, f"If-None-Match: {known}")

        assert (again.status, again.body) == (304, b"")
        assert (again.all("content-length"), again.all("content-type")) == ([], [])
        for name in ("etag", "cache-control", "content-security-policy", *EVERYWHERE):
            assert again[name] == first[name]
        assert again.all("vary") == first.all("vary")
    for other in ('"x"', f'"{tag[1:-2]}"', 'garbage, , "'):
        assert (await ask(stack.url, path, *headers, f"If-None-Match: {other}")).status == 200


async def test_pages_load_nothing_from_anywhere_else(stack: Stack) -> None:
    loading = re.compile(
        r"<(?!a\s)([a-z]+)\s[^>]*?(?:src|href|srcset|action|data|poster)=\"([^\"]+)\""
    )
    linking = {"canonical", "alternate"}

    pages = {name: case for name, case in CASES.items() if case.kind == HTML}
    for case, asked in pages.items():
        page = (await ask(stack.url, asked.path, *asked.headers)).text

        for match in loading.finditer(page):
            relation = re.search(r'rel="([a-z]+)"', match[0])
            if relation and relation[1] in linking:
                continue
            assert re.match(r"/[^/]", match[2]), (case, match[0])
        assert not re.search(r"\son[a-z]+=|javascript:|\sstyle=|@import|url\(", page), case
        assert re.findall(r"<script(?! type=\"application/ld\+json\")", page) == []


async def test_the_server_does_not_say_what_it_is(tmp_path: Path) -> None:
    config = server_config(Settings(data_dir=tmp_path))

    names = {name for name, _ in config.response_headers("h11")}

    assert names == {b"date"}


async def test_every_file_that_a_theme_may_have_is_sent_as_what_it_is() -> None:
    assert _TYPES.keys() == SUFFIXES


def _style_hash(page: Answer) -> str:
    styles = re.findall(rb"<style>(.*?)</style>", page.body, re.DOTALL)
    if page["content-type"] != HTML:
        return ""
    (style,) = styles
    return f"sha256-{base64.b64encode(hashlib.sha256(style).digest()).decode()}"
