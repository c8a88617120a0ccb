"""Faults on demand, as a client meets them over a real connection."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from quart_passport.sandbox import Catalog, Edition, SandboxApp, create_sandbox
from quart_passport.sandbox.faults import FAULTS, Fault
from quart_passport.sandbox.routes import GROUPS, route_of
from quart_passport.sandbox.traffic import Traffic
from tests.sandbox.conftest import AppSide, new_app_side
from tests.serving import Served, serving

BROKEN = {
    "truncated_body": "without sending complete message body",
    "dropped_connection": "Server disconnected without sending a response",
    "dropped_in_headers": "Server disconnected",
}
STATUSES = {
    "unauthorized": 401,
    "disconnected": 401,
    "forbidden": 403,
    "not_found": 404,
    "unprocessable": 422,
    "rate_limited": 429,
    "server_error": 500,
    "unavailable": 503,
    "html_error": 502,
    "not_json": 200,
    "wrong_type": 200,
    "empty_body": 200,
    "huge_body": 200,
    "slow": 200,
    "slow_body": 200,
}


def test_every_fault_is_tried_here() -> None:
    assert STATUSES.keys() | BROKEN.keys() == FAULTS.keys()


@pytest.fixture(params=list(Edition))
async def any_pim(
    tiny: Catalog, request: pytest.FixtureRequest
) -> AsyncIterator[Served[SandboxApp]]:
    def make(url: str) -> SandboxApp:
        return create_sandbox(tiny, base_url=url, edition=request.param)

    async with serving(make) as served:
        yield served


async def test_every_fault_happens_once_in_every_edition(any_pim: Served[SandboxApp]) -> None:
    async with httpx.AsyncClient(base_url=any_pim.url, trust_env=False) as http:
        app = await new_app_side(any_pim, http)
        await app.connect()
        for kind, status in STATUSES.items():
            any_pim.app.pim.traffic.play(kind, seconds=0.05, size=100)
            assert (await app.get("channels")).status_code == status, kind
        for kind, what in BROKEN.items():
            any_pim.app.pim.traffic.play(kind)
            with pytest.raises(httpx.RemoteProtocolError, match=what):
                await app.get("channels")

        after = await app.get("channels")

    assert after.status_code == 200
    assert len(any_pim.app.pim.traffic.faults) == 0
    assert any_pim.app.pim.traffic.total.in_flight == 0


async def _raw_answer(pim: Served[SandboxApp], token: str) -> bytes:
    port = int(pim.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET /api/rest/v1/channels HTTP/1.1\r\nHost: pim\r\nAuthorization: Bearer "
        + token.encode()
        + b"\r\n\r\n"
    )
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize(
    ("kind", "received"),
    [
        ("dropped_connection", b""),
        ("dropped_in_headers", b"HTTP/1.1 200 OK\r\ncontent-type: applica"),
    ],
)
async def test_a_dropped_connection_ends_where_it_should_and_leaves_no_complaint(
    connected: AppSide,
    pim: Served[SandboxApp],
    caplog: pytest.LogCaptureFixture,
    kind: str,
    received: bytes,
) -> None:
    caplog.set_level(logging.WARNING)
    pim.app.pim.traffic.play(kind)

    answer = await _raw_answer(pim, connected.token)

    assert answer == received
    assert caplog.records == []


async def test_elsewhere_than_under_hypercorn_a_dropped_connection_is_an_exception(
    tiny: Catalog,
) -> None:
    app = create_sandbox(tiny, base_url="http://pim.example")
    app.pim.traffic.play("dropped_connection")
    transport: Any = httpx.ASGITransport(app=app)  # type: ignore[arg-type]

    async with httpx.AsyncClient(transport=transport, base_url="http://pim.example") as http:
        with pytest.raises(ConnectionAbortedError):
            await http.get("/api/rest/v1/channels")


@pytest.mark.parametrize("kind", ["slow", "slow_body"])
async def test_a_slow_answer_is_the_right_one_later(
    connected: AppSide, pim: Served[SandboxApp], kind: str
) -> None:
    right = await connected.get("channels")
    pim.app.pim.traffic.play(kind, seconds=0.4)
    loop = asyncio.get_running_loop()

    start = loop.time()
    late = await connected.get("channels")

    assert late.json() == right.json()
    assert loop.time() - start >= 0.4


async def test_a_slow_body_begins_at_once(connected: AppSide, pim: Served[SandboxApp]) -> None:
    pim.app.pim.traffic.play("slow_body", seconds=4)
    url = f"{pim.url}/api/rest/v1/channels"
    headers = {"Authorization": f"Bearer {connected.token}"}

    async with (
        asyncio.timeout(2),
        connected.http.stream("GET", url, headers=headers) as answer,
    ):
        first = await anext(answer.aiter_raw())

    assert answer.status_code == 200
    assert first.startswith(b"{")


async def test_a_huge_body_is_json_of_that_size_without_a_warning(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    pim.app.pim.traffic.play("huge_body", size=3_000_000)

    answer = await connected.get("channels")

    assert len(answer.content) == 3_000_000 + len('{"padding":1}')
    assert answer.json() == {"padding": 1}
    assert "content-length" not in answer.headers


async def test_a_huge_body_ends_when_nobody_reads_on(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    pim.app.pim.traffic.play("huge_body", size=1024**3)
    url = f"{pim.url}/api/rest/v1/channels"
    headers = {"Authorization": f"Bearer {connected.token}"}

    async with connected.http.stream("GET", url, headers=headers) as answer:
        await anext(answer.aiter_raw())
    async with asyncio.timeout(5):
        while pim.app.pim.traffic.total.in_flight:
            await asyncio.sleep(0.01)

    assert (await connected.get("channels")).status_code == 200


async def test_status_message_and_body_may_be_others(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    traffic = pim.app.pim.traffic
    traffic.play("server_error", status=504, message="too late")
    traffic.play("html_error", status=401, body="<h1>Log in</h1>", retry_after=3)
    traffic.play("wrong_type", body='"text"')

    error, page, text = [await connected.get("channels") for _ in range(3)]

    assert (error.status_code, error.json()) == (504, {"code": 504, "message": "too late"})
    assert (page.status_code, page.text) == (401, "<h1>Log in</h1>")
    assert (page.headers["content-type"], page.headers["retry-after"]) == ("text/html", "3")
    assert text.json() == "text"


async def test_every_third_call_meets_a_fault_until_it_is_cleared(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    traffic = pim.app.pim.traffic
    name = traffic.play("unavailable", times=None, every=3, route="structure")

    met = [(await connected.get("channels")).status_code for _ in range(7)]
    removed, again = traffic.faults.remove(name), traffic.faults.remove(name)
    after = [(await connected.get("channels")).status_code for _ in range(3)]

    assert met == [200, 200, 503, 200, 200, 503, 200]
    assert (removed, again) == (True, False)
    assert after == [200, 200, 200]


async def test_a_fault_may_be_kept_for_the_routes_of_a_scope(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    pim.app.pim.traffic.play("forbidden", times=None, scope="read_attribute_options")

    paths = ["attributes/color", "attributes/color/options", "attributes/color/options/red"]
    statuses = [(await connected.get(path)).status_code for path in paths]

    assert statuses == [200, 403, 403]


def test_faults_come_in_the_order_in_which_they_were_added() -> None:
    traffic = Traffic()
    route = route_of("/api/rest/v1/channels")
    assert route is not None
    traffic.play("not_found", route="products")
    traffic.play("unavailable", times=2)
    traffic.play("server_error", times=None)

    met = [traffic.faults.next_for(route) for _ in range(4)]

    kinds = [fault.kind for fault in met if fault is not None]
    assert kinds == ["unavailable", "unavailable", "server_error", "server_error"]
    assert [pending.fault.kind for pending in traffic.faults] == ["not_found", "server_error"]


@pytest.mark.parametrize(
    ("details", "complaint"),
    [
        ({"kind": "unheard_of"}, "unknown fault 'unheard_of'; known: disconnected"),
        ({"kind": "slow", "times": 0}, "times and every"),
        ({"kind": "slow", "every": 0}, "times and every"),
        ({"kind": "slow", "seconds": 601}, "seconds lie between"),
        ({"kind": "slow", "seconds": -1}, "seconds lie between"),
        ({"kind": "huge_body", "size": 1024**3 + 1}, "size is at most"),
        ({"kind": "html_error", "status": 99}, "status is an HTTP status"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(details: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Fault(**details)


@pytest.mark.parametrize(
    ("path", "name", "group", "scope"),
    [
        ("", "", "root", None),
        ("/system-information", "system-information", "root", None),
        ("/products-uuid", "products-uuid", "products", "read_products"),
        ("/products-uuid/search", "products-uuid/search", "products", "read_products"),
        ("/products-uuid/0-1", "products-uuid/*", "products", "read_products"),
        ("/products/a/b", "products/*", "products", "read_products"),
        ("/families/shoes", "families/*", "structure", "read_catalog_structure"),
        ("/families/a/variants/b", "families/*/variants/*", "structure", "read_catalog_structure"),
        ("/attributes/a/options", "attributes/*/options", "structure", "read_attribute_options"),
        ("/reference-entities/e", "reference-entities/*", "structure", "read_reference_entities"),
        (
            "/reference-entities/e/records",
            "reference-entities/*/records",
            "records",
            "read_reference_entity_records",
        ),
        (
            "/reference-entities/e/attributes/a/options",
            "reference-entities/*/attributes/*/options",
            "structure",
            "read_reference_entities",
        ),
        ("/asset-families/f/assets/a", "asset-families/*/assets/*", "assets", "read_assets"),
        ("/media-files/a/b.png", "media-files/*", "media", None),
        ("/media-files/a/b.png/download", "media-files/*/download", "media", None),
        ("/asset-media-files/a/b.png", "asset-media-files/*", "media", None),
    ],
)
def test_routes_have_names_groups_and_scopes(
    path: str, name: str, group: str, scope: str | None
) -> None:
    route = route_of(f"/api/rest/v1{path}")

    assert route is not None
    assert (route.name, route.group, route.scope) == (name, group, scope)
    assert group in GROUPS


@pytest.mark.parametrize("path", ["/", "/products", "/_sandbox/calls", "/api/rest/v10/products"])
def test_pages_and_the_control_api_are_no_routes(path: str) -> None:
    assert route_of(path) is None
