"""
A client that others wrote walks the sandbox: `akeneo-api-client` from PyPI, over real HTTP.

It asks the token endpoint with a connection's credentials, follows `next` in both styles of
pagination, and refreshes its token when it meets a 401.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from akeneo_api_client.client.akeneo_api_error import AkeneoApiError
from akeneo_api_client.client_builder import ClientBuilder
from akeneo_api_client.search.search_builder import SearchBuilder

from quart_passport.sandbox import (
    Pim,
    SandboxApp,
    create_sandbox,
    load_catalog,
    world_directory,
)
from quart_passport.sandbox.scopes import AUTHORIZATION
from tests.sandbox.conftest import DEMO_CATALOG, Clock
from tests.serving import Served, serving

Walk = dict[str, tuple[int, int]]  # by kind of thing: items, pages


@pytest.fixture(params=["clothing", "demo"])
async def large_pim(
    request: pytest.FixtureRequest, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Served[SandboxApp]]:
    # The client would go through a proxy of the machine that tests run on.
    monkeypatch.setenv("NO_PROXY", "*")
    folders: tuple[Path, ...] = (world_directory("clothing"),)
    if request.param == "demo":
        folders = (DEMO_CATALOG, DEMO_CATALOG.parent / "supplement")
        if not DEMO_CATALOG.is_dir():
            pytest.skip("Akeneo's demo catalogue does not lie beside the project")
    catalog = load_catalog(*folders)
    async with serving(lambda url: create_sandbox(catalog, base_url=url, clock=clock)) as served:
        yield served


def _client(pim: Served[SandboxApp]) -> Any:
    made = pim.app.pim.connections.create("A foreign client", AUTHORIZATION)
    return ClientBuilder(pim.url).build_authenticated_by_password(
        made.username, made.password, made.client_id, made.client_secret
    )


def _count(pages: Iterable[list[Any]]) -> tuple[int, int]:
    sizes = [len(page) for page in pages]
    return sum(sizes), len(sizes)


def _walk_lists(api: Any, limit: int) -> Walk:
    # The client keeps a default dictionary between calls, so each call gets one of its own.
    found = {
        "products": _count(api.product_uuid_api.all(limit, {})),
        "product models": _count(api.product_model_api.all(limit, {})),
        "attributes": _count(api.attribute_api.all(limit, {})),
        "attribute groups": _count(api.attribute_group_api.all(limit, {})),
        "families": _count(api.family_api.all(limit, {})),
        "categories": _count(api.category_api.all(limit, {})),
        "channels": _count(api.channel_api.all(limit, {})),
        "locales": _count(api.locale_api.all(limit, {})),
        "currencies": _count(api.currency_api.all(limit, {})),
        "reference entities": _count(api.reference_entity_api.all({})),
        "asset families": _count(api.asset_family_api.all({})),
    }
    for page in api.reference_entity_api.all({}):
        for entity in page:
            name = f"records of {entity['code']}"
            found[name] = _count(api.reference_entity_record_api.all(entity["code"], {}))
    for page in api.asset_family_api.all({}):
        for family in page:
            name = f"assets of {family['code']}"
            found[name] = _count(api.asset_api.all(family["code"], {}))
    return found


def _held(pim: Pim) -> dict[str, int]:
    catalog = pim.catalog
    return {
        "products": len(catalog.products),
        "product models": len(catalog.product_models),
        "attributes": len(catalog.attributes),
        "attribute groups": len(catalog.attribute_groups),
        "families": len(catalog.families),
        "categories": len(catalog.categories),
        "channels": len(catalog.channels),
        "locales": len(catalog.locales),
        "currencies": len(catalog.currencies),
        "reference entities": len(catalog.reference_entities),
        "asset families": len(catalog.asset_families),
        **{f"records of {c}": len(e.members) for c, e in catalog.reference_entities.items()},
        **{f"assets of {c}": len(e.members) for c, e in catalog.asset_families.items()},
    }


async def test_it_walks_every_list_to_its_end(large_pim: Served[SandboxApp]) -> None:
    limit = 7 if len(large_pim.app.pim.products) < 100 else 100
    api = _client(large_pim)

    found = await asyncio.to_thread(_walk_lists, api, limit)

    for kind, (items, pages) in found.items():
        print(f"{kind}: {items} in {pages} pages")
    assert {kind: items for kind, (items, _) in found.items()} == _held(large_pim.app.pim)
    assert found["products"][1] > 3
    assert found["categories"][1] > 1
    assert large_pim.app.pim.traffic.total.refused == 0


async def test_it_reads_single_things(large_pim: Served[SandboxApp]) -> None:
    catalog = large_pim.app.pim.catalog
    product = next(iter(catalog.products.values()))
    select = next(iter(catalog.attribute_options))
    entity = next(iter(catalog.reference_entities.values()))
    api = _client(large_pim)

    def walk() -> dict[str, Any]:
        return {
            "product": api.product_uuid_api.get(product["uuid"], {})["uuid"],
            "attribute": api.attribute_api.get(select)["code"],
            "options": _count(api.attribute_option_api.all(select, 100, {}))[0],
            "family": api.family_api.get(product["family"])["code"],
            "measurement families": len(api.measurement_family_api.all()),
            "record": api.reference_entity_record_api.get(
                entity.shown["code"], next(iter(entity.members))
            )["code"],
        }

    found = await asyncio.to_thread(walk)

    print(found)
    assert found == {
        "product": product["uuid"],
        "attribute": select,
        "options": len(catalog.attribute_options[select]),
        "family": product["family"],
        "measurement families": len(catalog.measurement_families),
        "record": next(iter(entity.members)),
    }


async def test_it_searches(large_pim: Served[SandboxApp]) -> None:
    products = large_pim.app.pim.catalog.products.values()
    family = next(product["family"] for product in products if product["family"])
    api, search = _client(large_pim), SearchBuilder()
    search.add_filter("family", "IN", [family])
    search.add_filter("enabled", "=", True)

    def walk() -> list[str]:
        pages = api.product_uuid_api.all(100, {"search": search.get_filters()})
        return sorted(item["uuid"] for page in pages for item in page)

    found = await asyncio.to_thread(walk)

    expected = [p["uuid"] for p in products if p["family"] == family and p.get("enabled", True)]
    assert found == sorted(expected)


async def test_it_downloads_a_media_file(large_pim: Served[SandboxApp]) -> None:
    files = large_pim.app.pim.catalog.media_files
    code, file = next((code, file) for code, file in files.items() if file.path is not None)
    assert file.path is not None
    api = _client(large_pim)
    # The client has no method for files, so its own request to any route is used.
    ask: Callable[..., Any] = api.product_uuid_api.resource_client.get_resource

    answer = await asyncio.to_thread(ask, "api/rest/v1/media-files/%s/download", [code], {})

    print(f"{code}: {len(answer.content)} bytes of {answer.headers['content-type']}")
    assert answer.content == file.path.read_bytes()
    assert answer.headers["content-type"] == file.shown["mime_type"]


async def test_it_renews_its_token_after_an_hour(
    large_pim: Served[SandboxApp], clock: Clock
) -> None:
    api = _client(large_pim)

    def ask() -> list[Any]:
        return list(api.channel_api.all(100, {}))

    before = await asyncio.to_thread(ask)
    first = api.authentication.access_token
    clock.now += 3600
    after = await asyncio.to_thread(ask)

    assert before == after
    assert api.authentication.access_token != first
    assert large_pim.app.pim.traffic.total.by_route["login"] == 2


async def test_it_understands_what_goes_wrong(large_pim: Served[SandboxApp]) -> None:
    made = large_pim.app.pim.connections.create("A foreign client", AUTHORIZATION)
    api = ClientBuilder(large_pim.url).build_authenticated_by_password(
        made.username, "wrong", made.client_id, made.client_secret
    )

    with pytest.raises(AkeneoApiError, match="No user found for the given username and password"):
        await asyncio.to_thread(lambda: list(api.channel_api.all(100, {})))
