"""The way from a request to the app's services and to its own pages."""

import asyncio
from typing import cast

from quart import current_app

from quart_passport.services import Services
from quart_passport.web.answers import Answers

EXTENSION = "quart_passport"
TURN = "quart_passport.turn"


def services() -> Services:
    """The services of the app that answers this request."""
    return cast("Services", current_app.extensions[EXTENSION])


def answers() -> Answers:
    """The pages of our own, in the reader's language."""
    renderer = services().renderer
    return Answers(
        renderer.words, icon=renderer.static.address("default", "passport.svg", tenant=None)
    )


def turn() -> asyncio.Lock:
    """Held while a page is rendered, so that the loop hears of the outside between two of them.

    A crowd's pages rendered in one go would keep answers of the cache waiting until they count as
    late, and the cache as down.
    """
    return cast("asyncio.Lock", current_app.extensions[TURN])
