"""`quart-passport sandbox`, as its own process."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.sandbox.conftest import tiny_files, write_catalog

PROGRAM = Path(sys.executable).parent / "quart-passport"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(*options: str) -> Iterator[str]:
    """The sandbox at an address of its own, stopped when the block is left."""
    port = _free_port()
    process = subprocess.Popen(
        [PROGRAM, "sandbox", "--port", str(port), *options],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 30
    try:
        while not _answers(url):
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_sandbox/switches", trust_env=False).status_code == 200
    except httpx.ConnectError:
        return False


def test_edition_catalogue_supplement_and_latency_are_as_the_options_say(tmp_path: Path) -> None:
    catalog = write_catalog(tmp_path / "tiny", tiny_files())
    more = tmp_path / "more" / "api"
    more.mkdir(parents=True)
    (more / "families.json").write_text('[{"code": "added", "attributes": [], "labels": {}}]')
    options = ("--catalog", str(catalog), "--supplement", str(more), "--edition", "ce")

    with _running(*options, "--latency", "0.01") as url:
        told = httpx.get(f"{url}/api/rest/v1/system-information", trust_env=False).json()
        switches = httpx.get(f"{url}/_sandbox/switches", trust_env=False).json()
        changed = httpx.patch(
            f"{url}/_sandbox/families/added", json={"labels": {"en_US": "Added"}}, trust_env=False
        )
        page = httpx.get(url, trust_env=False).text

    assert told["edition"] == "CE"
    assert switches["latency"] == 0.01
    assert changed.status_code == 204
    assert "Tiny Things" in page


def test_a_supplement_that_is_no_folder_is_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [PROGRAM, "sandbox", "--supplement", str(tmp_path / "nowhere")],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 1
    assert "is not a folder" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
