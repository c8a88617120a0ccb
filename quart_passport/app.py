"""The app: routes, error pages and headers around the services."""

import asyncio
import multiprocessing
import signal
from contextlib import AsyncExitStack

from quart import Quart

from quart_passport import __version__
from quart_passport.cache.pages import PageMemory
from quart_passport.jobs import upkeep
from quart_passport.observability.sentry import start_reporting
from quart_passport.services import build_services
from quart_passport.settings import Settings, read_settings
from quart_passport.web import connect, health, pages, webhooks
from quart_passport.web.context import EXTENSION, TURN
from quart_passport.web.error_pages import install_error_pages
from quart_passport.web.front_door import FrontDoor
from quart_passport.web.headers import complete
from quart_passport.web.paths import RestConverter
from quart_passport.web.public import codes, files, passport

_BLUEPRINTS = (
    passport.blueprint,
    codes.blueprint,
    files.blueprint,
    pages.blueprint,
    health.blueprint,
    connect.blueprint,
    webhooks.blueprint,
)
# Bytes. Nothing that is sent to us is larger than a webhook.
_LARGEST_BODY = 256 * 1024


def create_app(settings: Settings | None = None) -> Quart:
    """The ASGI app. Its services come up when it starts to serve, and go down with it."""
    settings = settings or read_settings()
    app = Quart(__name__, static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=_LARGEST_BODY,
        BODY_TIMEOUT=10,
        RESPONSE_TIMEOUT=20,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    # Otherwise `/p/%2FA` would be redirected to another product.
    app.url_map.merge_slashes = False
    app.url_map.converters["rest"] = RestConverter
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    install_error_pages(app)
    app.after_request(complete)
    _serve_with_services(app, settings)
    app.asgi_app = FrontDoor(app.asgi_app, PageMemory())  # type: ignore[assignment, arg-type, method-assign]
    return app


def _serve_with_services(app: Quart, settings: Settings) -> None:
    stack = AsyncExitStack()

    @app.before_serving
    async def start() -> None:
        if multiprocessing.parent_process() is not None:
            # An event has told every worker to finish when the first one ends and Hypercorn's
            # parent terminates the others, busy or not.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if settings.sentry_dsn:
            start_reporting(
                settings.sentry_dsn, environment=settings.environment, release=__version__
            )
        services = await stack.enter_async_context(build_services(settings))
        app.extensions[EXTENSION], app.extensions[TURN] = services, asyncio.Lock()
        await stack.enter_async_context(upkeep(services))

    @app.after_serving
    async def stop() -> None:
        await stack.aclose()
