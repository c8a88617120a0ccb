"""QR codes. They are made from the address and the merchant's colours; no PIM is asked."""

import re

from quart import Blueprint, Response, request

from quart_passport.errors import InvalidInput, ProductNotFound
from quart_passport.passport.config import PassportConfig
from quart_passport.passport.identifiers import (
    decode_segment,
    digital_link_path,
    encode_segment,
    is_addressable,
    parse_digital_link,
    parse_uuid,
)
from quart_passport.qr import QRCode
from quart_passport.tenancy.tenant import Tenant
from quart_passport.web.context import services
from quart_passport.web.etags import unless_known
from quart_passport.web.headers import as_file, kept_for
from quart_passport.web.paths import raw_segments

blueprint = Blueprint("codes", __name__)

_TYPES = {
    "svg": "image/svg+xml; charset=utf-8",
    "png": "image/png",
    "pdf": "application/pdf",
    "eps": "application/postscript",
}
_SIZE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)mm")


@blueprint.get("/t/<slug>/qr/<rest:code>")
async def show_code(slug: str, code: str) -> Response:  # noqa: ARG001 - the raw path has it
    """The QR code of a passport's address, as SVG, PNG, PDF or EPS."""

    async def answer(tenant: Tenant) -> Response:
        path, form = _read_address(raw_segments("t", slug, "qr"))
        content = f"{services().settings.base_url}/t/{tenant.slug}{path}"
        config = tenant.configs[0] if tenant.configs else PassportConfig("-", "-", ("en",))
        drawn = _draw(QRCode(content, services().renderer.qr_style(config)), form)
        response = unless_known(drawn, _TYPES[form], owner=tenant)
        response.headers["Content-Disposition"] = f'inline; filename="passport.{form}"'
        return kept_for(as_file(response, embeddable=True), tenant.ttl)

    return await services().fences.serve(slug, answer)


def _read_address(segments: list[str]) -> tuple[str, str]:
    """The passport's path below the tenant's, and the wanted file type."""
    last, dot, form = segments[-1].rpartition(".")
    if not dot or form not in _TYPES:
        raise ProductNotFound("a code's address ends in .svg, .png, .pdf or .eps")
    if len(segments) == 1:
        name = decode_segment(last, where="product")
        if not is_addressable(name) and parse_uuid(name) is None:
            raise ProductNotFound("no passport has an address with this name")
        return f"/p/{encode_segment(name)}", form
    if segments[0] != "01":
        raise ProductNotFound("an identifier is one percent-encoded segment")
    return digital_link_path(parse_digital_link([*segments[:-1], last])), form


def _draw(code: QRCode, form: str) -> bytes:
    size = _read_size(request.args.get("size"))
    if form in {"svg", "png"}:
        return code.svg(size_mm=size) if form == "svg" else code.png(size_mm=size)
    given = {} if size is None else {"size_mm": size}
    return code.pdf(**given) if form == "pdf" else code.eps(**given)


def _read_size(text: str | None) -> float | None:
    if text is None:
        return None
    match = _SIZE.fullmatch(text)
    if match is None:
        raise InvalidInput("is a number of millimetres, like 30mm", where="size")
    return float(match[1])
