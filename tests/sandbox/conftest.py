"""A small catalogue with odd identifiers, a PIM that serves it, and an app that talks to it."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import NAMESPACE_URL, uuid5

import httpx
import pytest

from quart_passport.sandbox import Catalog, SandboxApp, create_sandbox, load_catalog
from tests.serving import Served, serving

DEMO_CATALOG = Path(__file__).parents[3] / "shared" / "akeneo" / "catalog" / "api"
ODD_IDENTIFIERS = ["A/B C#1%", "/A", "A//B", "Ünïcode", "plain"]
SCOPES = (
    "read_products read_catalog_structure read_attribute_options read_channel_localization "
    "read_channel_settings"
)


class Clock:
    """Time that stands still until it is told to move on."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.25

    def __call__(self) -> float:
        return self.now


def uuid_of(identifier: str) -> str:
    return str(uuid5(NAMESPACE_URL, identifier))


def attribute(code: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "type": f"pim_catalog_{kind}",
        "group": "main",
        "labels": {"en_US": code.title()},
        "localizable": False,
        "scopable": False,
        **more,
    }


def entry(data: Any, locale: str | None = None, scope: str | None = None) -> list[dict[str, Any]]:
    return [{"locale": locale, "scope": scope, "data": data}]


def tiny_product(identifier: str, **more: Any) -> dict[str, Any]:
    values = {
        "sku": entry(identifier),
        "name": entry(f"Thing {identifier}", "en_US"),
        "description": entry("for the shop", "en_US", "ecommerce")
        + entry("fürs Lager", "de_DE", "print"),
        "color": entry("red"),
        "materials": entry(["wool", "gone"]),
        "ean": entry("4006381333931"),
        "image": entry("a/b/c/pic.png"),
    }
    return {
        "uuid": uuid_of(identifier),
        "identifier": identifier,
        "enabled": True,
        "family": "things",
        "categories": ["boxes"],
        "groups": [],
        "parent": None,
        "values": values,
        "associations": {},
        "created": "2026-01-01T00:00:00+00:00",
        "updated": "2026-02-01T00:00:00+00:00",
        "completenesses": [
            {"scope": "ecommerce", "locale": "en_US", "data": 80},
            {"scope": "print", "locale": "de_DE", "data": 40},
        ],
        **more,
    }


def tiny_files() -> dict[str, Any]:
    channels = [
        {"code": "ecommerce", "locales": ["en_US"], "category_tree": "shop", "labels": {}},
        {"code": "print", "locales": ["de_DE", "en_US"], "category_tree": "paper", "labels": {}},
    ]
    loose = tiny_product("loose", categories=[], family=None, enabled=False)
    del loose["values"]["color"]
    return {
        "merchant.json": {"name": "Tiny Things", "description": "A shop for tests."},
        "attributes.json": [
            attribute("sku", "identifier", is_main_identifier=True),
            attribute("name", "text", localizable=True),
            attribute("description", "textarea", localizable=True, scopable=True),
            attribute("color", "simpleselect"),
            attribute("materials", "multiselect"),
            attribute("ean", "text"),
            attribute("image", "image"),
        ],
        "attribute_options.json": [
            {"code": "red", "attribute": "color", "sort_order": 1, "labels": {"en_US": "Red"}},
            {"code": "wool", "attribute": "materials", "sort_order": 1, "labels": {}},
        ],
        "families.json": [
            {
                "code": "things",
                "attributes": ["sku", "name"],
                "attribute_as_label": "name",
                "attribute_as_image": "image",
                "labels": {},
            }
        ],
        "family_variants.json": [{"code": "by_color", "family": "things", "labels": {}}],
        "categories.json": [
            {"code": "shop", "parent": None, "updated": "2026-01-01T00:00:00+00:00"},
            {"code": "boxes", "parent": "shop", "updated": "2026-03-01T00:00:00+00:00"},
            {"code": "paper", "parent": None, "updated": "2026-01-01T00:00:00+00:00"},
        ],
        "channels.json": channels,
        "locales.json": [
            {"code": "de_DE", "enabled": True},
            {"code": "en_US", "enabled": True},
            {"code": "fr_FR", "enabled": False},
        ],
        "association_types.json": [{"code": "PACK", "labels": {}, "is_quantified": False}],
        "media_files.json": [
            media("a/b/c/pic.png", "media/pic.png"),
            media("l/o/s/t.png", None),
        ],
        "products.json": [*(tiny_product(name) for name in ODD_IDENTIFIERS), loose],
    }


def media(code: str, file: str | None) -> dict[str, Any]:
    return {
        "code": code,
        "original_filename": "Bild „eins“.png",
        "mime_type": "image/png",
        "size": 4,
        "extension": "png",
        "file": file,
    }


def write_catalog(folder: Path, files: dict[str, Any]) -> Path:
    api = folder / "api"
    api.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (api / name).write_text(json.dumps(content), encoding="utf-8")
    (folder / "media").mkdir(exist_ok=True)
    (folder / "media" / "pic.png").write_bytes(b"\x89PNG")
    return api


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tiny(tmp_path: Path) -> Catalog:
    return load_catalog(write_catalog(tmp_path / "tiny", tiny_files()))


@pytest.fixture
async def pim(tiny: Catalog, clock: Clock) -> AsyncIterator[Served[SandboxApp]]:
    async with serving(lambda url: create_sandbox(tiny, base_url=url, clock=clock)) as served:
        yield served


@dataclass
class AppSide:
    """The other side: an app that connects to a PIM and calls it."""

    http: httpx.AsyncClient
    client_id: str
    client_secret: str = ""
    token: str = ""

    async def code(self, scope: str = SCOPES) -> str:
        query = {"response_type": "code", "client_id": self.client_id, "scope": scope}
        answer = await self.http.post("/connect/apps/v1/authorize", params=query)
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    def token_form(self, code: str) -> dict[str, str]:
        identifier = "30-random-bytes"
        challenge = hashlib.sha256((identifier + self.client_secret).encode()).hexdigest()
        return {
            "client_id": self.client_id,
            "code": code,
            "grant_type": "authorization_code",
            "code_identifier": identifier,
            "code_challenge": challenge,
        }

    async def exchange(self, form: dict[str, str]) -> httpx.Response:
        return await self.http.post("/connect/apps/v1/oauth2/token", data=form)

    async def connect(self, scope: str = SCOPES) -> dict[str, Any]:
        answer = await self.exchange(self.token_form(await self.code(scope)))
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]
        granted: dict[str, Any] = answer.json()
        return granted

    async def get(self, path: str, **query: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = path if path.startswith("http") else f"/api/rest/v1/{path}"
        return await self.http.get(url, params=query or None, headers=headers)


def items(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["_embedded"]["items"]
    return found


def identifiers(answer: httpx.Response) -> list[str]:
    return sorted(item["values"]["sku"][0]["data"] for item in items(answer))


async def find(app: AppSide, search: Any, **query: str) -> httpx.Response:
    text = search if isinstance(search, str) else json.dumps(search)
    return await app.get("products-uuid", search=text, limit="100", **query)


async def new_app_side(pim: Served[SandboxApp], http: httpx.AsyncClient) -> AppSide:
    app = pim.app.pim.apps.register(
        "Passports", "http://app.example/activate", "http://app.example/callback?x=1"
    )
    return AppSide(http, app.client_id, app.client_secret)


@pytest.fixture
async def http(pim: Served[SandboxApp]) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=pim.url, trust_env=False) as client:
        yield client


@pytest.fixture
async def app_side(pim: Served[SandboxApp], http: httpx.AsyncClient) -> AppSide:
    return await new_app_side(pim, http)


@pytest.fixture
async def connected(app_side: AppSide) -> AppSide:
    await app_side.connect()
    return app_side
