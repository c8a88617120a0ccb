"""The second wall in place: resolve once, judge every address, dial the one that was judged.

TLS and `Host` keep the URL's host name, so certificates are checked as ever. What was resolved is
what is dialled: a name server that answers differently a moment later changes nothing.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from socket import SOCK_STREAM
from typing import Any

import httpcore
import httpx

from quart_passport.egress.address import (
    Address,
    EgressRules,
    may_dial,
    parse_address,
    port_of,
)
from quart_passport.errors import EgressRefused

# Host and port to address literals, in the order of preference; OSError if there are none.
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

_RESOLVE_SECONDS = 2.0
# A host with more addresses than this is not reached better by trying them all.
_MOST_DIALS = 4


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections for httpcore, to addresses that the rules allow."""

    def __init__(
        self,
        rules: EgressRules,
        resolve: Resolver,
        inner: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._inner = inner or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers; EgressRefused if any is not allowed."""
        addresses = await self._addresses_of(host, port)
        failure: httpcore.NetworkError | httpcore.TimeoutException
        for address in addresses[:_MOST_DIALS]:
            try:
                stream = await self._inner.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                failure = error
            else:
                return await _checked(stream, address)
        raise failure

    async def connect_unix_socket(
        self, *_args: Any, **_options: Any
    ) -> httpcore.AsyncNetworkStream:
        """Always refused: whatever listens on a local socket was not meant for us."""
        raise EgressRefused("refused connection: local sockets are not dialled")

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore asks."""
        await asyncio.sleep(seconds)

    async def _addresses_of(self, host: str, port: int) -> list[Address]:
        try:
            async with asyncio.timeout(_RESOLVE_SECONDS):
                texts = await self._resolve(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("the host name was not resolved in time") from None
        except (OSError, UnicodeError):
            raise httpcore.ConnectError("the host name does not resolve") from None
        addresses = [parse_address(text) for text in dict.fromkeys(texts)]
        known = [address for address in addresses if address is not None]
        if not known:
            raise httpcore.ConnectError("the host name does not resolve")
        exempt = self._rules.exempts(host, port)
        # One bad address refuses all: an answer that mixes them was made to mislead.
        if len(known) < len(addresses) or not (
            exempt or all(may_dial(address, self._rules) for address in known)
        ):
            raise EgressRefused(f"refused connection: {host} is at an address that is not public")
        return known


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over a guarded pool, HTTP/1.1 only.

    httpx has no argument for the network backend, so the pool it made is replaced; a test sends a
    refused address through a real client and fails if a release renames the attribute.
    """

    def __init__(
        self,
        rules: EgressRules,
        *,
        resolve: Resolver,
        ssl_context: ssl.SSLContext,
        limits: httpx.Limits,
    ) -> None:
        super().__init__(verify=ssl_context, trust_env=False)
        self._rules = rules
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            http1=True,
            http2=False,
            network_backend=GuardedBackend(rules, resolve),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, unless the request would be plain text or would name another host than its URL."""
        url = request.url
        exempt = self._rules.exempts(url.host, port_of(url))
        if url.scheme != "https" and not exempt:
            raise EgressRefused("refused request: it would leave without TLS")
        if "sni_hostname" in request.extensions:
            raise EgressRefused("refused request: it asks for the certificate of another host")
        if request.headers.get_list("host") != [url.netloc.decode("ascii")]:
            raise EgressRefused("refused request: its Host header differs from its URL")
        return await super().handle_async_request(request)


async def _checked(
    stream: httpcore.AsyncNetworkStream, address: Address
) -> httpcore.AsyncNetworkStream:
    peer = stream.get_extra_info("server_addr")
    if parse_address(str(peer[0])) != address:
        await stream.aclose()
        raise EgressRefused("refused connection: another address answered than was dialled")
    return stream
