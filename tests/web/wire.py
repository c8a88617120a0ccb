"""Requests as bytes and answers as they came, for what a well-behaved client never sends."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case, in order, repeated ones too."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __getitem__(self, name: str) -> str:
        """The value of a header that is there exactly once."""
        (value,) = self.all(name)
        return value

    def all(self, name: str) -> list[str]:
        """Each value of a header."""
        return [value for known, value in self.headers if known == name.lower()]

    @property
    def text(self) -> str:
        return self.body.decode()


async def ask(
    url: str, target: str, *headers: str, method: str = "GET", body: bytes = b""
) -> Answer:
    """One request on a connection of its own; `Host` is the server's unless it is given."""
    given = list(headers)
    if not any(header.lower().startswith("host:") for header in given):
        given.insert(0, f"Host: {urlsplit(url).netloc}")
    if body:
        given.append(f"Content-Length: {len(body)}")
    lines = [f"{method} {target} HTTP/1.1", *given, "Connection: close", "", ""]
    return await send(url, "\r\n".join(lines).encode("latin-1") + body)


async def send(url: str, request: bytes) -> Answer:
    """Send the bytes, and read until the server closes the connection."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        async with asyncio.timeout(30):
            writer.write(request)
            await writer.drain()
            received = await reader.read()
    finally:
        writer.close()
    return _parsed(received)


def _parsed(received: bytes) -> Answer:
    head, _, body = received.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = [(name.lower(), value.strip()) for name, _, value in (x.partition(":") for x in rest)]
    if ("transfer-encoding", "chunked") in headers:
        body = _unchunked(body)
    return Answer(int(first.split()[1]), tuple(headers), body)


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        whole += body[:length]
        body = body[length + 2 :]
    return whole
