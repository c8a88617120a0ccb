"""Logs say where something went wrong, and hold nothing that came from outside."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from quart_passport.observability.logs import set_up_logs
from quart_passport.secret import Secret


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)


def fail_with(canary: str) -> None:
    headers = {"authorization": f"Bearer {canary}"}
    try:
        raise KeyError(canary)
    except KeyError as error:
        raise ValueError(f"{headers} of {canary}") from error


def log_a_failure(stream: io.StringIO, *, as_json: bool) -> str:
    set_up_logs("info", as_json=as_json)
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    try:
        fail_with("canary")
    except ValueError:
        logging.getLogger("quart_passport.x").exception("unforeseen, %s", Secret("canary"))
    return stream.getvalue()


def test_a_failure_in_json_is_kinds_and_lines_without_a_value(written: io.StringIO) -> None:
    line = log_a_failure(written, as_json=True)

    assert "canary" not in line
    record = json.loads(line)
    assert record["event"] == "unforeseen, ***"
    assert (record["level"], record["logger"]) == ("error", "quart_passport.x")
    assert [one["error"] for one in record["exception"]] == [
        "builtins.KeyError",
        "builtins.ValueError",
    ]
    assert any("fail_with" in frame for one in record["exception"] for frame in one["frames"])


def test_a_failure_for_people_shows_no_local_variables(written: io.StringIO) -> None:
    text = log_a_failure(written, as_json=False)

    assert "fail_with" in text
    # What the exception itself says may stand there, but nothing of what lay around it.
    assert "authorization" not in text.replace("ValueError: {'authorization': 'Bearer canary'}", "")


def test_libraries_that_log_addresses_are_kept_quiet(written: io.StringIO) -> None:
    set_up_logs("debug", as_json=True)

    for name in ("httpx", "httpcore", "asyncpg", "aiosqlite", "tortoise"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
