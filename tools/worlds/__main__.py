"""Command line: `python -m tools.worlds [--pictures [NAME …]] [--check]`."""

import argparse
import sys
from pathlib import Path

from tools.worlds.media import documents, write_documents
from tools.worlds.pictures import draw_pictures
from tools.worlds.source import WORLD_NAMES, World, read_world
from tools.worlds.tables import Table, write_table
from tools.worlds.worlds import build_tables

TARGET = Path(__file__).parents[2] / "quart_passport" / "sandbox" / "worlds"


def main() -> int:
    """Write every world; with `--check` only say which files differ from their sources."""
    parser = argparse.ArgumentParser(prog="python -m tools.worlds", description=main.__doc__)
    parser.add_argument("--pictures", nargs="*", metavar="NAME", help="draw all, or these, anew")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    worlds = [read_world(name) for name in WORLD_NAMES]
    if options.pictures is not None:
        draw_pictures(worlds, TARGET, only=set(options.pictures))
    tables = [table for world in worlds for table in _tables_of(world)]
    if options.check:
        stale = [str(table.path) for table in tables if not table.is_current()]
        stale += [str(path) for world in worlds for path in _stale_documents(world)]
        print("\n".join(stale))
        return 1 if stale else 0
    for table in tables:
        write_table(table)
    for world in worlds:
        write_documents(world, TARGET / world.name)
    return 0


def _stale_documents(world: World) -> list[Path]:
    wanted = documents(world, TARGET / world.name)
    return [
        path
        for path, content in wanted.items()
        if not path.is_file() or path.read_bytes() != content
    ]


def _tables_of(world: World) -> list[Table]:
    folder = TARGET / world.name
    return [Table(folder / name, rows) for name, rows in build_tables(world, folder).items()]


if __name__ == "__main__":
    sys.exit(main())
