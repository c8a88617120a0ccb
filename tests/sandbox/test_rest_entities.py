"""Reference entities and asset families over REST: shapes, pages, filters, files, refusals."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from quart_passport.sandbox import Edition
from tests.sandbox.rich import PDF, Talk, rich_catalog, talking_to

# One PIM serves all tests, which only read.
pytestmark = pytest.mark.asyncio(loop_scope="module")

IMAGE = "m/a/k/e_logo.png"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    async with talking_to(rich_catalog(tmp_path_factory.mktemp("rich"))) as found:
        yield found


def codes(page: dict[str, Any]) -> list[str]:
    return [item["code"] for item in page["_embedded"]["items"]]


async def test_entities_are_listed_with_links_to_themselves_and_their_images(talk: Talk) -> None:
    page = await talk.json("reference-entities")

    api = f"{talk.pim.base_url}/api/rest/v1"
    maker, seal = page["_embedded"]["items"]
    assert maker == {
        "_links": {
            "self": {"href": f"{api}/reference-entities/maker"},
            "image_download": {"href": f"{api}/reference-entities-media-files/{IMAGE}"},
        },
        "code": "maker",
        "labels": {"en_US": "Maker"},
        "image": IMAGE,
    }
    assert seal["code"] == "seal"
    assert page["_links"].keys() == {"self", "first"}


async def test_an_entity_of_its_own_says_no_more_than_what_it_is(talk: Talk) -> None:
    maker = await talk.json("reference-entities/maker")
    seal = await talk.json("reference-entities/seal")
    family = await talk.json("asset-families/papers")

    assert maker.keys() == {"_links", "code", "labels", "image"}
    assert maker["_links"].keys() == {"image_download"}
    assert seal == {"code": "seal", "labels": {}, "image": None}
    assert family == {
        "code": "papers",
        "labels": {"en_US": "Papers"},
        "attribute_as_main_media": "file",
        "naming_convention": {},
        "product_link_rules": [],
        "transformations": [],
        "sharing_enabled": True,
    }


async def test_attributes_and_options_are_bare_arrays(talk: Talk) -> None:
    attributes = await talk.json("reference-entities/maker/attributes")
    country = await talk.json("reference-entities/maker/attributes/country")
    options = await talk.json("reference-entities/maker/attributes/country/options")
    italy = await talk.json("reference-entities/maker/attributes/country/options/it")
    media = await talk.json("asset-families/papers/attributes")
    tones = await talk.json("asset-families/papers/attributes/tone/options")

    assert [found["code"] for found in attributes] == ["label", "image", "country", "shelf"]
    assert country == attributes[2]
    assert options == [italy] == [{"code": "it", "labels": {"en_US": "Italy"}}]
    assert [found["type"] for found in media] == [
        *("text", "media_file", "media_link", "multiple_options"),
    ]
    assert tones == [{"code": "dry", "labels": {}}]


async def test_a_record_says_its_data_and_nothing_of_its_files(talk: Talk) -> None:
    record = await talk.json("reference-entities/maker/records/mill_one")

    assert record == {
        "code": "mill_one",
        "values": {
            "label": [
                {"locale": "en_US", "channel": None, "data": "Mill"},
                {"locale": "de_DE", "channel": None, "data": "Mühle"},
            ],
            "image": [{"locale": None, "channel": None, "data": IMAGE}],
            "country": [{"locale": None, "channel": None, "data": "it"}],
            "shelf": [
                {"locale": None, "channel": "ecommerce", "data": "A"},
                {"locale": None, "channel": "print", "data": "B"},
            ],
        },
        "created": "2026-01-01T00:00:00+00:00",
        "updated": "2026-05-01T00:00:00+00:00",
    }


async def test_an_asset_says_where_its_files_are(talk: Talk) -> None:
    asset = await talk.json("asset-families/papers/assets/guide")

    api = f"{talk.pim.base_url}/api/rest/v1"
    assert asset["asset_family_code"] == "papers"
    assert asset["values"]["file"] == [
        {
            "locale": None,
            "channel": None,
            "data": "g/u/i/d_guide.pdf",
            "attribute_type": "media_file",
            "_links": {
                "download": {"href": f"{api}/asset-media-files/g/u/i/d_guide.pdf"},
                "share_link": {"href": "https://share.example/guide.pdf"},
            },
            "linked_data": {
                "size": len(PDF),
                "mime_type": "application/pdf",
                "extension": "pdf",
                "original_filename": "guide.pdf",
            },
        }
    ]
    assert asset["values"]["link"][0]["linked_data"] == {
        "full_url": "https://dam.example/guide.pdf",
        "prefix": "https://dam.example/",
        "suffix": ".pdf",
    }


async def test_assets_are_listed_under_the_key_that_is_set(talk: Talk) -> None:
    usual = await talk.json("asset-families/papers/assets")
    talk.pim.underscored_asset_items = True
    try:
        odd = await talk.json("asset-families/papers/assets")
        families = await talk.json("asset-families")
    finally:
        talk.pim.underscored_asset_items = False

    assert usual["_embedded"].keys() == {"items"}
    assert odd["_embedded"] == {"_items": usual["_embedded"]["items"]}
    assert families["_embedded"].keys() == {"items"}
    assert codes(usual) == ["guide"]
    self_link = usual["_embedded"]["items"][0]["_links"]["self"]["href"]
    assert self_link.endswith("/asset-families/papers/assets/guide")


async def test_records_come_a_hundred_at_a_time_whatever_limit_is_asked(talk: Talk) -> None:
    first = await talk.json("reference-entities/maker/records", limit="3", with_count="true")
    second = (await talk.app.get(first["_links"]["next"]["href"])).json()

    assert len(codes(first)) == 100
    assert first.keys() == {"_links", "_embedded"}
    assert "limit=" not in first["_links"]["next"]["href"]
    assert len(codes(second)) == 21
    assert "next" not in second["_links"]
    assert codes(first) + codes(second) == sorted({*codes(first), *codes(second)})


async def test_records_and_assets_are_found_by_their_codes(talk: Talk) -> None:
    search = json.dumps({"code": [{"operator": "IN", "value": ["mill_one", "mill_007", "gone"]}]})
    records = await talk.json("reference-entities/maker/records", search=search)
    search = json.dumps({"code": [{"operator": "IN", "value": ["gone"]}]})
    assets = await talk.json("asset-families/papers/assets", search=search)

    assert codes(records) == ["mill_007", "mill_one"]
    assert codes(assets) == []


async def test_values_are_of_the_channel_and_the_locales_that_are_asked(talk: Talk) -> None:
    search = json.dumps({"code": [{"operator": "IN", "value": ["mill_one"]}]})
    query = {"channel": "print", "locales": "de_DE", "search": search}

    page = await talk.json("reference-entities/maker/records", **query)

    values = page["_embedded"]["items"][0]["values"]
    assert [found["data"] for found in values["label"]] == ["Mühle"]
    assert [found["data"] for found in values["shelf"]] == ["B"]
    assert [found["data"] for found in values["country"]] == ["it"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"channel": "nowhere"}, 'Channel "nowhere" does not exist.'),
        ({"locales": "xx_XX"}, 'Locale "xx_XX" does not exist or is not activated.'),
        (
            {"channel": "ecommerce", "locales": "de_DE"},
            'Locale "de_DE" is not activated for the scope "ecommerce".',
        ),
        (
            {"search": '{"label":[{"operator":"=","value":"x"}]}'},
            'Filter on property "label" is not supported or does not support operator "="',
        ),
    ],
)
async def test_mistakes_in_the_query_are_told(
    talk: Talk, query: dict[str, str], message: str
) -> None:
    answer = await talk.app.get("reference-entities/maker/records", **query)

    assert (answer.status_code, answer.json()["message"]) == (422, message)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("reference-entities/no", 'Reference entity "no" does not exist.'),
        ("reference-entities/no/records", 'Reference entity "no" does not exist.'),
        (
            "reference-entities/maker/records/no",
            'Record "no" does not exist for the reference entity "maker".',
        ),
        (
            "reference-entities/maker/attributes/no",
            'Attribute "no" does not exist for the reference entity "maker".',
        ),
        (
            "reference-entities/maker/attributes/label/options",
            'The attribute "label" does not support options.',
        ),
        (
            "reference-entities/maker/attributes/country/options/no",
            'Option "no" does not exist for the attribute "country".',
        ),
        ("asset-families/no", 'Asset family "no" does not exist.'),
        (
            "asset-families/papers/assets/no",
            'Asset "no" does not exist in the asset family "papers".',
        ),
        ("asset-media-files/n/o.pdf", 'Media file "n/o.pdf" does not exist.'),
        (
            "asset-media-files/l/o/s/t.pdf",
            'Media file "l/o/s/t.pdf" is not present on the filesystem.',
        ),
        ("reference-entities-media-files/n/o.png", 'Media file "n/o.png" does not exist.'),
    ],
)
async def test_what_is_not_there_is_a_404_with_the_reason(
    talk: Talk, path: str, message: str
) -> None:
    answer = await talk.app.get(path)

    assert answer.status_code == 404
    assert answer.json() == {"code": 404, "message": message}


async def test_files_come_with_their_type_and_name(talk: Talk) -> None:
    paper = await talk.app.get("asset-media-files/g/u/i/d_guide.pdf")
    logo = await talk.app.get(f"reference-entities-media-files/{IMAGE}")

    assert (paper.content, paper.headers["content-type"]) == (PDF, "application/pdf")
    assert paper.headers["content-disposition"] == "attachment; filename=guide.pdf"
    assert (logo.content, logo.headers["content-type"]) == (b"\x89PNG", "image/png")


async def test_files_of_one_kind_are_not_among_those_of_another(talk: Talk) -> None:
    for path in (
        f"media-files/{IMAGE}/download",
        f"asset-media-files/{IMAGE}",
        "reference-entities-media-files/g/u/i/d_guide.pdf",
    ):
        answer = await talk.app.get(path)

        assert answer.status_code == 404


SCOPES = [
    ("reference-entities", "read_reference_entities", "reference entities"),
    ("reference-entities/maker", "read_reference_entities", "reference entities"),
    ("reference-entities/maker/attributes", "read_reference_entities", "reference entities"),
    (
        "reference-entities/maker/attributes/country/options",
        "read_reference_entities",
        "reference entities",
    ),
    (
        "reference-entities/maker/records",
        "read_reference_entity_records",
        "reference entity records",
    ),
    (
        "reference-entities/maker/records/mill_one",
        "read_reference_entity_records",
        "reference entity records",
    ),
    (
        f"reference-entities-media-files/{IMAGE}",
        "read_reference_entity_records",
        "reference entity records",
    ),
    ("asset-families", "read_asset_families", "asset families"),
    ("asset-families/papers", "read_asset_families", "asset families"),
    ("asset-families/papers/attributes", "read_asset_families", "asset families"),
    ("asset-families/papers/assets", "read_assets", "assets"),
    ("asset-families/papers/assets/guide", "read_assets", "assets"),
    ("asset-media-files/g/u/i/d_guide.pdf", "read_assets", "assets"),
]


async def test_each_route_wants_its_scope_and_no_other(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    catalog = rich_catalog(tmp_path_factory.mktemp("scopes"))
    for scope in sorted({scope for _, scope, _ in SCOPES}):
        async with talking_to(catalog, Edition.ENTERPRISE, scope=scope) as talk:
            for path, wanted, what in SCOPES:
                answer = await talk.app.get(path)

                if wanted == scope:
                    assert answer.status_code == 200, path
                    continue
                assert answer.status_code == 403, path
                message = f"Access forbidden. You are not allowed to list {what}."
                assert answer.json() == {"code": 403, "message": message}
