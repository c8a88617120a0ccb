"""Records and assets, many with one call."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from quart import Quart, request

from quart_passport.egress.address import EgressRules
from quart_passport.egress.fetch import Egress
from quart_passport.errors import (
    PimDisconnected,
    PimForbidden,
    PimNotFound,
    PimProtocolError,
    PimUnavailable,
)
from quart_passport.passport.linked import LinkedValue
from quart_passport.pim.client import PimAccess, PimClient
from quart_passport.sandbox import load_catalog, world_directory
from quart_passport.secret import Secret
from tests.egress.loopback import TLS, answer_of, listening
from tests.pim.conftest import Connected, connected
from tests.serving import serving

SOMEBODY = UUID(int=1)


async def test_records_come_with_one_call_and_those_that_are_gone_do_not(
    enterprise_sandbox: Connected,
) -> None:
    access = await enterprise_sandbox.access()
    enterprise_sandbox.pim.traffic.reset()

    found = await enterprise_sandbox.client.read_records(
        access, "certification", ["gots", "deleted_record", "oeko_tex_100", "gots"]
    )

    by_code = {record.code: record for record in found}
    assert sorted(by_code) == ["gots", "oeko_tex_100"]
    assert by_code["gots"].values["label"] == (LinkedValue("GOTS", "en_US"),)
    assert enterprise_sandbox.pim.traffic.total.calls == 1


async def test_assets_come_with_one_call(enterprise_sandbox: Connected) -> None:
    access = await enterprise_sandbox.access()
    enterprise_sandbox.pim.traffic.reset()

    found = await enterprise_sandbox.client.read_assets(
        access, "dpp_documents", ["lab_report", "recycling_guide"]
    )

    by_code = {asset.code: asset for asset in found}
    assert by_code["lab_report"].values["external"][0].data == "reports/42.pdf"
    assert by_code["recycling_guide"].values["media"][0].data.endswith("recycling_guide.pdf")
    assert enterprise_sandbox.pim.traffic.total.calls == 1


async def test_nothing_is_asked_where_nothing_is_named(sandbox: Connected) -> None:
    access = await sandbox.access()
    sandbox.pim.traffic.reset()

    assert await sandbox.client.read_records(access, "manufacturer", []) == []
    assert await sandbox.client.read_assets(access, "documents", ["", "x" * 256]) == []
    assert sandbox.pim.traffic.total.calls == 0


async def test_a_pim_without_them_says_so(sandbox: Connected) -> None:
    access = await sandbox.access()

    with pytest.raises(PimNotFound):
        await sandbox.client.read_records(access, "nowhere", ["a"])
    with pytest.raises(PimNotFound):
        await sandbox.client.read_assets(access, "nowhere", ["a"])


async def test_what_the_token_may_not_read_is_refused(enterprise_sandbox: Connected) -> None:
    access = await enterprise_sandbox.access()
    enterprise_sandbox.pim.traffic.play("forbidden", route="records")

    with pytest.raises(PimForbidden):
        await enterprise_sandbox.client.read_records(access, "certification", ["gots"])


async def test_a_pim_that_is_down_or_gone_is_not_a_pim_without_records(
    enterprise_sandbox: Connected,
) -> None:
    access = await enterprise_sandbox.access()

    enterprise_sandbox.pim.traffic.play("unavailable", times=3, route="records")
    with pytest.raises(PimUnavailable):
        await enterprise_sandbox.client.read_records(access, "certification", ["gots"])
    enterprise_sandbox.pim.traffic.play("disconnected", route="assets")
    with pytest.raises(PimDisconnected):
        await enterprise_sandbox.client.read_assets(access, "dpp_documents", ["lab_report"])


@pytest.fixture
def many_records(tmp_path: Path) -> Path:
    """An addition to a catalogue: an entity with 250 records."""
    records = [{"code": f"record_{n:03}", "values": {}} for n in range(250)]
    entity: dict[str, Any] = {"code": "material", "labels": {}, "attributes": []}
    entity["records"] = records
    (tmp_path / "reference_entities.json").write_text(json.dumps([entity]))
    return tmp_path


async def test_more_than_fit_into_one_address_are_asked_for_in_turns(many_records: Path) -> None:
    catalog = load_catalog(world_directory("batteries"), many_records)
    async with connected(catalog) as sandbox:
        access = await sandbox.access()
        sandbox.pim.traffic.reset()

        codes = [f"record_{n:03}" for n in range(250)]
        found = await sandbox.client.read_records(access, "material", codes)

        assert {record.code for record in found} == set(codes)
        assert sandbox.pim.traffic.total.calls == 4


class Paged:
    """A PIM whose lists are as small as told, under either name of items."""

    def __init__(self, key: str, *pages: list[Any], origin: str = "") -> None:
        self.asked: list[str] = []
        self._key = key
        self._pages = pages
        # Where the next pages are said to be, if not here.
        self._origin = origin

    def app(self, url: str) -> Quart:
        app = Quart(__name__)

        @app.get("/<path:path>")
        async def show(path: str) -> dict[str, Any]:
            self.asked.append(path)
            number = int(request.args.get("search_after", "0"))
            links = {"self": {"href": f"{url}/{path}"}}
            if self._origin or number + 1 < len(self._pages):
                origin = self._origin or url
                links["next"] = {"href": f"{origin}/{path}?search_after={number + 1}"}
            return {"_links": links, "_embedded": {self._key: self._pages[number]}}

        return app

    async def read(self, *codes: str) -> list[str]:
        """The codes of the assets that are found."""
        async with serving(self.app) as served:
            rules = EgressRules.parse(exempt=[served.url.removeprefix("http://")])
            async with Egress(rules, ssl_context=TLS) as egress:
                access = PimAccess(served.url, Secret("canary"), SOMEBODY)
                found = await PimClient(egress).read_assets(access, "media", codes)
        return [asset.code for asset in found]


def items(*codes: str) -> list[Any]:
    return [{"code": code, "values": {}} for code in codes]


@pytest.mark.parametrize("key", ["items", "_items"])
async def test_pages_are_followed_until_all_are_found(key: str) -> None:
    pim = Paged(key, items("a", "b"), items("c"), items("d"))

    assert await pim.read("a", "c") == ["a", "c"]
    assert len(pim.asked) == 2


async def test_pages_are_followed_to_an_empty_end() -> None:
    pim = Paged("items", items("a", "b"), items("c"), [])

    assert await pim.read("a", "gone") == ["a"]
    assert len(pim.asked) == 3


async def test_the_token_goes_to_no_other_place_that_a_list_names() -> None:
    async with listening(answer_of(b"[]")) as canary:
        pim = Paged("items", items("a"), origin=f"http://127.0.0.1:{canary.port}")
        with pytest.raises(PimProtocolError, match="another address"):
            await pim.read("b")

    assert len(pim.asked) == 1
    assert canary.connections == 0


async def test_one_item_that_cannot_be_read_costs_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = [{"code": "secret-b", "values": 7}, {"values": {}}, None, "text"]
    pim = Paged("items", [*items("a"), *broken, *items("c")])

    assert await pim.read("a", "secret-b", "c") == ["a", "c"]
    assert "left out 4 of 6 items" in caplog.text
    assert "secret-b" not in caplog.text


async def test_a_list_of_which_nothing_can_be_read_is_not_empty() -> None:
    pim = Paged("items", [{"code": "b", "values": 7}])

    with pytest.raises(PimProtocolError):
        await pim.read("b")


class Picky(Paged):
    """A PIM that answers nothing sensible to questions that name a certain record."""

    def __init__(self, *spoilt: str) -> None:
        super().__init__("items")
        self._spoilt = spoilt

    def app(self, url: str) -> Quart:
        app = Quart(__name__)

        @app.get("/<path:path>")
        async def show(path: str) -> Any:
            self.asked.append(path)
            codes = json.loads(request.args["search"])["code"][0]["value"]
            if set(codes) & set(self._spoilt):
                return {"too": "much"}
            return {"_links": {}, "_embedded": {"items": items(*codes)}}

        return app


async def test_one_that_spoils_an_answer_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    pim = Picky("code_41")
    codes = [f"code_{n}" for n in range(60)]

    found = await pim.read(*codes)

    assert sorted(found) == sorted(set(codes) - {"code_41"})
    assert len(pim.asked) <= 1 + 16
    assert "code_41" not in caplog.text


async def test_a_pim_that_answers_nothing_sensible_is_not_asked_for_each_one() -> None:
    codes = [f"code_{n}" for n in range(60)]
    pim = Picky(*codes)

    with pytest.raises(PimProtocolError):
        await pim.read(*codes)

    assert len(pim.asked) <= 1 + 16
