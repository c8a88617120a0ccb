"""Addresses of PostgreSQL databases, as libpq writes them."""

import ssl
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from quart_passport.errors import SettingsError
from quart_passport.secret import Secret

SCHEMES = ("postgres", "postgresql")
# libpq, section "SSL support"; the driver knows the same words.
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_OPTIONS = ("host", "sslmode", "sslrootcert", "application_name", "statement_cache_size")


def postgres_credentials(url: Secret) -> dict[str, Any]:
    """What the driver takes, of `postgres://user:password@host:port/database?sslmode=…`.

    SettingsError, without the address, which may hold a password, for anything else.
    """
    try:
        return _parse(url.reveal())
    except ValueError as error:
        raise SettingsError([f"PASSPORT_DATABASE_URL: {error}"]) from None


def _parse(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
    except ValueError:
        # The parser's own words would quote what stands where the port should.
        raise ValueError(
            "is not an address like postgres://user:password@host:5432/database; "
            "percent-encode what is special in the password"
        ) from None
    if parts.scheme not in SCHEMES:
        raise ValueError("must begin with postgres://")
    options = dict(parse_qsl(parts.query))
    if unknown := sorted(options.keys() - set(_OPTIONS)):
        raise ValueError(f"has an unknown option {unknown[0]}; known: {', '.join(_OPTIONS)}")
    database = unquote(parts.path.removeprefix("/"))
    if not database:
        raise ValueError("names no database after the host")
    credentials = {
        # A directory is where the server's socket lies.
        "host": options.pop("host", None) or parts.hostname,
        "port": port,
        "user": unquote(parts.username or "") or None,
        "password": unquote(parts.password or "") or None,
        "database": database,
    }
    return credentials | _tls(options) | _others(options)


def _tls(options: dict[str, str]) -> dict[str, Any]:
    mode, authorities = options.get("sslmode"), options.get("sslrootcert")
    if mode is None and authorities is None:
        return {}
    if mode not in (None, *_SSL_MODES):
        raise ValueError(f"sslmode must be one of {', '.join(_SSL_MODES)}")
    if authorities is None:
        return {"ssl": mode}
    if mode not in ("verify-ca", "verify-full"):
        raise ValueError("sslrootcert needs sslmode=verify-full or verify-ca")
    try:
        context = ssl.create_default_context(cafile=authorities)
    except OSError:
        raise ValueError(f"sslrootcert: {authorities} cannot be read as certificates") from None
    context.check_hostname = mode == "verify-full"
    return {"ssl": context}


def _others(options: dict[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if "application_name" in options:
        given["application_name"] = options["application_name"]
    if "statement_cache_size" in options:
        if not options["statement_cache_size"].isdecimal():
            raise ValueError("statement_cache_size must be a whole number")
        given["statement_cache_size"] = int(options["statement_cache_size"])
    return given
