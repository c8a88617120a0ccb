"""The one place where errors become answers: a page in the reader's language, or problem details.

Texts are fixed words of ours; of the error itself a reader sees at most what they typed wrong. An
error that nobody foresaw gets an id that also stands in the log.
"""

import logging
import secrets
from dataclasses import dataclass

import msgspec
from quart import Quart, Response, request
from werkzeug.exceptions import HTTPException

from quart_passport.errors import (
    AuthorizationRefused,
    Conflict,
    InvalidInput,
    InvalidPimURL,
    NotFound,
    PassportError,
    PimProtocolError,
    PimRefused,
    TenantGone,
    TenantNotFound,
    TenantNotReady,
    Unavailable,
)
from quart_passport.web.context import answers
from quart_passport.web.headers import complete

_log = logging.getLogger(__name__)

# Seconds, where the error itself names none.
_RETRY_AFTER = 60
_LONGEST_RETRY_AFTER = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, for whoever asked."""

    status: int
    title: str
    explanation: str
    # What exactly was refused of the request, if that is why.
    detail: str = ""
    # Seconds.
    retry_after: int | None = None
    error_id: str = ""


def install_error_pages(app: Quart) -> None:
    """Let every error of this app be answered here."""
    app.register_error_handler(PassportError, _answer)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unforeseen)


def problem_of(error: PassportError) -> Problem:
    """Which answer an error of ours gets."""
    match error:
        case TenantGone():
            return Problem(
                410,
                "This passport is no longer published",
                "The merchant has ended its publication. "
                "Please ask the merchant for the product's passport.",
            )
        case TenantNotFound() if _is_connecting():
            return Problem(
                404,
                "This app is not connected here",
                "It was disconnected, or never registered. "
                "The operator of this service registers the PIM anew.",
            )
        case NotFound():
            return Problem(
                404,
                "There is no such passport",
                "Please check the address, or scan the code on the product again.",
            )
        case AuthorizationRefused() | InvalidPimURL():
            return Problem(
                403 if isinstance(error, AuthorizationRefused) else 400,
                "Connecting did not work",
                "Please open your PIM and choose “Connect” or “Open app” once more.",
                detail=str(error),
            )
        case InvalidInput():
            return Problem(
                400,
                "This address is not valid",
                "Please check the address, or scan the code on the product again.",
                detail=str(error),
            )
        case Conflict():
            return Problem(
                409, "This is not possible now", "Please try again later.", detail=str(error)
            )
        case Unavailable() | PimRefused() | PimProtocolError() if _is_connecting():
            return Problem(
                503,
                "Connecting did not work",
                "Please open your PIM and choose “Connect” or “Open app” once more.",
                retry_after=_RETRY_AFTER,
            )
        case Unavailable(retry_after=seconds):
            return _not_now(min(max(1, seconds), _LONGEST_RETRY_AFTER))
        case TenantNotReady() | PimRefused() | PimProtocolError():
            return _not_now(_RETRY_AFTER)
        case _:
            return _unforeseen(error)


def _is_connecting() -> bool:
    """Whether a merchant comes from a PIM, to whom readers' advice means nothing."""
    return request.path.startswith("/akeneo/")


def _not_now(retry_after: int) -> Problem:
    return Problem(
        503,
        "The passport cannot be shown just now",
        "The product data are not available at the moment. Please try again in a minute.",
        retry_after=retry_after,
    )


def _unforeseen(error: BaseException) -> Problem:
    error_id = secrets.token_hex(8)
    _log.error("unforeseen %s, error id %s", type(error).__name__, error_id, exc_info=error)
    return Problem(
        500,
        "Something went wrong on our side",
        "Please try again. If it happens again, tell the operator this number:",
        error_id=error_id,
    )


async def _answer(error: PassportError) -> Response:
    return _respond(problem_of(error))


async def _answer_unforeseen(error: Exception) -> Response:
    return _respond(_unforeseen(error))


async def _answer_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status == 404:
        return _respond(problem_of(NotFound()))
    if status >= 500:
        return _respond(_unforeseen(error))
    response = _respond(
        Problem(status, "This request is not possible", "Please check the address.")
    )
    if allowed := error.get_headers() and dict(error.get_headers()).get("Allow"):
        response.headers["Allow"] = allowed
    return response


def _respond(problem: Problem) -> Response:
    if _wants_data():
        response = Response(
            msgspec.json.encode(_details(problem)), content_type="application/problem+json"
        )
        response.status_code = problem.status
        response.headers["Vary"] = "Accept, Accept-Language"
        response.headers["Content-Language"] = answers().language().tag
    else:
        response = answers().page("error.html", problem.status, problem=problem)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    response.headers["Cache-Control"] = "no-store"
    return complete(response)


def _wants_data() -> bool:
    offered = ["text/html", "application/problem+json", "application/json", "application/ld+json"]
    return request.accept_mimetypes.best_match(offered, "text/html") != "text/html"


def _details(problem: Problem) -> dict[str, object]:
    """RFC 9457, problem details."""
    t = answers().speaker()
    given = {
        "title": t(problem.title).text,
        "status": problem.status,
        "detail": problem.detail or t(problem.explanation).text,
        "instance": f"urn:error:{problem.error_id}" if problem.error_id else "",
    }
    return {name: value for name, value in given.items() if value}
