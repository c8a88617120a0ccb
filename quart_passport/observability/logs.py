"""Logs: one JSON object a line on standard error, or plain lines for people at a terminal."""

import logging
import sys
import traceback
from types import TracebackType
from typing import Any

import stamina
import structlog

# They log addresses, queries and headers.
_TALKATIVE = ("httpx", "httpcore", "asyncpg", "aiosqlite", "tortoise", "hpack", "PIL")


def set_up_logs(level: str, *, as_json: bool) -> None:
    """Send every log record of the process through one formatter."""
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if as_json:
        renderers: list[structlog.types.Processor] = [
            structlog.processors.ExceptionRenderer(_where_it_happened),
            structlog.processors.JSONRenderer(),
        ]
    else:
        # The usual formatter prints local variables too, and with them what PIMs sent.
        plain = structlog.dev.plain_traceback
        renderers = [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
        ]
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    # It would print what a retried call raised; what becomes of the call is logged anyway.
    stamina.instrumentation.set_on_retry_hooks([])
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _where_it_happened(
    exc_info: tuple[type[BaseException], BaseException, TracebackType | None],
) -> list[dict[str, Any]]:
    """Kinds of exceptions and lines of code, from the first cause on; no message and no value."""
    told: list[dict[str, Any]] = []
    error: BaseException | None = exc_info[1]
    while error is not None and error not in (seen["error"] for seen in told):
        frames = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
        told.insert(0, {"error": error, "frames": frames})
        error = error.__cause__ or error.__context__
    return [one | {"error": _name_of(type(one["error"]))} for one in told]


def _name_of(kind: type[BaseException]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
