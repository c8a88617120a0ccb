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
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_DSN = re.compile(r"https?://[^@/\s]+@[^@/\s]+(/[^\s?#]*)?/[0-9]+")
Network = IPv4Network | IPv6Network


def _split(value: Any) -> Any:
    return (
        tuple(re.split(r"[\s,]+", value.strip()))
        if isinstance(value, str) and value.strip()
        else (value or ())
    )


def _check_base_url(url: str) -> str:
    scheme, slashes, rest = url.partition("://")
    if "@" in rest or not _is_web_address(url):
        raise ValueError("must be an address like https://passport.example.com")
    host = rest.removesuffix("/")
    if set(host) & set("/?#"):
        raise ValueError("must have no path, query or fragment")
    return scheme + slashes + host


def _is_web_address(url: str) -> bool:
    """Whether it begins with http(s), names a host, and a port only as a number."""
    if not _VISIBLE.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _check_event_platform(url: str) -> str:
    # Demos have one platform beside each PIM.
    if url and not _is_web_address(url.replace("{pim}", "https://pim.example", 1)):
        raise ValueError("must be an address like https://event.example.com/api/v1, or empty")
    return url


def _check_database(url: Secret) -> Secret:
    if url and not url.reveal().startswith(("postgres://", "postgresql://")):
        raise ValueError("must begin with postgres://, or be empty for SQLite")
    return url


def _check_cache(url: Secret) -> Secret:
    if url and not url.reveal().startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must begin with redis://, rediss:// or unix://, or be empty")
    return url


def _check_dsn(dsn: Secret) -> Secret:
    if dsn and not _DSN.fullmatch(dsn.reveal()):
        raise ValueError("must be a DSN like https://key@errors.example.com/1, or empty")
    return dsn


def _check_email(address: str) -> str:
    if address and not _EMAIL.fullmatch(address):
        raise ValueError("must be an e-mail address")
    return address


def _check_security_contact(contact: str) -> str:
    is_address = _EMAIL.fullmatch(contact.removeprefix("mailto:"))
    if contact and not is_address and not contact.startswith("https://"):
        raise ValueError("must be an e-mail address or an https:// address")
    if not re.fullmatch(r"\S*", contact):
        raise ValueError("must not hold white space")
    return contact


def _check_host(host: str) -> str:
    if not re.fullmatch(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)+", host):
        raise ValueError(f"{host!r} is neither a host name nor a suffix that begins with a dot")
    return host


def _check_host_port(pair: str) -> str:
    host, _, port = pair.rpartition(":")
    if not host or not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise ValueError(f"{pair!r} is not of the form host:port")
    return pair


def _check_metrics(pair: str) -> str:
    return _check_host_port(pair) if pair else pair


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
    contact_email: Annotated[str, AfterValidator(_check_email)] = Field(
        "",
        description="Whom people ask about their data; on the privacy page and for the Event Platform.",
    )
    security_contact: Annotated[str, AfterValidator(_check_security_contact)] = Field(
        "", description="An address or URL for security.txt."
    )
    environment: Literal["development", "production"] = Field(
        "development",
        description="`production` refuses what only a trial may do: http, SQLite, the in-process cache, exempt egress, a missing key ring, empty contacts.",
    )
    data_dir: Path = Field(
        Path("var"), description="Key ring and SQLite file when nothing else is set."
    )
    database_url: Annotated[SecretText, AfterValidator(_check_database)] = Field(
        Secret(""), description="`postgres://…`; empty: SQLite in the data folder."
    )
    redis_url: Annotated[SecretText, AfterValidator(_check_cache)] = Field(
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
        description="`closed`: the operator registers custom apps. `open`, where merchants do so themselves, has no effect yet.",
    )
    event_platform_url: Annotated[str, AfterValidator(_check_event_platform)] = Field(
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
    sentry_dsn: Annotated[SecretText, AfterValidator(_check_dsn)] = Field(
        Secret(""), description="Where errors are reported; empty: nowhere."
    )
    workers: int = Field(1, ge=1, le=64, description="Processes that serve.")
    bind: Annotated[str, AfterValidator(_check_host_port)] = Field(
        "127.0.0.1:8000", description="Address and port to listen on."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least level that is logged."
    )
    metrics_bind: Annotated[str, AfterValidator(_check_metrics)] = Field(
        "", description="Address and port of the metrics; has no effect yet."
    )

    @model_validator(mode="after")
    def _check_together(self) -> "Settings":
        rules = (*self._rules(), *(self._production_rules() if self.is_production else ()))
        if problems := [f"{PREFIX}{name}: {text}" for wrong, name, text in rules if wrong]:
            raise ValueError("\n".join(problems))
        return self

    def _rules(self) -> tuple[tuple[bool, str, str], ...]:
        return (
            (
                self.workers > 1 and not (self.database_url and self.redis_url),
                "WORKERS",
                "above 1 needs DATABASE_URL and REDIS_URL: SQLite and the in-process cache serve one process",
            ),
            (
                bool(self.akeneo_client_id) != bool(self.akeneo_client_secret),
                "AKENEO_CLIENT_ID",
                "and AKENEO_CLIENT_SECRET belong together; set both or none",
            ),
        )

    def _production_rules(self) -> tuple[tuple[bool, str, str], ...]:
        return (
            (not self.base_url.startswith("https://"), "BASE_URL", "must begin with https://"),
            (not self.database_url, "DATABASE_URL", "must name a PostgreSQL database"),
            (not self.redis_url, "REDIS_URL", "must name a Redis server"),
            (
                not self.key_ring_file.exists(),
                "KEY_RING",
                f"there is no file {self.key_ring_file}; make one with `quart-passport keys new`",
            ),
            (bool(self.egress_exempt), "EGRESS_EXEMPT", "is for development and must be empty"),
            (
                self.event_platform_url.startswith("http://"),
                "EVENT_PLATFORM_URL",
                "must begin with https://",
            ),
            (not self.operator_name, "OPERATOR_NAME", "must say who runs this installation"),
            (not self.contact_email, "CONTACT_EMAIL", "must say whom people can ask"),
        )

    @property
    def key_ring_file(self) -> Path:
        """Where the key ring lies."""
        return self.key_ring or self.data_dir / "keyring.json"

    @property
    def is_production(self) -> bool:
        """Whether this is the real thing."""
        return self.environment == "production"


SECRET_SETTINGS = ("akeneo_client_secret", "sentry_dsn", "database_url", "redis_url")
# Here an empty variable says something else than none.
_MAY_BE_EMPTY = frozenset({"event_platform_url"})


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; SettingsError lists every mistake with the variable's name."""
    given, problems = _read_variables(environ)
    settings, faults = _build(given)
    if faults:
        # What only shows when all else is right is said at once too; a setting that is wrong has
        # its own sentence already.
        _, more = _build({name: value for name, value in given.items() if name not in faults})
        faults = more | faults
    problems += [sentence for sentences in faults.values() for sentence in sentences]
    if settings is None or problems:
        raise SettingsError(problems)
    return settings


def key_ring_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the key ring lies or has to be made, whatever else is right or wrong."""
    names = ("key_ring", "data_dir")
    given = {name: environ.get(f"{PREFIX}{name.upper()}", "") for name in names}
    return Settings(**{name: Path(value) for name, value in given.items() if value}).key_ring_file


def _read_variables(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """What is given by setting, files read in, and what is wrong with the variables' names."""
    # An empty variable means the same as none, as compose files write it.
    variables = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX)
    }
    given: dict[str, Any] = {}
    problems: list[str] = []
    for key, value in variables.items():
        name, target = f"{PREFIX}{key.upper()}", key.removesuffix("_file")
        if key in Settings.model_fields:
            if value or key in _MAY_BE_EMPTY:
                given[key] = value
        elif target == key or target not in SECRET_SETTINGS:
            problems.append(f"{name}: there is no such setting; docs/settings.md lists them all")
        elif value and variables.get(target):
            problems.append(f"{name}: {PREFIX}{target.upper()} is set too; set one of them")
        elif value:
            text, problem = _read_secret_file(value)
            given |= {target: text} if text else {}
            problems += [f"{name}: {problem}"] if problem else []
    return given, problems


def _read_secret_file(file: str) -> tuple[str, str]:
    """What the file holds, or what is wrong with it."""
    try:
        text = Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        return "", f"cannot read {file}: {error.strerror}"
    except (UnicodeDecodeError, ValueError):
        return "", f"cannot read {file}: it is not text"
    return text, "" if text else f"{file} is empty"


def _build(given: dict[str, Any]) -> tuple[Settings | None, dict[str, list[str]]]:
    """The settings, or what is wrong with each."""
    try:
        return Settings(**given), {}
    except ValidationError as error:
        faults: dict[str, list[str]] = {}
        for details in error.errors():
            for sentence in _sentences(details):
                setting = sentence.removeprefix(PREFIX).partition(":")[0].partition(".")[0].lower()
                faults.setdefault(setting, []).append(sentence)
        return None, faults


def _sentences(details: Any) -> list[str]:
    message = details["msg"].removeprefix("Value error, ")
    where = ".".join(str(part) for part in details["loc"]).upper()
    return [f"{PREFIX}{where}: {message}"] if where else message.split("\n")
