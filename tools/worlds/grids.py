"""Table attributes: their columns, and the rows of a value."""

from decimal import Decimal
from typing import Any

from tools.worlds.source import Source, World, labels
from tools.worlds.tables import Row


def table_columns(world: World, attribute: str) -> list[Row]:
    """The columns as the PIM configures them; the first one names the rows."""
    columns = world.part("tables")[attribute]
    return [
        _column(world, code, source, is_first=number == 0)
        for number, (code, source) in enumerate(columns.items())
    ]


def _column(world: World, code: str, source: Source, *, is_first: bool) -> Row:
    column: Row = {
        "code": code,
        "data_type": source["type"],
        "labels": labels(source),
        "validations": _validations(source),
        "is_required_for_completeness": is_first,
    }
    if source["type"] == "select":
        options = _options(world, source)
        column["options"] = [{"code": o, "labels": labels(of)} for o, of in options.items()]
    return column


def _validations(source: Source) -> Row:
    match source["type"]:
        case "number":
            return {"min": 0, "max": source["max"], "decimals_allowed": True}
        case "text":
            return {"max_length": 100}
    return {}


def _options(world: World, source: Source) -> dict[str, Source]:
    options: dict[str, Source] = (
        world.shared["options"][source["use"]] if "use" in source else source["options"]
    )
    return options


def table_rows(world: World, attribute: str, written: list[Source]) -> list[Row]:
    """A table value; a cell that is not written is not there."""
    columns = world.part("tables")[attribute]
    return [{c: _cell(world, columns[c], cell) for c, cell in row.items()} for row in written]


def _cell(world: World, column: Source, written: Any) -> Any:
    match column["type"]:
        case "select" if written not in _options(world, column):
            raise ValueError(f"{world.name}: the column has no option {written!r}")
        case "number":
            return f"{Decimal(written).normalize():f}"
    return written
