"""Entity tags: an answer that the reader has already is not sent again."""

import hashlib

from quart import Response, request

from quart_passport.tenancy.tenant import Tenant
from quart_passport.web.bodies import sendable


def unless_known(body: bytes, content_type: str, *, owner: Tenant) -> Response:
    """The body with its ETag, or 304 without it. Tags of different tenants never agree."""
    digest = hashlib.sha256(owner.connection.id.bytes + content_type.encode() + b"\n" + body)
    tag = digest.hexdigest()[:32]
    # Weakly, as RFC 9110 asks: proxies that compress weaken tags.
    known = request.if_none_match.contains_weak(tag)
    response = Response(b"" if known else sendable(body), content_type=content_type)
    response.content_length = len(body)
    response.set_etag(tag)
    if known:
        response.status_code = 304
        # Of the body that is not sent nothing is said, least of all that it is empty.
        del response.headers["Content-Length"], response.headers["Content-Type"]
    return response
