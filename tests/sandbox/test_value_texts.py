"""Values as the product's page shows them to people."""

from pathlib import Path
from typing import Any

import pytest

from quart_passport.sandbox import Pim, create_sandbox
from quart_passport.sandbox.value_texts import show_value
from tests.sandbox.conftest import attribute, uuid_of
from tests.sandbox.rich import ATTRIBUTES, FIBRE, column, rich_catalog, table


@pytest.fixture
def pim(tmp_path: Path) -> Pim:
    return create_sandbox(rich_catalog(tmp_path), base_url="http://pim.example").pim


def text(pim: Pim, shape: dict[str, Any], data: Any) -> str:
    return show_value(pim, shape, {"locale": None, "scope": None, "data": data}).text


def known(code: str) -> dict[str, Any]:
    return next(found for found in ATTRIBUTES if found["code"] == code)


def test_records_and_assets_are_shown_by_their_labels(pim: Pim) -> None:
    assert text(pim, known("maker"), "mill_one") == "Mill"
    assert text(pim, known("seals"), ["gots", "gone"]) == "GOTS, [gone]"
    assert text(pim, known("papers"), ["guide"]) == "Guide"


def test_a_record_without_a_label_is_shown_by_its_code(pim: Pim) -> None:
    assert text(pim, known("maker"), "mill_007") == "[mill_007]"


def test_linked_products_are_shown_by_their_identifiers(pim: Pim) -> None:
    spare = known("spare")

    assert text(pim, spare, {"type": "product", "id": uuid_of("/A")}) == "/A"
    assert text(pim, spare, {"type": "product_model", "id": "coat"}) == "coat"


def test_a_table_is_shown_line_by_line_with_labels(pim: Pim) -> None:
    shape = table(
        "rows",
        FIBRE | {"labels": {"en_US": "Fiber"}},
        column("share", "number"),
        column("recycled", "boolean"),
        column("mill", "reference_entity", reference_entity_identifier="maker"),
        column("weight", "measurement"),
        column("part", "product_link"),
    )
    whole = {
        "fibre": "wool",
        "share": "60",
        "recycled": False,
        "mill": "mill_one",
        "weight": {"amount": "2", "unit": "GRAM"},
        "part": {"type": "product", "id": uuid_of("plain")},
    }

    shown = text(pim, shape, [whole, {"fibre": "gone"}])

    assert shown.splitlines() == [
        "Fiber | share | recycled | mill | weight | part",
        "Wool | 60 | No | Mill | 2 GRAM | plain",
        "[gone] | – | – | – | – | –",
    ]


def test_what_is_unknown_is_shown_as_json(pim: Pim) -> None:
    shown = show_value(pim, attribute("new", "moon_phase"), {"data": {"a": [1]}})

    assert (shown.text, shown.is_code) == ('{\n  "a": [\n    1\n  ]\n}', True)
