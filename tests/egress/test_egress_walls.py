import asyncio
import socket
from collections.abc import Sequence
from typing import Any

import httpcore
import httpx
import pytest

from quart_passport.egress.address import EgressRules
from quart_passport.egress.fetch import Egress, EgressFailed
from quart_passport.egress.transport import (
    GuardedBackend,
    GuardedTransport,
    Resolver,
    resolve_by_system,
)
from quart_passport.errors import EgressRefused
from tests.egress.loopback import TLS, answer_of, listening
from tests.egress.test_egress_address import REFUSED_URLS, SPECIAL

PUBLIC_ADDRESS = "93.184.215.14"
NO_EXEMPTION = EgressRules()
# Spellings of this machine that some resolver or parser takes for an address or name of it.
SPELLINGS_TEXT = """
    127.0.0.1 127.1 127.0.1 127.000.000.001 0177.0.0.1 0x7f.0.0.1 0x7f000001 2130706433
    017700000001 127.0.0.1. localhost LOCALHOST localhost. localhost.localdomain 0.0.0.0 0
    [::1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::] [0:0:0:0:0:0:0:1] [::127.0.0.1]
    [64:ff9b::7f00:1] [::1%25lo] 127。0。0。1 ①②⑦.0.0.1
"""
SPELLINGS = SPELLINGS_TEXT.split()


def always(*answer: str) -> Resolver:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return answer

    return resolve


class Dials(httpcore.AsyncNetworkBackend):
    """Keeps what it is asked to dial; reaches nobody."""

    def __init__(self, stream: httpcore.AsyncNetworkStream | None = None) -> None:
        self.dialled: list[str] = []
        self._stream = stream

    async def connect_tcp(self, host: str, *args: Any, **options: Any) -> Any:
        self.dialled.append(host)
        if self._stream is None:
            raise httpcore.ConnectError("nobody there")
        return self._stream


class Impostor(httpcore.AsyncNetworkStream):
    """A stream whose other end is not the address that was dialled."""

    closed = False

    def get_extra_info(self, info: str) -> Any:
        return ("127.0.0.1", 443) if info == "server_addr" else None

    async def aclose(self) -> None:
        self.closed = True


def unguarded_by_url(rules: EgressRules, resolve: Resolver) -> httpx.AsyncClient:
    """A client that goes straight to the transport: the first wall is missing."""
    transport = GuardedTransport(
        rules,
        resolve=resolve,
        ssl_context=TLS,
        limits=httpx.Limits(max_connections=5),
    )
    return httpx.AsyncClient(transport=transport, trust_env=False, timeout=3)


async def test_no_spelling_of_this_machine_reaches_it_through_both_walls() -> None:
    urls = [text for text, _ in REFUSED_URLS]
    async with listening(answer_of()) as four, listening(answer_of(), host="::1") as six:
        for port in (four.port, six.port):
            urls += [
                f"{scheme}://{host}:{port}/" for host in SPELLINGS for scheme in ("http", "https")
            ]
        async with Egress(NO_EXEMPTION, ssl_context=TLS) as egress:
            refused = [await is_refused(egress, url) for url in urls]

        print(f"\ntried {len(urls)}, canary hits {four.connections + six.connections}")
        assert all(refused)
        assert four.connections + six.connections == 0


async def test_no_spelling_of_this_machine_gets_past_the_second_wall_alone() -> None:
    hits = tried = 0
    async with listening(answer_of()) as four, listening(answer_of(), host="::1") as six:
        async with unguarded_by_url(NO_EXEMPTION, resolve_by_system) as client:
            for host in SPELLINGS:
                for port in (four.port, six.port):
                    tried += 1
                    with pytest.raises((EgressRefused, httpx.HTTPError, httpx.InvalidURL)):
                        await client.get(f"https://{host}:{port}/")
        hits = four.connections + six.connections

    print(f"\ntried {tried}, canary hits {hits}")
    assert hits == 0


async def test_an_exempt_pair_is_reached_and_its_neighbour_is_not() -> None:
    async with listening(answer_of()) as exempt, listening(answer_of()) as neighbour:
        rules = EgressRules.parse(exempt=[f"127.0.0.1:{exempt.port}"])
        async with Egress(rules, ssl_context=TLS) as egress:
            response = await get(egress, f"http://127.0.0.1:{exempt.port}/")
            refused = await is_refused(egress, f"http://127.0.0.1:{neighbour.port}/")

        assert response.status == 200
        assert refused
        assert neighbour.connections == 0


async def test_a_name_at_a_special_address_is_refused_through_the_real_client() -> None:
    tried = 0
    for address in SPECIAL:
        resolve = always(address)
        async with Egress(NO_EXEMPTION, resolve=resolve, ssl_context=TLS) as egress:
            tried += await is_refused(egress, "https://pim.example.com/")

    print(f"\ntried {len(SPECIAL)}, refused {tried}")
    assert tried == len(SPECIAL)


@pytest.mark.parametrize(
    "answer",
    [
        (PUBLIC_ADDRESS, "127.0.0.1"),
        ("10.0.0.1", PUBLIC_ADDRESS),
        (PUBLIC_ADDRESS, "::1"),
        (PUBLIC_ADDRESS, "::ffff:93.184.215.14"),
        (PUBLIC_ADDRESS, "not an address"),
    ],
)
async def test_one_bad_address_refuses_the_whole_answer(answer: tuple[str, ...]) -> None:
    dials = Dials()

    with pytest.raises(EgressRefused):
        await GuardedBackend(NO_EXEMPTION, always(*answer), dials).connect_tcp("a.example", 443)

    assert dials.dialled == []


async def test_a_flipping_name_server_cannot_move_a_checked_connection() -> None:
    asked: list[str] = []
    dials = Dials()

    async def flip(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return [PUBLIC_ADDRESS if len(asked) % 2 else "127.0.0.1"]

    backend = GuardedBackend(NO_EXEMPTION, flip, dials)
    for _ in range(200):
        with pytest.raises((EgressRefused, httpcore.ConnectError)):
            await backend.connect_tcp("rebinding.example", 443)

    print(f"\ntried 200, leaked {sum(address != PUBLIC_ADDRESS for address in dials.dialled)}")
    assert dials.dialled == [PUBLIC_ADDRESS] * 100
    assert len(asked) == 200


async def test_addresses_are_dialled_in_order_and_at_most_four() -> None:
    dials = Dials()
    answer = [f"93.184.215.{last}" for last in (14, 14, 15, 16, 17, 18)]

    with pytest.raises(httpcore.ConnectError):
        await GuardedBackend(NO_EXEMPTION, always(*answer), dials).connect_tcp("a.example", 443)

    assert dials.dialled == [f"93.184.215.{last}" for last in (14, 15, 16, 17)]


async def test_a_connection_that_another_address_answers_is_refused_and_closed() -> None:
    impostor = Impostor()
    backend = GuardedBackend(NO_EXEMPTION, always(PUBLIC_ADDRESS), Dials(impostor))

    with pytest.raises(EgressRefused, match="another address answered"):
        await backend.connect_tcp("a.example", 443)

    assert impostor.closed


async def test_a_private_network_is_dialled_by_https_only() -> None:
    rules = EgressRules.parse(private=["10.0.0.0/8"])
    dials = Dials()
    with pytest.raises(httpcore.ConnectError):
        await GuardedBackend(rules, always("10.1.2.3"), dials).connect_tcp("pim.example.com", 443)

    async with unguarded_by_url(rules, always("10.1.2.3")) as client:
        with pytest.raises(EgressRefused, match="without TLS"):
            await client.get("http://pim.example.com/")

    assert dials.dialled == ["10.1.2.3"]


async def test_local_sockets_are_never_dialled() -> None:
    with pytest.raises(EgressRefused):
        await GuardedBackend(NO_EXEMPTION, resolve_by_system).connect_unix_socket("/run/x.sock")


async def test_a_request_cannot_name_another_host_than_its_url() -> None:
    async with listening(answer_of()) as listener:
        rules = EgressRules.parse(exempt=[f"127.0.0.1:{listener.port}"])
        url = f"http://127.0.0.1:{listener.port}/"
        async with unguarded_by_url(rules, resolve_by_system) as client:
            with pytest.raises(EgressRefused, match="Host header"):
                await client.get(url, headers={"host": "other.example"})
            with pytest.raises(EgressRefused, match="certificate"):
                await client.get(url, extensions={"sni_hostname": "other.example"})

        assert listener.connections == 0


@pytest.mark.parametrize(
    "problem", [socket.gaierror("no such name"), UnicodeError("label too long")]
)
async def test_a_name_that_does_not_resolve_is_a_plain_failure(problem: Exception) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise problem

    async with Egress(NO_EXEMPTION, resolve=resolve, ssl_context=TLS) as egress:
        with pytest.raises(EgressFailed, match=r"pim\.example\.com did not answer"):
            await get(egress, "https://pim.example.com/")


async def test_a_slow_name_server_is_given_up_before_the_deadline() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return [PUBLIC_ADDRESS]

    async with Egress(NO_EXEMPTION, resolve=resolve, ssl_context=TLS) as egress, asyncio.timeout(4):
        with pytest.raises(EgressFailed, match="ConnectTimeout"):
            await get(egress, "https://pim.example.com/", deadline=30)


async def get(egress: Egress, url: str, *, deadline: float = 5) -> Any:
    return await egress.request("GET", url, limit_bytes=1000, deadline=deadline)


async def is_refused(egress: Egress, url: str) -> bool:
    try:
        await get(egress, url)
    except EgressRefused:
        return True
    return False
