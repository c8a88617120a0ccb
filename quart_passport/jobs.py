"""What goes on without anybody asking: deletions, refusals to confirm, attempts that expire.

Rows in the database say what is left to do and since when; this only wakes up whoever does it. Any
number of processes may run it side by side, because each step may be done twice.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from quart_passport.services import Services

# Seconds between two rounds.
_PAUSE = 5.0

_log = logging.getLogger(__name__)


@asynccontextmanager
async def upkeep(services: Services, *, pause: float = _PAUSE) -> AsyncIterator[None]:
    """Keep working in the background as long as the block runs."""
    task = asyncio.create_task(_work(services, pause))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _work(services: Services, pause: float) -> None:
    while True:
        for work in (
            services.deletions.advance_all,
            services.disconnections.confirm_all,
            services.states.expire,
        ):
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - whatever it was, the rounds must go on
                # It is tried again in the next round; rows keep what is left to do.
                _log.warning("upkeep was interrupted: %s", type(error).__name__)
        await asyncio.sleep(pause)
