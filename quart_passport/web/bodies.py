"""Large bodies: sent piece by piece, and only so much of them at once.

A body stays in memory for as long as its slowest reader takes. Pictures are small, but documents
are not, and whoever asks for many of them and reads none must not fill the memory.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast

from quart import current_app
from quart.wrappers.response import ResponseBody

from quart_passport.errors import Unavailable

# Bytes. The server below takes a piece when the reader has taken the one before.
_PIECE = 64 * 1024
_ROOM = 128 * 2**20
_RETRY_AFTER = 5
_EXTENSION = "quart_passport.bodies"


@dataclass(slots=True)
class _Room:
    """How many bytes an app is sending now."""

    taken: int = 0


class _PieceByPiece(ResponseBody):
    def __init__(self, body: bytes, room: _Room) -> None:
        self._body = body
        self._room = room

    async def __aenter__(self) -> AsyncIterator[bytes]:
        self._room.taken += len(self._body)
        return self._pieces()

    async def __aexit__(self, *error: object) -> None:
        self._room.taken -= len(self._body)

    async def _pieces(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), _PIECE):
            yield self._body[start : start + _PIECE]


def sendable(body: bytes) -> bytes | ResponseBody:
    """The body as a response takes it; Unavailable while too much is being sent."""
    if len(body) <= _PIECE:
        return body
    room = cast("_Room", current_app.extensions.setdefault(_EXTENSION, _Room()))
    if room.taken + len(body) > _ROOM:
        raise Unavailable("too many large files are being sent", retry_after=_RETRY_AFTER)
    return _PieceByPiece(body, room)
