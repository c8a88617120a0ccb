"""Error reports that hold nothing but where in the code something went wrong.

Scrubbing by name always forgets something, so each event is built anew from an allow list: kinds
of exceptions and the lines of our code, no message, no value, no address, no header.
"""

from typing import Any

import sentry_sdk
from sentry_sdk.integrations.quart import QuartIntegration
from sentry_sdk.types import Event, Hint

from quart_passport.secret import Secret

_EVENT = ("event_id", "timestamp", "level", "platform", "release", "environment")
_FRAME = ("filename", "function", "module", "lineno", "in_app")
_EXCEPTION = ("type", "module")
_TAGS = ("error_id", "component", "tenant_ref")


def start_reporting(dsn: Secret, *, environment: str, release: str, transport: Any = None) -> None:
    """Report errors from now on. Without a DSN nothing is ever sent."""
    sentry_sdk.init(
        dsn=dsn.reveal() or None,
        environment=environment,
        release=release,
        transport=transport,
        before_send=_build_event,
        before_send_transaction=lambda _event, _hint: None,
        before_breadcrumb=lambda _crumb, _hint: None,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[QuartIntegration(transaction_style="endpoint")],
        # What the SDK would gather first; the allow list above drops all of it anyway.
        data_collection={
            "user_info": False,
            "http_bodies": [],
            "stack_frame_variables": False,
            "frame_context_lines": 0,
        },
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        server_name="",
    )


def _build_event(event: Event, _hint: Hint) -> Event:
    raw: dict[str, Any] = dict(event)
    kept = {name: raw[name] for name in _EVENT if name in raw}
    values = (raw.get("exception") or {}).get("values") or []
    kept["exception"] = {"values": [_exception(value) for value in values]}
    tags = raw.get("tags") or {}
    kept["tags"] = {name: tags[name] for name in _TAGS if name in tags}
    return kept  # type: ignore[return-value]


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or []
    kept: dict[str, Any] = {name: value[name] for name in _EXCEPTION if name in value}
    kept["stacktrace"] = {
        "frames": [{name: frame[name] for name in _FRAME if name in frame} for frame in frames]
    }
    return kept
