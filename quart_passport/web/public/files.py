"""Pictures, logos, and the themes' static files."""

from pathlib import Path

from quart import Blueprint, Response

from quart_passport.errors import MediaNotFound
from quart_passport.publishing.media import CONTENT_TYPE
from quart_passport.tenancy.tenant import Tenant
from quart_passport.web.context import services
from quart_passport.web.etags import unless_known
from quart_passport.web.headers import as_file, kept_for, kept_for_good

blueprint = Blueprint("files", __name__)

# Not the system's table, which knows neither WebP nor fonts everywhere: a file of the wrong type
# is not shown.
_TYPES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".ico": "image/vnd.microsoft.icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}


@blueprint.get("/t/<slug>/media/<key>/<name>")
async def show_media(slug: str, key: str, name: str) -> Response:  # noqa: ARG001 - for readers
    """A picture of a published product, or the merchant's logo; recoded by us."""

    async def answer(tenant: Tenant) -> Response:
        library = services().media
        is_logo = key.startswith("logo-")
        file = await (library.logo(tenant, key) if is_logo else library.picture(tenant, key))
        response = unless_known(file.body, CONTENT_TYPE, owner=tenant)
        response.headers["Content-Disposition"] = 'inline; filename="picture.webp"'
        return kept_for(as_file(response), file.remaining)

    return await services().fences.serve(slug, answer)


@blueprint.get("/static/<theme>/<digest>/<path:name>")
async def show_static(theme: str, digest: str, name: str) -> Response:
    """A file of a theme, under an address that changes with its content."""
    path = services().renderer.static.locate(theme, digest, name)
    if path is None:
        raise MediaNotFound(name)
    kind = _TYPES[path.suffix.lower()]
    return kept_for_good(as_file(Response(_read(path), content_type=kind)))


def _read(path: Path) -> bytes:
    # Themes' files are small and come from the file system's cache.
    return path.read_bytes()
