import asyncio
import json
import shutil
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from quart_passport.egress.address import EgressRules
from quart_passport.egress.fetch import Egress
from quart_passport.errors import (
    EgressRefused,
    PassportError,
    PimDisconnected,
    PimForbidden,
    PimInvalidRequest,
    PimNotFound,
    PimProtocolError,
    PimRateLimited,
    PimRefused,
    PimUnauthorized,
    PimUnavailable,
)
from quart_passport.passport.product import Product
from quart_passport.pim.client import PimAccess, PimClient
from quart_passport.sandbox import load_catalog, world_directory
from quart_passport.secret import Secret
from tests.egress.loopback import TLS, Answer, answer_of, listening, redirect_to
from tests.pim.conftest import Connected, connected

BEARER = "canary-token-1234567890"


def by_uuid(*uuids: UUID) -> dict[str, Any]:
    return {"uuid": [{"operator": "IN", "value": [str(uuid) for uuid in uuids]}]}


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


async def test_the_structure_is_read_whole(sandbox: Connected) -> None:
    structure = await sandbox.client.read_structure(await sandbox.access())

    catalog = sandbox.pim.catalog
    assert set(structure.attributes) == set(catalog.attributes)
    assert structure.identifier_attribute in structure.attributes
    assert structure.channels
    assert structure.families
    assert structure.groups
    assert structure.locales
    assert structure.measurement_families


async def test_the_structure_of_akeneos_demo_is_read_whole(large_sandbox: Connected) -> None:
    structure = await large_sandbox.client.read_structure(await large_sandbox.access())

    catalog = large_sandbox.pim.catalog
    assert set(structure.attributes) == set(catalog.attributes)
    assert set(structure.families) == set(catalog.families)
    assert set(structure.channels) == set(catalog.channels)


async def test_a_structure_of_many_pages_is_read_to_its_end(tmp_path: Path) -> None:
    shutil.copytree(world_directory("batteries").parent, tmp_path / "world")
    file = tmp_path / "world" / "api" / "attributes.json"
    attributes = json.loads(file.read_bytes())
    extra = {"type": "pim_catalog_text", "group": attributes[0]["group"], "labels": {}}
    attributes += [{**extra, "code": f"extra_{number}"} for number in range(250)]
    file.write_text(json.dumps(attributes))

    async with connected(load_catalog(file.parent)) as sandbox:
        structure = await sandbox.client.read_structure(await sandbox.access())

        assert len(structure.attributes) == len(attributes)
        assert sandbox.pim.traffic.total.by_route["attributes"] == len(attributes) // 100 + 1


async def test_a_hundred_products_of_a_large_pim_come_at_once(large_sandbox: Connected) -> None:
    access = await large_sandbox.access()

    found = await large_sandbox.client.find_products(access, {}, limit=100)

    assert len(found) == 100
    assert len({product.uuid for product in found}) == 100


async def test_what_the_token_may_not_read_is_empty(sandbox: Connected) -> None:
    for route in ("measurement-families", "attribute-groups", "families", "locales"):
        sandbox.pim.traffic.play("forbidden", route=route)

    structure = await sandbox.client.read_structure(await sandbox.access())

    assert not structure.measurement_families
    assert not structure.groups
    assert not structure.families
    assert structure.attributes
    assert set(structure.locales) == {c for one in structure.channels.values() for c in one.locales}


@pytest.mark.parametrize("route", ["attributes", "channels"])
async def test_without_attributes_or_channels_there_is_no_structure(
    sandbox: Connected, route: str
) -> None:
    sandbox.pim.traffic.play("forbidden", route=route)

    with pytest.raises(PimForbidden):
        await sandbox.client.read_structure(await sandbox.access())


async def test_a_pim_that_writes_empty_maps_as_lists_is_understood(sandbox: Connected) -> None:
    sandbox.pim.empty_maps_as_lists = True
    access = await sandbox.access()

    assert (await sandbox.client.read_structure(access)).attributes
    assert await some_products(sandbox, access)


async def test_a_file_is_downloaded_by_its_code(sandbox: Connected) -> None:
    code = next(iter(sandbox.pim.catalog.media_files))

    download = await sandbox.client.download(await sandbox.access(), code)

    assert download.content_type.startswith("image/")
    assert len(download.body) > 100
    assert str(download.body[:10]) not in repr(download)


@pytest.mark.parametrize(
    "code", ["", "/", "a//b", "../../products-uuid", "a/../b", "a/.", "a\\b", "a\nb", "x" * 501]
)
async def test_a_code_that_would_lead_elsewhere_is_never_asked_for(
    sandbox: Connected, code: str
) -> None:
    access = await sandbox.access()
    sandbox.pim.traffic.reset()

    with pytest.raises(PimNotFound):
        await sandbox.client.download(access, code)

    assert sandbox.pim.traffic.total.calls == 0


async def test_odd_letters_in_a_code_reach_the_pim_as_they_are(sandbox: Connected) -> None:
    code = "a/b c#1%/ü?x=1.png"

    with pytest.raises(PimNotFound) as refusal:
        await sandbox.client.download(await sandbox.access(), code)

    assert f'"{code}"' in refusal.value.detail


async def test_a_probe_needs_one_call(sandbox: Connected) -> None:
    access = await sandbox.access()
    sandbox.pim.traffic.reset()

    await sandbox.client.probe(access)

    assert sandbox.pim.traffic.total.calls == 1


async def test_a_disconnected_app_is_told_apart_from_a_refused_token(sandbox: Connected) -> None:
    access = await sandbox.access()
    stranger = PimAccess(access.origin, Secret("unknown-token"), access.connection)
    sandbox.pim.disconnect(sandbox.client_id)

    with pytest.raises(PimDisconnected):
        await sandbox.client.probe(access)
    with pytest.raises(PimUnauthorized) as refusal:
        await sandbox.client.probe(stranger)

    assert not isinstance(refusal.value, PimDisconnected)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("unauthorized", PimUnauthorized),
        ("disconnected", PimDisconnected),
        ("forbidden", PimForbidden),
        ("not_found", PimNotFound),
        ("unprocessable", PimInvalidRequest),
        ("not_json", PimProtocolError),
        ("empty_body", PimProtocolError),
    ],
)
async def test_what_the_pim_refuses_is_asked_once(
    sandbox: Connected, fault: str, error: type[PassportError]
) -> None:
    access = await sandbox.access()
    sandbox.pim.traffic.reset()
    sandbox.pim.traffic.play(fault, times=9)

    with pytest.raises(error) as refusal:
        await sandbox.client.probe(access)

    assert type(refusal.value) is error
    assert sandbox.pim.traffic.total.calls == 1


@pytest.mark.parametrize("fault", ["server_error", "unavailable", "html_error", "truncated_body"])
async def test_what_fails_in_passing_is_tried_again_twice(sandbox: Connected, fault: str) -> None:
    access = await sandbox.access()
    sandbox.pim.traffic.play(fault, times=2)

    await sandbox.client.probe(access)

    sandbox.pim.traffic.reset()
    sandbox.pim.traffic.play(fault, times=9)
    with pytest.raises(PimUnavailable):
        await sandbox.client.probe(access)
    assert sandbox.pim.traffic.total.calls == 3


async def test_a_short_pause_that_the_pim_asks_for_is_kept(sandbox: Connected) -> None:
    access = await sandbox.access()
    sandbox.pim.traffic.play("rate_limited", retry_after=1)

    begun = time.monotonic()
    await sandbox.client.probe(access)

    assert 1 <= time.monotonic() - begun < 3


@pytest.mark.parametrize(("asked", "told"), [(20, 20), (5000, 60)])
async def test_a_long_pause_is_told_instead_of_kept(
    sandbox: Connected, asked: int, told: int
) -> None:
    access = await sandbox.access()
    sandbox.pim.traffic.reset()
    sandbox.pim.traffic.play("rate_limited", retry_after=asked)

    with pytest.raises(PimRateLimited) as limit:
        await sandbox.client.probe(access)

    assert limit.value.retry_after == told
    assert sandbox.pim.traffic.total.calls == 1


async def test_a_crowd_never_calls_more_than_three_times_at_once(sandbox: Connected) -> None:
    access = await sandbox.access()
    sandbox.pim.traffic.reset()
    sandbox.pim.traffic.latency = 0.05

    await asyncio.gather(*(sandbox.client.probe(access) for _ in range(20)))

    tally = sandbox.pim.traffic.of(access.token.reveal())
    print(f"\ntried {tally.calls}, refused {tally.refused}, at once {tally.max_in_flight}")
    assert (tally.calls, tally.refused) == (20, 0)
    assert tally.max_in_flight <= 4


async def test_our_name_is_on_each_call() -> None:
    async with listening(answer_of(b"[]")) as pim:
        await ask(pim.port)

    assert "user-agent: quart-passport/test\r\n" in pim.heads[0]
    assert f"authorization: bearer {BEARER}\r\n" in pim.heads[0]
    assert "accept: application/json\r\n" in pim.heads[0]


async def ask(port: int, *, deadline: float = 8, crowd: int = 1) -> list[Any]:
    """
    Probe a PIM on loopback, as often as `crowd` says at once.

    One error is raised; those of a crowd are given back.
    """
    rules = EgressRules.parse(exempt=[f"127.0.0.1:{port}"])
    async with Egress(rules, user_agent="quart-passport/test", ssl_context=TLS) as egress:
        access = PimAccess(f"http://127.0.0.1:{port}", Secret(BEARER), uuid4())
        client = PimClient(egress, deadline=deadline)
        probes = (client.probe(access) for _ in range(crowd))
        return await asyncio.gather(*probes, return_exceptions=crowd > 1)


HOSTILE: list[tuple[Answer | bytes, type[PassportError]]] = [
    (answer_of(b"<html>", "Content-Type: text/html; charset=utf-8"), PimUnavailable),
    (answer_of(b"<html>", "Content-Type: text/html", status="401 No"), PimUnavailable),
    (answer_of(b"<html>", "Content-Type: TEXT/HTML", status="404 No"), PimUnavailable),
    (answer_of(b"", status="401 No"), PimUnauthorized),
    (answer_of(b"\xff\xfe", status="401 No"), PimUnauthorized),
    (answer_of(b'"text"', status="403 No"), PimForbidden),
    (answer_of(b'{"message": 1}', status="422 No"), PimInvalidRequest),
    (answer_of(b"", status="418 Teapot"), PimInvalidRequest),
    (answer_of(b"", status="408 Slow"), PimUnavailable),
    (answer_of(b"", status="304 Not Modified"), PimProtocolError),
    (redirect_to("https://evil.example/"), PimProtocolError),
    (answer_of(b"{}"), PimProtocolError),
    (answer_of(b"null"), PimProtocolError),
    (answer_of(b'{"_embedded":{"items":{}}}'), PimProtocolError),
    (answer_of(b'{"_embedded":{"items":[1]}}'), PimProtocolError),
    (answer_of(b"[" * 100_000), PimProtocolError),
    (answer_of(b" " * (4 * 2**20 + 1)), PimProtocolError),
    (b"garbage\r\n\r\n", PimUnavailable),
]


@pytest.mark.parametrize(("answer", "error"), HOSTILE)
async def test_whatever_a_pim_answers_becomes_an_error_of_ours(
    answer: Answer | bytes, error: type[PassportError]
) -> None:
    async with listening(answer) as pim:
        with pytest.raises(error) as refusal:
            await ask(pim.port)

    assert type(refusal.value) is error
    assert BEARER not in str(refusal.value)


async def silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def test_a_silent_pim_holds_up_a_crowd_for_the_deadline_and_no_longer() -> None:
    begun = time.monotonic()

    async with listening(silent) as pim:
        errors = await ask(pim.port, deadline=0.4, crowd=10)

    assert [type(error) for error in errors] == [PimUnavailable] * 10
    assert time.monotonic() - begun < 2
    # Three hold the slots; as their time ends, three who wait may get them in their last moment.
    assert pim.connections <= 6


async def test_the_pims_words_are_cut_short_and_made_printable() -> None:
    body = json.dumps({"message": "a\nb\x1b[31m" + "c" * 500}).encode()

    async with listening(answer_of(body, status="403 No")) as pim:
        with pytest.raises(PimRefused) as refusal:
            await ask(pim.port)

    assert refusal.value.detail.startswith("a b [31mcc")
    assert len(refusal.value.detail) == 200


async def test_a_pim_at_a_place_that_is_refused_is_never_asked() -> None:
    async with listening(answer_of()) as canary, Egress(EgressRules(), ssl_context=TLS) as egress:
        access = PimAccess(f"http://127.0.0.1:{canary.port}", Secret(BEARER), uuid4())
        with pytest.raises(EgressRefused):
            await PimClient(egress).probe(access)

        assert canary.connections == 0
