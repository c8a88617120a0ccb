"""The signature of Akeneo's webhooks: hex HMAC-SHA256 of the raw body, one for each secret."""

import hmac
import re
from collections.abc import Iterable
from typing import Protocol

from quart_passport.secret import Secret

_ALGORITHM = "HmacSHA256"
_PREFIX = "X-AKENEO-SIGNATURE-"
_FORM = re.compile(r"[0-9a-f]{64}")


class SignatureHeaders(Protocol):
    """A request's headers, by name in any case."""

    def get(self, name: str, default: str, /) -> str:
        """The header's value, or the default."""


def is_signed(body: bytes, headers: SignatureHeaders, secrets: Iterable[Secret]) -> bool:
    """Whether one of the signatures was made with one of the secrets.

    Every pair is compared, in constant time, whichever matches.
    """
    if headers.get(f"{_PREFIX}ALGORITHM", "") != _ALGORITHM:
        return False
    given = [headers.get(f"{_PREFIX}{which}", "") for which in ("PRIMARY", "SECONDARY")]
    signatures = [signature for signature in given if _FORM.fullmatch(signature)]
    expected = [
        hmac.new(secret.reveal().encode(), body, "sha256").hexdigest() for secret in secrets
    ]
    return any(
        [hmac.compare_digest(one, other) for one in signatures for other in expected]  # noqa: C419
    )
