"""Looking products up together: who goes alone, who gathers, and what each one is told."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4, uuid5

import msgspec
import pytest

from quart_passport.cache.store import Key
from quart_passport.errors import (
    PassportError,
    PimInvalidRequest,
    PimProtocolError,
    PimUnavailable,
    Unavailable,
)
from quart_passport.passport.config import PassportConfig, SectionConfig
from quart_passport.passport.product import Product, ProductValue
from quart_passport.passport.structure import Attribute, Structure
from quart_passport.publishing.lookups import Lookups
from quart_passport.publishing.searches import how_many_fit, match_names, search_for
from quart_passport.storage.models import TenantState
from quart_passport.tenancy.tenant import Connection, Tenant
from tests.publishing.linked_world import gtin_13

SPACE = UUID("6f0e2f3c-8a57-4a55-9f0e-8d1c0c7f4b11")
STRUCTURE = Structure(
    attributes={
        "sku": Attribute("sku", "pim_catalog_identifier"),
        "gtin": Attribute("gtin", "pim_catalog_text"),
    },
    groups={},
    families={},
    channels={},
    locales=(),
    measurement_families={},
)
# Where GTINs are identifiers, and not texts.
IDENTIFIED = msgspec.structs.replace(
    STRUCTURE,
    attributes=STRUCTURE.attributes | {"gtin": Attribute("gtin", "pim_catalog_identifier")},
)
TENANT = Tenant(
    id=uuid4(),
    slug="acme",
    name="Acme",
    origin="https://acme.cloud.akeneo.com",
    state=TenantState.ACTIVE,
    ttl=600,
    gtin_attribute="gtin",
    configs=(),
    connection=Connection(uuid4(), 1, "", False, True, frozenset(), 1, "", "", "", ""),
)


def product(identifier: str) -> Product:
    return Product(
        uuid=uuid5(SPACE, identifier.lower()),
        values={"sku": (ProductValue(identifier),), "gtin": (ProductValue("96385074"),)},
    )


@dataclass
class SlowPim:
    """Stands where `Questions` does: has every product but `none`, and answers when let."""

    asked: list[list[str]] = field(default_factory=list)
    # As many answers as there are permits.
    permits: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    # Names whose presence spoils a question.
    spoilt: dict[str, PassportError] = field(default_factory=dict)

    async def find(
        self, _: Tenant, structure: Structure, search: Any, **__: Any
    ) -> tuple[Structure, list[Product]]:
        (condition,) = search(structure).values()
        value = condition[0]["value"]
        names = value if isinstance(value, list) else [value]
        self.asked.append(names)
        await self.permits.acquire()
        for name in names:
            if name in self.spoilt:
                raise self.spoilt[name]
        found = {name.upper(): product(name.upper()) for name in names if name != "none"}
        return structure, list(found.values())

    def answer(self, times: int = 1) -> None:
        for _ in range(times):
            self.permits.release()


@pytest.fixture
def pim() -> SlowPim:
    return SlowPim()


@pytest.fixture
async def lookups(pim: SlowPim) -> AsyncIterator[Lookups]:
    made = Lookups(pim)  # type: ignore[arg-type]
    yield made
    await made.aclose()


async def find(lookups: Lookups, name: str, kind: str = "identifier") -> Product | None:
    _, found = await lookups.find(TENANT, STRUCTURE, Key(kind, name))
    return found


def begin(lookups: Lookups, *names: str) -> list[asyncio.Task[Product | None]]:
    return [asyncio.create_task(find(lookups, name)) for name in names]


async def tick(seconds: float = 0.0) -> None:
    """Let everything run that can; `seconds` is for what waits by the clock."""
    await asyncio.sleep(seconds)
    for _ in range(5):
        await asyncio.sleep(0)


async def test_one_alone_is_asked_for_at_once_and_by_itself(lookups: Lookups, pim: SlowPim) -> None:
    (visitor,) = begin(lookups, "A")
    await tick()
    asked = list(pim.asked)
    pim.answer()

    found = await visitor

    assert asked == [["A"]]
    assert found == product("A")


async def test_those_who_come_meanwhile_leave_together(lookups: Lookups, pim: SlowPim) -> None:
    first = begin(lookups, "A")
    await tick()
    others = begin(lookups, *(f"B{n}" for n in range(10)))
    await tick()
    meanwhile = len(pim.asked)
    pim.answer(2)

    found = await asyncio.gather(*first, *others)

    assert meanwhile == 1
    assert pim.asked == [["A"], [f"B{n}" for n in range(10)]]
    assert found == [product("A"), *(product(f"B{n}") for n in range(10))]


async def test_nobody_waits_for_company_while_the_pim_takes_its_time(
    lookups: Lookups, pim: SlowPim
) -> None:
    begin(lookups, "A")
    await tick()
    visitors = begin(lookups, "B")
    await tick(0.2)

    # The first call has not come back, and never will.
    assert pim.asked == [["A"], ["B"]]
    pim.answer(2)
    assert await visitors[0] == product("B")


async def test_a_crowd_goes_in_calls_of_25_and_no_more_than_three_at_once(
    lookups: Lookups, pim: SlowPim
) -> None:
    names = [f"C{n}" for n in range(200)]
    visitors = begin(lookups, *names)
    await tick(0.2)
    at_once = [len(names) for names in pim.asked]
    pim.answer(99)

    found = await asyncio.gather(*visitors)

    assert at_once == [1, 25, 25]
    assert found == [product(name) for name in names]
    assert len(pim.asked) == 9
    assert max(len(names) for names in pim.asked) == 25


async def test_identifiers_are_found_whatever_their_case(lookups: Lookups, pim: SlowPim) -> None:
    pim.answer(9)
    visitors = begin(lookups, "A", "B-1", "b-1", "none", "É")

    found = await asyncio.gather(*visitors)

    assert found[1] == product("B-1")
    assert found[2] == found[1]
    assert found[3] is None
    assert found[4] == product("É")


async def test_one_who_leaves_takes_nobody_away(lookups: Lookups, pim: SlowPim) -> None:
    first = begin(lookups, "A")
    await tick()
    others = begin(lookups, "B", "C")
    await tick(0.1)
    first[0].cancel()
    others[0].cancel()
    await tick()
    pim.answer(9)

    assert await others[1] == product("C")
    assert [one.cancelled() for one in (*first, *others)] == [True, True, False]


async def test_one_who_leaves_the_line_is_not_asked_for(lookups: Lookups, pim: SlowPim) -> None:
    begin(lookups, "A")
    await tick()
    gone, stays = begin(lookups, "B", "C")
    await tick()
    gone.cancel()
    pim.answer(9)

    assert await stays == product("C")
    assert ["C"] in pim.asked


SPOILING = {
    "refused": PimInvalidRequest("an identifier is too long"),
    "too large": PimProtocolError("the PIM sent too much"),
}


@pytest.mark.parametrize("why", SPOILING)
async def test_one_name_that_spoils_a_question_is_found_out(
    why: str, lookups: Lookups, pim: SlowPim
) -> None:
    pim.spoilt["X"] = SPOILING[why]
    pim.answer(99)
    names = ["A", *(f"B{n}" for n in range(24)), "X"]

    found = await asyncio.gather(*begin(lookups, *names), return_exceptions=True)

    assert found[:-1] == [product(name) for name in names[:-1]]
    assert isinstance(found[-1], PimUnavailable | PimProtocolError)
    assert len(pim.asked) <= 1 + 16


async def test_a_pim_that_answers_nothing_sensible_is_not_asked_for_each_name(
    lookups: Lookups, pim: SlowPim
) -> None:
    names = [f"B{n}" for n in range(26)]
    pim.spoilt = dict.fromkeys(names, PimProtocolError("not JSON"))
    pim.answer(99)

    found = await asyncio.gather(*begin(lookups, *names), return_exceptions=True)

    assert all(isinstance(one, PimProtocolError) for one in found)
    assert len(pim.asked) <= 1 + 16


async def test_a_pim_that_is_down_is_asked_once(lookups: Lookups, pim: SlowPim) -> None:
    names = [f"B{n}" for n in range(26)]
    pim.spoilt = dict.fromkeys(names, PimUnavailable("down"))
    pim.answer(99)

    found = await asyncio.gather(*begin(lookups, *names), return_exceptions=True)

    assert all(isinstance(one, PimUnavailable) for one in found)
    assert len(pim.asked) == 2


async def test_who_waits_in_vain_is_told_to_come_again(lookups: Lookups, pim: SlowPim) -> None:
    visitors = begin(lookups, *(f"C{n}" for n in range(60)))

    done, waiting = await asyncio.wait(visitors, timeout=3.5)

    # 1, 25 and 25 are asked for; nobody could ask for the other nine.
    errors = [one.exception() for one in done]
    assert (len(done), len(waiting)) == (9, 51)
    assert {type(error) for error in errors} == {Unavailable}
    assert all(isinstance(error, Unavailable) and error.retry_after == 5 for error in errors)
    pim.answer(99)
    assert None not in await asyncio.gather(*waiting)


async def test_the_line_has_an_end(lookups: Lookups, pim: SlowPim) -> None:
    visitors = begin(lookups, *(f"C{n}" for n in range(1100)))
    await tick(0.2)

    turned_away = [one for one in visitors if one.done()]

    assert len(turned_away) == 1100 - 1000 - 1 - 25 - 25
    assert all(isinstance(one.exception(), Unavailable) for one in turned_away)


async def test_what_is_under_way_ends_with_the_process(pim: SlowPim) -> None:
    lookups = Lookups(pim)  # type: ignore[arg-type]
    visitors = begin(lookups, "A", "B")
    await tick()

    await lookups.aclose()
    await tick(0.1)

    assert visitors[0].cancelled()


async def test_several_products_of_one_name_are_none() -> None:
    twins = [product("A"), msgspec.structs.replace(product("a"), uuid=uuid4())]

    alone = match_names(TENANT, STRUCTURE, "identifier", ["A"], twins)
    together = match_names(TENANT, STRUCTURE, "identifier", ["A", "a", "B"], twins)

    assert alone == {"A": None}
    # Exactly the same beats nearly the same.
    assert together == {"A": twins[0], "a": twins[1], "B": None}


def test_no_question_is_longer_than_a_url_may_be() -> None:
    names = ["名" * 200, "a b" * 80, *(str(uuid4()) for _ in range(98))]
    attributes = tuple(f"attribute_number_{n}" for n in range(150))
    config = PassportConfig("c", "web", ("en_US",), (SectionConfig(attributes),))
    wide = msgspec.structs.replace(
        STRUCTURE,
        attributes={
            **STRUCTURE.attributes,
            **{c: Attribute(c, "pim_catalog_text") for c in attributes},
        },
    )
    tenant = replace(TENANT, configs=(config,))

    many = how_many_fit(names, tenant, wide, kind="product", most=100)
    fewer = how_many_fit(names, tenant, wide, kind="product", most=1)

    assert 1 <= many < 100
    assert fewer == 1
    assert how_many_fit(names[2:], tenant, STRUCTURE, kind="product", most=25) == 25


def test_a_pim_without_the_attribute_cannot_be_asked() -> None:
    bare = msgspec.structs.replace(STRUCTURE, attributes={})

    assert search_for(TENANT, "identifier", ["A"], bare) is None
    assert search_for(TENANT, "gtin", ["00000096385074"], bare) is None
    assert search_for(TENANT, "gtin", ["00000096385074"], STRUCTURE) == {
        "gtin": [{"operator": "CONTAINS", "value": "96385074"}]
    }


@dataclass
class GtinPim(SlowPim):
    """Has a product for each GTIN but one, under the shortest form that it can be written in."""

    none: str = ""

    async def find(
        self, _: Tenant, structure: Structure, search: Any, **__: Any
    ) -> tuple[Structure, list[Product]]:
        (condition,) = search(structure)["gtin"]
        value = condition["value"]
        forms = value if isinstance(value, list) else [value]
        self.asked.append(forms)
        await self.permits.acquire()
        named = {form.lstrip("0") for form in forms} - {self.none.lstrip("0")}
        return structure, [
            Product(uuid5(SPACE, digits), values={"gtin": (ProductValue(digits.zfill(13)),)})
            for digits in sorted(named)
        ]


def begin_gtins(
    lookups: Lookups, structure: Structure, gtins: list[str]
) -> list[asyncio.Task[Any]]:
    async def ask(gtin: str) -> str | None:
        _, found = await lookups.find(TENANT, structure, Key("gtin", gtin))
        return found and found.text_of("gtin")

    return [asyncio.create_task(ask(gtin)) for gtin in gtins]


GTINS = [gtin_13(number) for number in range(200)]
NAMES = [gtin.zfill(14) for gtin in GTINS]


async def test_gtins_that_are_identifiers_go_together() -> None:
    pim = GtinPim(none=NAMES[77])
    lookups = Lookups(pim)  # type: ignore[arg-type]
    visitors = begin_gtins(lookups, IDENTIFIED, NAMES)
    await tick(0.1)
    at_once = len(pim.asked)
    pim.answer(99)

    found = await asyncio.gather(*visitors)

    assert at_once == 3
    assert len(pim.asked) == 9
    assert max(len(asked) for asked in pim.asked) <= 100
    assert found == [None if gtin == GTINS[77] else gtin for gtin in GTINS]


async def test_gtins_that_are_texts_stand_in_one_line_for_a_call_each() -> None:
    pim = GtinPim()
    lookups = Lookups(pim)  # type: ignore[arg-type]
    visitors = begin_gtins(lookups, STRUCTURE, NAMES[:20])
    await tick()
    under_way = [len(pim.asked)]
    for _ in range(17):
        pim.answer()
        await tick()
        under_way.append(len(pim.asked))
    pim.answer(3)

    found = await asyncio.gather(*visitors)

    # One more for each that came back, and never a fourth beside three.
    assert under_way == list(range(3, 21))
    assert found == GTINS[:20]
    await lookups.aclose()


async def test_gtins_that_are_out_of_time_are_told_to_come_again() -> None:
    pim = GtinPim()
    lookups = Lookups(pim)  # type: ignore[arg-type]
    visitors = begin_gtins(lookups, STRUCTURE, NAMES[:20])

    done, waiting = await asyncio.wait(visitors, timeout=3.0)
    pim.answer(99)
    later = begin_gtins(lookups, STRUCTURE, NAMES[3:20])

    assert (len(done), len(waiting)) == (17, 3)
    assert {type(one.exception()) for one in done} == {Unavailable}
    assert set(await asyncio.gather(*waiting, *later)) == set(GTINS[:20])


def test_a_gtin_is_looked_for_in_every_form_that_it_may_be_written_in() -> None:
    asked = search_for(TENANT, "gtin", ["00000096385074", "09521100000007"], IDENTIFIED)

    assert asked == {
        "gtin": [
            {
                "operator": "IN",
                "value": [
                    *("96385074", "000096385074", "0000096385074", "00000096385074"),
                    *("9521100000007", "09521100000007"),
                ],
            }
        ]
    }
    with pytest.raises(PimInvalidRequest):
        search_for(TENANT, "gtin", NAMES[:2], STRUCTURE)
