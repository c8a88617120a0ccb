"""What goes wrong is told in the reader's language, or as data, and nothing more than that."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from tortoise.expressions import F

from quart_passport.sandbox import Catalog
from quart_passport.storage.models import ConnectionRow, TenantRow
from tests.stack import Stack
from tests.web.conftest import connected_stack
from tests.web.wire import Answer, ask

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROBLEM = "Accept: application/problem+json"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(folder: Path, worlds: dict[str, Catalog]) -> AsyncIterator[Stack]:
    shops = {"skarrefell": worlds["clothing"], "ended": worlds["batteries"]}
    async with connected_stack(folder, shops) as running:
        yield running


WRONG = {
    404: ("/t/skarrefell/p/NONE", "no such passport", "gibt es nicht", "n’existe pas"),
    400: ("/t/skarrefell/01/123", "not valid", "nicht gültig", "n’est pas valide"),
    410: (
        "/t/ended/p/LH-500%2036V",
        "no longer published",
        "nicht mehr veröffentlicht",
        "plus publié",
    ),
    403: ("/akeneo/callback?state=x&code=y", "Connecting", "Verbinden", "connexion"),
}


@pytest.mark.parametrize("status", WRONG)
async def test_an_error_is_told_in_the_readers_language(stack: Stack, status: int) -> None:
    path, *titles = WRONG[status]
    if status == 410:
        await TenantRow.filter(slug="ended").update(state="deleting")
        await stack.services.directory.reread("ended")

    for language, title in zip(("en", "de", "fr"), titles, strict=True):
        page = await ask(stack.url, path, f"Accept-Language: {language}")
        data = await ask(stack.url, path, f"Accept-Language: {language}", PROBLEM)

        assert (page.status, data.status) == (status, status)
        assert page["content-language"] == data["content-language"] == language
        assert f'<html lang="{language}"' in page.text
        assert title.lower() in _headline(page).lower(), _headline(page)
        problem = msgspec.json.decode(data.body)
        assert problem["title"] == _headline(page)
        assert problem["status"] == status
        assert problem["detail"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/problem+json", "application/problem+json"),
        ("application/json", "application/problem+json"),
        ("application/ld+json", "application/problem+json"),
        ("text/html", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("image/*", "text/html; charset=utf-8"),
        ("application/json;q=0.4, text/html;q=0.5", "text/html; charset=utf-8"),
        ("rubbish", "text/html; charset=utf-8"),
    ],
)
async def test_an_error_is_a_page_or_problem_details(stack: Stack, accept: str, kind: str) -> None:
    answer = await ask(stack.url, "/t/skarrefell/p/NONE", f"Accept: {accept}")

    assert (answer.status, answer["content-type"]) == (404, kind)


FAULTS = (
    ("unavailable", None, "SF-SOLV-OAT-S"),
    ("server_error", None, "SF-SOLV-OAT-M"),
    ("html_error", None, "SF-SOLV-OAT-L"),
    ("truncated_body", None, "SF-SOLV-INK-S"),
    ("not_json", None, "SF-SOLV-INK-M"),
    ("empty_body", None, "SF-RAVN-FOR-S"),
    ("unauthorized", None, "SF-RAVN-FOR-M"),
    ("forbidden", None, "SF-RAVN-FOR-L"),
    ("rate_limited", 2, "SF-TORD-SLA-L"),
)


@pytest.mark.parametrize(("fault", "asked_for", "sku"), FAULTS)
async def test_a_pim_that_fails_makes_the_page_ask_for_patience(
    stack: Stack, fault: str, asked_for: int | None, sku: str
) -> None:
    stack.pim.traffic.play(fault, times=50, route="products", retry_after=asked_for)

    answers = [await ask(stack.url, f"/t/skarrefell/p/{sku}?lang=de") for _ in range(3)]
    stack.pim.traffic.faults.clear()
    # A PIM that says how long it wants to be left alone is; one that refuses the token is asked
    # again with the next.
    await asyncio.sleep(asked_for or 0)
    await ConnectionRow.all().update(token_number=F("token_number") + 1)
    await stack.services.directory.reread("skarrefell")

    for answer in answers:
        assert answer.status == 503
        assert 0 < int(answer["retry-after"]) <= 60
        assert (answer["cache-control"], answer["content-language"]) == ("no-store", "de")


async def test_what_nobody_foresaw_has_a_number_that_stands_in_the_log(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    connection = (await stack.services.directory.find("skarrefell")).connection.id
    sealed = (await ConnectionRow.get(id=connection)).token
    await ConnectionRow.filter(id=connection).update(token=b"SECRETCANARY")

    with caplog.at_level(logging.ERROR):
        page = await ask(stack.url, "/t/skarrefell/p/SF-FJEL-SAN-S")
        data = await ask(stack.url, "/t/skarrefell/p/SF-FJEL-SAN-S", PROBLEM)
    await ConnectionRow.filter(id=connection).update(token=sealed)

    (number,) = re.findall(r'class="number"[^>]*>([0-9a-f]{16})<', page.text)
    assert (page.status, data.status) == (500, 500)
    assert number in caplog.text
    assert msgspec.json.decode(data.body)["instance"].removeprefix("urn:error:") in caplog.text
    for told in (page.text, data.text):
        assert not re.search(r"Traceback|File \"|Unseal|unseal|SECRETCANARY|\.py", told)
    assert (await ask(stack.url, "/t/skarrefell/p/SF-FJEL-SAN-S")).status == 200


async def test_a_hostile_address_is_not_repeated_as_markup(stack: Stack) -> None:
    for path in (
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "/t/skarrefell/p/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/t/skarrefell/01/%3Cscript%3E",
        "/t/skarrefell/01/09521001006019/%3Cscript%3E",
        "/t/%3Cscript%3E/p/x",
        "/t/skarrefell/qr/X.png?size=%3Cscript%3E",
        "/privacy?tenant=%3Cscript%3E&lang=%3Cscript%3E",
        "/akeneo/activate?pim_url=%3Cscript%3E",
    ):
        answer = await ask(stack.url, path)

        assert "<script" not in answer.text, path
        assert answer.status in {200, 400, 404}


async def test_a_tenant_that_is_not_connected_asks_for_patience(stack: Stack) -> None:
    await TenantRow.filter(slug="skarrefell").update(state="pending")
    await stack.services.directory.reread("skarrefell")

    for path in ("p/SF-KULL-01", "01/09521001006019", "qr/X.svg", "media/x/y"):
        answer = await ask(stack.url, f"/t/skarrefell/{path}?lang=en")

        assert answer.status == 503
        assert 0 < int(answer["retry-after"]) <= 60
    await TenantRow.filter(slug="skarrefell").update(state="active")
    await stack.services.directory.reread("skarrefell")


def _headline(page: Answer) -> str:
    (found,) = re.findall(r"<h1>([^<]+)</h1>", page.text)
    return str(found)
