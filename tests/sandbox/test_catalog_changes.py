"""Changes of a PIM's catalogue: what its answers say then, and what the Event Platform tells."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from quart import Quart, Response, request

from quart_passport.sandbox import Catalog, Edition, create_sandbox
from tests.sandbox.conftest import Clock, entry, uuid_of
from tests.sandbox.rich import Talk, member_entry, rich_catalog, talking_to
from tests.serving import serving

PREFIX = "com.akeneo.pim.v1."
KINDS = [
    *("asset", "reference-entity-record", "attribute-option"),
    *("attribute", "attribute-group", "family", "product", "product-model"),
]


@pytest.fixture
def rich(tmp_path: Path) -> Catalog:
    return rich_catalog(tmp_path)


@pytest.fixture
async def talk(rich: Catalog) -> AsyncIterator[Talk]:
    async with talking_to(rich) as found:
        yield found


class Ear:
    """A destination that keeps what it is told."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def make_app(self, _url: str) -> Quart:
        app = Quart("ear")

        @app.post("/events")
        async def hear() -> Response:
            await self.events.put(json.loads(await request.get_data()))
            return Response(status=200)

        return app

    async def next(self) -> tuple[str, dict[str, Any]]:
        async with asyncio.timeout(5):
            event = await self.events.get()
        data = {key: value for key, value in event["data"].items() if key != "author"}
        return event["type"].removeprefix(PREFIX), data


async def subscribe(talk: Talk, url: str) -> None:
    headers = {
        "X-PIM-URL": talk.pim.base_url,
        "X-PIM-TOKEN": talk.app.token,
        "X-PIM-CLIENT-ID": talk.app.client_id,
    }
    base = f"{talk.pim.event_platform_url}/subscribers"
    body = {"name": "ear", "contact": {"technical_email": "ops@example.com"}}
    made = await talk.app.http.post(base, json=body, headers=headers)
    kinds = [
        f"{PREFIX}{kind}.{verb}" for kind in KINDS for verb in ("created", "updated", "deleted")
    ]
    subscription = {
        "subject": talk.pim.base_url,
        "events": kinds,
        "config": {"url": f"{url}/events", "secret": {"primary": "0123456789abcdef"}},
    }
    path = f"{base}/{made.json()['id']}/subscriptions"
    answer = await talk.app.http.post(path, json=subscription, headers=headers)
    assert answer.status_code == 201, answer.text


async def test_each_change_is_told_in_the_words_of_the_event_platform(talk: Talk) -> None:
    ear, pim = Ear(), talk.pim
    record = {"code": "mill_one", "reference_entity": {"code": "maker"}}
    asset = {"code": "guide", "asset_family": {"code": "papers"}}
    option = {"code": "red", "attribute": {"code": "color"}}
    changes: list[tuple[Callable[[], object], str, dict[str, Any]]] = [
        (lambda: pim.edit_record("maker", "mill_one", {"country": [{"data": None}]}),
         "reference-entity-record.updated", {"reference_entity_record": record}),
        (lambda: pim.edit_record("maker", "new", {}),
         "reference-entity-record.created",
         {"reference_entity_record": record | {"code": "new"}}),
        (lambda: pim.delete_record("maker", "new"),
         "reference-entity-record.deleted",
         {"reference_entity_record": record | {"code": "new"}}),
        (lambda: pim.edit_asset("papers", "guide", {"link": member_entry("other")}),
         "asset.updated", {"asset": asset}),
        (lambda: pim.edit_asset("papers", "new", {}),
         "asset.created", {"asset": asset | {"code": "new"}}),
        (lambda: pim.delete_asset("papers", "guide"), "asset.deleted", {"asset": asset}),
        (lambda: pim.edit_attribute_option("color", "red", {"en_US": "Crimson"}),
         "attribute-option.updated", {"attribute_option": option}),
        (lambda: pim.edit_attribute_option("color", "blue", {}),
         "attribute-option.created", {"attribute_option": option | {"code": "blue"}}),
        (lambda: pim.delete_attribute_option("color", "red"),
         "attribute-option.deleted", {"attribute_option": option}),
        (lambda: pim.edit_attribute("name", labels={"en_US": "Title"}),
         "attribute.updated", {"attribute": {"code": "name"}}),
        (lambda: pim.edit_attribute_group("main", labels={"en_US": "Main"}),
         "attribute-group.updated", {"attribute_group": {"code": "main"}}),
        (lambda: pim.edit_family("things", attribute_as_image=None),
         "family.updated", {"family": {"code": "things"}}),
        (lambda: pim.edit_product_model("coat", {"ean": entry("2")}),
         "product-model.updated", {"product_model": {"code": "coat"}}),
        (lambda: pim.delete_attribute("safe"),
         "attribute.deleted", {"attribute": {"code": "safe"}}),
    ]  # fmt: skip
    async with serving(ear.make_app) as destination:
        await subscribe(talk, destination.url)

        for change, kind, data in changes:
            assert change()

            assert await ear.next() == (kind, data)


async def test_what_is_not_there_cannot_be_changed_and_nothing_is_told(talk: Talk) -> None:
    ear, pim = Ear(), talk.pim
    async with serving(ear.make_app) as destination:
        await subscribe(talk, destination.url)

        assert pim.edit_record("no", "x", {}) is None
        assert pim.edit_asset("no", "x", {}) is None
        assert pim.edit_attribute_option("no", "x", {}) is None
        assert pim.edit_product_model("no", {}) is None
        assert pim.edit_attribute("no", labels={}) is None
        assert pim.edit_family("no", labels={}) is None
        assert not pim.delete_record("maker", "no")
        assert not pim.delete_asset("no", "x")
        assert not pim.delete_attribute_option("color", "no")
        assert not pim.delete_attribute("no")
        # No PIM lets the attribute go that names its products.
        assert not pim.delete_attribute("sku")
        pim.edit_attribute("name", labels={"en_US": "Last"})

        assert (await ear.next())[0] == "attribute.updated"
        assert ear.events.empty()


async def test_an_edited_record_keeps_its_other_entries(talk: Talk) -> None:
    talk.clock.now += 60
    talk.pim.edit_record("maker", "mill_one", {"label": member_entry("Moulin", "de_DE")})

    record = await talk.json("reference-entities/maker/records/mill_one")
    assert [(found["locale"], found["data"]) for found in record["values"]["label"]] == [
        ("en_US", "Mill"),
        ("de_DE", "Moulin"),
    ]
    assert record["values"]["country"][0]["data"] == "it"
    assert record["updated"] == "2026-09-21T14:14:20+00:00"


async def test_an_edited_option_is_in_the_linked_data(talk: Talk) -> None:
    talk.pim.edit_attribute_option("color", "red", {"en_US": "Crimson"})

    product = await talk.product("whole", with_attribute_options="true")

    assert product["values"]["color"][0]["linked_data"]["labels"] == {"en_US": "Crimson"}


async def test_variants_inherit_what_their_model_is_given(talk: Talk) -> None:
    before = await talk.product("coat-red-m")
    search = json.dumps({"ean": [{"operator": "=", "value": "222"}]})
    assert (await talk.json("products-uuid", search=search))["_embedded"]["items"] == []

    talk.pim.edit_product_model("coat", {"ean": entry("222")})

    after = await talk.product("coat-red-m")
    sub_model = await talk.json("product-models/coat-red")
    found = await talk.json("products-uuid", search=search)
    assert after["values"]["ean"][0]["data"] == "222"
    assert sub_model["values"]["ean"][0]["data"] == "222"
    assert [item["uuid"] for item in found["_embedded"]["items"]] == [uuid_of("coat-red-m")]
    # Only the model itself was updated.
    assert after["updated"] == before["updated"]
    assert sub_model["updated"] == "2026-01-02T00:00:00+00:00"


async def test_a_deleted_attribute_is_gone_from_everything(talk: Talk) -> None:
    assert talk.pim.delete_attribute("color")

    refused = await talk.app.get("products-uuid", attributes="sku,color")
    product = await talk.product("whole")
    family = await talk.json("families/things")
    assert (refused.status_code, refused.json()["message"]) == (
        422,
        'Attribute "color" does not exist.',
    )
    assert "color" not in product["values"]
    assert "color" not in family["attributes"]
    assert (await talk.app.get("attributes/color")).status_code == 404
    assert (await talk.app.get("attributes/color/options")).status_code == 404


def test_several_pims_leave_the_catalogue_they_share_as_it_was(tmp_path: Path) -> None:
    catalog, untouched = rich_catalog(tmp_path / "one"), rich_catalog(tmp_path / "one")

    for edition in Edition:
        pim = create_sandbox(
            catalog, base_url="http://pim.example", edition=edition, clock=Clock()
        ).pim
        pim.delete_attribute("color")
        pim.edit_attribute("name", labels={"en_US": "Title"})
        pim.edit_record("maker", "mill_one", {"country": [{"data": None}]})
        pim.edit_asset("papers", "guide", {"link": [{"data": None}]})
        pim.edit_attribute_option("materials", "wool", {"en_US": "Wool"})
        pim.edit_product_model("coat", {"ean": [{"data": "2"}]})
        pim.edit_product(uuid_of("whole"), values={"ean": [{"data": "2"}]})
        pim.delete_record("seal", "gots")

    assert catalog == untouched


def test_an_unknown_edition_is_refused(rich: Catalog) -> None:
    with pytest.raises(ValueError, match="Onyx"):
        create_sandbox(rich, base_url="http://pim.example", edition="Onyx")
