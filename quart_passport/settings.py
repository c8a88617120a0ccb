"""The settings of one installation: read from the environment once, frozen, all mistakes at once.

Each is an environment variable with the prefix `PASSPORT_`; those that hold a secret may instead
name a file in `PASSPORT_<NAME>_FILE`. Lists are separated by commas or white space.
"""

import os
import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from quart_passport.errors import SettingsError
from quart_passport.secret import Secret

PREFIX = "PASSPORT_"
Network = IPv4Network | IPv6Network


def _split(value: Any) -> Any:
    return (
        tuple(re.split(r"[\s,]+", value.strip()))
        if isinstance(value, str) and value.strip()
        else (value or ())
    )


def _check_base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise ValueError("must be an address like https://passport.example.com")
    if parts.query or parts.fragment or parts.path not in {"", "/"}:
        raise ValueError("must have no path, query or fragment")
    return url.rstrip("/")


def _check_host(host: str) -> str:
    if not re.fullmatch(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)+", host):
        raise ValueError(f"{host!r} is neither a host name nor a suffix that begins with a dot")
    return host


def _check_host_port(pair: str) -> str:
    host, _, port = pair.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{pair!r} is not of the form host:port")
    return pair


def _check_network(text: str) -> str:
    network = ip_network(text)
    if network.is_loopback or network.is_link_local:
        raise ValueError(f"{text} is loopback or link-local, which is never dialled")
    return text


def _secret(value: Any) -> Secret:
    return value if isinstance(value, Secret) else Secret(str(value))


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
SecretText = Annotated[Secret, BeforeValidator(_secret)]


class Settings(BaseModel):
    """All of them; the descriptions are the reference in docs/settings.md."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    base_url: Annotated[str, AfterValidator(_check_base_url)] = Field(
        "http://127.0.0.1:8000",
        description="The only source of absolute addresses, also of what QR codes say.",
    )
    operator_name: str = Field("", description="Who runs this installation; on the privacy page.")
    contact_email: str = Field(
        "",
        description="Whom people ask about their data; on the privacy page and for the Event Platform.",
    )
    security_contact: str = Field("", description="An address or URL for security.txt.")
    environment: Literal["development", "production"] = Field(
        "development",
        description="`production` refuses what only a trial may do: http, SQLite, the in-process cache, exempt egress, a missing key ring, empty contacts.",
    )
    data_dir: Path = Field(
        Path("var"), description="Key ring and SQLite file when nothing else is set."
    )
    database_url: SecretText = Field(
        Secret(""), description="`postgres://…`; empty: SQLite in the data folder."
    )
    redis_url: SecretText = Field(
        Secret(""),
        description="`redis://…`, `rediss://…` or `unix://…`; empty: the in-process cache.",
    )
    key_ring: Path | None = Field(
        None,
        description="The key ring file; empty: `keyring.json` in the data folder, made at first start in development only.",
    )
    akeneo_client_id: str = Field(
        "", description="Client id of the published app; custom apps keep theirs per connection."
    )
    akeneo_client_secret: SecretText = Field(Secret(""), description="Its client secret.")
    pim_hosts: Annotated[
        Words, AfterValidator(lambda hosts: tuple(_check_host(h.lower()) for h in hosts))
    ] = Field(
        (".cloud.akeneo.com",),
        description="Host names, or suffixes that begin with a dot, to which a PIM's address may point.",
    )
    registration: Literal["open", "closed"] = Field(
        "closed",
        description="`open`: merchants may register a custom app themselves; `closed`: the operator does.",
    )
    event_platform_url: str = Field(
        "https://event.prd.sdk.akeneo.cloud/api/v1",
        description="Where subscriptions to a PIM's events are made; `{pim}` in it stands for the PIM's own address, as sandboxes have it; empty: nowhere.",
    )
    egress_exempt: Annotated[
        Words, AfterValidator(lambda pairs: tuple(map(_check_host_port, pairs)))
    ] = Field(
        (),
        description="Exact `host:port` pairs that may be http and private, and need no entry in `PIM_HOSTS`; development only.",
    )
    egress_private: Annotated[
        Words, AfterValidator(lambda nets: tuple(map(_check_network, nets)))
    ] = Field(
        (),
        description="Networks (CIDR) that may be dialled although private, https only, for PIMs on an intranet.",
    )
    tenants_dir: Path = Field(
        Path("tenants"), description="Declared tenants and their template overrides."
    )
    sentry_dsn: SecretText = Field(
        Secret(""), description="Where errors are reported; empty: nowhere."
    )
    workers: int = Field(1, ge=1, le=64, description="Processes that serve.")
    bind: Annotated[str, AfterValidator(_check_host_port)] = Field(
        "127.0.0.1:8000", description="Address and port to listen on."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least level that is logged."
    )
    metrics_bind: str = Field("", description="Address and port of the metrics; empty: none.")

    @model_validator(mode="after")
    def _refuse_trial_settings_in_production(self) -> "Settings":
        if self.environment == "production":
            problems = [text for wrong, text in self._production_rules() if wrong]
            if problems:
                raise ValueError("; ".join(problems))
        if self.workers > 1 and not (self.database_url and self.redis_url):
            raise ValueError(
                "WORKERS above 1 needs DATABASE_URL and REDIS_URL: SQLite and the in-process cache serve one process"
            )
        return self

    def _production_rules(self) -> tuple[tuple[bool, str], ...]:
        return (
            (not self.base_url.startswith("https://"), "BASE_URL must begin with https://"),
            (
                not self.database_url.reveal().startswith(("postgres://", "postgresql://")),
                "DATABASE_URL must name a PostgreSQL database",
            ),
            (not self.redis_url, "REDIS_URL must name a Redis server"),
            (
                not self.key_ring_file.exists(),
                f"KEY_RING: there is no file {self.key_ring_file}; make one with `quart-passport keys new`",
            ),
            (bool(self.egress_exempt), "EGRESS_EXEMPT is for development and must be empty"),
            (not self.operator_name, "OPERATOR_NAME must say who runs this installation"),
            (not self.contact_email, "CONTACT_EMAIL must say whom people can ask"),
        )

    @property
    def key_ring_file(self) -> Path:
        """Where the key ring lies."""
        return self.key_ring or self.data_dir / "keyring.json"

    @property
    def private_networks(self) -> tuple[Network, ...]:
        """`egress_private`, parsed."""
        return tuple(ip_network(text) for text in self.egress_private)

    @property
    def is_production(self) -> bool:
        """Whether this is the real thing."""
        return self.environment == "production"


SECRET_SETTINGS = ("akeneo_client_secret", "sentry_dsn", "database_url", "redis_url")


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; SettingsError lists every mistake with the variable's name."""
    problems: list[str] = []
    raw: dict[str, Any] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX):
            continue
        key = name.removeprefix(PREFIX).lower()
        if key in Settings.model_fields:
            raw[key] = value
        elif key.endswith("_file") and key.removesuffix("_file") in SECRET_SETTINGS:
            _read_secret_file(name, value, raw, problems)
        else:
            problems.append(f"{name}: there is no such setting; docs/settings.md lists them all")
    # An empty variable means the same as none, as compose files write it.
    given = {key: value for key, value in raw.items() if value != "" or key == "event_platform_url"}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        problems += [_sentence(details) for details in error.errors()]
        raise SettingsError(problems) from None
    if problems:
        raise SettingsError(problems)
    return settings


def _read_secret_file(name: str, file: str, raw: dict[str, Any], problems: list[str]) -> None:
    key = name.removeprefix(PREFIX).lower().removesuffix("_file")
    if key in raw:
        problems.append(f"{name}: {PREFIX}{key.upper()} is set too; set one of them")
        return
    try:
        raw[key] = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        problems.append(f"{name}: cannot read {file}: {reason}")


def _sentence(details: Any) -> str:
    message = details["msg"].removeprefix("Value error, ")
    where = ".".join(str(part) for part in details["loc"]).upper()
    return f"{PREFIX}{where}: {message}" if where else f"{PREFIX}*: {message}"
