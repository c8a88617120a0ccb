import asyncio
import gzip
import time
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from quart_passport.egress.address import EgressRules
from quart_passport.egress.fetch import Egress, EgressFailed, EgressTooLarge, Response
from quart_passport.errors import EgressRefused
from tests.egress.loopback import TLS, Answer, Listener, answer_of, listening, redirect_to

GZIP = "Content-Encoding: gzip"


def exempting(*listeners: Listener) -> Egress:
    pairs = [f"127.0.0.1:{listener.port}" for listener in listeners]
    rules = EgressRules.parse(exempt=pairs)
    return Egress(rules, user_agent="quart-passport/test", ssl_context=TLS)


async def get(
    egress: Egress, listener: Listener, *, limit: int = 1000, deadline: float = 5, **options: Any
) -> Response:
    url = f"http://127.0.0.1:{listener.port}/"
    return await egress.request("GET", url, limit_bytes=limit, deadline=deadline, **options)


async def fetch(answer: Answer | bytes, **options: Any) -> Response:
    async with listening(answer) as listener, exempting(listener) as egress:
        return await get(egress, listener, **options)


async def test_an_answer_comes_back_whole() -> None:
    answer = answer_of(b"not here", "X-A: 1", status="404 Not Found")
    async with listening(answer) as listener, exempting(listener) as egress:
        response = await get(egress, listener, headers={"authorization": "Bearer t"})

    assert (response.status, response.body, response.headers["x-a"]) == (404, b"not here", "1")
    assert "user-agent: quart-passport/test\r\n" in listener.heads[0]
    assert "accept-encoding: gzip\r\n" in listener.heads[0]
    assert "authorization: bearer t\r\n" in listener.heads[0]
    assert "not here" not in repr(response)


async def test_a_body_of_exactly_the_limit_passes_plain_and_packed() -> None:
    body = b"x" * 1000

    plain = await fetch(answer_of(body))
    packed = await fetch(answer_of(gzip.compress(body), GZIP))

    assert plain.body == packed.body == body


@pytest.mark.parametrize("extra", [1, 100_000])
async def test_a_body_beyond_the_limit_is_refused_plain_and_packed(extra: int) -> None:
    body = b"x" * (1000 + extra)

    for answer in (answer_of(body), answer_of(gzip.compress(body), GZIP)):
        with pytest.raises(EgressTooLarge, match="larger than 1000 bytes"):
            await fetch(answer)


async def test_a_gzip_bomb_is_defused_in_little_memory() -> None:
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(128)) + packer.flush()
    limit = 4 * 2**20

    tracemalloc.start()
    try:
        with pytest.raises(EgressTooLarge):
            await fetch(answer_of(bomb, GZIP), limit=limit)
        grown = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    print(f"\n{len(bomb) // 1024} KiB of 128 MiB, memory at most +{grown // 2**20} MiB")
    assert grown < 16 * 2**20


@pytest.mark.parametrize(
    ("body", "headers", "problem"),
    [
        (gzip.compress(b"x" * 500, mtime=0)[:-9], [GZIP], "cut short"),
        (gzip.compress(b"x", mtime=0) + b"more", [GZIP], "goes on after its end"),
        (gzip.compress(b"x", mtime=0) * 2, [GZIP], "goes on after its end"),
        (b"no gzip at all", [GZIP], "is not the gzip"),
        (zlib.compress(b"x"), [GZIP], "is not the gzip"),
        (zlib.compress(b"x"), ["Content-Encoding: deflate"], "not asked for"),
        (b"x", ["Content-Encoding: br"], "not asked for"),
        (b"x", ["Content-Encoding: gzip, gzip"], "not asked for"),
    ],
)
async def test_a_badly_packed_answer_is_a_failure(
    body: bytes, headers: list[str], problem: str
) -> None:
    with pytest.raises(EgressFailed, match=problem):
        await fetch(answer_of(body, *headers))


async def test_an_empty_packed_answer_is_empty() -> None:
    assert (await fetch(answer_of(b"", GZIP))).body == b""


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 10_000)
        await writer.drain()


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def dripping_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    await dripping(writer)


async def test_an_endless_body_ends_at_the_limit() -> None:
    with pytest.raises(EgressTooLarge):
        await fetch(endless, limit=100_000)


@pytest.mark.parametrize("answer", [dripping, dripping_headers, silent])
async def test_a_slow_answer_ends_at_the_deadline(answer: Answer) -> None:
    begun = time.monotonic()

    with pytest.raises(EgressFailed, match=r"did not answer within 0\.3 s"):
        await fetch(answer, deadline=0.3)

    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500_000,
    ],
)
async def test_a_malformed_answer_is_a_failure_of_ours(answer: bytes) -> None:
    with pytest.raises(EgressFailed, match=r"127\.0\.0\.1 did not answer"):
        await fetch(answer)


async def test_nobody_listening_is_a_failure_of_ours() -> None:
    async with listening(b"") as listener:
        pass

    async with exempting(listener) as egress:
        with pytest.raises(EgressFailed, match="ConnectError"):
            await get(egress, listener)


def test_every_error_that_httpx_may_raise_while_sending_is_translated() -> None:
    errors = {
        error
        for error in vars(httpx).values()
        if isinstance(error, type) and issubclass(error, Exception)
    }
    # These tell of wrong use, not of the other side: URLs are parsed at the wall, cookies are not
    # kept, and a body is read once.
    misuse = (httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)

    forgotten = {e for e in errors if not issubclass(e, (httpx.HTTPError, *misuse))}

    assert forgotten == set()


async def test_redirects_are_given_back_where_none_are_followed() -> None:
    async with listening(answer_of()) as canary:
        response = await fetch(redirect_to(f"http://127.0.0.1:{canary.port}/"))

        assert response.status == 302
        assert canary.connections == 0


async def test_a_redirect_never_leads_to_a_place_that_is_refused() -> None:
    async with listening(answer_of()) as canary:
        hostile = [
            f"http://127.0.0.1:{canary.port}/",
            f"//127.0.0.1:{canary.port}/",
            f"https://127.0.0.1:{canary.port}/",
            f"http://localhost:{canary.port}/",
            f"http://[::ffff:127.0.0.1]:{canary.port}/",
            f"http://2130706433:{canary.port}/",
            "http://pim.example.com/",
            "https://93.184.215.14/",
            "https://user@pim.example.com/",
            "file:///etc/passwd",
            "https://pim.example.com\\@x/",
        ]
        refused = 0
        for location in hostile:
            with pytest.raises(EgressRefused):
                await fetch(redirect_to(location), follow=3)
            refused += 1

        print(f"\ntried {refused}, canary hits {canary.connections}")
        assert canary.connections == 0


async def test_a_redirect_to_nonsense_is_a_failure() -> None:
    with pytest.raises(EgressFailed, match="did not answer"):
        await fetch(redirect_to("https://a:b:c/"), follow=3)


async def test_another_place_sees_no_credentials() -> None:
    async with listening(answer_of(b"logo")) as second:
        onward = redirect_to(f"http://127.0.0.1:{second.port}/logo")
        async with listening(onward) as first, exempting(first, second) as egress:
            secrets = {"authorization": "Bearer t", "x-pim-token": "t", "accept": "image/png"}
            response = await get(egress, first, headers=secrets, follow=3)

    assert response.body == b"logo"
    assert response.url == f"http://127.0.0.1:{second.port}/logo"
    assert "bearer t" in first.heads[0]
    assert "bearer" not in second.heads[0]
    assert "x-pim-token" not in second.heads[0]
    assert "accept: image/png" in second.heads[0]


async def test_a_loop_of_redirects_ends() -> None:
    async with listening(redirect_to("/again")) as listener, exempting(listener) as egress:
        response = await get(egress, listener, follow=3)

    assert response.status == 302
    assert listener.connections == 4


async def test_a_post_is_never_redirected() -> None:
    async with listening(redirect_to("/again")) as listener, exempting(listener) as egress:
        url = f"http://127.0.0.1:{listener.port}/"
        response = await egress.request(
            "POST", url, data={"code": "x"}, limit_bytes=10, deadline=5, follow=3
        )

    assert response.status == 302
    assert listener.connections == 1


async def test_cookies_are_never_sent_back() -> None:
    answer = answer_of(b"", "Set-Cookie: a=b; Path=/", "Set-Cookie: c=d; Path=/; Domain=127.0.0.1")
    async with listening(answer) as listener, exempting(listener) as egress:
        for _ in range(3):
            await get(egress, listener)

    assert len(listener.heads) == 3
    assert not any("\r\ncookie:" in head for head in listener.heads)


@pytest.fixture
def misleading_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    def point_to(port: int) -> None:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
            monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{port}")
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login canary password canary\n")
        monkeypatch.setenv("NETRC", str(netrc))

    return point_to


async def test_the_environments_proxy_and_passwords_are_ignored(
    misleading_environment: Any,
) -> None:
    async with listening(answer_of()) as canary, listening(answer_of(b"true")) as listener:
        misleading_environment(canary.port)
        async with exempting(listener) as egress:
            response = await get(egress, listener)

        assert response.body == b"true"
        assert canary.connections == 0
        assert "authorization" not in listener.heads[0]
