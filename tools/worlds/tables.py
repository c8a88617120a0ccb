"""JSON files that a person can read: an array with one object per line, UTF-8, no escapes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """One file to be: a list of rows, or a single object."""

    path: Path
    rows: list[Row] | Row

    def text(self) -> str:
        """The file's whole content."""
        if isinstance(self.rows, dict):
            return json.dumps(self.rows, ensure_ascii=False, indent=2) + "\n"
        lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in self.rows)
        return "[\n" + ",\n".join(lines) + "\n]\n"

    def is_current(self) -> bool:
        """Whether the file on disk already says this."""
        return self.path.is_file() and self.path.read_text(encoding="utf-8") == self.text()


def write_table(table: Table) -> None:
    """Write the file, with its folder."""
    table.path.parent.mkdir(parents=True, exist_ok=True)
    table.path.write_text(table.text(), encoding="utf-8")
