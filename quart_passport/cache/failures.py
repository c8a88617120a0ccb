"""Failed fetches as words, so that an absence can tell others why they need not try just now."""

from quart_passport.cache.store import Absent
from quart_passport.errors import (
    PassportError,
    PimForbidden,
    PimNotFound,
    PimProtocolError,
    PimRateLimited,
    PimUnavailable,
    StorageUnavailable,
    Unavailable,
)

# How long a failure is remembered, unless it asks for less itself.
_SECONDS = 15
# No reason that a fetch gives begins with it.
_MARK = "!"
_KINDS: dict[str, type[PassportError]] = {
    kind.__name__: kind
    for kind in (
        *(Unavailable, PimUnavailable, PimRateLimited, StorageUnavailable),
        *(PimProtocolError, PimForbidden, PimNotFound),
    )
}
# Failures that will be the same for whoever tries next. Anything else is for the one who met it.
REMEMBERED = tuple(_KINDS.values())


def absence_for(error: PassportError) -> Absent:
    """What to remember of a failure, and for how many seconds."""
    kind = next(name for name in (base.__name__ for base in type(error).__mro__) if name in _KINDS)
    pause = pause_after(error)
    return Absent(f"{_MARK}{kind}:{pause}", min(_SECONDS, pause))


def pause_after(error: PassportError) -> int:
    """How many seconds to leave the other side alone after a failure."""
    return max(1, error.retry_after) if isinstance(error, Unavailable) else _SECONDS


def raise_failure(absent: Absent) -> None:
    """Raise a failure of the remembered kind, if a failure is what the absence stands for."""
    if not absent.reason.startswith(_MARK):
        return
    name, _, pause = absent.reason.removeprefix(_MARK).partition(":")
    kind = _KINDS.get(name, Unavailable)
    problem = "it failed a moment ago, and is left alone for a while"
    if issubclass(kind, Unavailable):
        raise kind(problem, retry_after=int(pause))
    raise kind(problem)
