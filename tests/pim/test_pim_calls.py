"""How one call to a PIM fails, and how often it is made."""

import asyncio
import json
import time
from types import TracebackType
from typing import Any
from uuid import uuid4

import pytest

from quart_passport.egress.address import EgressRules
from quart_passport.egress.fetch import Egress
from quart_passport.errors import (
    EgressRefused,
    PassportError,
    PimDisconnected,
    PimForbidden,
    PimInvalidRequest,
    PimNotFound,
    PimProtocolError,
    PimRefused,
    PimUnauthorized,
    PimUnavailable,
)
from quart_passport.pim.client import PimAccess, PimClient
from quart_passport.sandbox import Edition
from quart_passport.secret import Secret
from tests.egress.loopback import TLS, Answer, answer_of, listening, redirect_to
from tests.pim.conftest import Connected, pims

BEARER = "canary-token-1234567890"
TRANSIENT: dict[str, dict[str, Any]] = {
    "server_error": {},
    "unavailable": {},
    "request_timeout": {"kind": "server_error", "status": 408},
    "html_error": {},
    "html_refusal": {"kind": "html_error", "status": 403},
    "truncated_body": {},
    "dropped_connection": {},
    "dropped_in_headers": {},
}


async def test_a_probe_needs_one_call(sandbox: Connected) -> None:
    access = await sandbox.access()
    sandbox.pim.traffic.reset()

    await sandbox.client.probe(access)

    assert sandbox.pim.traffic.total.calls == 1


async def test_a_disconnected_app_is_told_apart_from_a_refused_token(sandbox: Connected) -> None:
    access = await sandbox.access()
    stranger = PimAccess(access.origin, Secret("unknown-token"), access.connection)
    sandbox.pim.disconnect(sandbox.client_id)

    with pytest.raises(PimDisconnected):
        await sandbox.client.probe(access)
    with pytest.raises(PimUnauthorized) as refusal:
        await sandbox.client.probe(stranger)

    assert not isinstance(refusal.value, PimDisconnected)


REFUSALS: list[tuple[str, dict[str, Any], type[PassportError]]] = [
    ("unauthorized", {}, PimUnauthorized),
    ("disconnected", {}, PimDisconnected),
    ("forbidden", {}, PimForbidden),
    ("not_found", {}, PimNotFound),
    ("unprocessable", {}, PimInvalidRequest),
    ("server_error", {"status": 400}, PimInvalidRequest),
    ("server_error", {"status": 406}, PimInvalidRequest),
    ("server_error", {"status": 415}, PimInvalidRequest),
    ("not_json", {}, PimProtocolError),
    ("wrong_type", {}, PimProtocolError),
    ("empty_body", {}, PimProtocolError),
    ("huge_body", {"size": 5 * 2**20}, PimProtocolError),
]


async def test_what_the_pim_refuses_is_asked_once(sandbox: Connected) -> None:
    access = await sandbox.access()

    for fault, details, error in REFUSALS:
        sandbox.pim.traffic.reset()
        sandbox.pim.traffic.play(fault, **details)
        with pytest.raises(error) as refusal:
            await sandbox.client.probe(access)
        assert type(refusal.value) is error, fault
        assert sandbox.pim.traffic.total.calls == 1, fault


async def fails_in_passing(sandbox: Connected, fault: str) -> tuple[int, int]:
    """How many calls are made if the fault goes away in time, and if it stays."""
    details = {"kind": fault, **TRANSIENT[fault]}
    access = await sandbox.access()
    sandbox.pim.traffic.reset()
    sandbox.pim.traffic.play(times=2, **details)
    await sandbox.client.probe(access)
    recovered = sandbox.pim.traffic.total.calls

    sandbox.pim.traffic.reset()
    sandbox.pim.traffic.play(times=9, **details)
    with pytest.raises(PimUnavailable) as failure:
        await sandbox.client.probe(access)
    assert type(failure.value) is PimUnavailable
    return recovered, sandbox.pim.traffic.total.calls


async def test_what_fails_in_passing_is_tried_again_twice() -> None:
    cases = [(edition, fault) for edition in Edition for fault in TRANSIENT]

    async with pims(edition for edition, _ in cases) as sandboxes:
        faults = [fault for _, fault in cases]
        calls = await asyncio.gather(*map(fails_in_passing, sandboxes, faults))

    assert dict(zip(cases, calls, strict=True)) == dict.fromkeys(cases, (3, 3))


async def test_a_slow_answer_ends_the_wait_not_the_client(sandbox: Connected) -> None:
    hasty = PimClient(sandbox.egress, deadline=0.4)
    access = await sandbox.access()

    for fault in ("slow", "slow_body"):
        sandbox.pim.traffic.play(fault, seconds=2.0)
        begun = time.monotonic()
        with pytest.raises(PimUnavailable, match=r"within 0\.4 s"):
            await hasty.probe(access)
        assert 0.4 <= time.monotonic() - begun < 2, fault
    await sandbox.client.probe(access)


async def test_our_name_is_on_each_call() -> None:
    async with listening(answer_of(b"[]")) as pim:
        await ask(pim.port)

    assert "user-agent: quart-passport/test\r\n" in pim.heads[0]
    assert f"authorization: bearer {BEARER}\r\n" in pim.heads[0]
    assert "accept: application/json\r\n" in pim.heads[0]


async def ask(port: int, *, deadline: float = 8, crowd: int = 1) -> list[Any]:
    """
    Probe a PIM on loopback, as often as `crowd` says at once.

    One error is raised; those of a crowd are given back.
    """
    rules = EgressRules.parse(exempt=[f"127.0.0.1:{port}"])
    async with Egress(rules, user_agent="quart-passport/test", ssl_context=TLS) as egress:
        access = PimAccess(f"http://127.0.0.1:{port}", Secret(BEARER), uuid4())
        client = PimClient(egress, deadline=deadline)
        probes = (client.probe(access) for _ in range(crowd))
        return await asyncio.gather(*probes, return_exceptions=crowd > 1)


HOSTILE: list[tuple[Answer | bytes, type[PassportError]]] = [
    (answer_of(b"<html>", "Content-Type: text/html; charset=utf-8"), PimUnavailable),
    (answer_of(b"<html>", "Content-Type: text/html", status="401 No"), PimUnavailable),
    (answer_of(b"<html>", "Content-Type: TEXT/HTML", status="404 No"), PimUnavailable),
    (answer_of(b"", status="401 No"), PimUnauthorized),
    (answer_of(b"\xff\xfe", status="401 No"), PimUnauthorized),
    (answer_of(b'"text"', status="403 No"), PimForbidden),
    (answer_of(b'{"message": 1}', status="422 No"), PimInvalidRequest),
    (answer_of(b"", status="418 Teapot"), PimInvalidRequest),
    (answer_of(b"", status="408 Slow"), PimUnavailable),
    (answer_of(b"", status="304 Not Modified"), PimProtocolError),
    (redirect_to("https://evil.example/"), PimProtocolError),
    (answer_of(b"{}"), PimProtocolError),
    (answer_of(b"null"), PimProtocolError),
    (answer_of(b'{"_embedded":{"items":{}}}'), PimProtocolError),
    (answer_of(b'{"_embedded":{"items":[1]}}'), PimProtocolError),
    (answer_of(b"[" * 100_000), PimProtocolError),
    (answer_of(b" " * (4 * 2**20 + 1)), PimProtocolError),
    (b"garbage\r\n\r\n", PimUnavailable),
]


@pytest.mark.parametrize(("answer", "error"), HOSTILE)
async def test_whatever_a_pim_answers_becomes_an_error_of_ours(
    answer: Answer | bytes, error: type[PassportError]
) -> None:
    async with listening(answer) as pim:
        with pytest.raises(error) as refusal:
            await ask(pim.port)

    assert type(refusal.value) is error
    assert BEARER not in held_by(refusal.value)


async def silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def test_a_silent_pim_holds_up_a_crowd_for_the_deadline_and_no_longer() -> None:
    begun = time.monotonic()

    async with listening(silent) as pim:
        errors = await ask(pim.port, deadline=0.4, crowd=10)

    assert [type(error) for error in errors] == [PimUnavailable] * 10
    assert time.monotonic() - begun < 2
    # Three hold the slots; as their time ends, three who wait may get them in their last moment.
    assert pim.connections <= 6
    assert not any(BEARER in held_by(error) for error in errors)


async def test_the_pims_words_are_cut_short_and_made_printable() -> None:
    body = json.dumps({"message": "a\nb\x1b[31m" + "c" * 500}).encode()

    async with listening(answer_of(body, status="403 No")) as pim:
        with pytest.raises(PimRefused) as refusal:
            await ask(pim.port)

    assert refusal.value.detail.startswith("a b [31mcc")
    assert len(refusal.value.detail) == 200


async def test_a_pim_at_a_place_that_is_refused_is_never_asked() -> None:
    async with listening(answer_of()) as canary, Egress(EgressRules(), ssl_context=TLS) as egress:
        access = PimAccess(f"http://127.0.0.1:{canary.port}", Secret(BEARER), uuid4())
        with pytest.raises(EgressRefused) as refusal:
            await PimClient(egress).probe(access)

        assert canary.connections == 0
        assert BEARER not in held_by(refusal.value)


def held_by(error: BaseException | None) -> str:
    """All that can be printed of an error: words, causes, and the variables of our calls."""
    told: list[str] = []
    while error is not None:
        told += [str(error), repr(vars(error)), *_variables(error.__traceback__)]
        request = getattr(error, "_request", None)
        told += [str(request.headers.raw)] if request is not None else []
        error = error.__cause__ or error.__context__
    return "\n".join(told)


def _variables(trace: TracebackType | None) -> list[str]:
    told: list[str] = []
    while trace is not None:
        # The test itself knows the token.
        if "tests" not in trace.tb_frame.f_code.co_filename:
            told += map(repr, trace.tb_frame.f_locals.values())
        trace = trace.tb_next
    return told


def test_what_an_error_holds_is_found() -> None:
    class Told(Exception):
        def __init__(self) -> None:
            self._request = type("Request", (), {})()
            self._request.headers = type("Headers", (), {"raw": [(b"authorization", BEARER)]})()

    def fail() -> None:
        try:
            raise Told
        except Told:
            raise PimUnavailable("x") from None

    with pytest.raises(PimUnavailable) as failure:
        fail()

    assert BEARER in held_by(failure.value)
