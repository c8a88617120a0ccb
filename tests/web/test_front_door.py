"""The first to see a request: what it refuses, and what it answers without asking anybody."""

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
import pytest_asyncio
from quart import Quart, request_started

from quart_passport.passport.languages import languages_of
from quart_passport.sandbox import Catalog
from quart_passport.storage.models import TenantRow
from quart_passport.tenancy.configs import decisions_of, save_decisions
from quart_passport.web.front_door import PAGE_LIFE
from tests.stack import Stack
from tests.web.conftest import connected_stack
from tests.web.wire import ask, send

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRODUCT = "/t/skarrefell/p/SF-KULL-01"
OTHER = "/t/other/p/SF-KULL-01"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(folder: Path, worlds: dict[str, Catalog]) -> AsyncIterator[Stack]:
    shops = {"skarrefell": worlds["clothing"], "other": worlds["clothing"]}
    async with connected_stack(folder, shops) as running:
        yield running


class Entered:
    """Counts the requests that reach Quart."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, sender: Quart, **_: object) -> None:
        self.count += 1


@pytest.fixture
def entered(stack: Stack) -> Iterator[Entered]:
    counter = Entered()
    with request_started.connected_to(counter, sender=stack.app):
        yield counter


async def _settle() -> None:
    """Let every page that is remembered go."""
    await asyncio.sleep(PAGE_LIFE + 0.02)


REFUSED = {
    "a long path": ("GET /" + "a" * 2048 + " HTTP/1.1\r\nHost: x\r\n", 414),
    "a long query": ("GET /?" + "a" * 2048 + " HTTP/1.1\r\nHost: x\r\n", 414),
    "a large header": ("GET / HTTP/1.1\r\nHost: x\r\nCookie: " + "a" * 17_000 + "\r\n", 431),
    "many headers": ("GET / HTTP/1.1\r\nHost: x\r\n" + "A: b\r\n" * 9000, 431),
    "a proxy's request": ("GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n", 400),
    "a proxy's request for a passport": (
        f"GET http://evil.example{PRODUCT} HTTP/1.1\r\nHost: x\r\n",
        400,
    ),
    "a tunnel": ("CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n", 400),
    "a target without a slash": ("GET ?x HTTP/1.1\r\nHost: x\r\n", 400),
    "a star": ("OPTIONS * HTTP/1.1\r\nHost: x\r\n", 400),
    "two lengths": (
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        400,
    ),
    "no host": ("GET / HTTP/1.1\r\n", 400),
    "two hosts": ("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n", 400),
    "a broken header": ("GET / HTTP/1.1\r\nHost: x\r\nA B: c\r\n", 400),
    "a negative length": ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n", 400),
    "another encoding": ("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n", 501),
    "bytes that are no path": ("GET /\xe4 HTTP/1.1\r\nHost: x\r\n", 400),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_too_large_or_ambiguous_is_refused(
    stack: Stack, entered: Entered, case: str
) -> None:
    request, status = REFUSED[case]

    answer = await send(stack.url, f"{request}\r\n".encode("latin-1"))

    assert (answer.status, entered.count) == (status, 0)
    assert answer.all("connection") == ["close"]
    assert b"Traceback" not in answer.body


async def test_a_target_of_usual_length_is_let_in(stack: Stack) -> None:
    answer = await ask(stack.url, "/?" + "a" * 2000, "Cookie: " + "c" * 15_000)

    assert answer.status == 200


async def test_a_body_that_is_too_large_is_refused_and_the_server_lives_on(stack: Stack) -> None:
    tenant = await stack.services.directory.find("skarrefell")
    hook = f"/akeneo/notifications/{tenant.connection.notification_hook}"

    large = await ask(stack.url, hook, method="POST", body=b"x" * 300_000)
    endless = await ask(stack.url, hook, "Content-Length: 99999999999", method="POST")

    assert (large.status, endless.status) == (413, 413)
    assert (await ask(stack.url, "/healthz")).status == 200


async def test_a_websocket_is_refused(stack: Stack, entered: Entered) -> None:
    upgrade = [
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ]
    place = urlsplit(stack.url).netloc
    lines = [f"GET {PRODUCT} HTTP/1.1", f"Host: {place}", "Connection: upgrade", *upgrade, "", ""]

    answer = await send(stack.url, "\r\n".join(lines).encode())

    assert (answer.status, entered.count) == (403, 0)


async def test_a_page_is_given_again_without_entering_the_app(
    stack: Stack, entered: Entered
) -> None:
    await ask(stack.url, PRODUCT)
    await _settle()
    first = await ask(stack.url, PRODUCT)
    before = entered.count

    again = [await ask(stack.url, PRODUCT) for _ in range(20)]

    assert entered.count == before
    assert {answer.body for answer in again} == {first.body}
    undated = [pair for pair in first.headers if pair[0] != "date"]
    assert all([pair for pair in a.headers if pair[0] != "date"] == undated for a in again)


async def test_head_and_conditional_requests_are_answered_from_memory(
    stack: Stack, entered: Entered
) -> None:
    await ask(stack.url, PRODUCT)
    await _settle()
    first = await ask(stack.url, PRODUCT)
    before = entered.count

    head = await ask(stack.url, PRODUCT, method="HEAD")
    known = await ask(stack.url, PRODUCT, f"If-None-Match: W/{first['etag']}")
    changed = await ask(stack.url, PRODUCT, 'If-None-Match: "other"')

    assert entered.count == before
    assert (head.status, head.body, head["etag"]) == (200, b"", first["etag"])
    assert (known.status, known.body, known["etag"]) == (304, b"", first["etag"])
    assert (changed.status, changed.body) == (200, first.body)


async def test_other_methods_never_get_a_remembered_page(stack: Stack) -> None:
    await ask(stack.url, PRODUCT)

    assert (await ask(stack.url, PRODUCT, method="POST")).status == 405


async def test_a_remembered_page_is_the_one_that_the_app_would_give(stack: Stack) -> None:
    asked = [
        (f"{path}{query}", headers)
        for path in (PRODUCT, OTHER)
        for query in (
            "",
            "?lang=de",
            "?lang=fr-FR",
            "?lang=",
            "?lang=xx",
            "?lang=de&lang=fr",
            "?a=b",
        )
        for headers in (
            [],
            ["Accept-Language: fr"],
            ["Accept-Language: en;q=0.1, de"],
            ["Accept-Language: fr", "Accept-Language: de"],
            ["Accept: application/ld+json"],
            ["Accept: application/ld+json;q=0.1, text/html"],
            ["Accept: text/html", "Accept: application/ld+json"],
            ["Accept: */*", "Accept-Language: " + "x-y," * 400],
            ["Accept: garbage;;q=x", "Accept-Language: @@"],
        )
    ]

    await know_pictures(stack, PRODUCT, OTHER)
    cold = {}
    for target, headers in asked:
        stack.app.asgi_app._memory._shelves.clear()
        cold[target, tuple(headers)] = await ask(stack.url, target, *headers)
    for target, headers in asked * 2:
        warm = await ask(stack.url, target, *headers)

        expected = cold[target, tuple(headers)]
        assert (warm.status, warm.body) == (expected.status, expected.body), (target, headers)
        for name in ("content-language", "etag", "content-type", "content-security-policy"):
            assert warm[name] == expected[name]


async def know_pictures(stack: Stack, *paths: str) -> None:
    """Let the pictures be made, so that the pages say from now on how large they are."""
    for path in paths:
        page = await ask(stack.url, path)
        for address in re.findall(r'src="(/t/[^"]+/media/[^"]+)"', page.text):
            assert (await ask(stack.url, address)).status == 200


async def test_errors_are_not_remembered(stack: Stack, entered: Entered) -> None:
    for path in ("/t/skarrefell/p/NONE", "/t/skarrefell/01/1", "/t/nobody/p/X"):
        before = entered.count

        await ask(stack.url, path)
        await ask(stack.url, path)

        assert entered.count == before + 2


async def test_a_change_of_configuration_shows_within_five_seconds(stack: Stack) -> None:
    tenant = await stack.services.directory.find("other")
    config = msgspec.structs.replace(tenant.configs[0], brand="Renamed", locales=("fr_FR",))

    await ask(stack.url, OTHER)
    await save_decisions(tenant, replace(decisions_of(tenant), configs=(config,)))
    changed_at = time.monotonic()
    async with asyncio.timeout(6):
        while "Renamed" not in (answer := await ask(stack.url, OTHER)).text:
            await asyncio.sleep(0.05)

    seconds = time.monotonic() - changed_at
    print(f"shown after {seconds:.1f} s")
    assert seconds < 5
    assert answer["content-language"] == languages_of(config)[0].tag


async def test_the_pages_of_a_tenant_that_is_deleted_end_within_five_seconds(stack: Stack) -> None:
    """Remembered just before, and asked for all the time."""
    tenant = await stack.services.directory.find("other")
    assert (await ask(stack.url, OTHER)).status == 200

    await TenantRow.filter(id=tenant.id).update(state="deleting")
    decided_at, statuses = time.monotonic(), [200]
    async with asyncio.timeout(6):
        while statuses[-1] == 200:
            await asyncio.sleep(0.02)
            statuses.append((await ask(stack.url, OTHER)).status)

    seconds = time.monotonic() - decided_at
    print(f"asked {len(statuses)} times, ended after {seconds:.1f} s")
    assert seconds < 5
    assert statuses[-1] == 410


async def test_a_crowd_at_a_page_that_is_not_remembered_enters_the_app_once(
    stack: Stack, entered: Entered
) -> None:
    await ask(stack.url, PRODUCT)
    await _settle()
    before = entered.count

    answers = await asyncio.gather(*(ask(stack.url, PRODUCT) for _ in range(50)))

    assert entered.count == before + 1
    assert {(answer.status, answer.body) for answer in answers} == {(200, answers[0].body)}


async def test_a_reader_who_leaves_takes_the_page_from_nobody(stack: Stack) -> None:
    """The first of the crowd leaves while the PIM is still being asked."""
    stack.pim.traffic.latency = 0.3
    path = "/t/skarrefell/p/SF-RAVN-RUS-M"
    place = urlsplit(stack.url)
    _, leaving = await asyncio.open_connection(place.hostname, place.port)
    leaving.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await asyncio.sleep(0.05)
    waiting = [asyncio.create_task(ask(stack.url, path)) for _ in range(20)]
    await asyncio.sleep(0.05)

    leaving.close()
    answers = await asyncio.gather(*waiting)
    stack.pim.traffic.latency = 0.0

    assert {answer.status for answer in answers} == {200}


async def test_a_crowd_at_an_error_is_answered_each_by_itself(stack: Stack) -> None:
    path = "/t/skarrefell/p/NOTHING-OF-THE-KIND"

    answers = await asyncio.gather(*(ask(stack.url, path) for _ in range(50)))

    assert {answer.status for answer in answers} == {404}


async def test_nobody_waits_for_a_reader_who_reads_slowly(stack: Stack) -> None:
    await _settle()
    place = urlsplit(stack.url)
    # Hardly anything fits into this reader's buffers, and it reads nothing.
    _, slow = await asyncio.open_connection(place.hostname, place.port, limit=1)
    slow.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    request = f"GET {PRODUCT} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    slow.write(request * 500)
    started = time.monotonic()

    answers = [await ask(stack.url, PRODUCT) for _ in range(20)]

    slow.transport.abort()
    assert {answer.status for answer in answers} == {200}
    assert time.monotonic() - started < 3
