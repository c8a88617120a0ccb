"""How long a visitor waits.

All that a page needs is to be there within one span, however many things are fetched for it:

    async with patience():
        product = await reading.read(...)
        records = await reading.read(...)

A fetch is a task of its own, so it goes on when a visitor's patience is over, and is there for
whoever asks next.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from quart_passport.errors import Unavailable

# A visitor rather gets a page that says "in a moment" than waits longer.
PATIENCE_SECONDS = 2.5
# When to come again: most fetches have ended by then, and none goes on for long after.
_COME_AGAIN = 5


@asynccontextmanager
async def patience(seconds: float = PATIENCE_SECONDS) -> AsyncIterator[None]:
    """Unavailable once the block has taken so long. Of blocks within each other the first to end
    counts, and it ends at its own place."""
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        raise Unavailable(
            "what was asked for is still being fetched", retry_after=_COME_AGAIN
        ) from None
