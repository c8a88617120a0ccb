"""What a PIM's answer means: its statuses as errors of ours.

Only the PIM's own words count. A page of HTML, whatever its status, comes from a proxy or a
maintenance page in front of it, and says nothing about tokens or products.
"""

import re

import msgspec

from quart_passport.egress.fetch import EgressFailed, EgressTooLarge, Response
from quart_passport.errors import (
    PassportError,
    PimDisconnected,
    PimForbidden,
    PimInvalidRequest,
    PimNotFound,
    PimProtocolError,
    PimRateLimited,
    PimUnauthorized,
    PimUnavailable,
)

# A PIM of version 7 or later ends its 401 like this for the token of an app that was deleted.
DISCONNECTED_WORDS = "Your app has been disconnected from that PIM."
# Seconds. Longer than a minute would keep visitors away from a PIM that is back.
LONGEST_PAUSE = 60
USUAL_PAUSE = 30
# The PIM's limits are counted by the second.
USUAL_LIMIT_PAUSE = 2
_LONGEST_DETAIL = 200
_HTML = re.compile(r"\s*(text/html|application/xhtml)", re.IGNORECASE)
_WHOLE_SECONDS = re.compile(r"[0-9]{1,6}")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa1-\ud7ff\ue000-\U0010ffff]+")


class _Fault(msgspec.Struct):
    message: str


class _Error(msgspec.Struct):
    message: str = ""
    error: str = ""
    error_description: str = ""
    errors: list[_Fault] = []


def check_answer(response: Response) -> Response:
    """The answer if it is a success, and the PIM's; else the error that it means."""
    # Some servers call an answer without a body HTML as well.
    said = response.body or response.status >= 400
    if said and _HTML.match(response.headers.get("content-type", "")):
        raise PimUnavailable("the PIM answered with a web page instead of data")
    if 200 <= response.status < 300:
        return response
    raise _error_of(response)


def failure_of(error: EgressFailed) -> PassportError:
    """A failure on the way, as the PIM's."""
    if isinstance(error, EgressTooLarge):
        return PimProtocolError(f"the PIM sent too much: {error}")
    return PimUnavailable(f"the PIM cannot be reached: {error}")


def detail_of(response: Response) -> str:
    """The other side's own words for an error, cut short; empty if there are none to be read."""
    try:
        error = msgspec.json.decode(response.body, type=_Error)
    except (msgspec.DecodeError, RecursionError):
        return ""
    listed = "; ".join(fault.message for fault in error.errors)
    words = (error.message, error.error, error.error_description, listed)
    return _UNPRINTABLE.sub(" ", ": ".join(filter(None, words)))[:_LONGEST_DETAIL]


def _error_of(response: Response) -> PassportError:
    detail = detail_of(response)
    match response.status:
        case 401 if detail.endswith(DISCONNECTED_WORDS):
            return PimDisconnected(detail)
        case 401:
            return PimUnauthorized(detail)
        case 403:
            return PimForbidden(detail)
        case 404:
            return PimNotFound(detail)
        case 429:
            return PimRateLimited(
                "the PIM asks for fewer requests",
                retry_after=_pause_of(response, USUAL_LIMIT_PAUSE),
            )
        case status if status == 408 or status >= 500:
            return PimUnavailable(
                f"the PIM answers with status {status}",
                retry_after=_pause_of(response, USUAL_PAUSE),
            )
        case status if status < 400:
            return PimProtocolError(f"the PIM answers with status {status} instead of data")
        case status:
            return PimInvalidRequest(detail or f"status {status}")


def _pause_of(response: Response, usual: int) -> int:
    text = response.headers.get("retry-after", "").strip()
    # A date is allowed too; clocks differ, so it counts as no number.
    seconds = int(text) if _WHOLE_SECONDS.fullmatch(text) else usual
    return max(1, min(seconds, LONGEST_PAUSE))
