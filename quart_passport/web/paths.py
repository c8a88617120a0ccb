"""Raw paths: identifiers hold slashes and percent signs, so nothing decodes them before us."""

from urllib.parse import unquote

from quart import request
from werkzeug.routing import BaseConverter

from quart_passport.errors import NotFound


class RestConverter(BaseConverter):
    """Matches whatever is left of the path, empty parts and all; the raw path has the truth."""

    regex = r".+?"
    part_isolating = False


def raw_segments(*before: str) -> list[str]:
    """The request's path behind the given segments, split but still percent-encoded.

    Raises NotFound where an encoded slash made the path look as if it began with them.
    """
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    try:
        segments = raw.decode("ascii").split("/")[1:]
    except UnicodeDecodeError:
        raise NotFound("a path is percent-encoded ASCII") from None
    if [unquote(segment) for segment in segments[: len(before)]] != list(before):
        raise NotFound("an encoded slash belongs to an identifier only")
    return segments[len(before) :]
