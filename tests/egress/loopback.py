"""Small servers on loopback that answer as told, and count who came."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

# Made once: reading the authorities takes a while.
TLS = ssl.create_default_context()

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Listener:
    port: int = 0
    connections: int = 0
    # The head of each request, in lower case.
    heads: list[str] = field(default_factory=list)


@asynccontextmanager
async def listening(
    answer: Answer | bytes, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Listener]:
    """Answer each request on a free port, then close the connection."""
    listener = Listener()
    conversations: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener.connections += 1
        task = asyncio.current_task()
        assert task is not None
        conversations.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            listener.heads.append(head.decode("latin-1").lower())
            await _send(answer, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            conversations.discard(task)
            writer.close()

    server = await asyncio.start_server(converse, host, 0, ssl=tls)
    listener.port = server.sockets[0].getsockname()[1]
    try:
        yield listener
    finally:
        server.close()
        for task in conversations:
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await server.wait_closed()


async def _send(answer: Answer | bytes, writer: asyncio.StreamWriter) -> None:
    if isinstance(answer, bytes):
        writer.write(answer)
    else:
        await answer(writer)
    await writer.drain()


def answer_of(body: bytes = b"{}", *headers: str, status: str = "200 OK") -> bytes:
    """A whole HTTP answer; its length is told unless the headers do."""
    told = any(name.lower().startswith(("content-length", "transfer")) for name in headers)
    lines = [f"HTTP/1.1 {status}", *headers, *([] if told else [f"Content-Length: {len(body)}"])]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def redirect_to(location: str) -> bytes:
    return answer_of(b"", f"Location: {location}", status="302 Found")
