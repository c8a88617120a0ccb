"""Lets a program of its own recode pictures, and trusts it no more than the pictures themselves.

The program reads hostile files, so what it answers is taken for hostile too: each length and each
first byte is checked before anything is kept.
"""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from quart_passport.errors import Unavailable

# In pixels: phones, dense phones, desktops.
WIDTHS = (320, 640, 1280)
# Decoding takes a core each.
AT_ONCE = 2
# As many as are made in the time that a reader waits for a picture.
_MOST_WAITING = 40
_MOST_BYTES_WAITING = 64 * 2**20
# Seconds; the program has a limit on processor time of its own, which is the file's fault, while
# this one is the machine's.
_DEADLINE = 7.0
_RETRY_AFTER = 3
_PROGRAM = Path(__file__).with_name("recoding.py")
_LONGEST_HEAD = 2048
_LARGEST_ANSWER = 16 * 2**20
_PIECE = 64 * 1024

Form = Literal["webp", "jpg"]
_MAGIC: dict[Form, bytes] = {"webp": b"RIFF", "jpg": b"\xff\xd8\xff"}
_Listed = tuple[
    Annotated[int, Meta(ge=1, le=WIDTHS[-1])],
    Annotated[int, Meta(ge=1, le=2560)],
    Form,
    Annotated[int, Meta(ge=1, le=_LARGEST_ANSWER)],
]


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """In pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Recoded:
    """One picture in all its renditions."""

    # From the smallest up; each in every form.
    sizes: tuple[Size, ...]
    # By width and form.
    files: Mapping[tuple[int, Form], bytes]


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    renditions: Annotated[tuple[_Listed, ...], Meta(min_length=2, max_length=8)]


class Recoders:
    """Recodes pictures, two at a time."""

    def __init__(self, most: int = _MOST_WAITING) -> None:
        """`most` is how many may wait or be recoded altogether."""
        self._most = most
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._bytes_waiting = 0

    async def recode(self, original: bytes) -> Recoded | None:
        """All renditions of a picture; None if this is not one that we take.

        Raises Unavailable where too many wait already, or this machine has no time for it.
        """
        if self._waiting >= self._most or self._bytes_waiting + len(original) > _MOST_BYTES_WAITING:
            raise Unavailable("too many pictures are waiting", retry_after=_RETRY_AFTER)
        self._waiting += 1
        self._bytes_waiting += len(original)
        try:
            async with self._turns:
                answer = await _run(original)
        finally:
            self._waiting -= 1
            self._bytes_waiting -= len(original)
        return None if answer is None else read_answer(answer)


def read_answer(answer: bytes) -> Recoded | None:
    """What the program says, if it says it in just the way that it should."""
    line, newline, rest = answer.partition(b"\n")
    if not newline or len(line) > _LONGEST_HEAD:
        return None
    try:
        listed = msgspec.json.decode(line, type=_Head).renditions
    except (msgspec.DecodeError, RecursionError):
        return None
    if sum(length for *_, length in listed) != len(rest):
        return None
    files: dict[tuple[int, Form], bytes] = {}
    for width, _, form, length in listed:
        files[width, form], rest = rest[:length], rest[length:]
    sizes = tuple(sorted({Size(width, height) for width, height, _, _ in listed}))
    expected = {(size.width, form) for size in sizes for form in _MAGIC}
    if not len(files) == len(listed) == len(sizes) * len(_MAGIC) or files.keys() != expected:
        return None
    if not all(body.startswith(_MAGIC[form]) for (_, form), body in files.items()):
        return None
    return Recoded(sizes, files)


async def _run(original: bytes) -> bytes | None:
    """What the program writes; None if it refuses the file, or dies of it."""
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(_PROGRAM), *map(str, WIDTHS),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, env={},
        )  # fmt: skip
    except OSError:
        # No memory, or too many processes: the machine's trouble, not the picture's.
        raise Unavailable("no picture can be made now", retry_after=_RETRY_AFTER) from None
    try:
        async with asyncio.timeout(_DEADLINE):
            _, answer = await asyncio.gather(_feed(process, original), _listen(process))
            await process.wait()
    except TimeoutError:
        raise Unavailable("a picture took too long", retry_after=_RETRY_AFTER) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return answer if process.returncode == 0 else None


async def _feed(process: asyncio.subprocess.Process, original: bytes) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(original)
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        # It gave up before it had read everything, and its exit code says so.
        pass
    finally:
        process.stdin.close()


async def _listen(process: asyncio.subprocess.Process) -> bytes | None:
    """All that it writes; None where that is more than any picture of ours."""
    assert process.stdout is not None
    answer = bytearray()
    while piece := await process.stdout.read(_PIECE):
        answer += piece
        if len(answer) > _LARGEST_ANSWER:
            process.kill()
            return None
    return bytes(answer)
