"""What the REST API shows: products and their values, structure, media files."""

from urllib.parse import quote

import pytest

from quart_passport.sandbox import SandboxApp
from tests.sandbox.conftest import (
    ODD_IDENTIFIERS,
    AppSide,
    find,
    identifiers,
    items,
    uuid_of,
)
from tests.serving import Served


async def test_products_uuid_has_no_identifier_and_no_completeness_unless_asked(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    search = {"sku": [{"operator": "=", "value": "plain"}]}

    plain = items(await find(connected, search))[0]
    more = items(await find(connected, search, with_completenesses="true"))[0]

    assert "identifier" not in plain
    assert "completenesses" not in plain
    assert plain["associations"] == {"PACK": {"products": [], "product_models": [], "groups": []}}
    assert plain["_links"]["self"]["href"] == (
        f"{pim.url}/api/rest/v1/products-uuid/{uuid_of('plain')}"
    )
    assert len(more["completenesses"]) == 2


async def test_values_carry_type_labels_and_download_link(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    search = {"sku": [{"operator": "=", "value": "plain"}]}

    values = items(await find(connected, search, with_attribute_options="true"))[0]["values"]

    assert values["color"][0]["attribute_type"] == "pim_catalog_simpleselect"
    assert values["color"][0]["linked_data"] == {
        "attribute": "color",
        "code": "red",
        "labels": {"en_US": "Red"},
    }
    # The option "gone" was deleted, so it has no label.
    assert list(values["materials"][0]["linked_data"]) == ["wool"]
    assert values["image"][0]["_links"]["download"]["href"] == (
        f"{pim.url}/api/rest/v1/media-files/a/b/c/pic.png/download"
    )


async def test_a_list_holds_only_the_values_asked_for(connected: AppSide) -> None:
    search = {"sku": [{"operator": "=", "value": "plain"}]}

    chosen = items(await find(connected, search, attributes="sku,color"))[0]["values"]
    shop = items(await find(connected, search, scope="ecommerce"))[0]["values"]
    german = items(await find(connected, search, locales="de_DE"))[0]["values"]

    assert chosen.keys() == {"sku", "color"}
    assert [value["scope"] for value in shop["description"]] == ["ecommerce"]
    assert [value["locale"] for value in german["description"]] == ["de_DE"]
    assert "name" not in german


async def test_a_scope_leaves_out_products_outside_its_category_tree(connected: AppSide) -> None:
    shop = await connected.get("products-uuid", scope="ecommerce", limit="100")
    paper = await connected.get("products-uuid", scope="print", limit="100")

    assert identifiers(shop) == sorted(ODD_IDENTIFIERS)
    assert identifiers(paper) == []


async def test_a_single_product_ignores_scope_locales_and_attributes(connected: AppSide) -> None:
    answer = await connected.get(
        f"products-uuid/{uuid_of('plain').upper()}",
        scope="nowhere",
        locales="xx_XX",
        attributes="unknown",
    )

    assert answer.status_code == 200
    assert len(answer.json()["values"]["description"]) == 2


@pytest.mark.parametrize("identifier", ODD_IDENTIFIERS)
async def test_an_odd_identifier_has_its_own_address(connected: AppSide, identifier: str) -> None:
    answer = await connected.get(f"products/{quote(identifier, safe='')}")

    assert answer.status_code == 200
    assert answer.json()["identifier"] == identifier


async def test_an_unknown_product_is_named_in_the_404(connected: AppSide) -> None:
    answer = await connected.get("products/a%2Fb")

    assert answer.status_code == 404
    assert answer.json()["message"] == (
        'Product "a/b" does not exist or you do not have permission to access it.'
    )


async def test_empty_maps_may_arrive_as_lists(connected: AppSide, pim: Served[SandboxApp]) -> None:
    pim.app.pim.empty_maps_as_lists = True

    product = (await connected.get(f"products-uuid/{uuid_of('plain')}")).json()

    assert product["quantified_associations"] == []


async def test_options_belong_to_their_attribute(connected: AppSide) -> None:
    options = await connected.get("attributes/color/options")
    one = await connected.get("attributes/color/options/red")
    missing = await connected.get("attributes/nothing/options")

    assert [item["code"] for item in items(options)] == ["red"]
    assert one.json()["labels"] == {"en_US": "Red"}
    assert missing.json()["message"] == 'Attribute "nothing" does not exist.'


async def test_variants_do_not_repeat_the_family_of_their_address(connected: AppSide) -> None:
    variants = await connected.get("families/things/variants")

    assert "family" not in items(variants)[0]


async def test_measurement_families_are_a_bare_array(connected: AppSide) -> None:
    assert (await connected.get("measurement-families")).json() == []


async def test_a_media_file_is_described_and_downloaded(
    connected: AppSide, pim: Served[SandboxApp]
) -> None:
    described = await connected.get("media-files/a/b/c/pic.png")
    download = await connected.get(described.json()["_links"]["download"]["href"])

    assert described.json()["original_filename"] == "Bild „eins“.png"
    assert "file" not in described.json()
    assert download.content == b"\x89PNG"
    assert download.headers["content-type"] == "image/png"
    assert download.headers["content-disposition"].startswith("attachment; filename")


async def test_a_download_may_ask_for_pictures(connected: AppSide) -> None:
    answer = await connected.http.get(
        "/api/rest/v1/media-files/a/b/c/pic.png/download",
        headers={"Authorization": f"Bearer {connected.token}", "Accept": "image/*"},
    )

    assert answer.status_code == 200


async def test_the_two_missing_media_files_are_told_apart(connected: AppSide) -> None:
    unknown = await connected.get("media-files/n/o/pe.png/download")
    lost = await connected.get("media-files/l/o/s/t.png/download")

    assert (unknown.status_code, unknown.json()["message"]) == (
        404,
        'Media file "n/o/pe.png" does not exist.',
    )
    assert (lost.status_code, lost.json()["message"]) == (
        404,
        'Media file "l/o/s/t.png" is not present on the filesystem.',
    )
