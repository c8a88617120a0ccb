"""What products name besides: fetched in batches, cached apart, and shown when it changes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import msgspec
import pytest
import pytest_asyncio

from quart_passport.cache.memory import MemoryCacheStore
from quart_passport.cache.reading import ReadThrough
from quart_passport.cache.store import Key, Outcome, Scope
from quart_passport.errors import CacheUnavailable, PimForbidden, PimProtocolError, Unavailable
from quart_passport.passport.config import SectionConfig, choose_config
from quart_passport.passport.linked import LinkedValue, ReferenceRecord
from quart_passport.publishing.batches import Batch, Brought
from quart_passport.sandbox.catalog_editing import edit_member
from quart_passport.sandbox.edition_catalog import catalog_of
from quart_passport.sandbox.products import ProductStore
from quart_passport.storage.models import TenantRow
from quart_passport.structure.structures import KEY as STRUCTURE
from tests.backends import KINDS
from tests.publishing.linked_world import (
    OTHER,
    PRODUCT,
    VARIANT,
    crowded_catalog,
    labels,
    linked_catalog,
    text,
    value,
)
from tests.publishing.mill import Mill, backend_of, running_mill

pytestmark = pytest.mark.asyncio(loop_scope="module")

RECORDS = "reference-entities/*/records"
ASSETS = "asset-families/*/assets"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Mill]:
    folder = tmp_path_factory.mktemp("mill")
    catalog = crowded_catalog(linked_catalog(tmp_path_factory.mktemp("linked")), 60)
    async with (
        backend_of(request, request.param, folder) as backend,
        running_mill(folder, catalog, backend) as mill,
    ):
        yield mill


@pytest_asyncio.fixture(loop_scope="module")
async def mill(running: Mill) -> Mill:
    """A merchant whose structure is known and whose products nobody asked for yet."""
    await running.begin_anew()
    return running


async def test_a_cold_page_costs_one_call_for_each_kind_and_a_warm_one_none(mill: Mill) -> None:
    cold = await mill.find()
    for_cold = mill.asked()
    mill.pim.traffic.reset()
    warm = await mill.find()

    # One for the product, one for the product that it links to; records of two entities, and
    # then what the weaver's record names itself.
    assert for_cold == {"products-uuid": 2, RECORDS: 3, ASSETS: 1}
    assert mill.asked() == {}
    assert warm.linked == cold.linked
    assert set(cold.linked.records) == {
        *(("seal", code) for code in ("gots", "oeko", "bluesign")),
        ("weaver", "north_mill"),
    }
    assert set(cold.linked.assets) == {("leaflets", "care_sheet")}


async def test_a_page_without_links_costs_exactly_one_call(mill: Mill) -> None:
    answer = await mill.page(OTHER)

    assert answer.status_code == 200
    assert mill.asked() == {"products-uuid": 1}


async def test_what_is_linked_stands_on_the_page(mill: Mill) -> None:
    answer = await mill.page()

    assert answer.status_code == 200
    for words in ("North Mill", "Biella", "Organic Textile", "Blue Sign", "Care sheet", "New wool"):
        assert words in answer.text
    # A record that is not there shows its code, as the PIM's own pages do.
    assert "[dangling]" in answer.text


async def test_only_what_is_missing_is_asked_for(mill: Mill) -> None:
    await mill.find()
    await mill.forget(Key("record", "seal/oeko"))
    mill.pim.traffic.reset()

    found = await mill.find()

    assert mill.asked() == {RECORDS: 1}
    assert ("seal", "oeko") in found.linked.records


async def test_what_is_old_is_fetched_anew_with_one_call_for_each_kind(mill: Mill) -> None:
    cold = await mill.find()
    scope = (await mill.tenant()).connection.scope
    for kind in ("product", "record", "asset"):
        await mill.stack.services.store.outdate(scope, kind)
    mill.pim.traffic.reset()

    served = await mill.find()
    await mill.settled()
    calls = mill.asked()
    again = await mill.find()

    assert served.linked == cold.linked == again.linked
    assert calls == {"products-uuid": 2, RECORDS: 3, ASSETS: 1}
    assert mill.asked() == calls


Change = Callable[[Mill], Any]
CHANGES: dict[str, tuple[Change, str]] = {
    "record": (
        lambda mill: mill.pim.edit_record("seal", "gots", {"label": labels("Renamed Seal")}),
        "Renamed Seal",
    ),
    "new record": (
        lambda mill: mill.pim.edit_record("seal", "dangling", {"label": labels("Found Again")}),
        "Found Again",
    ),
    "record of a record": (
        lambda mill: mill.pim.edit_record("seal", "bluesign", {"label": labels("Green Sign")}),
        "Green Sign",
    ),
    "asset": (
        lambda mill: mill.pim.edit_asset("leaflets", "care_sheet", {"label": labels("Washing")}),
        "Washing",
    ),
    "attribute": (
        lambda mill: mill.pim.edit_attribute("seals", labels={"en_US": "Our seals"}),
        "Our seals",
    ),
    "attribute group": (
        lambda mill: mill.pim.edit_attribute_group("materials", labels={"en_US": "Stuff"}),
        "Stuff",
    ),
    "family": (
        lambda mill: mill.pim.edit_family("accessories", labels={"en_US": "Small things"}),
        "Small things",
    ),
    "option": (
        lambda mill: mill.pim.edit_attribute_option(
            "main_fibre", "merino", {"en_US": "Finest wool"}
        ),
        "Finest wool",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_what_changes_in_the_pim_shows_after_its_event(what: str, mill: Mill) -> None:
    change, words = CHANGES[what]
    before = await mill.page()

    change(mill)
    await mill.pim.courier.settled()
    await _serve_what_is_old(mill)
    # By another address, which nobody remembers.
    after = await mill.page(mill.uuid(PRODUCT))

    assert [delivery.status for delivery in mill.pim.courier.deliveries] == [200]
    assert (before.status_code, after.status_code) == (200, 200)
    assert words not in before.text
    assert words in after.text


async def test_a_changed_product_model_shows_in_its_variants(mill: Mill) -> None:
    name = [{"locale": "en_US", "scope": None, "data": "Solveig anew"}]
    before = await mill.page(VARIANT)

    mill.pim.edit_product_model("solveig-tee", {"name": name})
    await mill.pim.courier.settled()
    await mill.find(VARIANT)
    await mill.settled()
    after = await mill.page(mill.uuid(VARIANT))

    assert "Solveig anew" not in before.text
    assert "Solveig anew" in after.text


async def _serve_what_is_old(mill: Mill) -> None:
    """What is outdated is served once more, and fetched anew meanwhile."""
    remembered = mill.stack.services.structures._remembered
    remembered.clear()
    await mill.find()
    await mill.settled()
    remembered.clear()


async def test_a_deleted_record_shows_its_code(mill: Mill) -> None:
    await mill.find()

    mill.pim.delete_record("seal", "gots")
    await mill.pim.courier.settled()
    answer = await mill.page()

    assert "[gots]" in answer.text
    assert "Oeko Tested" in answer.text


async def test_a_deleted_attribute_drops_out_and_the_page_still_renders(mill: Mill) -> None:
    before = await mill.page()
    # No event tells of it, so the structure stays as it was known.
    mill.pim.event_platform.publish = lambda *_, **__: None  # type: ignore[method-assign]
    try:
        mill.pim.delete_attribute("seals")
    finally:
        del mill.pim.event_platform.publish
    uuid = mill.uuid(PRODUCT)
    await mill.forget(Key("product", uuid))
    mill.pim.traffic.reset()

    after = await mill.page(uuid)
    calls = mill.asked()
    await mill.find(OTHER)

    assert "Oeko Tested" in before.text
    assert after.status_code == 200
    assert "Oeko Tested" not in after.text
    assert "North Mill" in after.text
    # The question that was refused, and the same without the attribute.
    assert calls["products-uuid"] == 2
    # From then on it is known.
    assert mill.asked()["attributes"] == calls["attributes"]


@pytest.mark.parametrize("refusal", ["forbidden", "not_found", "unprocessable"])
async def test_what_the_pim_refuses_is_shown_by_its_code(refusal: str, mill: Mill) -> None:
    for group in ("records", "assets"):
        mill.pim.traffic.play(refusal, times=99, route=group)

    cold = await mill.page()
    calls = mill.asked()
    mill.pim.traffic.reset()
    await mill.find()

    assert cold.status_code == 200
    for code in ("[north_mill]", "[gots]", "[oeko]"):
        assert code in cold.text
    assert (calls[RECORDS], calls[ASSETS]) == (2, 1)
    # Nor is the PIM asked again for a while.
    assert mill.asked() == {}


@pytest.mark.parametrize(
    ("refusal", "words"), [("unprocessable", "Organic Textile"), ("forbidden", "[gots]")]
)
async def test_a_refused_refresh_drops_what_the_pim_hides_and_nothing_else(
    refusal: str, words: str, mill: Mill
) -> None:
    await mill.find()
    scope = (await mill.tenant()).connection.scope
    await mill.stack.services.store.outdate(scope, "record")
    mill.pim.traffic.play(refusal, times=99, route="records")

    await mill.find()
    await mill.settled()
    mill.pim.traffic.faults.clear()
    after = await mill.page()

    assert after.status_code == 200
    assert words in after.text


@pytest.mark.parametrize("group", ["records", "assets"])
async def test_what_fails_in_passing_is_no_page_and_soon_one(group: str, mill: Mill) -> None:
    mill.pim.traffic.play("unavailable", times=99, route=group)

    failed = await mill.page()
    mill.pim.traffic.faults.clear()
    await mill.stack.services.store.clear((await mill.tenant()).connection.scope)
    later = await mill.page()

    assert (failed.status_code, later.status_code) == (503, 200)
    assert 1 <= int(failed.headers["retry-after"]) <= 60
    assert failed.headers["cache-control"] == "no-store"


async def test_a_record_is_cached_without_what_no_passport_says_of_it(mill: Mill) -> None:
    everything = await mill.find()
    await mill.change(record_attributes={"weaver": ("town",)})

    chosen = await mill.find()

    weaver = ("weaver", "north_mill")
    assert set(everything.linked.records[weaver].values) == {"label", "town", "secret", "holds"}
    assert set(chosen.linked.records[weaver].values) == {"label", "town"}
    # Nor is what it would have led to.
    assert ("seal", "bluesign") not in chosen.linked.records


async def test_associations_are_links_to_published_passports_only(mill: Mill) -> None:
    await mill.change(associations=("X_SELL", "UPSELL"))

    both = await mill.page()
    mill.pim.edit_product(mill.uuid(VARIANT), enabled=False)
    await mill.pim.courier.settled()
    found = await mill.find()

    assert f"/t/acme/p/{OTHER}" in both.text
    assert f"/t/acme/p/{VARIANT}" in both.text
    assert [one.identity.identifier for one in found.linked.products.values()] == [OTHER]


async def test_associations_that_nobody_selected_are_not_cached(mill: Mill) -> None:
    found = await mill.find()

    assert found.product.associations == {}


async def test_variants_cost_a_model_a_family_variant_and_one_search(mill: Mill) -> None:
    await mill.change(variants=True)
    cost = {"products-uuid": 2, "product-models/*": 1, "families/*/variants/*": 1}

    cold = await mill.find(VARIANT)
    for_cold = mill.asked()
    mill.pim.traffic.reset()
    warm = await mill.find(VARIANT)
    for_warm = mill.asked()

    found = cold.linked
    assert (for_cold, for_warm) == (cost, {})
    assert warm.linked == found
    assert {found.products[uuid].identity.identifier for uuid in found.variants} == {
        *("SF-SOLV-OAT-M", "SF-SOLV-OAT-L", "SF-SOLV-INK-S", "SF-SOLV-INK-M")
    }
    assert found.axes == ("color", "size")
    for uuid in found.variants:
        assert {"color", "size"} <= found.products[uuid].product.values.keys()


async def test_a_model_with_hundreds_of_variants_shows_them_all(mill: Mill) -> None:
    many = 230
    first = mill.catalog.products[mill.uuid(VARIANT)]
    more = {
        str(uuid): first | {"uuid": str(uuid), "identifier": f"MORE-{uuid}"}
        for uuid in (uuid5(NAMESPACE_OID, str(number)) for number in range(many))
    }
    catalog = replace(mill.catalog, products={**mill.catalog.products, **more})
    mill.pim.products = ProductStore(catalog_of(catalog, mill.pim.edition))
    await mill.change(variants=True)

    found = await mill.find(VARIANT)
    for_cold = mill.asked()["products-uuid"]
    mill.pim.traffic.reset()
    await mill.find(VARIANT)

    assert len(found.linked.variants) == 4 + many
    # The product, three pages of variants, and the two hundreds that one fill does not keep.
    assert (for_cold, mill.asked()) == (1 + 3 + 2, {})


async def test_hundreds_of_records_stand_on_a_page_with_their_words(mill: Mill) -> None:
    codes = [f"seal_{number}" for number in range(230)]
    seals = mill.pim.catalog.reference_entities["seal"]
    for code in codes:
        edit_member(seals, code, {"label": labels(f"Seal called {code}")}, 0.0)
    mill.pim.products.edit(mill.uuid(PRODUCT), now=0.0, values={"seals": value(codes)})

    page = await mill.page()
    for_cold = mill.asked()[RECORDS]
    mill.pim.traffic.reset()
    await mill.find()

    assert {code for code in codes if f"Seal called {code}<" not in page.text} == set()
    # Three hundreds of seals, the weaver, and what the weaver's record names itself.
    assert (for_cold, mill.asked()) == (3 + 1 + 1, {})


async def test_variants_stand_on_the_page_only_where_the_merchant_shows_them(mill: Mill) -> None:
    without = await mill.page(VARIANT)
    await mill.change(variants=True)
    shown = await mill.page(mill.uuid(VARIANT))

    assert "/t/acme/p/SF-SOLV-INK-M" not in without.text
    assert "/t/acme/p/SF-SOLV-INK-M" in shown.text


async def test_a_model_that_the_pim_hides_has_no_variants(mill: Mill) -> None:
    await mill.change(variants=True)
    mill.pim.traffic.play("not_found", times=99, route="product-models/*")

    found = await mill.find(VARIANT)

    assert found.linked.variants == ()


@pytest.mark.parametrize("kind", ["record", "asset", "model", "product"])
async def test_an_entry_of_another_version_counts_as_a_miss(kind: str, mill: Mill) -> None:
    await mill.change(variants=True, associations=("X_SELL",))
    name = VARIANT if kind == "model" else PRODUCT
    cold = await mill.find(name)
    entry = {
        "record": Key("record", "seal/gots"),
        "asset": Key("asset", "leaflets/care_sheet"),
        "model": Key("model", "solveig-tee-oat"),
        "product": Key("product", mill.uuid(OTHER)),
    }[kind]
    await mill.fill(entry, b'{"from": "the future"}')

    first, second = await mill.find(name), await mill.find(name)

    assert first.identity == cold.identity
    assert second.linked == cold.linked


async def test_a_link_to_a_product_that_is_gone_is_asked_for_once(mill: Mill) -> None:
    gone = mill.uuid(OTHER)
    mill.pim.delete_product(gone)
    await mill.pim.courier.settled()

    cold = await mill.find()
    for_cold = mill.asked()
    mill.pim.traffic.reset()
    await mill.find()
    for_warm = mill.asked()
    by_address = await mill.page(gone)

    assert cold.linked.products == {}
    assert (for_cold["products-uuid"], for_warm) == (2, {})
    assert by_address.status_code == 404


async def test_options_are_read_where_the_products_answer_lacks_their_labels(mill: Mill) -> None:
    mill.pim.delete_attribute_option("main_fibre", "merino")
    await mill.settled()

    found = await mill.find()
    for_cold = mill.asked()
    mill.pim.traffic.reset()
    await mill.find()

    assert for_cold["attributes/*/options"] == 1
    assert found.linked.options["main_fibre"]
    assert mill.asked() == {}


@pytest.mark.parametrize("fault", ["unavailable", "not_json"])
async def test_a_page_goes_without_labels_that_cannot_be_had(fault: str, mill: Mill) -> None:
    mill.pim.delete_attribute_option("main_fibre", "merino")
    await mill.settled()
    mill.pim.traffic.play(fault, times=99, route="attributes/*/options")

    answer = await mill.page()
    found = await mill.find()

    assert answer.status_code == 200
    assert "[merino]" in answer.text
    assert found.linked.options == {}
    assert 0 < found.remaining <= 15


async def test_a_page_does_not_wait_for_a_list_of_options_that_takes_long(mill: Mill) -> None:
    mill.pim.delete_attribute_option("main_fibre", "merino")
    await mill.settled()
    mill.pim.traffic.play("slow", seconds=4.0, route="attributes/*/options")

    found = await mill.find()

    assert found.linked.options == {}
    assert 0 < found.remaining <= 15


async def test_a_page_does_not_wait_for_variants_that_take_long(mill: Mill) -> None:
    await mill.change(variants=True)
    mill.pim.traffic.play("slow", seconds=3.0, route="product-models/*")

    found = await mill.find(VARIANT)
    await mill.settled()
    later = await mill.find(VARIANT)

    assert found.linked.variants == ()
    assert 0 < found.remaining <= 15
    # What was asked for then is there now.
    assert len(later.linked.variants) == 4


async def test_an_asset_is_cached_with_its_label_and_its_files_alone(mill: Mill) -> None:
    mill.pim.edit_asset("leaflets", "care_sheet", {"internal_note": text("canary-note")})
    await mill.settled()

    found = await mill.find()

    assert set(found.linked.assets["leaflets", "care_sheet"].values) == {"label", "link"}


async def test_a_linked_product_comes_with_its_own_configuration(mill: Mill) -> None:
    found = await mill.find()

    (other,) = found.linked.products.values()
    assert other.config == choose_config((await mill.tenant()).configs, other.product)


async def test_a_product_that_is_not_there_yet_is_asked_for_again_within_a_minute(
    mill: Mill,
) -> None:
    await mill.change(associations=("X_SELL", "UPSELL"))
    # Asked for first, and so the other one would come with it.
    stays, gone = sorted([mill.uuid(OTHER), mill.uuid(VARIANT)])
    mill.pim.delete_product(gone)
    await mill.settled()

    found = await mill.find()
    again = await mill.find()

    assert [str(uuid) for uuid in found.linked.products] == [stays]
    assert 0 < found.remaining <= 60
    assert 0 < again.remaining <= 60


@pytest.mark.parametrize("fault", ["not_json", "forbidden"])
async def test_a_page_goes_without_variants_that_cannot_be_read(
    fault: str, mill: Mill, caplog: pytest.LogCaptureFixture
) -> None:
    await mill.change(variants=True)
    mill.pim.traffic.play(fault, times=99, route="product-models/*")

    answer = await mill.page(VARIANT)
    found = await mill.find(VARIANT)

    assert answer.status_code == 200
    assert found.linked.variants == ()
    assert found.remaining <= 300
    assert "a page goes without variants" in caplog.text
    assert "solveig" not in caplog.text


class StoreThatIsDown(MemoryCacheStore):
    """Answers nothing."""

    async def read_or_lease(self, scope: Scope, key: Key) -> Outcome:
        raise CacheUnavailable("down")

    async def ping(self) -> None:
        raise CacheUnavailable("down")


@pytest.mark.parametrize("refused", [False, True])
async def test_one_question_brings_all_entries_while_the_cache_is_down(
    refused: bool, mill: Mill
) -> None:
    store = StoreThatIsDown()
    asked: list[list[str]] = []

    async def bring(names: Sequence[str]) -> dict[str, Brought]:
        asked.append(list(names))
        if refused:
            raise PimForbidden
        return {name: Brought(name.encode()) for name in names if name != "gone"}

    names = [*(f"r{number}" for number in range(9)), "gone"]
    batch = Batch(
        ReadThrough(store),
        store,
        await mill.tenant(),
        "record",
        "seal",
        names,
        bring,
        bytes.decode,
    )

    entries = await batch.read()

    assert asked == [sorted(names)]
    assert entries.found == ({} if refused else {name: name for name in names[:-1]})


async def test_many_cold_products_at_once_cost_few_calls(mill: Mill) -> None:
    await mill.change(sections=(SectionConfig(attributes=("brand",)),))
    mill.pim.traffic.latency = 0.1
    names = [f"CROWD-{number}" for number in range(60)]

    found = await asyncio.gather(*(mill.find(name) for name in names))

    total = mill.pim.traffic.total
    print(f"products {len(found)}, calls {total.calls}, at once {total.max_in_flight}")
    assert [one.identity.identifier for one in found] == names
    assert total.by_route == {"products-uuid": total.calls}
    # Nine would do if everything came in time: one alone, then 25 together.
    assert total.calls <= 12
    assert total.max_in_flight <= 3


async def test_a_page_lives_no_longer_than_the_least_of_what_it_is_made_of(mill: Mill) -> None:
    fresh = await mill.find()
    record = ReferenceRecord("gots", {"label": (LinkedValue("Short-lived", "en_US"),)})
    await mill.fill(Key("record", "seal/gots"), msgspec.json.encode(record))

    later = await mill.find()

    assert fresh.remaining > 600
    assert later.remaining <= 600
    assert later.linked.records["seal", "gots"] == record


async def test_a_page_lives_no_longer_than_the_structure(mill: Mill) -> None:
    structures = mill.stack.services.structures
    structure = await structures.structure_of(await mill.tenant())
    await mill.fill(STRUCTURE, msgspec.msgpack.encode(structure))
    structures._remembered.clear()

    found = await mill.find()

    assert 590 < found.remaining <= 600


async def test_a_list_that_goes_on_elsewhere_is_not_followed(mill: Mill) -> None:
    """The token would go to whoever is there; what is cached is shown meanwhile."""
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))
        writer.close()

    before = await mill.find()
    for number in range(120):
        code = f"more_{number}"
        mill.pim.catalog.attributes[code] = mill.pim.catalog.attributes["brand"] | {"code": code}
    own_url = mill.pim.base_url
    async with await asyncio.start_server(listen, "127.0.0.1", 0) as canary:
        port = canary.sockets[0].getsockname()[1]
        mill.pim.base_url = f"http://127.0.0.1:{port}"
        try:
            with pytest.raises(PimProtocolError):
                await mill.stack.services.structures.read_anew(await mill.tenant())
            after = await mill.find()
        finally:
            mill.pim.base_url = own_url

    assert heard == []
    assert after.linked == before.linked


async def test_a_pims_address_that_may_not_be_asked_is_no_error_of_ours(mill: Mill) -> None:
    tenant = await mill.tenant()
    await TenantRow.filter(slug="acme").update(origin="https://10.0.0.1")
    try:
        await mill.tenant()
        answer = await mill.page()
        with pytest.raises(Unavailable):
            await mill.find()
    finally:
        await TenantRow.filter(slug="acme").update(origin=tenant.origin)

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
