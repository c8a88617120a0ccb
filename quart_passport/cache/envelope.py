"""The wrapping of everything that Redis keeps, so that whatever is odd counts as not there.

One line of text, then the body:

    qp1 <form> <ms to live> <ms to refresh> <number> <bytes> <SHA-256> <aliases>

The digest covers the line, the body and the owner, which is the full name of the Redis key: a value
that was cut, changed or copied to another key, tenant or generation does not open. There is no time
in it: age and end come from the key's own expiry, by the clock of Redis.
The scripts read the numbers of the line, so its beginning is known there too (`lua/look.lua`).
"""

import hashlib
from dataclasses import dataclass
from typing import Literal, Self, cast

_VERSION = "qp1"

Form = Literal["entry", "alias", "absent"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What one Redis key holds."""

    form: Form
    ttl_ms: int
    # The invalidation number of the lease under which it was fetched.
    number: int
    # The entry's bytes, the name an alias leads to, or the reason of an absence.
    body: bytes
    refresh_ms: int = 0
    # The names that lead to an entry.
    aliases: tuple[str, ...] = ()

    def pack(self, owner: str) -> bytes:
        """The bytes to keep under the Redis key `owner`."""
        head = f"{_VERSION} {self.form} {self.ttl_ms} {self.refresh_ms} {self.number}"
        size, names = len(self.body), ",".join(self.aliases)
        digest = _digest(owner, f"{head} {size} {names}", self.body)
        return f"{head} {size} {digest} {names}\n".encode() + self.body

    @classmethod
    def unpack(cls, owner: str, raw: bytes) -> Self | None:
        """What was packed for this key, or None if the bytes are anything else."""
        line, newline, body = raw.partition(b"\n")
        if not newline:
            return None
        try:
            *head, size, digest, names = line.decode("ascii").split(" ")
            if digest != _digest(owner, " ".join([*head, size, names]), body):
                return None
            # From here on the bytes are ours; an older or newer release may still differ.
            version, form, ttl_ms, refresh_ms, number = head
            if version != _VERSION or int(size) != len(body):
                return None
            return cls(
                form=cast("Form", form),
                ttl_ms=int(ttl_ms),
                refresh_ms=int(refresh_ms),
                number=int(number),
                body=body,
                aliases=tuple(names.split(",")) if names else (),
            )
        except ValueError:
            return None


def _digest(owner: str, head: str, body: bytes) -> str:
    digest = hashlib.sha256(f"{owner}\n{head}\n".encode())
    digest.update(body)
    return digest.hexdigest()
