"""QR codes as files."""

from pathlib import Path

import rich_click as click

from quart_passport.cli.running import console, with_services
from quart_passport.errors import InvalidInput
from quart_passport.passport.identifiers import (
    encode_segment,
    is_addressable,
    parse_gtin,
    parse_uuid,
)
from quart_passport.qr import USUAL_MM, QRCode
from quart_passport.services import Services


@click.command()
@click.argument("slug")
@click.argument("product", required=False)
@click.option("--gtin", help="Instead of an identifier: the code says the GS1 Digital Link.")
@click.option(
    "--size", "size_mm", type=float, default=USUAL_MM, show_default=True, help="Millimetres."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="A file ending in .svg, .png, .pdf or .eps; else the code is drawn here.",
)
@with_services
async def qr(
    services: Services,
    slug: str,
    product: str | None,
    gtin: str | None,
    size_mm: float,
    output: Path | None,
) -> None:
    """Make the QR code of a product's passport."""
    tenant = await services.directory.find(slug)
    path = _path_of(product, gtin)
    style = services.renderer.qr_style(tenant.configs[0]) if tenant.configs else None
    code = QRCode(f"{services.settings.base_url}/t/{slug}{path}", style)
    if output is None:
        console.print(code.terminal(), code.content, sep="\n", soft_wrap=True)
        return
    output.write_bytes(  # noqa: ASYNC240 - nothing else runs
        _drawn(code, output.suffix, size_mm)
    )
    console.print(f"Wrote {output}: {code.content}", soft_wrap=True)


def _path_of(product: str | None, gtin: str | None) -> str:
    if product is not None and gtin is None:
        if not is_addressable(product) and parse_uuid(product) is None:
            raise InvalidInput("no passport has an address with this name", where="product")
        return f"/p/{encode_segment(product)}"
    if gtin is not None and product is None:
        return f"/01/{parse_gtin(gtin)}"
    raise InvalidInput("give a product's identifier or --gtin, one of them", where="qr")


def _drawn(code: QRCode, suffix: str, size_mm: float) -> bytes:
    match suffix:
        case ".svg":
            return code.svg(size_mm=size_mm)
        case ".png":
            return code.png(size_mm=size_mm)
        case ".pdf":
            return code.pdf(size_mm=size_mm)
        case ".eps":
            return code.eps(size_mm=size_mm)
        case _:
            raise InvalidInput("must end in .svg, .png, .pdf or .eps", where="--output")
