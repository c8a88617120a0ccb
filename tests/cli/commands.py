"""Running the command line as an operator does, in a process of its own."""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quart_passport.settings import Settings

PROGRAM = (sys.executable, "-c", "from quart_passport.cli import main; main()")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


async def run(environ: dict[str, str], *arguments: str, given: str = "") -> Done:
    """Run a command to its end with this environment and nothing else."""
    process = await asyncio.create_subprocess_exec(
        *(*PROGRAM, *arguments),
        env=environ | {"COLUMNS": "200", "TERM": "dumb"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            out, err = await process.communicate(given.encode())
    finally:
        if process.returncode is None:
            process.kill()
    return Done(process.returncode or 0, out.decode(), err.decode())


def environ_of(settings: Settings, folder: Path) -> dict[str, str]:
    """The environment that gives another process the same settings."""
    given = {
        "BASE_URL": settings.base_url,
        "DATA_DIR": str(settings.data_dir),
        "TENANTS_DIR": str(folder / "tenants"),
        "DATABASE_URL": settings.database_url.reveal(),
        "REDIS_URL": settings.redis_url.reveal(),
        "EGRESS_EXEMPT": ",".join(settings.egress_exempt),
        "EVENT_PLATFORM_URL": settings.event_platform_url,
    }
    return {f"PASSPORT_{name}": value for name, value in given.items()}
