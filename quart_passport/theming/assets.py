"""The static files of themes, each under an address that changes with its content.

An index is made at start; a request is a look-up in it, never a path on disk.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from quart_passport.errors import ThemeError
from quart_passport.theming.theme import Theme

# What a page may load under its Content-Security-Policy: pictures and fonts, no script.
SUFFIXES = frozenset(
    {".avif", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".svg", ".webp", ".woff", ".woff2"}
)
# 64 bits tell apart the versions of one file; nobody gains by making two that collide.
_HASH_DIGITS = 16


class StaticFiles:
    """The files of every theme, and those that tenants put in their place."""

    def __init__(
        self, themes: Iterable[Theme], *, default: Theme, overrides: Mapping[str, Path]
    ) -> None:
        """`overrides` are tenants' folders by slug, each perhaps with `static/` in it."""
        self._paths: dict[tuple[str, str, str], Path] = {}
        self._hashes: dict[tuple[str, str | None], dict[str, str]] = {}
        common = self._index(default.static)
        tenants = {slug: self._index(folder / "static") for slug, folder in overrides.items()}
        for theme in themes:
            own = common | self._index(theme.static)
            self._add(theme.name, None, own)
            for slug, files in tenants.items():
                self._add(theme.name, slug, own | files)

    def address(self, theme: str, name: str, *, tenant: str | None) -> str:
        """Where a file is found from the tenant, the theme or the default theme, in that order."""
        hashes = self._hashes.get((theme, tenant)) or self._hashes[theme, None]
        if name not in hashes:
            raise ThemeError(f"the theme {theme!r} has no static file {name!r}")
        return f"/static/{theme}/{hashes[name]}/{quote(name)}"

    def locate(self, theme: str, digest: str, name: str) -> Path | None:
        """The file behind an address, or None."""
        return self._paths.get((theme, digest, name))

    def _index(self, folder: Path) -> dict[str, Path]:
        return {path.relative_to(folder).as_posix(): path for path in _files(folder)}

    def _add(self, theme: str, tenant: str | None, files: Mapping[str, Path]) -> None:
        hashes = {name: _digest(path) for name, path in files.items()}
        self._hashes[theme, tenant] = hashes
        for name, path in files.items():
            self._paths[theme, hashes[name], name] = path


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        # A link may lead anywhere; what it leads to was never meant to be published.
        if path.is_file() and not path.is_symlink() and path.suffix.lower() in SUFFIXES:
            yield path


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:_HASH_DIGITS]
