"""Tables with typed cells."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from quart_passport.passport.linked import Linked
from quart_passport.passport.model import (
    Column,
    Composition,
    Date,
    Identity,
    Measure,
    Number,
    PassportLink,
    PassportLinks,
    Record,
    Records,
    Table,
    Text,
    YesNo,
)
from quart_passport.passport.product import Product, ProductValue
from quart_passport.passport.structure import TableColumn
from tests.passport.linking import UUID_2, UUID_3, linked_products, linked_records, make_record
from tests.passport.making import make_structure, read

PART = TableColumn(
    "part",
    "select",
    labels={"en_US": "Part", "de_DE": "Teil"},
    options={"shell": {"en_US": "Shell", "de_DE": "Hülle"}, "lining": {"de_DE": "Futter"}},
)


def read_table(data: Any, *columns: TableColumn, page: str = "en_US", **parts: Any) -> Any:
    return read("pim_catalog_table", data, page, table_configuration=(PART, *columns), **parts)


def cell_of(data_type: str, data: Any, page: str = "en_US", **parts: Any) -> Any:
    """The cell that a page shows beside the word Shell."""
    linked, structure = parts.pop("linked", Linked()), parts.pop("structure", make_structure())
    column = TableColumn("it", data_type, **parts)
    rows = [{"part": "shell", "it": data}]
    value = read_table(rows, column, page=page, linked=linked, structure=structure)
    assert isinstance(value, Table)
    [[_, *rest]] = value.rows
    return rest[0] if rest else None


def test_rows_and_columns_stand_as_the_merchant_has_them() -> None:
    columns = (
        TableColumn("count", "number", labels={"en_US": "Pieces"}),
        TableColumn("note", "text", labels={"fr_FR": "Note"}),
    )
    rows = [{"part": "lining", "note": "glued"}, {"count": "2", "part": "shell"}]

    value = read_table(rows, *columns)

    assert value == Table(
        columns=(
            Column("part", Text("Part")),
            Column("count", Text("Pieces"), is_numeric=True),
            Column("note", Text("Note", "fr-FR")),
        ),
        rows=(
            (Text("Futter", "de-DE"), None, Text("glued")),
            (Text("Shell"), Number(Decimal(2), "2"), None),
        ),
        text="Futter, glued\nShell, 2",
    )


def test_a_column_without_label_is_shown_by_its_code() -> None:
    value = read_table([{"part": "shell", "x": "y"}], TableColumn("x", "text"))

    assert value.columns[1].label == Text("[x]")


def test_rows_and_columns_without_a_cell_are_left_out() -> None:
    rows: list[Any] = [{}, {"part": "shell"}, {"part": "", "note": " "}, None, "x", {"gone": "x"}]

    value = read_table(rows, TableColumn("note", "text"))

    assert value.rows == ((Text("Shell"),),)
    assert [column.code for column in value.columns] == ["part"]


@pytest.mark.parametrize("data", [None, [], [{}], {}, "x", 5, [[]], [{"gone": "x"}]])
def test_a_table_without_a_cell_is_no_value(data: Any) -> None:
    assert read_table(data, TableColumn("note", "text")) is None


def test_a_table_whose_columns_nobody_knows_is_no_value() -> None:
    assert read("pim_catalog_table", [{"part": "shell"}]) is None


@pytest.mark.parametrize(
    ("data_type", "data", "value"),
    [
        ("select", "gone", Text("[gone]")),
        ("number", "12.50", Number(Decimal("12.5"), "12,5")),
        ("number", 3, Number(Decimal(3), "3")),
        ("incremental_number", 1, Number(Decimal(1), "1")),
        ("boolean", True, YesNo(True, "Ja")),
        ("text", "Italy ", Text("Italy")),
        ("date", "2025-11-03T00:00:00+00:00", Date(date(2025, 11, 3), "3. November 2025")),
        ("date", "2025-11-03", Date(date(2025, 11, 3), "3. November 2025")),
        (
            "measurement",
            {"amount": "1.500", "unit": "GRAM"},
            Measure(Decimal("1.5"), "GRAM", "1,5 g", "GRM"),
        ),
        ("reference_entity", "gone", Records((Record("gone", Text("[gone]")),), "[gone]")),
        ("something_new", "plain", Text("plain")),
        ("something_new", 1234, Text("1.234")),
    ],
)
def test_each_cell_is_what_its_column_says(data_type: str, data: Any, value: Any) -> None:
    assert cell_of(data_type, data, "de_DE") == value


@pytest.mark.parametrize(
    ("data_type", "data"),
    [
        ("select", 5),
        ("select", ["a"]),
        ("number", "many"),
        ("number", {}),
        ("boolean", "true"),
        ("text", {"a": 1}),
        ("date", "soon"),
        ("measurement", "5 g"),
        ("reference_entity", {}),
        ("product_link", "x"),
        ("something_new", ["a"]),
    ],
)
def test_a_cell_that_does_not_fit_its_column_is_empty(data_type: str, data: Any) -> None:
    assert cell_of(data_type, data) is None


def test_a_record_in_a_cell_is_named() -> None:
    record = make_record("nord", label="Nord", address="Via Roma 1")
    linked = linked_records("maker", record)

    value = cell_of("reference_entity", "nord", linked=linked, reference_entity_identifier="maker")

    assert value == Records((Record("nord", Text("Nord")),), "Nord")


def test_a_product_in_a_cell_is_linked_if_it_is_published() -> None:
    linked = linked_products(Product(UUID_2))

    value = cell_of("product_link", {"type": "product", "id": str(UUID_2)}, linked=linked)

    link = PassportLink(Identity(UUID_2), Text(str(UUID_2)))
    assert value == PassportLinks((link,), str(UUID_2))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"type": "product", "id": str(UUID_3)}, None),
        ({"type": "product", "id": str(UUID_3), "identifier": "B-2"}, "[B-2]"),
        ({"type": "product_model", "id": "my_model"}, "[my_model]"),
        ({"type": "product_model", "id": 5}, None),
        ({}, None),
    ],
)
def test_any_other_product_is_shown_by_the_merchants_name_of_it(
    data: Any, text: str | None
) -> None:
    assert cell_of("product_link", data) == (None if text is None else Text(text))


def test_a_table_of_another_language_says_so_in_its_texts() -> None:
    rows = [{"part": "shell", "note": "geklebt"}]
    entries = (ProductValue(rows, "de_DE"),)

    value = read_table(entries, TableColumn("note", "text"))

    assert value.rows == ((Text("Shell"), Text("geklebt", "de-DE")),)


def test_a_table_that_says_shares_is_a_composition() -> None:
    share = TableColumn("percentage", "number", labels={"en_US": "%"})

    value = read_table([{"part": "shell", "percentage": "91"}], share)

    assert isinstance(value, Composition)
    assert value.text == "91% Shell"
