"""
Connections: ordinary API clients beside the apps.

They log in with OAuth 2.0's password grant (RFC 6749 section 4.3), and go on with a refresh token
(section 6) when their access token has run out.
"""

import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from quart_passport.sandbox.errors import ApiError, AppRefused
from quart_passport.sandbox.state import ConnectedApp, Connection, State
from quart_passport.sandbox.tokens import DeadToken

if TYPE_CHECKING:
    from quart_passport.sandbox.pim import Pim

ACCESS_LIFETIME = 3600  # seconds, the PIM's default
REFRESH_LIFETIME = 14 * 24 * 3600  # seconds, the default of the PIM's OAuth library
# How many tokens of a kind a connection keeps, so that old ones are still called expired.
_MEMORY = 100

# The PIM's own words, all with status 422.
_WRONG_CLIENT = (
    'Parameter "client_id" is missing or does not match any client, or secret is invalid'
)
_WRONG_GRANT = 'Parameter "grant_type", "username" or "password" is missing, empty or invalid'
_WRONG_USER = "No user found for the given username and password"
_NO_REFRESH = 'Parameter "grant_type" or "refresh_token" is missing or empty'
_WRONG_REFRESH = "Refresh token is invalid or has expired"


@dataclass(frozen=True)
class Login:
    """What a connection gets for its credentials."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


class Connections:
    """The connections of one PIM. Every change is saved before it is told."""

    def __init__(self, state: State, save: Callable[[], None], clock: Callable[[], float]) -> None:
        self._state = state
        self._save = save
        self._clock = clock

    def create(self, label: str, scopes: Iterable[str]) -> Connection:
        """Make a connection and its credentials. Raises AppRefused."""
        label = label.strip()
        if not 3 <= len(label) <= 100:
            raise AppRefused("Give the connection a name of 3 to 100 characters.")
        stem = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_") or "connection"
        connection = Connection(
            client_id=f"{len(self._state.connections) + 1}_{secrets.token_hex(20)}",
            client_secret=secrets.token_urlsafe(36),
            label=label,
            username=f"{stem}_{secrets.randbelow(9000) + 1000}",
            password=secrets.token_urlsafe(12),
            scopes=sorted(scopes),
        )
        self._state.connections[connection.client_id] = connection
        self._save()
        return connection

    def all(self) -> list[Connection]:
        return list(self._state.connections.values())

    def remove(self, client_id: str) -> bool:
        """Delete a connection, and its tokens with it; False if there is none."""
        if self._state.connections.pop(client_id, None) is None:
            return False
        self._save()
        return True

    def expire(self, client_id: str) -> bool:
        """Let every access token of a connection run out now; False if there is no connection."""
        connection = self._state.connections.get(client_id)
        if connection is None:
            return False
        connection.access_tokens = dict.fromkeys(connection.access_tokens, self._clock())
        self._save()
        return True

    def log_in(self, client_id: str, secret: str, form: Mapping[str, str]) -> Login:
        """Give tokens for credentials, or for a refresh token. Raises ApiError 422."""
        connection = self._state.connections.get(client_id)
        if connection is None or not _same(connection.client_secret, secret):
            raise ApiError(422, _WRONG_CLIENT)
        match form.get("grant_type"):
            case "password":
                _check_user(connection, form)
            case "refresh_token":
                self._use_up(connection, form)
            case "authorization_code" | "client_credentials" | "token":
                raise ApiError(422, "This grant type is not authorized for this client")
            case _:
                raise ApiError(422, _WRONG_GRANT)
        return self._issue(connection)

    def holder(self, token: str) -> Connection | DeadToken:
        """The connection that holds an access token, or why the token opens nothing."""
        for connection in self._state.connections.values():
            expires_at = connection.access_tokens.get(token)
            if expires_at is not None:
                return connection if self._clock() < expires_at else DeadToken.EXPIRED
        return DeadToken.UNKNOWN

    def _use_up(self, connection: Connection, form: Mapping[str, str]) -> None:
        token = form.get("refresh_token")
        if not token:
            raise ApiError(422, _NO_REFRESH)
        expires_at = connection.refresh_tokens.pop(token, None)
        if expires_at is None or self._clock() >= expires_at:
            raise ApiError(422, _WRONG_REFRESH)

    def _issue(self, connection: Connection) -> Login:
        login = Login(secrets.token_urlsafe(48), secrets.token_urlsafe(48))
        now = self._clock()
        _remember(connection.access_tokens, login.access_token, now + ACCESS_LIFETIME)
        _remember(connection.refresh_tokens, login.refresh_token, now + REFRESH_LIFETIME)
        self._save()
        return login


def holder_of(pim: "Pim", token: str) -> ConnectedApp | Connection | DeadToken:
    """The app or the connection that holds a token, or why the token opens nothing."""
    holder = pim.apps.holder(token)
    return pim.connections.holder(token) if holder is DeadToken.UNKNOWN else holder


def _check_user(connection: Connection, form: Mapping[str, str]) -> None:
    username, password = form.get("username"), form.get("password")
    if not username or not password:
        raise ApiError(422, _WRONG_GRANT)
    # The user of one connection has no business with the client of another.
    if username != connection.username or not _same(connection.password, password):
        raise ApiError(422, _WRONG_USER)


def _remember(tokens: dict[str, float], token: str, expires_at: float) -> None:
    tokens[token] = expires_at
    for oldest in list(tokens)[:-_MEMORY]:
        del tokens[oldest]


def _same(known: str, given: str) -> bool:
    return hmac.compare_digest(known.encode(), given.encode())
