"""Products, models and files, as a PIM of any edition gives them."""

import itertools
from typing import Any
from uuid import UUID, uuid4

import pytest

from quart_passport.errors import PimInvalidRequest, PimNotFound, PimProtocolError
from quart_passport.passport.model import MediaSource
from quart_passport.passport.product import Product, ProductModel
from quart_passport.pim.client import PimAccess
from quart_passport.sandbox import Edition
from tests.pim.conftest import Connected


def by_uuid(*uuids: UUID) -> dict[str, Any]:
    return {"uuid": [{"operator": "IN", "value": [str(uuid) for uuid in uuids]}]}


def by_sku(*identifiers: str) -> dict[str, Any]:
    return {"sku": [{"operator": "IN", "value": list(identifiers)}]}


async def some_products(sandbox: Connected, access: PimAccess, **options: Any) -> list[Product]:
    return await sandbox.client.find_products(access, {}, limit=5, **options)


async def test_a_product_is_found_by_uuid_with_the_wanted_values_only(sandbox: Connected) -> None:
    access = await sandbox.access()
    whole = (await some_products(sandbox, access))[0]
    wanted = sorted(whole.values)[:2]

    found = await sandbox.client.find_products(
        access, by_uuid(whole.uuid), attributes=wanted, limit=1
    )

    assert [product.uuid for product in found] == [whole.uuid]
    assert sorted(found[0].values) == wanted
    assert found[0].values[wanted[0]] == whole.values[wanted[0]]
    assert found[0].completenesses == ()


async def test_completenesses_come_when_asked_for(sandbox: Connected) -> None:
    access = await sandbox.access()

    found = await some_products(sandbox, access, completenesses=True)

    assert all(product.completenesses for product in found)


async def test_option_labels_come_with_the_codes(sandbox: Connected) -> None:
    access = await sandbox.access()
    structure = await sandbox.client.read_structure(access)
    selects = {a.code for a in structure.attributes.values() if a.type.endswith("simpleselect")}

    found = await some_products(sandbox, access)

    values = [v for product in found for code in selects for v in product.values.get(code, ())]
    assert values
    assert all(value.linked_data["labels"] for value in values)


async def test_a_search_without_result_finds_nothing(sandbox: Connected) -> None:
    assert await sandbox.client.find_products(await sandbox.access(), by_uuid(uuid4())) == []


async def test_a_url_that_would_grow_too_long_asks_for_all_values(sandbox: Connected) -> None:
    access = await sandbox.access()
    whole = (await some_products(sandbox, access))[0]
    # The PIM would refuse these codes, had they been sent.
    many = [f"attribute_that_is_not_there_{number:04}" for number in range(300)]

    found = await sandbox.client.find_products(access, by_uuid(whole.uuid), attributes=many)

    assert found == [whole]


async def test_an_unknown_attribute_is_told_by_name(sandbox: Connected) -> None:
    access = await sandbox.access()

    with pytest.raises(PimInvalidRequest, match="gone_attribute"):
        await some_products(sandbox, access, attributes=["gone_attribute"])


async def test_a_hundred_products_of_a_large_pim_come_at_once(large_sandbox: Connected) -> None:
    access = await large_sandbox.access()

    found = await large_sandbox.client.find_products(access, {}, limit=100)

    assert len(found) == 100
    assert len({product.uuid for product in found}) == 100


async def test_twenty_five_products_come_with_one_call(large_sandbox: Connected) -> None:
    access = await large_sandbox.access()
    some = await large_sandbox.client.find_products(access, {}, limit=50)
    wanted = [product.uuid for product in some[::2]]
    large_sandbox.pim.traffic.reset()

    found = await large_sandbox.client.find_products(access, by_uuid(*wanted), limit=25)

    assert {product.uuid for product in found} == set(wanted)
    assert large_sandbox.pim.traffic.total.calls == 1


async def test_an_answer_that_is_too_large_is_told_apart_from_a_pim_that_is_down(
    sandbox: Connected,
) -> None:
    access = await sandbox.access()
    sandbox.pim.traffic.play("huge_body", size=4 * 2**20)

    with pytest.raises(PimProtocolError, match="too much"):
        await some_products(sandbox, access)


def unlabelled(data: Any) -> Any:
    """What all editions say of a value: the unit's symbol is left out."""
    if isinstance(data, dict):
        return {key: part for key, part in data.items() if key != "symbol"}
    return data


async def test_values_of_every_type_read_alike_in_every_edition(large_sandbox: Connected) -> None:
    access = await large_sandbox.access()
    catalog = large_sandbox.pim.catalog
    stored = next(p for p in catalog.products.values() if p["identifier"] == "1111111119")
    kinds = {catalog.attributes[code]["type"] for code in stored["values"]}

    [product] = await large_sandbox.client.find_products(access, by_sku("1111111119"))

    assert {
        code: [(e.locale, e.scope, unlabelled(e.data)) for e in entries]
        for code, entries in product.values.items()
    } == {
        code: [(e["locale"], e["scope"], unlabelled(e["data"])) for e in entries]
        for code, entries in stored["values"].items()
    }
    has = {edition: large_sandbox.pim.edition is edition for edition in Edition}
    assert ("pim_catalog_table" in kinds) is not has[Edition.COMMUNITY]
    assert ("pim_catalog_product_link" in kinds) is has[Edition.SERENITY]
    assert ("akeneo_reference_entity" in kinds) is (
        has[Edition.SERENITY] or has[Edition.ENTERPRISE]
    )


async def test_a_pim_that_writes_empty_maps_as_lists_is_understood(sandbox: Connected) -> None:
    access = await sandbox.access()
    usual = await some_products(sandbox, access)
    sandbox.pim.empty_maps_as_lists = True

    assert (await sandbox.client.read_structure(access)).attributes
    assert await some_products(sandbox, access) == usual


async def test_associations_of_both_kinds_name_products(sandbox: Connected) -> None:
    access = await sandbox.access()
    first, second, third = (await some_products(sandbox, access))[:3]
    stored = sandbox.pim.catalog.products[str(first.uuid)]
    stored["associations"] = {
        "PACK": {"products": [str(second.uuid)], "product_models": ["x"], "groups": ["y"]}
    }
    stored["quantified_associations"] = {
        "PARTS": {"products": [{"uuid": str(third.uuid), "quantity": 4}], "product_models": []}
    }

    [product] = await sandbox.client.find_products(access, by_uuid(first.uuid))

    ties = {
        code: [(tie.uuid, tie.quantity) for tie in held]
        for code, held in product.associations.items()
    }
    assert ties == {"PACK": [(second.uuid, None)], "PARTS": [(third.uuid, 4)]}


async def test_a_product_model_tells_where_it_belongs(large_sandbox: Connected) -> None:
    access = await large_sandbox.access()
    models = large_sandbox.pim.catalog.product_models
    below = next(model for model in models.values() if model["parent"])

    model = await large_sandbox.client.read_product_model(access, below["code"])

    assert model == ProductModel(
        below["code"], below["parent"], below["family"], below["family_variant"]
    )
    root = await large_sandbox.client.read_product_model(access, below["parent"])
    assert root.parent is None


async def test_a_product_model_that_is_not_there_is_not_found(sandbox: Connected) -> None:
    with pytest.raises(PimNotFound):
        await sandbox.client.read_product_model(await sandbox.access(), "no such/model #1")


async def test_variants_are_found_by_their_model(large_sandbox: Connected) -> None:
    access = await large_sandbox.access()
    [variant] = await large_sandbox.client.find_products(
        access, {"parent": [{"operator": "NOT EMPTY"}]}, limit=1
    )
    assert variant.parent is not None

    siblings = await large_sandbox.client.find_products(
        access, {"parent": [{"operator": "=", "value": variant.parent}]}, limit=100
    )

    assert len(siblings) > 1
    assert variant.uuid in {sibling.uuid for sibling in siblings}


async def test_a_file_is_downloaded_by_its_code(sandbox: Connected) -> None:
    code = next(iter(sandbox.pim.catalog.media_files))

    download = await sandbox.client.download(await sandbox.access(), MediaSource.PRODUCT, code)

    assert download.content_type.startswith("image/")
    assert len(download.body) > 100
    assert str(download.body[:10]) not in repr(download)


async def test_a_file_of_an_asset_is_downloaded_by_its_code(enterprise_sandbox: Connected) -> None:
    code = next(iter(enterprise_sandbox.pim.catalog.asset_media_files))

    download = await enterprise_sandbox.client.download(
        await enterprise_sandbox.access(), MediaSource.ASSET, code
    )

    assert download.content_type == "application/pdf"
    assert download.body.startswith(b"%PDF-")


async def test_files_of_assets_and_records_are_not_found_where_there_are_none(
    sandbox: Connected,
) -> None:
    access = await sandbox.access()

    for source in (MediaSource.ASSET, MediaSource.RECORD):
        with pytest.raises(PimNotFound):
            await sandbox.client.download(access, source, "a/b/c.png")


async def test_a_lost_file_is_not_found(large_sandbox: Connected) -> None:
    files = large_sandbox.pim.catalog.media_files
    lost = next(code for code, file in files.items() if file.path is None)

    with pytest.raises(PimNotFound, match="not present on the filesystem"):
        await large_sandbox.client.download(await large_sandbox.access(), MediaSource.PRODUCT, lost)


async def test_a_code_that_would_lead_elsewhere_is_never_asked_for(sandbox: Connected) -> None:
    access = await sandbox.access()
    codes = ("", "/", "a//b", "../../products-uuid", "a/../b", "a/.", "a\\b", "a\nb", "x" * 501)

    for source, code in itertools.product(MediaSource, codes):
        with pytest.raises(PimNotFound):
            await sandbox.client.download(access, source, code)

    assert sandbox.pim.traffic.total.by_group["media"] == 0


async def test_a_link_is_never_asked_of_the_pim(sandbox: Connected) -> None:
    with pytest.raises(PimNotFound):
        await sandbox.client.download(
            await sandbox.access(), MediaSource.LINK, "https://dam.example.com/a.png"
        )

    assert sandbox.pim.traffic.total.by_group["media"] == 0


async def test_odd_letters_in_a_code_reach_the_pim_as_they_are(sandbox: Connected) -> None:
    code = "a/b c#1%/ü?x=1.png"

    with pytest.raises(PimNotFound) as refusal:
        await sandbox.client.download(await sandbox.access(), MediaSource.PRODUCT, code)

    assert f'"{code}"' in refusal.value.detail
