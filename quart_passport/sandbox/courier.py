"""
Carries signed messages to webhooks in the background.

Each body is signed as it goes over the wire: hex HMAC-SHA256 in X-AKENEO-SIGNATURE-PRIMARY, and
during a rotation of keys in X-AKENEO-SIGNATURE-SECONDARY too. Plain http destinations are accepted
only because this is a sandbox.
"""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

logger = logging.getLogger(__name__)

ANSWER_TIMEOUT = 5.0  # seconds a webhook has to answer
NOTIFICATION_PAUSES = (1.0, 2.0)  # seconds before the second and the third attempt


@dataclass(frozen=True)
class Letter:
    """One message to one webhook; the secrets are the primary and perhaps a secondary one."""

    url: str
    payload: Mapping[str, Any]
    secrets: Sequence[str] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        return msgspec.json.encode(self.payload)

    def signed_headers(self) -> dict[str, str]:
        body = self.body()
        names = ("X-AKENEO-SIGNATURE-PRIMARY", "X-AKENEO-SIGNATURE-SECONDARY")
        signatures = {
            name: hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            for name, secret in zip(names, self.secrets, strict=False)
        }
        return {
            **self.headers,
            "Content-Type": "application/json",
            "User-Agent": "akeneo/event-platform",
            "X-AKENEO-SIGNATURE-ALGORITHM": "HmacSHA256",
            **signatures,
        }


@dataclass(frozen=True)
class Delivery:
    """What became of one attempt: `status` is None when nobody answered in time."""

    url: str
    kind: str
    attempt: int
    status: int | None


class Courier:
    """Sends letters one after the other in tasks of their own, and remembers what came back."""

    pauses: tuple[float, ...] = NOTIFICATION_PAUSES

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def notify(self, letter: Letter) -> None:
        """Send a notification: up to three attempts; 5xx, 429 and silence are tried again."""
        self._start(self._insist(letter))

    def deliver(self, letter: Letter, then: Callable[[int | None], Awaitable[None]]) -> None:
        """Send an event once and tell `then` the answer's status."""

        async def once() -> None:
            await then(await self._attempt(letter, 1))

        self._start(once())

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Give up what is still under way."""
        for task in list(self._tasks):
            task.cancel()
        await self.settled()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _insist(self, letter: Letter) -> None:
        for attempt, pause in enumerate((0.0, *self.pauses), start=1):
            await asyncio.sleep(pause)
            status = await self._attempt(letter, attempt)
            if status is not None and status != 429 and status < 500:
                return

    async def _attempt(self, letter: Letter, attempt: int) -> int | None:
        payload = letter.payload
        kind = str(payload.get("notification_type") or payload.get("type"))
        status = await _post(letter)
        self.deliveries.append(Delivery(letter.url, kind, attempt, status))
        logger.info("%s: attempt %d, answer %s", kind, attempt, status)
        return status


async def _post(letter: Letter) -> int | None:
    try:
        async with (
            asyncio.timeout(ANSWER_TIMEOUT),
            httpx.AsyncClient(trust_env=False, follow_redirects=False) as client,
        ):
            answer = await client.post(
                letter.url, content=letter.body(), headers=letter.signed_headers()
            )
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        return None
    return answer.status_code
