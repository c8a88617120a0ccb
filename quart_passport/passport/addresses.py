"""Web addresses that a page may lead to."""

import re
from urllib.parse import urlsplit

_HTTPS = re.compile(r"https://[A-Za-z0-9\[][^\s<>\"'`\\]*", re.IGNORECASE)
# Longer ones do not work everywhere, and no merchant types them.
_LONGEST = 2000


def is_https_address(text: str) -> bool:
    """Whether this is an absolute https address that says openly where it leads.

    Not printable are, among others, the signs that turn the direction of writing; what stands
    before an `@` looks like a host and is none.
    """
    if len(text) > _LONGEST or not text.isprintable() or not _HTTPS.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        # Read for its check of the port.
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.hostname) and "@" not in parts.netloc
