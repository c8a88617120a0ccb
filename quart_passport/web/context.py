"""The way from a request to the app's services and to its own pages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from quart import current_app

from quart_passport.services import Services
from quart_passport.web.answers import Answers

EXTENSION = "quart_passport"
TURN = "quart_passport.turn"
# Of the loop, between two pages. A page's reading takes some dozens.
_ROUNDS = 10


def services() -> Services:
    """The services of the app that answers this request."""
    return cast("Services", current_app.extensions[EXTENSION])


def answers() -> Answers:
    """The pages of our own, in the reader's language."""
    renderer = services().renderer
    return Answers(
        renderer.words, icon=renderer.static.address("default", "passport.svg", tenant=None)
    )


@asynccontextmanager
async def turn() -> AsyncIterator[None]:
    """Held while a page is rendered, so that the loop hears of the outside between two of them.

    A crowd's pages rendered in one go would keep answers of the cache waiting until they count as
    late, and the cache as down. And visitors who still read would lose their patience over pages
    that others wait for, so whatever can go on with its reading does before the next is rendered.
    """
    async with cast("asyncio.Lock", current_app.extensions[TURN]):
        try:
            yield
        finally:
            for _ in range(_ROUNDS):
                await asyncio.sleep(0)
