"""The headers that every answer carries, by what it is.

One policy for each kind of answer; whatever forgets to choose gets the strictest.
"""

from urllib.parse import quote

from quart import Response

COMMON = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
}
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
# What an answer carries that chose nothing for itself.
STRICTEST = COMMON | {
    "Content-Security-Policy": _NOTHING,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_FILE = "default-src 'none'; sandbox; frame-ancestors 'none'"
_PAGE = (
    "default-src 'none'; img-src 'self'; style-src {style} 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
)
# Seconds in which browsers and CDNs may show a page without asking: what a disconnected
# merchant's readers may still see of it.
_FRESH, _STALE = 60, 60
_YEAR = 31_536_000


def complete(response: Response) -> Response:
    """Add what is missing, after whatever the answer chose for itself."""
    for name, value in STRICTEST.items():
        response.headers.setdefault(name, value)
    return response


def as_page(response: Response, *, style_hash: str) -> Response:
    """A page for readers; its one stylesheet is allowed by its hash."""
    response.headers["Content-Security-Policy"] = _PAGE.format(style=f"'{style_hash}'")
    response.headers["X-Frame-Options"] = "DENY"
    return response


def as_file(response: Response, *, embeddable: bool = False) -> Response:
    """A picture or document; embeddable ones may stand on other sites' pages."""
    response.headers["Content-Security-Policy"] = _FILE
    if embeddable:
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def as_download(response: Response, *, plain: str, name: str) -> Response:
    """A file to save, never to open in the page (RFC 6266).

    Its name is `plain` for programs that know ASCII alone, `name` for all others (RFC 8187).
    """
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    return as_file(response)


def as_data(response: Response) -> Response:
    """Public data, for programs of any origin."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def kept_for(response: Response, remaining: float) -> Response:
    """Let others keep the answer a minute, and never longer than the data may live (seconds)."""
    fresh = min(_FRESH, int(remaining))
    stale = min(_STALE, int(remaining) - fresh)
    response.headers["Cache-Control"] = (
        f"public, max-age={fresh}, stale-while-revalidate={stale}" if fresh > 0 else "no-store"
    )
    return response


def kept_for_good(response: Response) -> Response:
    """For addresses whose content never changes."""
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    return response
