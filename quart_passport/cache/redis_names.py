"""What the keys in Redis are called.

Those of a connection share a hash tag, so that a script stays on one slot of a cluster:

    qp:{<connection>}:fence                    no expiry; all others have one
    qp:{<connection>}:<generation>:<name>      entries, aliases and absences
    qp:{<connection>}:lease:<number>:<name>    who fetches, since all was cleared
    qp:{<connection>}:forgotten:<name>         refuses fills of what was forgotten
    qp:{<connection>}:slots, …:slots:line, …:slots:seen, …:slots:rest
                                               who calls the PIM, who waits, whether nobody may
    qp:{<connection>}:ix, …:ix:marks           the keys above by expiry, for closing and clearing

A name is `<kind>:<UUID>` or `<kind>:<SHA-256>`: no identifier, GTIN or file name is ever in a key.
"""

import hashlib
import re
from uuid import UUID

from quart_passport.cache.store import Key, Scope

_KIND = re.compile(r"[a-z][a-z0-9_]*")


def prefix_of(connection: UUID) -> str:
    """What all keys of a connection begin with."""
    return f"qp:{{{connection}}}:"


def owner_of(scope: Scope, name: str) -> str:
    """The full key of an entry, alias or absence."""
    return f"{prefix_of(scope.connection)}{scope.generation}:{name}"


def name_of(key: Key) -> str:
    """What a key is called in Redis."""
    return f"{checked_kind(key.kind)}:{_shown(key.name)}"


def checked_kind(kind: str) -> str:
    """The kind itself; ValueError if it could be mistaken for something else in a key."""
    if not _KIND.fullmatch(kind):
        raise ValueError(f"a kind is a lower-case word, not {kind!r}")
    return kind


def _shown(name: str) -> str:
    """A UUID as it is, everything else hashed: identifiers and file names are product data."""
    try:
        if str(UUID(name)) == name:
            return name
    except ValueError:
        pass
    return hashlib.sha256(name.encode()).hexdigest()
