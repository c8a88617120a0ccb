"""Runs `make demo` in a folder as a newcomer would, twice, and stops it with Ctrl-C.

    python tools/check_demo.py FOLDER

The folder is a fresh clone. Checks that the passports it prints answer, that the second start is
fast, that nothing is left running, and that a taken port gets a sentence.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY = "Ctrl-C"
FIRST_SECONDS, SECOND_SECONDS, STOP_SECONDS = 300, 5.0, 15


def free_ports() -> tuple[int, int]:
    """One for the app, and the first of two in a row for the PIMs."""
    while True:
        with socket.socket() as app, socket.socket() as pim, socket.socket() as next_pim:
            app.bind(("127.0.0.1", 0))
            pim.bind(("127.0.0.1", 0))
            port = pim.getsockname()[1]
            try:
                next_pim.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return app.getsockname()[1], port


def make_demo(folder: Path, ports: tuple[int, int]) -> "subprocess.Popen[str]":
    """Started in a session of its own, as a terminal does."""
    return subprocess.Popen(
        ["make", "demo", f"PORT={ports[0]}", f"PIM_PORT={ports[1]}"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )


def read_until_ready(process: "subprocess.Popen[str]", seconds: float) -> list[str]:
    """Its lines up to the one that says that all is up; a demo that takes longer is killed."""
    lines = []
    alarm = threading.Timer(seconds, os.killpg, (process.pid, signal.SIGKILL))
    alarm.start()
    assert process.stdout is not None
    try:
        for line in process.stdout:
            lines.append(line)
            if READY in line:
                return lines
    finally:
        alarm.cancel()
    raise RuntimeError("the demo ended before it was ready:\n" + "".join(lines))


@contextmanager
def running_demo(folder: Path, ports: tuple[int, int]) -> Iterator[tuple[list[str], float]]:
    """The lines it printed and the seconds it took; stopped by Ctrl-C at the end."""
    started = time.monotonic()
    process = make_demo(folder, ports)
    try:
        lines = read_until_ready(process, FIRST_SECONDS)
        yield lines, time.monotonic() - started
        os.killpg(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=STOP_SECONDS)
        if "***" in rest or "Traceback" in rest:
            raise RuntimeError(f"Ctrl-C made noise:\n{rest}")
        if left := list(processes_of(process.pid)):
            raise RuntimeError(f"still running after Ctrl-C: {left}")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def processes_of(session: int) -> Iterator[str]:
    """The command lines of what still runs in a session."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                yield (folder / "cmdline").read_text().replace("\0", " ").strip()
        except OSError:
            continue


def check_passports(lines: list[str], port: int) -> None:
    """The links to passports answer, and there are two tenants."""
    links = re.findall(rf"http://127\.0\.0\.1:{port}/t/[^\s]+", "".join(lines))
    if len({link.split("/")[4] for link in links}) < 2:
        raise RuntimeError("fewer than two tenants:\n" + "".join(lines))
    for link in links:
        with urllib.request.urlopen(link, timeout=20) as answer:
            page = answer.read()
        print(f"  {answer.status} {link} ({len(page)} bytes)")


def check_taken_port(folder: Path, ports: tuple[int, int]) -> None:
    """Another program has the port: one sentence that names it, and an exit code."""
    with socket.socket() as other:
        # Connections of the demo just stopped may linger there.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", ports[0]))
        other.listen()
        process = make_demo(folder, ports)
        said, _ = process.communicate(timeout=30)
    if process.returncode == 0 or str(ports[0]) not in said or "Traceback" in said:
        raise RuntimeError(f"a taken port: exit code {process.returncode}, {said}")
    print(f"  {said.splitlines()[0]}")


def main() -> None:
    folder, ports = Path(sys.argv[1]), free_ports()
    print(f"make demo PORT={ports[0]} PIM_PORT={ports[1]}")
    with running_demo(folder, ports) as (lines, seconds):
        print(f"  first start {seconds:.1f} s")
        check_passports(lines, ports[0])
    with running_demo(folder, ports) as (lines, seconds):
        print(f"  second start {seconds:.2f} s")
        check_passports(lines, ports[0])
    if seconds > SECOND_SECONDS:
        raise RuntimeError(f"the second start took {seconds:.1f} s, more than {SECOND_SECONDS}")
    check_taken_port(folder, ports)


if __name__ == "__main__":
    main()
