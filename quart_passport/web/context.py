"""The way from a request to the app's services and to its own pages."""

from typing import cast

from quart import current_app

from quart_passport.services import Services
from quart_passport.web.answers import Answers

EXTENSION = "quart_passport"


def services() -> Services:
    """The services of the app that answers this request."""
    return cast("Services", current_app.extensions[EXTENSION])


def answers() -> Answers:
    """The pages of our own, in the reader's language."""
    return Answers(services().renderer.words)
