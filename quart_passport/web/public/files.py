"""Pictures, documents, logos, and the themes' static files."""

from pathlib import Path

from quart import Blueprint, Response

from quart_passport.errors import MediaNotFound
from quart_passport.tenancy.tenant import Tenant
from quart_passport.web.context import services
from quart_passport.web.etags import unless_known
from quart_passport.web.headers import as_download, as_file, kept_for, kept_for_good

blueprint = Blueprint("files", __name__)

_DOWNLOAD_SECONDS = 180
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
async def show_media(slug: str, key: str, name: str) -> Response:
    """A picture or document of a published product, or the merchant's logo."""

    async def answer(tenant: Tenant) -> Response:
        file = await services().media.find(tenant, key, name)
        response = unless_known(file.body, file.content_type, owner=tenant)
        if file.saved_as:
            # Documents are large, and readers' connections slow.
            response.timeout = _DOWNLOAD_SECONDS
            as_download(response, plain=name, name=file.saved_as)
        else:
            as_file(response)
            response.headers["Content-Disposition"] = f'inline; filename="{name}"'
        return kept_for(response, file.remaining)

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
