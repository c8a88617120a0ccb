"""Pictures and logos: only those that passports show, and only as we have drawn them."""

import base64
import io
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from PIL import Image
from quart import Quart, Response, request

from quart_passport.errors import MediaNotFound
from quart_passport.passport.config import PassportConfig
from quart_passport.passport.model import Picture
from quart_passport.publishing import recoding
from quart_passport.sandbox import Catalog, Pim
from quart_passport.storage.models import PassportConfigRow
from quart_passport.tenancy.tenant import Tenant
from tests.publishing.pictures import GOOD, HOSTILE
from tests.serving import serving
from tests.stack import Backend, Stack, running_stack

IDENTIFIER = "SF-KULL-01"
PROGRAM = Path(recoding.__file__)


def recode(original: bytes, widest: int = 1200) -> tuple[int, bytes]:
    done = subprocess.run(
        [sys.executable, "-I", str(PROGRAM), str(widest)],
        input=original, capture_output=True, env={}, timeout=30, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.parametrize("name", GOOD)
def test_a_picture_is_drawn_anew(name: str) -> None:
    code, body = recode(GOOD[name])

    assert code == 0
    with Image.open(io.BytesIO(body)) as picture:
        assert (picture.format, getattr(picture, "n_frames", 1)) == ("WEBP", 1)
    assert b"<script>" not in body


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused(name: str) -> None:
    assert recode(HOSTILE[name]) == (1, b"")


def test_a_large_picture_is_made_small_and_stands_upright() -> None:
    exif = Image.Exif()
    # EXIF 2.3, tag 274: turned by a quarter.
    exif[274] = 6
    original = io.BytesIO()
    Image.new("RGB", (3000, 1000), "#336699").save(original, "JPEG", exif=exif)

    _, body = recode(original.getvalue(), 1200)

    with Image.open(io.BytesIO(body)) as picture:
        assert picture.size == (400, 1200)
        assert not picture.getexif()


def picture_of(pim: Pim, identifier: str = IDENTIFIER) -> tuple[UUID, str]:
    product = pim.products.with_identifier(identifier)
    assert product is not None
    codes = [
        value["data"]
        for values in product["values"].values()
        for value in values
        if isinstance(value["data"], str) and value["data"] in pim.catalog.media_files
    ]
    return UUID(product["uuid"]), codes[0]


def key_of(stack: Stack, tenant: Tenant, product: UUID, code: str) -> str:
    return stack.services.media.picture_key(tenant, product, Picture(code, "", ""))


async def test_a_published_picture_is_served_as_we_have_drawn_it(shop: Stack) -> None:
    tenant = await shop.connect("acme")
    product, code = picture_of(shop.pim)
    key = key_of(shop, tenant, product, code)

    answer = await shop.get(f"/t/acme/media/{key}/picture.webp")
    downloads = shop.pim.traffic.total.by_group["media"]
    again = await shop.get(f"/t/acme/media/{key}/picture.webp")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert "sandbox" in answer.headers["content-security-policy"]
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert max(picture.size) <= 1200
    assert again.content == answer.content
    assert shop.pim.traffic.total.by_group["media"] == downloads == 1


async def test_no_key_but_a_published_pictures_own_opens_anything(stack: Stack) -> None:
    tenant, other = await stack.connect("acme"), await stack.connect("other", pim=1)
    product, code = picture_of(stack.pim)
    true = key_of(stack, tenant, product, code)
    raw = base64.urlsafe_b64decode(true + "=" * (-len(true) % 4))
    flipped = base64.urlsafe_b64encode(raw[:20] + bytes([raw[20] ^ 1]) + raw[21:]).decode()
    keys = {
        "another tenant's": key_of(stack, other, product, code),
        "a flipped bit": flipped.rstrip("="),
        "another file, signed": key_of(stack, tenant, product, "a/b/c/another.jpg"),
        "another product, signed": key_of(stack, tenant, UUID(int=1), code),
        "a path, signed": key_of(stack, tenant, product, "../../../etc/passwd"),
        "nothing": "_",
        "short": base64.urlsafe_b64encode(raw[:31]).decode().rstrip("="),
        "no base64": "a" * 41,
        "odd": "%00%ff",
        "not ASCII": "%C3%A9" * 20,
        "long": "A" * 1500,
    }

    statuses = {
        name: (await stack.get(f"/t/acme/media/{key}/x.webp")).status_code
        for name, key in keys.items()
    }
    elsewhere = await stack.get(f"/t/other/media/{true}/x.webp")

    assert statuses == dict.fromkeys(keys, 404)
    assert elsewhere.status_code == 404
    assert (await stack.get(f"/t/acme/media/{true}/x.webp")).status_code == 200
    print(f"keys tried {len(keys) + 1}, opened 0")


async def test_a_picture_of_a_product_that_is_not_published_is_not_served(shop: Stack) -> None:
    tenant = await shop.connect("acme")
    product, code = picture_of(shop.pim)
    shop.pim.products.edit(str(product), now=shop.pim.clock(), enabled=False)

    with pytest.raises(MediaNotFound):
        await shop.services.media.picture(tenant, "x")
    answer = await shop.get(f"/t/acme/media/{key_of(shop, tenant, product, code)}/x.webp")

    assert answer.status_code == 404


async def test_a_hostile_file_in_the_pim_is_never_served(shop: Stack, tmp_path: Path) -> None:
    tenant = await shop.connect("acme")
    product, code = picture_of(shop.pim)
    url = f"/t/acme/media/{key_of(shop, tenant, product, code)}/x.webp"
    kept = shop.pim.catalog.media_files[code]
    shop.pim.catalog.media_files[code] = replace(kept, path=tmp_path / "hostile")
    try:
        for name in ("SVG", "PNG of 60,000 by 60,000", "truncated JPEG", "nothing"):
            (tmp_path / "hostile").write_bytes(HOSTILE[name])
            await shop.services.store.clear(tenant.connection.scope)
            shop.pim.traffic.reset()

            answers = [await shop.get(url) for _ in range(2)]

            assert [answer.status_code for answer in answers] == [404, 404], name
            # It is not fetched again and again.
            assert shop.pim.traffic.total.by_group["media"] == 1
    finally:
        shop.pim.catalog.media_files[code] = kept


class LogoServer:
    """A merchant's own web server."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []

    def app(self, _url: str) -> Quart:
        app = Quart(__name__)

        @app.get("/<name>")
        async def show(name: str) -> Response:
            self.asked.append(dict(request.headers))
            match name:
                case "logo.png":
                    return Response(GOOD["PNG"], content_type="image/png")
                case "moved":
                    return Response(status=302, headers={"location": "/logo.png"})
                case "inside":
                    return Response(status=302, headers={"location": "http://127.0.0.1:1/logo.png"})
                case "loop":
                    return Response(status=302, headers={"location": "/loop"})
                case "logo.svg":
                    return Response(HOSTILE["SVG"], content_type="image/svg+xml")
                case "huge":
                    return Response(b"\x89PNG" + bytes(3 * 1024 * 1024), content_type="image/png")
                case _:
                    return Response("no", status=404)

        return app


@pytest.fixture
async def logos(
    tmp_path: Path, backend: Backend, clothing: Catalog
) -> AsyncIterator[tuple[Stack, str, LogoServer]]:
    server = LogoServer()
    async with serving(server.app) as served, _stack(tmp_path, backend, clothing, served.url) as s:
        yield s, served.url, server


@asynccontextmanager
async def _stack(
    folder: Path, backend: Backend, catalog: Catalog, logo_url: str
) -> AsyncIterator[Stack]:
    def exempt(given: dict[str, object]) -> None:
        given["egress_exempt"] = (*given["egress_exempt"], logo_url.removeprefix("http://"))  # type: ignore[misc]

    async with running_stack(folder, catalog, backend=backend, configure=exempt) as running:
        yield running


async def test_a_logo_is_fetched_without_credentials_and_drawn_anew(
    logos: tuple[Stack, str, LogoServer],
) -> None:
    stack, url, server = logos
    await stack.connect("acme")
    outcomes = {}

    for name in ("logo.png", "moved", "inside", "loop", "logo.svg", "huge", "none"):
        tenant = await _with_logo(stack, f"{url}/{name}")
        key = stack.services.media.logo_key(f"{url}/{name}")
        answer = await stack.get(f"/t/acme/media/{key}/logo.webp")
        outcomes[name] = answer.status_code
        with pytest.raises(MediaNotFound):
            await stack.services.media.logo(tenant, "logo-0123456789abcdef")

    assert outcomes == {
        "logo.png": 200,
        "moved": 200,
        **dict.fromkeys(("inside", "loop", "logo.svg", "huge", "none"), 404),
    }
    sent = {name.lower() for headers in server.asked for name in headers}
    assert not sent & {"authorization", "cookie", "x-pim-token"}


async def _with_logo(stack: Stack, url: str) -> Tenant:
    tenant = await stack.services.directory.find("acme")
    config: PassportConfig = msgspec.structs.replace(tenant.configs[0], logo_url=url)
    await PassportConfigRow.filter(tenant_id=tenant.id).update(data=msgspec.to_builtins(config))
    return await stack.services.directory.reread("acme")
