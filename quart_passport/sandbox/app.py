"""Puts one PIM behind a Quart app."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from quart import Quart, Response, render_template, request
from quart.routing import QuartRule
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from quart_passport.sandbox import (
    control_catalog,
    rest_entities,
    rest_media,
    rest_products,
    rest_structure,
)
from quart_passport.sandbox.catalog import Catalog
from quart_passport.sandbox.connect import connect
from quart_passport.sandbox.control import control
from quart_passport.sandbox.control_pages import control_pages
from quart_passport.sandbox.editions import Edition
from quart_passport.sandbox.event_routes import events
from quart_passport.sandbox.login import login
from quart_passport.sandbox.pages import pages
from quart_passport.sandbox.pim import Pim
from quart_passport.sandbox.rest import API_PATH, answer, rest
from quart_passport.sandbox.traffic import TrafficGate

# These put their routes on `rest` and on `control` when they are imported.
_ROUTE_MODULES = (control_catalog, rest_entities, rest_media, rest_products, rest_structure)


class RawConverter(BaseConverter):
    """Anything at all, slashes included: identifiers and media codes hold them."""

    part_isolating = False
    regex = r"[\s\S]+"


class LateRule(QuartRule):
    """A route that learns to build URLs when it is first asked for one: most never are.

    Learning it takes nine tenths of the time that a sandbox needs to start. The method is not
    public; should werkzeug call it something else one day, starting is slower and nothing more.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder
        compiled: list[Callable[..., tuple[str, str]]] = []

        def build(rule: QuartRule, **values: Any) -> tuple[str, str]:
            if not compiled:
                compiled.append(compile_now(append_unknown))
            return compiled[0](rule, **values)

        return build


class SandboxApp(Quart):
    """The sandbox PIM as an ASGI app; `pim` is what lies behind its routes."""

    url_rule_class = LateRule
    pim: Pim


def create_sandbox(
    catalog: Catalog,
    *,
    base_url: str,
    edition: Edition | str = Edition.SERENITY,
    state_file: Path | None = None,
    clock: Callable[[], float] = time.time,
) -> SandboxApp:
    """
    One PIM at one origin.

    `base_url` is what the PIM takes for its own address, in links and as issuer of ID tokens. What
    `edition` lacks is left out of the catalogue, routes and answers; ValueError if there is none.
    With `state_file` its apps, tokens, keys and subscribers survive a restart; a damaged file
    raises StateError and is left as it is. `clock` gives seconds since 1970.
    """
    # The prefix of the sandbox's own doings keeps the stylesheet apart from a PIM's paths.
    app = SandboxApp("quart_passport.sandbox", static_url_path="/_sandbox/static")
    app.url_map.merge_slashes = False
    app.url_map.converters["raw"] = RawConverter
    app.pim = Pim(
        catalog,
        base_url=base_url,
        edition=Edition(edition),
        state_file=state_file,
        clock=clock,
    )
    app.extensions["pim"] = app.pim
    for blueprint in (rest, connect, login, events, control, control_pages, pages):
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _show_http_error)
    app.after_request(_add_headers)
    app.after_serving(app.pim.courier.close)
    app.context_processor(lambda: {"merchant": catalog.merchant, "pim_url": app.pim.base_url})
    app.asgi_app = TrafficGate(app.asgi_app, app.pim.traffic)  # type: ignore[method-assign]
    return app


async def _show_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if request.path.startswith(API_PATH):
        text = error.description or error.name
        if status in {404, 405}:
            text = f'No route found for "{request.method} {request.path}"'
        return answer({"code": status, "message": text}, status)
    page = await render_template(
        "sandbox/error.html", title=error.name, message=error.description or ""
    )
    return Response(page, status=status)


async def _add_headers(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    if response.mimetype == "text/html":
        target = response.headers.pop("X-Sandbox-Form-Action", "")
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
            f"frame-ancestors 'none'; form-action 'self' {target}".rstrip()
        )
        # An app learns from the address it is opened with all that it should know.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
    return response
