"""From an address to a product: what is found, what is not, and what a failing PIM means."""

import time
from typing import Any
from urllib.parse import quote

import pytest
from tortoise.expressions import F

from quart_passport.cache.store import Key, Lease
from quart_passport.errors import PimProtocolError, PimUnavailable, ProductNotFound, Unavailable
from quart_passport.passport.identifiers import parse_digital_link, parse_uuid
from quart_passport.publishing.passports import Publication
from quart_passport.sandbox import Pim
from quart_passport.storage.models import ConnectionRow, TenantRow
from quart_passport.structure.structures import KEY as STRUCTURE
from quart_passport.tenancy.tenant import Tenant
from tests.stack import Stack

IDENTIFIER = "SF-KULL-01"


def product_of(pim: Pim, identifier: str = IDENTIFIER) -> dict[str, Any]:
    product = pim.products.with_identifier(identifier)
    assert product is not None
    return product


def gtin_of(pim: Pim, identifier: str = IDENTIFIER) -> str:
    return str(product_of(pim, identifier)["values"]["gtin"][0]["data"]).zfill(14)


def set_value(pim: Pim, identifier: str, attribute: str, data: Any) -> None:
    uuid = product_of(pim, identifier)["uuid"]
    value = {"locale": None, "scope": None, "data": data}
    assert pim.products.edit(uuid, now=pim.clock(), values={attribute: [value]})


async def by_name(stack: Stack, name: str = IDENTIFIER) -> Publication:
    async def find(tenant: Tenant) -> Publication:
        return await stack.services.passports.by_name(tenant, name, parse_uuid(name))

    return await stack.services.fences.serve("acme", find)


async def by_link(stack: Stack, gtin: str) -> Publication:
    link = parse_digital_link(["01", gtin])
    return await stack.services.fences.serve(
        "acme", lambda tenant: stack.services.passports.by_link(tenant, link)
    )


def calls(stack: Stack) -> int:
    return stack.pim.traffic.total.by_group["products"]


async def fill(stack: Stack, entry: Key, body: bytes) -> None:
    """Put something into the cache, as another version of ours would have written it."""
    scope = (await stack.services.directory.find("acme")).connection.scope
    await stack.services.store.forget(scope, entry)
    lease = await stack.services.store.read_or_lease(scope, entry)
    assert isinstance(lease, Lease)
    assert await stack.services.store.fill(lease, entry, body, ttl=600, refresh_after=600)


async def test_a_product_is_found_by_all_its_names_for_one_call_each_kind(shop: Stack) -> None:
    await shop.connect("acme")
    uuid, gtin = product_of(shop.pim)["uuid"], gtin_of(shop.pim)
    shop.pim.traffic.reset()

    found = [await by_name(shop), await by_name(shop, uuid), await by_name(shop, uuid.upper())]
    after_names = calls(shop)
    found += [await by_link(shop, gtin), await by_link(shop, gtin), await by_name(shop)]

    assert {str(one.product.uuid) for one in found} == {uuid}
    assert {one.identity.identifier for one in found} == {IDENTIFIER}
    assert {one.identity.gtin for one in found} == {gtin}
    assert (after_names, calls(shop)) == (1, 2)


async def test_lot_and_serial_of_a_link_reach_the_page(shop: Stack) -> None:
    await shop.connect("acme")

    answer = await shop.get(f"/t/acme/01/{gtin_of(shop.pim)}/10/LOT-7/21/S-99")

    assert answer.status_code == 200
    assert "LOT-7" in answer.text
    assert "S-99" in answer.text


async def test_what_the_cache_keeps_is_only_what_was_selected(shop: Stack) -> None:
    tenant = await shop.connect("acme")
    set_value(shop.pim, IDENTIFIER, "supplier_note", "canary-note")

    found = await by_name(shop)
    structure = await shop.services.structures.structure_of(tenant)

    assert found.product.values.keys() <= tenant.wanted_attributes(structure)
    assert "supplier_note" not in found.product.values
    assert "purchase_price" not in found.product.values


@pytest.mark.parametrize("asked_by_name_first", [False, True])
async def test_an_ambiguous_gtin_leads_nowhere(asked_by_name_first: bool, shop: Stack) -> None:
    await shop.connect("acme")
    gtin = gtin_of(shop.pim)
    set_value(shop.pim, "SF-SOLV-OAT-S", "gtin", gtin.lstrip("0"))
    if asked_by_name_first:
        await by_name(shop)

    with pytest.raises(ProductNotFound):
        await by_link(shop, gtin)

    assert (await by_name(shop)).identity.gtin == gtin


async def test_a_gtin_is_the_same_in_each_of_its_forms(shop: Stack) -> None:
    await shop.connect("acme")
    short = "96385074"
    for form in (short, short.zfill(12), short.zfill(13), short.zfill(14)):
        set_value(shop.pim, IDENTIFIER, "gtin", form)
        tenant = await shop.services.directory.find("acme")
        await shop.services.store.clear(tenant.connection.scope)

        found = await by_link(shop, short)

        assert found.identity.identifier == IDENTIFIER


async def test_what_is_not_there_is_asked_for_once_a_minute(shop: Stack) -> None:
    await shop.connect("acme")
    shop.pim.traffic.reset()

    for _ in range(5):
        with pytest.raises(ProductNotFound):
            await by_name(shop, "nothing")
        with pytest.raises(ProductNotFound):
            await by_link(shop, "04006381333931")

    assert calls(shop) == 2


async def test_a_disabled_product_is_not_published(shop: Stack) -> None:
    await shop.connect("acme")
    uuid = product_of(shop.pim)["uuid"]
    shop.pim.products.edit(uuid, now=shop.pim.clock(), enabled=False)

    for name in (IDENTIFIER, uuid):
        with pytest.raises(ProductNotFound):
            await by_name(shop, name)


async def test_a_deleted_attribute_is_noticed_and_the_page_still_renders(shop: Stack) -> None:
    await shop.connect("acme")
    await by_name(shop, "SF-SOLV-OAT-S")
    tenant = await shop.services.directory.find("acme")
    gone = sorted(tenant.configs[0].selected_attributes())[0]
    kept = shop.pim.catalog.attributes.pop(gone)
    shop.pim.traffic.reset()
    try:
        answer = await shop.get(f"/t/acme/p/{IDENTIFIER}")
    finally:
        shop.pim.catalog.attributes[gone] = kept

    assert answer.status_code == 200
    assert shop.pim.traffic.total.by_route["attributes"] == _pages(shop.pim)
    assert calls(shop) == 2


def _pages(pim: Pim) -> int:
    return -(-len(pim.catalog.attributes) // 100)


async def test_a_pim_that_refuses_every_question_costs_one_round_for_a_crowd(shop: Stack) -> None:
    await shop.connect("acme")
    await by_name(shop, "SF-SOLV-OAT-S")
    shop.pim.traffic.reset()
    shop.pim.traffic.play("unprocessable", times=99, route="products")

    for _ in range(5):
        with pytest.raises(PimUnavailable):
            await by_name(shop)

    assert calls(shop) == 2


async def test_a_gtin_attribute_that_was_deleted_leads_nowhere_without_a_call(shop: Stack) -> None:
    await shop.connect("acme")
    await by_name(shop)
    tenant = await shop.services.directory.find("acme")
    structure = await shop.services.structures.structure_of(tenant)
    structure.attributes.pop("gtin")
    shop.pim.traffic.reset()

    with pytest.raises(ProductNotFound):
        await by_link(shop, gtin_of(shop.pim))

    assert calls(shop) == 0


FAULTS: dict[str, type[Exception]] = {
    **dict.fromkeys(
        ("unauthorized", "disconnected", "server_error", "unavailable"), PimUnavailable
    ),
    **dict.fromkeys(("html_error", "truncated_body"), PimUnavailable),
    **dict.fromkeys(("not_json", "empty_body"), PimProtocolError),
    # Last, because nobody calls for a while after it.
    "rate_limited": PimUnavailable,
}


async def test_a_failing_pim_is_told_from_a_missing_product(shop: Stack) -> None:
    await shop.connect("acme")
    await by_name(shop, "SF-SOLV-OAT-S")
    products = [product["identifier"] for product in shop.pim.products.all()]
    products.remove("SF-SOLV-OAT-S")

    for name, (fault, error) in zip(products, FAULTS.items(), strict=False):
        path = f"/t/acme/p/{quote(name, safe='')}"
        shop.pim.traffic.play(fault, times=9, retry_after=9)
        answer = await shop.get(path)
        cached = await shop.get("/t/acme/p/SF-SOLV-OAT-S")
        shop.pim.traffic.faults.clear()
        shop.pim.traffic.reset()
        again = await shop.get(path)

        statuses = (answer.status_code, cached.status_code, again.status_code)
        assert statuses == (503, 200, 503), fault
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert answer.headers["cache-control"] == "no-store"
        # A crowd costs no call for a while.
        assert calls(shop) == 0
        with pytest.raises(error):
            await by_name(shop, name)
        # As after a new authorization: a token that was refused is left alone for a while.
        await ConnectionRow.all().update(token_number=F("token_number") + 1)
        await shop.services.directory.reread("acme")


async def test_an_entry_of_another_version_counts_as_a_miss(shop: Stack) -> None:
    await shop.connect("acme")
    uuid = product_of(shop.pim)["uuid"]
    await fill(shop, Key("product", uuid), b'{"from": "the future"}')
    shop.pim.traffic.reset()

    found = [await by_name(shop, uuid) for _ in range(3)]

    assert {one.identity.identifier for one in found} == {IDENTIFIER}
    # One for the miss, and one for the next reader, who fills the cache again.
    assert calls(shop) == 2


async def test_a_structure_of_another_version_counts_as_a_miss(shop: Stack) -> None:
    tenant = await shop.connect("acme")
    await fill(shop, STRUCTURE, b"from the future")
    shop.services.structures._remembered.clear()

    structure = await shop.services.structures.structure_of(tenant)
    found = await by_name(shop)

    assert structure.attributes
    assert found.identity.identifier == IDENTIFIER


async def test_a_structure_is_remembered_for_a_moment_and_then_let_go(shop: Stack) -> None:
    tenant = await shop.connect("acme")
    structures = shop.services.structures

    first = await structures.structure_of(tenant)
    second = await structures.structure_of(tenant)
    structures._clock = lambda: time.monotonic() + 60
    structures._drop_old()

    assert second is first
    assert structures._remembered == {}


async def test_a_tenant_without_a_gtin_attribute_has_no_digital_links(shop: Stack) -> None:
    await shop.connect("acme")
    await TenantRow.all().update(gtin_attribute="")
    await shop.services.directory.reread("acme")

    with pytest.raises(ProductNotFound, match="no GTIN attribute"):
        await by_link(shop, gtin_of(shop.pim))


async def test_a_pim_that_is_down_altogether_says_try_again(shop: Stack) -> None:
    await shop.connect("acme")
    shop.pim.traffic.play("unavailable", times=99)
    tenant = await shop.services.directory.find("acme")
    await shop.services.store.clear(tenant.connection.scope)
    shop.services.structures._remembered.clear()

    with pytest.raises(Unavailable):
        await by_name(shop)


async def test_a_refused_token_is_not_sent_for_each_product(shop: Stack) -> None:
    await shop.connect("acme")
    assert (await shop.get("/t/acme/p/SF-KULL-01")).status_code == 200
    shop.pim.traffic.play("unauthorized", times=None)
    shop.pim.traffic.reset()

    for product in shop.pim.products.all():
        answer = await shop.get(f"/t/acme/p/{product['uuid']}")
        assert answer.status_code in {200, 503}

    print(f"refused calls: {shop.pim.traffic.total.calls}")
    assert shop.pim.traffic.total.calls <= 3
