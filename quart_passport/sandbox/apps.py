"""
Registered and connected apps: authorization codes, access tokens, disconnection.

The protocol is OAuth 2.0's authorization code grant with Akeneo's own proof of the client secret:
the app sends SHA-256 of a random string and the secret instead of the secret.
"""

import hashlib
import hmac
import re
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from quart_passport.sandbox.errors import AppRefused, TokenError
from quart_passport.sandbox.state import ConnectedApp, RegisteredApp, State
from quart_passport.sandbox.tokens import DeadToken

# What the PIM's user may do with apps: connect and change them, open connected ones, or neither.
Permission = Literal["manage", "open", "none"]

CODE_LIFETIME = 30.0  # seconds, as the PIM documents it
_CODE_MEMORY = 3600.0  # how long an old code is still called expired rather than unknown

# Goes into headers as it is, so: no user, no fragment, printable ASCII only, and a host that cannot
# be taken for another directive of a policy.
_WEB_ADDRESS = re.compile(
    r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?([/?][!\"$-~]*)?"
)
_TOKEN_FIELDS = ("client_id", "code", "grant_type", "code_identifier", "code_challenge")


@dataclass(frozen=True)
class _Code:
    client_id: str
    scopes: frozenset[str]
    authentication: frozenset[str]
    issued_at: float


@dataclass(frozen=True)
class Grant:
    """What an app gets for its code."""

    client_id: str
    access_token: str = field(repr=False)
    scopes: frozenset[str]
    authentication: frozenset[str]

    def scope(self) -> str:
        return " ".join(sorted(self.scopes | self.authentication))


class Apps:
    """The apps of one PIM. Every change is saved before it is told."""

    def __init__(self, state: State, save: Callable[[], None], clock: Callable[[], float]) -> None:
        self._state = state
        self._save = save
        self._clock = clock
        self._codes: dict[str, _Code] = {}
        self.permission: Permission = "manage"

    def register(self, name: str, activate_url: str, callback_url: str) -> RegisteredApp:
        """Register a custom app and make its credentials. Raises AppRefused."""
        name = name.strip()
        if not 1 <= len(name) <= 70:
            raise AppRefused("Give the app a name of 1 to 70 characters.")
        app = RegisteredApp(
            client_id=str(uuid.uuid4()),
            client_secret=secrets.token_urlsafe(36),
            name=name,
            activate_url=_check_url("activate URL", activate_url),
            callback_url=_check_url("callback URL", callback_url),
        )
        self._state.apps[app.client_id] = app
        self._save()
        return app

    def remove(self, client_id: str) -> bool:
        """Forget a registered app; False if there is none or if it is connected."""
        if client_id not in self._state.apps or self.connected(client_id) is not None:
            return False
        del self._state.apps[client_id]
        self._save()
        return True

    def registered(self) -> list[RegisteredApp]:
        return list(self._state.apps.values())

    def find(self, client_id: str) -> RegisteredApp | None:
        return self._state.apps.get(client_id)

    def connected(self, client_id: str) -> ConnectedApp | None:
        return self._state.connected.get(client_id)

    def grantable(self, client_id: str, asked: frozenset[str]) -> frozenset[str] | None:
        """
        The scopes that the user can give an app; None if it is not for the user to let it in.

        Who may only open apps leaves a connected one the scopes that it has.
        """
        app = self.connected(client_id)
        if self.permission == "manage":
            return asked
        if self.permission == "none" or app is None:
            return None
        return frozenset(app.scopes)

    def missing_consent(
        self, client_id: str, scopes: frozenset[str], authentication: frozenset[str]
    ) -> tuple[frozenset[str], frozenset[str]] | None:
        """The scopes a user has to consent to before a code may be given; None if all is said."""
        app = self.connected(client_id)
        if app is None:
            return scopes, authentication
        missing = scopes - set(app.scopes), authentication - set(app.consented)
        return missing if any(missing) else None

    def grant(self, client_id: str, scopes: frozenset[str], authentication: frozenset[str]) -> str:
        """Note what the user has consented to, and give the code that stands for it."""
        now = self._clock()
        app = self.connected(client_id)
        if app is None:
            app = ConnectedApp(client_id=client_id, scopes=[], consented=[], connected_at=now)
            self._state.connected[client_id] = app
        app.scopes = sorted(scopes)
        app.consented = sorted(authentication.union(app.consented))
        self._save()
        self._codes = {
            code: kept for code, kept in self._codes.items() if now - kept.issued_at < _CODE_MEMORY
        }
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Code(client_id, scopes, authentication, now)
        return code

    def exchange(self, form: Mapping[str, str]) -> Grant:
        """Give the token for a code. Raises TokenError for the first thing that is wrong."""
        if not all(form.get(name) for name in _TOKEN_FIELDS):
            raise TokenError("invalid_request")
        app = self.find(form["client_id"])
        if app is None or not _challenge_is_met(app, form):
            raise TokenError("invalid_client")
        code = self._codes.get(form["code"])
        if code is None or code.client_id != app.client_id:
            raise TokenError("invalid_grant")
        if self._clock() - code.issued_at > CODE_LIFETIME:
            raise TokenError("invalid_grant", "Code has expired")
        if form["grant_type"] != "authorization_code":
            raise TokenError("unsupported_grant_type")
        del self._codes[form["code"]]
        connected = self.connected(app.client_id)
        if connected is None:
            raise TokenError("invalid_grant")
        return self._issue(connected, code)

    def _issue(self, app: ConnectedApp, code: _Code) -> Grant:
        """The same token for the same scopes; other scopes end the old one."""
        if app.token is None or set(app.token_scopes) != code.scopes:
            app.token = secrets.token_urlsafe(40)
            app.token_scopes = sorted(code.scopes)
            self._save()
        return Grant(app.client_id, app.token, code.scopes, code.authentication)

    def holder(self, token: str) -> ConnectedApp | DeadToken:
        """The app that holds a token, or why the token opens nothing."""
        for app in self._state.connected.values():
            if app.token is not None and hmac.compare_digest(app.token.encode(), token.encode()):
                return app
        if token in self._state.revoked_tokens:
            return DeadToken.DISCONNECTED
        return DeadToken.UNKNOWN

    def disconnect(self, client_id: str) -> bool:
        """Forget the connected app and keep its token as a revoked one; False if there is none."""
        app = self._state.connected.pop(client_id, None)
        if app is None:
            return False
        if app.token is not None:
            self._state.revoked_tokens.append(app.token)
        self._codes = {c: kept for c, kept in self._codes.items() if kept.client_id != client_id}
        self._save()
        return True


def _challenge_is_met(app: RegisteredApp, form: Mapping[str, str]) -> bool:
    expected = hashlib.sha256((form["code_identifier"] + app.client_secret).encode()).hexdigest()
    return hmac.compare_digest(expected.encode(), form["code_challenge"].encode())


def _check_url(what: str, url: str) -> str:
    url = url.strip()
    if not _WEB_ADDRESS.fullmatch(url):
        raise AppRefused(
            f"The {what} must be a whole web address, for example https://app.example/akeneo"
        )
    return url
