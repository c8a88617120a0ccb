"""
Plays faults on an ASGI server's connection, down to its end.

ASGI has no word for a connection that is simply gone, so two faults reach through Hypercorn's
`send` to the connection below it. Under any other server they raise `ConnectionAbortedError`, which
such a server makes an answer with status 500 of.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hypercorn.events import Closed, RawData
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.http_stream import HTTPStream

from quart_passport.sandbox.faults import Fault, Reply, reply_to

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = Callable[[Send], Awaitable[None]]

_DROPS = 20  # parts in which a slow body comes
_CHUNK = b" " * 65536
_HALF_A_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: applica"


async def play(fault: Fault, answer: Answer, receive: Receive, send: Send) -> None:
    """Do what the fault says; `answer` gives the right answer, for faults that only hold it up."""
    reply = reply_to(fault)
    if reply is not None:
        await send_reply(reply, send)
        return
    match fault.kind:
        case "slow":
            await asyncio.sleep(fault.seconds)
            await answer(send)
        case "slow_body":
            await answer(_drip(fault.seconds, send))
        case "huge_body":
            await _send_padding(fault, receive, send)
        case "dropped_connection":
            await _drop(send, b"")
        case "dropped_in_headers":
            await _drop(send, _HALF_A_HEAD)


async def send_reply(reply: Reply, send: Send) -> None:
    """Send a whole answer, or as much of it as the fault allows."""
    await _start(send, reply.status, list(reply.all_headers()))
    # With more_body and nothing more to come, the server closes the connection mid-body.
    await send(
        {"type": "http.response.body", "body": reply.body, "more_body": reply.missing_bytes > 0}
    )


async def _start(send: Send, status: int, headers: list[tuple[str, str]]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": raw})


def _drip(seconds: float, send: Send) -> Send:
    async def drip(message: Message) -> None:
        body = message.get("body", b"")
        if message["type"] != "http.response.body" or not body:
            await send(message)
            return
        size = -(-len(body) // _DROPS)
        for start in range(0, len(body), size):
            await asyncio.sleep(seconds / _DROPS)
            is_last = start + size >= len(body)
            more = not is_last or message.get("more_body", False)
            await send(message | {"body": body[start : start + size], "more_body": more})

    return drip


async def _send_padding(fault: Fault, receive: Receive, send: Send) -> None:
    """JSON with `size` bytes of white space in it, and no Content-Length that would warn of it."""
    await _start(send, fault.status or 200, [("content-type", "application/json")])
    gone = asyncio.create_task(_until_gone(receive))
    try:
        await send({"type": "http.response.body", "body": b'{"padding":', "more_body": True})
        for start in range(0, fault.size, len(_CHUNK)):
            # Writing to a dead connection does not wait, so the reader would never hear of its end.
            await asyncio.sleep(0)
            if gone.done():
                return
            part = _CHUNK[: fault.size - start]
            await send({"type": "http.response.body", "body": part, "more_body": True})
    finally:
        gone.cancel()
    await send({"type": "http.response.body", "body": b"1}", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drop(send: Send, last_words: bytes) -> None:
    """Close the connection of a call that was not answered."""
    stream = getattr(send, "__self__", None)
    protocol = getattr(stream.send, "__self__", None) if isinstance(stream, HTTPStream) else None
    if not isinstance(protocol, H11Protocol):
        raise ConnectionAbortedError("the sandbox was told to drop this connection")
    if last_words:
        await protocol.send(RawData(last_words))
    await protocol.send(Closed())
