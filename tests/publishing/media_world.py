"""A shop whose products have files of every kind, shown and not shown, and the CDN it links to."""

import hashlib
import json
import re
from asyncio import StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
from cryptography.hazmat.primitives.serialization import Encoding

from quart_passport.passport.assembly import assemble_passport
from quart_passport.passport.config import PassportConfig, SectionConfig
from quart_passport.passport.languages import languages_of
from quart_passport.passport.model import Document
from quart_passport.publishing.file_names import document_name, stem_of
from quart_passport.publishing.shown import File, files_of
from quart_passport.sandbox import Catalog, load_catalog, world_directory
from quart_passport.tenancy.configs import decisions_of, save_decisions
from quart_passport.tenancy.tenant import Tenant
from tests.egress.loopback import Listener, answer_of, listening, redirect_to
from tests.egress.test_egress_tls import Authority
from tests.publishing.pictures import HOSTILE, PDF, encoded, photograph
from tests.stack import Backend, Stack, running_stack

IDENTIFIER = "SF-KULL-01"
# The shop's configuration selects these; what begins with `hidden` it does not.
SELECTED = ("manual", "drawing", "gallery", "maker", "photo")
FILES = {
    "manual.pdf": PDF,
    "hidden_manual.pdf": PDF + b"hidden",
    "drawing.pdf": b"MZ this is a program that is called a PDF",
    "photo.jpg": photograph(900, 600),
    "hidden_photo.jpg": photograph(200, 100),
    "front.png": encoded("PNG", (1500, 1000)),
    "data.pdf": PDF + b"of an asset",
    "hidden_front.png": encoded("PNG", (70, 50)),
    "mill.jpg": encoded("JPEG", (64, 64)),
    "hidden_mill.jpg": encoded("JPEG", (65, 65)),
}


def code_of(name: str) -> str:
    """The PIM's code of a file."""
    digest = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
    return "/".join([*digest[:4], f"{digest}_{name}"])


def media_catalog(folder: Path, cdn: str) -> Catalog:
    """The clothing shop with more files; `cdn` is where links lead to."""
    (folder / "files").mkdir(parents=True)
    for name, body in FILES.items():
        (folder / "files" / name).write_bytes(body)
    content = {
        "attributes": [
            _attribute("manual", "pim_catalog_file"),
            _attribute("hidden_manual", "pim_catalog_file"),
            _attribute("drawing", "pim_catalog_file"),
            _attribute("photo", "pim_catalog_image"),
            _attribute("hidden_photo", "pim_catalog_image"),
            _attribute("gallery", "pim_catalog_asset_collection", "pictures"),
            _attribute("hidden_gallery", "pim_catalog_asset_collection", "pictures"),
            _attribute("maker", "akeneo_reference_entity", "makers"),
            _attribute("hidden_maker", "akeneo_reference_entity", "makers"),
        ],
        "media_files": [
            _file(name) for name in FILES if name.partition(".")[0].endswith(_OF_PRODUCTS)
        ],
        "asset_families": [_pictures(cdn)],
        "reference_entities": [_MAKERS],
        "product_values": _VALUES,
    }
    (folder / "more").mkdir()
    for name, found in content.items():
        (folder / "more" / f"{name}.json").write_text(json.dumps(found), encoding="utf-8")
    return load_catalog(world_directory("clothing"), folder / "more")


_OF_PRODUCTS = ("manual", "drawing", "photo")


def _attribute(code: str, kind: str, family: str | None = None) -> dict[str, Any]:
    return {
        "code": code,
        "type": kind,
        "group": "other",
        "labels": {"en_US": code.title(), "de_DE": code.title()},
        "localizable": False,
        "scopable": False,
        "available_locales": [],
        "reference_data_name": family,
    }


def _file(name: str) -> dict[str, Any]:
    return {"code": code_of(name), "original_filename": name, "file": f"files/{name}"}


def _value(data: Any) -> list[dict[str, Any]]:
    return [{"locale": None, "scope": None, "data": data}]


def _member(code: str, **values: Any) -> dict[str, Any]:
    entries = {
        name: [{"locale": None, "channel": None, "data": data}] for name, data in values.items()
    }
    return {"code": code, "values": entries}


def _linked_attribute(code: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "type": kind, "labels": {}, "value_per_locale": False} | more


def _pictures(cdn: str) -> dict[str, Any]:
    link = {"prefix": f"{cdn}/", "suffix": ""}
    return {
        "code": "pictures",
        "labels": {},
        "attribute_as_main_media": "media",
        "attributes": [
            _linked_attribute("label", "text"),
            _linked_attribute("media", "media_file", media_type="image"),
            _linked_attribute("link", "media_link", media_type="image", **link),
            _linked_attribute("sheet", "media_link", media_type="pdf", **link),
        ],
        "assets": [
            _member("front", label="Front view", media=code_of("front.png")),
            _member("data", media=code_of("data.pdf")),
            _member("side", label="Side view", link="side.jpg"),
            _member("moved", link="moved.jpg"),
            _member("inside", link="inside.jpg"),
            _member("svg", link="svg.png"),
            _member("linked_sheet", label="Sheet", sheet="sheet.pdf"),
            _member("hidden_front", media=code_of("hidden_front.png")),
            _member("hidden_side", link="hidden.jpg"),
        ],
        "asset_media_files": [
            _file(name) for name in ("front.png", "data.pdf", "hidden_front.png")
        ],
    }


_MAKERS = {
    "code": "makers",
    "labels": {},
    "attributes": [_linked_attribute("label", "text"), _linked_attribute("image", "image")],
    "records": [
        _member("mill", label="The mill", image=code_of("mill.jpg")),
        _member("hidden_mill", image=code_of("hidden_mill.jpg")),
    ],
    "reference_entity_media_files": [_file(name) for name in ("mill.jpg", "hidden_mill.jpg")],
}
SHOWN_ASSETS = ["front", "data", "side", "moved", "inside", "svg", "linked_sheet"]
_VALUES = {
    "products": {
        IDENTIFIER: {
            "manual": _value(code_of("manual.pdf")),
            "hidden_manual": _value(code_of("hidden_manual.pdf")),
            "drawing": _value(code_of("drawing.pdf")),
            "photo": _value(code_of("photo.jpg")),
            "hidden_photo": _value(code_of("hidden_photo.jpg")),
            "gallery": _value(SHOWN_ASSETS),
            "hidden_gallery": _value(["hidden_front", "hidden_side"]),
            "maker": _value("mill"),
            "hidden_maker": _value("hidden_mill"),
        }
    }
}


@dataclass
class CDN:
    """A merchant's own server of files, with a certificate; knows who came for what."""

    url: str = ""
    listener: Listener = field(default_factory=Listener)

    @property
    def asked(self) -> list[str]:
        """The paths that were asked for."""
        return [head.split()[1] for head in self.listener.heads]

    @property
    def headers(self) -> set[str]:
        """The names of all headers that came."""
        return {
            line.partition(":")[0]
            for head in self.listener.heads
            for line in head.split("\r\n")[1:]
        }

    async def answer(self, writer: StreamWriter) -> None:
        path = self.asked[-1]
        match path:
            case "/side.jpg" | "/logo.png":
                writer.write(answer_of(photograph(700, 350, "PNG")))
            case "/moved.jpg" | "/moved-logo":
                writer.write(redirect_to("/side.jpg"))
            case "/inside.jpg" | "/inside":
                writer.write(redirect_to("http://127.0.0.1:1/side.jpg"))
            case "/loop":
                writer.write(redirect_to("/loop"))
            case "/svg.png":
                writer.write(answer_of(HOSTILE["SVG"], "Content-Type: image/png"))
            case "/sheet.pdf":
                writer.write(answer_of(PDF + b"linked"))
            case "/huge":
                writer.write(answer_of(b"\x89PNG" + bytes(3 * 2**20)))
            case "/broken":
                writer.write(answer_of(b"", status="502 Bad Gateway"))
            case _:
                writer.write(answer_of(b"", status="404 Not Found"))


@dataclass
class MediaShop:
    """The shop, connected; `tenant` is as it is now."""

    stack: Stack
    tenant: Tenant
    cdn: CDN

    @property
    def downloads(self) -> int:
        """How many files the PIM was asked for."""
        return self.stack.pim.traffic.total.by_group["media"]

    async def configure(self, **changes: Any) -> None:
        """Let the configuration show the selected attributes, but for the changes."""
        sections = (SectionConfig(SELECTED, title={"en_US": "Files"}),)
        given = {"sections": sections, "picture_attribute": "picture", "logo_url": ""} | changes
        config: PassportConfig = msgspec.structs.replace(self.tenant.configs[0], **given)
        await save_decisions(self.tenant, replace(decisions_of(self.tenant), configs=(config,)))
        await self.reread()

    async def reread(self) -> None:
        self.tenant = await self.stack.services.directory.reread("acme")
        await self.stack.services.fences.open(self.tenant)

    async def files(self) -> dict[str, File]:
        """What the passport shows, by file name."""
        found = await self.stack.services.passports.by_name(self.tenant, IDENTIFIER, None)
        passport = assemble_passport(
            found.product,
            found.structure,
            found.config,
            found.identity,
            languages_of(found.config)[0],
            found.linked,
        )
        return {file.filename: file for file in files_of(passport)}

    def address(self, file: File, name: str = "", *, product: str = "") -> str:
        """Where a file is served, as its page says."""
        found = self.stack.pim.products.with_identifier(IDENTIFIER)
        assert found is not None
        key = self.stack.services.media.key_of(self.tenant, UUID(product or found["uuid"]), file)
        return f"/t/acme/media/{key}/{name or _name_of(file)}"

    async def get(self, file: File, name: str = "") -> httpx.Response:
        """Ask for a file under its address."""
        return await self.stack.get(self.address(file, name))


def _name_of(file: File) -> str:
    if isinstance(file, Document):
        return document_name(file.filename)
    return f"{stem_of(file.filename, 'picture')}-1280.jpg"


@asynccontextmanager
async def media_shop(folder: Path, backend: Backend, trusted: Path) -> AsyncIterator[MediaShop]:
    """`trusted` gets the certificate of the CDN's authority: SSL_CERT_FILE has to name it."""
    authority = Authority.make(folder)
    trusted.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    cdn = CDN()
    async with listening(cdn.answer, tls=authority.server("localhost")) as cdn.listener:
        cdn.url = f"https://localhost:{cdn.listener.port}"

        def exempt(given: dict[str, Any]) -> None:
            given["egress_exempt"] = (*given["egress_exempt"], cdn.url.removeprefix("https://"))

        catalog = media_catalog(folder / "catalog", cdn.url)
        async with running_stack(folder, catalog, backend=backend, configure=exempt) as stack:
            shop = MediaShop(stack, await stack.connect("acme"), cdn)
            await shop.configure()
            yield shop


def media_addresses(page: str) -> set[str]:
    """All addresses of files that a page holds."""
    return set(re.findall(r"/t/[^/]+/media/[^\"\s,]+", page))
