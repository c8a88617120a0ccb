"""Media files of products, assets and records: what is known of them, and their bytes."""

from quart import Response, request
from werkzeug.http import dump_options_header

from quart_passport.sandbox.catalog import JSONObject, MediaFile
from quart_passport.sandbox.errors import ApiError
from quart_passport.sandbox.paging import hal_page, read_paging
from quart_passport.sandbox.pim import current_pim
from quart_passport.sandbox.rest import answer, api_url, require_scope, rest


@rest.get("/media-files")
async def list_media_files() -> Response:
    files = current_pim().catalog.media_files
    paging = read_paging(f"{api_url()}/media-files", request.args)
    return answer(
        hal_page(
            paging,
            [files[code].shown for code in sorted(files)],
            key=lambda item: str(item["code"]),
            show=_with_links,
        )
    )


@rest.get("/media-files/<raw:code>")
async def show_media_file(code: str) -> Response:
    shown = _with_links(_find(code).shown)
    del shown["_links"]["self"]
    return answer(shown)


@rest.get("/media-files/<raw:code>/download")
async def download_media_file(code: str) -> Response:
    return _send(_find(code))


@rest.get("/asset-media-files/<raw:code>")
async def download_asset_media_file(code: str) -> Response:
    require_scope("read_assets", "list assets")
    return _send(_find_in(current_pim().catalog.asset_media_files, code))


@rest.get("/reference-entities-media-files/<raw:code>")
async def download_record_media_file(code: str) -> Response:
    require_scope("read_reference_entity_records", "list reference entity records")
    return _send(_find_in(current_pim().catalog.record_media_files, code))


def _send(file: MediaFile) -> Response:
    if file.path is None or not file.path.is_file():
        raise ApiError(404, f'Media file "{file.shown["code"]}" is not present on the filesystem.')
    name = dump_options_header("attachment", {"filename": file.shown["original_filename"]})
    return Response(
        file.path.read_bytes(),
        content_type=file.shown["mime_type"],
        headers={"Content-Disposition": name},
    )


def _find(code: str) -> MediaFile:
    return _find_in(current_pim().catalog.media_files, code)


def _find_in(files: dict[str, MediaFile], code: str) -> MediaFile:
    if code not in files:
        raise ApiError(404, f'Media file "{code}" does not exist.')
    return files[code]


def _with_links(item: JSONObject) -> JSONObject:
    link = f"{api_url()}/media-files/{item['code']}"
    links = {"self": {"href": link}, "download": {"href": f"{link}/download"}}
    return {"_links": links, **item}
