"""Tables, and those of them that say what something is made of."""

from typing import Any

from quart_passport.passport.compositions import Row, composition_of
from quart_passport.passport.links import read_product_link
from quart_passport.passport.measures import measure_of
from quart_passport.passport.model import Column, Composition, Table, Text, Value
from quart_passport.passport.product import ProductValue
from quart_passport.passport.reading import Reading, bracketed
from quart_passport.passport.records import name_records
from quart_passport.passport.sanitise import tidy_line
from quart_passport.passport.simple import read_date, read_number, read_text, read_yes_no
from quart_passport.passport.structure import Attribute, TableColumn

_NUMERIC = frozenset({"number", "incremental_number", "measurement"})


def read_table(
    attribute: Attribute, entry: ProductValue, reading: Reading
) -> Table | Composition | None:
    """The rows of a table with typed cells, in the attribute's columns.

    Rows and columns without any cell are left out.
    """
    sent = entry.data if isinstance(entry.data, list) else []
    every = (_row(attribute, row, entry.locale, reading) for row in sent)
    rows = [row for row in every if any(cell is not None for cell in row.cells)]
    if not rows:
        return None
    used = [
        (place, column, reading.label(column.labels, column.code))
        for place, column in enumerate(attribute.table_configuration)
        if any(row.cells[place] is not None for row in rows)
    ]
    rows = [Row(row.code, tuple(row.cells[place] for place, _, _ in used)) for row in rows]
    composition = composition_of([(column, label) for _, column, label in used], rows, reading.cldr)
    return composition or Table(
        tuple(
            Column(column.code, label, column.data_type in _NUMERIC) for _, column, label in used
        ),
        tuple(row.cells for row in rows),
        "\n".join(", ".join(cell.text for cell in row.cells if cell) for row in rows),
    )


def _row(attribute: Attribute, row: Any, locale: str | None, reading: Reading) -> Row:
    cells = row if isinstance(row, dict) else {}
    columns = attribute.table_configuration
    subject = cells.get(columns[0].code) if columns else None
    return Row(
        tidy_line(subject) if isinstance(subject, str) else "",
        tuple(_cell(column, cells.get(column.code), locale, reading) for column in columns),
    )


def _cell(column: TableColumn, data: Any, locale: str | None, reading: Reading) -> Value | None:
    match column.data_type:
        case "select":
            return _option(column, data, reading)
        case "number" | "incremental_number":
            return read_number(data, reading)
        case "boolean":
            return read_yes_no(data, reading)
        case "date":
            return read_date(data, reading)
        case "measurement":
            return measure_of(data, column.measurement_family_code, reading)
        case "reference_entity":
            return name_records(data, column.reference_entity_identifier, reading)
        case "product_link":
            return read_product_link(data, reading) or _unpublished(data)
        case _:
            return read_text(data, locale, reading)


def _option(column: TableColumn, data: Any, reading: Reading) -> Text | None:
    if not isinstance(data, str) or not tidy_line(data):
        return None
    return reading.label(column.options.get(data), data)


def _unpublished(data: Any) -> Text | None:
    """A product or model without passport by the merchant's own name of it, if it has one."""
    if not isinstance(data, dict):
        return None
    is_model = data.get("type") == "product_model"
    name = data.get("identifier") or (data.get("id") if is_model else None)
    return bracketed(name) if isinstance(name, str) and tidy_line(name) else None
