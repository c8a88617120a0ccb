"""
What a PIM remembers across a restart: its apps, their tokens, its signing key, its subscribers.

The file is written whole to a neighbour and renamed, readable for its owner only, because it holds
client secrets and tokens in the clear, as a PIM's own database would.
"""

import os
import tempfile
from pathlib import Path
from typing import Literal

import msgspec

from quart_passport.sandbox.errors import StateError


class RegisteredApp(msgspec.Struct, kw_only=True):
    """A custom app that a PIM user has registered."""

    client_id: str
    client_secret: str
    name: str
    activate_url: str
    callback_url: str

    def __repr__(self) -> str:
        return f"RegisteredApp({self.client_id!r}, {self.name!r}, client_secret='…')"


class ConnectedApp(msgspec.Struct, kw_only=True):
    """
    What a registered app may do here.

    `scopes` were granted by the last consent; `token` carries `token_scopes`, which differ from
    them until the app has exchanged its next code.
    """

    client_id: str
    scopes: list[str]
    consented: list[str]
    connected_at: float
    token: str | None = None
    token_scopes: list[str] = []

    def __repr__(self) -> str:
        return f"ConnectedApp({self.client_id!r}, scopes={self.scopes!r}, token='…')"


class Connection(msgspec.Struct, kw_only=True):
    """
    An ordinary API client: it logs in with credentials of its own, and its tokens run out.

    `scopes` are what its user's role allows; both kinds of token are kept with the moment when
    they expire, in seconds since 1970.
    """

    client_id: str
    client_secret: str
    label: str
    username: str
    password: str
    scopes: list[str]
    access_tokens: dict[str, float] = {}
    refresh_tokens: dict[str, float] = {}

    @property
    def token_scopes(self) -> list[str]:
        """What its tokens carry."""
        return self.scopes

    def __repr__(self) -> str:
        return f"Connection({self.client_id!r}, {self.label!r}, client_secret='…')"


class Contact(msgspec.Struct, kw_only=True):
    """Whom the Event Platform tells when a subscription stops, and how."""

    technical_email: str
    notification_channels: list[Literal["webhook", "email"]] = msgspec.field(
        default_factory=lambda: ["email"]
    )
    notification_webhook_url: str | None = None
    notification_webhook_secret: str | None = None

    def __repr__(self) -> str:
        return f"Contact({self.technical_email!r}, secret='…')"


class DestinationSecret(msgspec.Struct, kw_only=True):
    """The keys with which deliveries are signed; two during a rotation."""

    primary: str
    secondary: str | None = None

    def __repr__(self) -> str:
        return "DestinationSecret('…')"


class Destination(msgspec.Struct, kw_only=True):
    """Where events of a subscription go."""

    url: str
    secret: DestinationSecret
    headers: dict[str, str] = {}


class Subscription(msgspec.Struct, kw_only=True):
    """An app's wish to hear of events."""

    id: str
    subject: str
    events: list[str]
    config: Destination
    created_at: float
    updated_at: float
    source: str = "pim"
    type: str = "https"
    send_product_identifier: bool = False
    filter: str | None = None
    status: Literal["active", "suspended", "revoked"] = "active"


class Subscriber(msgspec.Struct, kw_only=True):
    """An app as the Event Platform knows it."""

    id: str
    client_id: str
    name: str
    subject: str
    contact: Contact
    created_at: float
    updated_at: float
    status: Literal["active", "revoked"] = "active"
    subscriptions: dict[str, Subscription] = {}


class State(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Everything a PIM remembers."""

    version: Literal[1] = 1
    apps: dict[str, RegisteredApp] = {}
    connected: dict[str, ConnectedApp] = {}
    revoked_tokens: list[str] = []
    private_key: str | None = None
    certificate: str | None = None
    subscribers: dict[str, Subscriber] = {}
    connections: dict[str, Connection] = {}

    def __repr__(self) -> str:
        return f"State({len(self.apps)} apps, {len(self.connected)} connected)"


class StateFile:
    """Where a PIM's state lies; without a path it lives in memory only."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def load(self) -> State:
        """The remembered state, or an empty one. Raises StateError if the file is damaged."""
        if self._path is None or not self._path.exists():
            return State()
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=State)
        except (msgspec.DecodeError, OSError) as error:
            raise StateError(
                f"{self._path} is not a readable sandbox state ({error}). It was left as it is: "
                "restore it from a copy, or move it away to start with an empty sandbox."
            ) from None

    def save(self, state: State) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes the file with mode 0600.
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_indented(state))
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _indented(state: State) -> bytes:
    return msgspec.json.format(msgspec.json.encode(state), indent=2)
