"""Pictures, documents and logos over HTTP: only what passports show, and only as we serve it."""

import asyncio
import base64
import io
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from PIL import Image

from quart_passport.cache.store import Key
from quart_passport.passport.model import Document, MediaSource, Picture
from quart_passport.publishing.originals import Place
from quart_passport.publishing.shown import File
from tests.publishing.media_world import (
    FILES,
    MediaShop,
    code_of,
)
from tests.publishing.pictures import HOSTILE, PDF, SVG
from tests.waiting import seconds_until

pytestmark = pytest.mark.asyncio(loop_scope="module")


def product_picture(name: str) -> Picture:
    return Picture(code_of(name), name, "")


async def test_one_download_makes_a_picture_in_every_width_and_form(media: MediaShop) -> None:
    names = [f"photo-{width}.{form}" for width in (320, 640, 900) for form in ("webp", "jpg")]
    picture = product_picture("photo.jpg")

    answers = await asyncio.gather(*(media.get(picture, name) for name in names))
    again = await media.get(picture, names[0])

    assert media.downloads == 1
    assert again.content == answers[0].content
    for name, answer in zip(names, answers, strict=True):
        form = {"webp": "webp", "jpg": "jpeg"}[name.rpartition(".")[2]]
        assert (answer.status_code, answer.headers["content-type"]) == (200, f"image/{form}")
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; sandbox;")
        with Image.open(io.BytesIO(answer.content)) as image:
            assert image.size == (int(name[6:9]), round(int(name[6:9]) * 2 / 3))
            assert image.format == form.upper()
        assert answer.content != FILES["photo.jpg"]


async def test_a_wish_for_more_than_there_is_gets_the_most_that_there_is(media: MediaShop) -> None:
    picture = product_picture("photo.jpg")

    large, largest = [await media.get(picture, f"photo-{width}.jpg") for width in (1280, 900)]

    assert large.content == largest.content


async def test_files_come_from_wherever_the_merchant_keeps_them(media: MediaShop) -> None:
    cdn = media.cdn
    files = await media.files()

    statuses = {name: (await media.get(file)).status_code for name, file in files.items()}

    assert {files[name].source for name, status in statuses.items() if status == 200} == set(
        MediaSource
    )
    refused = {name for name, status in statuses.items() if status == 404}
    # A program that is called a PDF, a redirect to this machine, an SVG that is called a PNG.
    assert refused == {"drawing.pdf", "inside.jpg", "svg.png"}
    assert set(statuses.values()) == {200, 404}
    assert sorted(cdn.asked) == [
        *("/inside.jpg", "/moved.jpg", "/sheet.pdf", "/side.jpg", "/side.jpg", "/svg.png")
    ]
    assert not cdn.headers & {"authorization", "cookie", "x-pim-token"}


async def test_files_that_no_passport_shows_are_not_served(media: MediaShop) -> None:
    """Though the PIM has them, the product names them, and the address is signed."""
    stack, cdn = media.stack, media.cdn
    hidden: list[File] = [
        product_picture("hidden_photo.jpg"),
        Document(code_of("hidden_manual.pdf"), "hidden_manual.pdf", "", "PDF"),
        Picture(code_of("hidden_front.png"), "hidden_front.png", "", MediaSource.ASSET),
        Picture(f"{cdn.url}/hidden.jpg", "hidden.jpg", "", MediaSource.LINK),
        Picture(code_of("hidden_mill.jpg"), "hidden_mill.jpg", "", MediaSource.RECORD),
    ]
    confused: list[File] = [
        Picture(code_of("photo.jpg"), "photo.jpg", "", MediaSource.ASSET),
        Picture(code_of("manual.pdf"), "manual.pdf", ""),
        Document(code_of("photo.jpg"), "photo.jpg", "", "PDF"),
        Picture(f"{stack.pim.base_url}/logo.png", "logo.png", "", MediaSource.LINK),
    ]

    statuses = {file.filename: (await media.get(file)).status_code for file in hidden + confused}

    assert set(statuses.values()) == {404}
    assert (media.downloads, cdn.asked) == (0, [])
    print(f"files not shown, tried {len(statuses)}, served 0")


async def test_a_file_ends_with_its_selection(media: MediaShop) -> None:
    stack = media.stack
    files = await media.files()
    chosen = [files["photo.jpg"], files["front.png"], files["mill.jpg"], files["manual.pdf"]]
    addresses = [media.address(file) for file in chosen]
    before = [(await stack.get(address)).status_code for address in addresses]

    await media.configure(sections=())
    after = [(await stack.get(address)).status_code for address in addresses]

    assert (before, after) == ([200] * 4, [404] * 4)


async def test_no_key_but_a_published_files_own_opens_anything(media: MediaShop) -> None:
    stack = media.stack
    picture = product_picture("photo.jpg")
    true = media.address(picture).split("/")[4]
    raw = base64.urlsafe_b64decode(true)
    library = stack.services.media
    stranger = replace(media.tenant, connection=replace(media.tenant.connection, id=UUID(int=7)))
    flips = [raw[:n] + bytes([raw[n] ^ 1]) + raw[n + 1 :] for n in range(0, 48, 5)]
    keys = [
        *(base64.urlsafe_b64encode(flipped).decode() for flipped in flips),
        library.key_of(stranger, UUID(bytes=raw[:16]), picture),
        library.key_of(media.tenant, UUID(int=1), picture),
        library.key_of(media.tenant, UUID(bytes=raw[:16]), product_picture("../../../etc/passwd")),
        *("_", "a" * 64, "a" * 63, true[:-4], f"{true}AAAA", f"{true}%00", "%C3%A9" * 20),
        *("A" * 1500, "logo-0123456789abcdef", "logo-", f"logo-{true[:16]}", "%2e%2e", "x%2Fy"),
    ]

    statuses = [(await stack.get(f"/t/acme/media/{key}/photo-640.jpg")).status_code for key in keys]

    assert statuses == [404] * len(keys)
    assert media.downloads == 0
    print(f"keys tried {len(keys)}, opened 0")


async def test_a_file_has_one_name_in_each_form_and_no_other(media: MediaShop) -> None:
    files = await media.files()
    picture, document = files["photo.jpg"], files["manual.pdf"]
    of_a_picture = (
        *("photo-641.jpg", "photo-0.jpg", "photo-.jpg", "photo.jpg", "other-640.jpg"),
        *("photo-640.png", "photo-640.svg", "photo-640.JPG", "photo-640.jpg.exe"),
        *("photo-640.webp%00", "..%2Fphoto-640.jpg", "photo-640.pdf", "%20photo-640.jpg"),
        "photo-99999.jpg",
    )
    of_a_document = ("other.pdf", "manual.PDF", "manual", "manual.html", "manual-640.jpg")
    names = {picture: of_a_picture, document: of_a_document}

    statuses = {
        name: (await media.get(file, name)).status_code
        for file, some in names.items()
        for name in some
    }

    assert statuses == dict.fromkeys(statuses, 404)


async def test_a_file_of_a_product_that_is_not_published_is_not_served(media: MediaShop) -> None:
    stack = media.stack
    # Another one: what a passport showed is remembered for a second.
    product = stack.pim.products.with_identifier("SF-SOLV-OAT-S")
    assert product is not None
    (picture,) = [
        Picture(value["data"], value["data"].partition("_")[2], "")
        for value in product["values"]["picture"]
    ]
    address = media.address(picture, product=product["uuid"])
    published = (await stack.get(address)).status_code
    await media.stack.services.store.clear(media.tenant.connection.scope)
    await asyncio.sleep(1.1)
    media.stack.pim.traffic.reset()
    stack.pim.products.edit(product["uuid"], now=stack.pim.clock(), enabled=False)
    try:
        answer = await stack.get(address)
    finally:
        stack.pim.products.edit(product["uuid"], now=stack.pim.clock(), enabled=True)

    assert published == 200
    assert (answer.status_code, media.downloads) == (404, 0)


async def test_a_hostile_file_in_the_pim_is_never_served(media: MediaShop, tmp_path: Path) -> None:
    stack = media.stack
    address = media.address(product_picture("photo.jpg"))
    files = stack.pim.catalog.media_files
    kept = files[code_of("photo.jpg")]
    files[code_of("photo.jpg")] = replace(kept, path=tmp_path / "hostile")
    try:
        for name in ("SVG", "PNG of 60,000 by 60,000", "truncated JPEG", "nothing"):
            (tmp_path / "hostile").write_bytes(HOSTILE[name])
            await stack.services.store.clear(media.tenant.connection.scope)
            stack.pim.traffic.reset()

            answers = [await stack.get(address) for _ in range(2)]

            assert [answer.status_code for answer in answers] == [404, 404], name
            # It is not fetched again and again.
            assert media.downloads == 1
    finally:
        files[code_of("photo.jpg")] = kept


DOCUMENTS = {
    "a document": (PDF, 200),
    "as large as can be": (PDF + bytes(10 * 2**20 - len(PDF)), 200),
    "too large": (PDF + bytes(10 * 2**20 + 1), 404),
    "after an empty line": (b"\n" + PDF, 404),
    "after a picture's beginning": (b"GIF89a" + PDF, 404),
    "in small letters": (b"%pdf-1.7", 404),
    "SVG": (SVG, 404),
    "HTML": (b"<!doctype html><script>alert(1)</script>", 404),
    "nothing": (b"", 404),
}


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_what_begins_like_a_pdf_and_is_not_too_large_can_be_downloaded(
    media: MediaShop, tmp_path: Path, name: str
) -> None:
    stack = media.stack
    body, status = DOCUMENTS[name]
    document = Document(code_of("manual.pdf"), "manual.pdf", "", "PDF")
    files = stack.pim.catalog.media_files
    kept = files[code_of("manual.pdf")]
    (tmp_path / "file").write_bytes(body)
    files[code_of("manual.pdf")] = replace(kept, path=tmp_path / "file")
    try:
        answer = await media.get(document)
    finally:
        files[code_of("manual.pdf")] = kept

    assert answer.status_code == status
    if status == 200:
        assert answer.content == body
        assert int(answer.headers["content-length"]) == len(body)


async def test_a_document_is_saved_and_never_opened_in_the_page(media: MediaShop) -> None:
    stack = media.stack
    address = media.address((await media.files())["manual.pdf"])

    full = await stack.get(address)
    head = await stack.browser.head(stack.url + address)
    known = await stack.get(address, **{"If-None-Match": full.headers["etag"]})

    assert full.content == PDF
    for answer in (full, head):
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == (
            "attachment; filename=\"manual.pdf\"; filename*=UTF-8''manual.pdf"
        )
        assert answer.headers["content-security-policy"] == (
            "default-src 'none'; sandbox; frame-ancestors 'none'"
        )
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["content-length"] == str(len(PDF))
    assert (head.status_code, head.content) == (200, b"")
    assert (known.status_code, known.content) == (304, b"")


async def test_whoever_asks_for_much_and_reads_nothing_fills_no_memory(
    media: MediaShop, tmp_path: Path
) -> None:
    document = Document(code_of("manual.pdf"), "manual.pdf", "", "PDF")
    files = media.stack.pim.catalog.media_files
    kept = files[code_of("manual.pdf")]
    (tmp_path / "file").write_bytes(PDF + bytes(10 * 2**20 - len(PDF)))
    files[code_of("manual.pdf")] = replace(kept, path=tmp_path / "file")
    url = urlsplit(media.stack.url)
    head = f"GET {media.address(document)} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode()
    try:
        readers = [await _ask_and_wait(url.port, head) for _ in range(14)]
        statuses = [status for status, _ in readers]
        small = await media.get(product_picture("photo.jpg"), "photo-320.webp")
        for _, writer in readers:
            writer.transport.abort()
        again = await seconds_until(media.stack, media.address(document), 200)
    finally:
        files[code_of("manual.pdf")] = kept

    # Twelve times 10 MiB have room.
    assert statuses == [200] * 12 + [503] * 2
    assert small.status_code == 200
    print(f"readers who read nothing 14, refused 2, room again after {again:.1f} s")


async def _ask_and_wait(port: int | None, head: bytes) -> tuple[int, asyncio.StreamWriter]:
    """The status of an answer of which nothing more is read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(head)
    line = await reader.readline()
    return int(line.split()[1]), writer


async def test_a_rendition_that_the_cache_let_go_is_made_anew(media: MediaShop) -> None:
    stack = media.stack
    picture = product_picture("photo.jpg")
    address = media.address(picture, "photo-640.webp")
    first = await stack.get(address)
    place = Place(MediaSource.PRODUCT, code_of("photo.jpg"))

    await stack.services.store.forget(
        media.tenant.connection.scope, Key("rendition", f"{place}@640.webp")
    )
    again = await stack.get(address)
    others = await media.get(picture, "photo-320.jpg")

    assert (first.status_code, again.status_code, others.status_code) == (200, 200, 200)
    assert again.content == first.content
    assert media.downloads == 2


async def test_where_the_pim_fails_a_reader_is_told_when_to_come_again(media: MediaShop) -> None:
    traffic = media.stack.pim.traffic
    fault = traffic.play("unavailable", times=None, route="media")
    try:
        answers = [await media.get(product_picture("photo.jpg")) for _ in range(3)]
    finally:
        traffic.faults.remove(fault)

    assert [answer.status_code for answer in answers] == [503] * 3
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    # The PIM is asked for the first alone, with its second and third try.
    assert media.downloads <= 3


async def test_a_logo_is_fetched_without_credentials_and_drawn_anew(media: MediaShop) -> None:
    stack, cdn = media.stack, media.cdn
    outcomes = {}

    for name in ("logo.png", "moved-logo", "inside", "loop", "svg.png", "huge", "none", "broken"):
        url = f"{cdn.url}/{name}"
        await media.configure(logo_url=url)
        key = stack.services.media.key_of_logo(url)
        answer = await stack.get(f"/t/acme/media/{key}/logo-640.webp")
        outcomes[name] = answer.status_code
        if answer.status_code == 200:
            assert answer.headers["content-type"] == "image/webp"
        other = stack.services.media.key_of_logo(f"{cdn.url}/another.png")
        assert (await stack.get(f"/t/acme/media/{other}/logo-640.webp")).status_code == 404
        assert media.tenant.configs[0].logo_url == url

    assert outcomes == {
        **dict.fromkeys(("logo.png", "moved-logo"), 200),
        **dict.fromkeys(("inside", "loop", "svg.png", "huge", "none"), 404),
        "broken": 503,
    }
    assert not cdn.headers & {"authorization", "cookie", "x-pim-token"}
