"""Entity tags: an answer that the reader has already is not sent again."""

import hashlib

from quart import Response, request

from quart_passport.tenancy.tenant import Tenant


def unless_known(body: bytes, content_type: str, *, owner: Tenant) -> Response:
    """The body with its ETag, or 304 without it. Tags of different tenants never agree."""
    digest = hashlib.sha256(owner.connection.id.bytes + content_type.encode() + b"\n" + body)
    tag = digest.hexdigest()[:32]
    known = request.if_none_match.contains(tag)
    response = Response(b"" if known else body, content_type=content_type)
    response.status_code = 304 if known else 200
    response.set_etag(tag)
    return response
