"""Error reports hold where something went wrong, and nothing of what it was about."""

from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from quart_passport.observability.sentry import start_reporting
from quart_passport.secret import Secret

CANARY = "canary-7f3a"


class RecordingTransport(Transport):
    """Keeps what would have been sent."""

    def __init__(self, options: dict[str, Any] | None = None) -> None:
        super().__init__(options)
        self.sent: list[bytes] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope.serialize())


@pytest.fixture
def transport() -> Iterator[RecordingTransport]:
    recording = RecordingTransport()
    start_reporting(
        Secret("http://key@127.0.0.1:9/1"),
        environment="development",
        release="0",
        transport=recording,
    )
    yield recording
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.get_global_scope().set_client(None)


def fail(word: str) -> None:
    local = f"a local variable with {word}"
    try:
        raise ValueError(local)
    except ValueError as cause:
        raise RuntimeError(f"a message with {word}") from cause


def test_a_report_names_the_place_and_nothing_else(transport: RecordingTransport) -> None:
    sentry_sdk.set_tag("free", CANARY)
    sentry_sdk.set_extra("extra", CANARY)
    sentry_sdk.set_user({"email": f"{CANARY}@example.com"})
    sentry_sdk.add_breadcrumb(message=CANARY)

    try:
        fail(CANARY)
    except RuntimeError as error:
        sentry_sdk.capture_exception(error)

    reports = b"".join(transport.sent)
    assert b"RuntimeError" in reports
    assert b"ValueError" in reports
    assert b'"function":"fail"' in reports
    assert reports.count(CANARY.encode()) == 0
