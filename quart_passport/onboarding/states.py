"""Connect attempts under way: kept as hashes, spent once, for ten minutes."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from quart_passport.errors import AuthorizationRefused
from quart_passport.storage.database import reaches_database
from quart_passport.storage.models import AuthorizationStateRow

LIFETIME = timedelta(minutes=10)
_AGAIN = "please open your PIM and choose “Connect” or “Open app” again"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who is being connected."""

    origin: str
    # The registered connection of a custom app; None for the published app.
    connection: UUID | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a browser carries: `state` through the PIM and back, `browser` in a cookie."""

    state: str
    browser: str


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class AuthorizationStates:
    """Gives out tickets and takes them back, each once."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock

    @reaches_database
    async def issue(self, attempt: Attempt) -> Ticket:
        """Begin an attempt."""
        now = self._clock()
        ticket = Ticket(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
        await AuthorizationStateRow.create(
            state_hash=_hash(ticket.state),
            browser_hash=_hash(ticket.browser),
            connection_id=attempt.connection,
            origin=attempt.origin,
            expires_at=now + LIFETIME,
        )
        return ticket

    @reaches_database
    async def expire(self) -> int:
        """Delete the attempts whose time is over; how many there were."""
        return await AuthorizationStateRow.filter(expires_at__lt=self._clock()).delete()

    @reaches_database
    async def spend(self, ticket: Ticket, connection: UUID | None) -> Attempt:
        """The attempt that a ticket belongs to, which must have been begun at the same door.

        Whatever is wrong with a ticket, AuthorizationRefused, and the ticket is spent.
        """
        row = await AuthorizationStateRow.get_or_none(state_hash=_hash(ticket.state))
        # Of several requests with the same state, one deletes the row.
        if row is None or not await AuthorizationStateRow.filter(pk=row.pk).delete():
            raise AuthorizationRefused(f"this request is not known or was used; {_AGAIN}")
        if row.expires_at < self._clock():
            raise AuthorizationRefused(f"this request took longer than ten minutes; {_AGAIN}")
        if not hmac.compare_digest(row.browser_hash, _hash(ticket.browser)):
            raise AuthorizationRefused(f"this request was begun in another browser; {_AGAIN}")
        if row.connection_id != connection:
            raise AuthorizationRefused(f"this request belongs to another connection; {_AGAIN}")
        return Attempt(row.origin, row.connection_id)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
