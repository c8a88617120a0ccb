"""Runs the steps of the Dockerfile where no Docker daemon answers, and starts what they make.

    python -m tools.run_dockerfile

Each stage gets a root folder of its own, in a mount namespace: the system's programs read-only,
/etc as a copy, everything else empty. A fresh environment of this Python stands at /usr/local, as
in the base image. There the very commands of the Dockerfile run, under its variables and users.
Needs Linux and root. What it cannot show: that the base image has no compiler.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools.dockerfile import Context, Stage, parse_env, read_dockerfile

PROJECT = Path(__file__).parent.parent
LINKS = ("bin", "lib", "lib64", "sbin")
INHERITED = re.compile(r"(PIP_|SSL_CERT_|https?_proxy$|no_proxy$).*", re.IGNORECASE)
START_SECONDS, STOP_SECONDS = 30, 15


class Room:
    """One stage, built."""

    def __init__(self, stage: Stage, root: Path) -> None:
        self.stage = stage
        self.root = root
        self.user = "root"
        self.workdir = "/"
        self.env = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/root"}

    def furnish(self) -> None:
        """Make it look like the base image."""
        self._check_base()
        for name in ("dev", "opt", "proc", "root", "tmp", "usr", "var/lib", "local"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        (self.root / "tmp").chmod(0o1777)
        for name in LINKS:
            if Path("/", name).is_symlink():
                (self.root / name).symlink_to(Path("/", name).readlink())
        shutil.copytree("/etc", self.root / "etc", symlinks=True, ignore_dangling_symlinks=True)
        self._mount("/usr", "/usr", read_only=True)
        self._mount("/dev", "/dev")
        self._mount("/proc", "/proc")
        for folder in _folders_that_pip_reads():
            self._mount(folder, folder, read_only=True)
        python = Path(sys.base_prefix)
        if not python.is_relative_to("/usr"):
            self._mount(str(python), str(python), read_only=True)
        self._mount(str(self.root / "local"), "/usr/local")
        program = python / "bin" / f"python3.{sys.version_info.minor}"
        self._run([str(program), "-m", "venv", "/usr/local"])

    def build(self, context: Context, rooms: "dict[str, Room]") -> None:
        """Follow the instructions."""
        for one in self.stage.instructions:
            print(f"  {one.word} {one.rest}", flush=True)
            match one.word:
                case "RUN":
                    self._run(["/bin/sh", "-c", one.rest], building=True)
                case "COPY":
                    self._copy(one.rest.split(), context, rooms)
                case "ENV":
                    self.env |= parse_env(one.rest, self.env)
                case "WORKDIR":
                    self.workdir = one.rest
                    self.inside(one.rest).mkdir(parents=True, exist_ok=True)
                case "USER":
                    self.user = one.rest
                case "VOLUME" | "EXPOSE" | "HEALTHCHECK" | "ENTRYPOINT" | "CMD":
                    pass
                case _:
                    raise ValueError(f"{one.word} is not known here; teach tools/run_dockerfile.py")

    def command(self, program: list[str]) -> list[str]:
        """The program, to be run inside as the stage's user in its folder."""
        there = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', self.workdir, *program]
        return ["chroot", f"--userspec={self.user}", str(self.root), *there]

    def _run(self, program: list[str], *, building: bool = False) -> None:
        inherited = {k: v for k, v in os.environ.items() if building and INHERITED.fullmatch(k)}
        subprocess.run(self.command(program), env=inherited | self.env, check=True)

    def _copy(self, words: list[str], context: Context, rooms: "dict[str, Room]") -> None:
        *sources, target = [word for word in words if not word.startswith("--")]
        to = self.inside(os.path.join(self.workdir, target))  # noqa: PTH118 - keeps the last slash
        if words[0].startswith("--from="):
            room = rooms[words[0].removeprefix("--from=")]
            shutil.copytree(room.inside(sources[0]), to, symlinks=True, dirs_exist_ok=True)
            return
        for source in sources:
            start = PROJECT / source
            for file in context.files(source):
                place = to / (file.relative_to(start) if start.is_dir() else file.name)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, place)

    def _check_base(self) -> None:
        wanted = f"python:{sys.version_info.major}.{sys.version_info.minor}-slim"
        if self.stage.base != wanted:
            raise ValueError(f"the stage is made from {self.stage.base}, this Python is {wanted}")

    def inside(self, path: str) -> Path:
        """Where a path of the stage lies on this machine."""
        return self.root / path.lstrip("/")

    def _mount(self, source: str, target: str, *, read_only: bool = False) -> None:
        place = self.inside(target)
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "--rbind", source, place], check=True)
        if read_only:
            subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)


def _folders_that_pip_reads() -> list[str]:
    """Local package folders, where pip is configured to look for packages on this machine."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    found = set(re.findall(r"(?:file://)?(/[^\s'\"]+)", listed.stdout))
    return sorted(path for path in found if Path(path).is_dir())


def check_image(room: Room) -> None:
    """Start the image, wait for its health check, stop it."""
    no_pip = "import importlib.util as u, sys; sys.exit(u.find_spec('pip') is not None)"
    for python in ("python", "/usr/local/bin/python"):
        subprocess.run(room.command([python, "-c", no_pip]), env=room.env, check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = room.env | {"PASSPORT_BIND": f"127.0.0.1:{port}"}
    started = time.monotonic()
    program = room.stage.last("ENTRYPOINT") + room.stage.last("CMD")
    server = subprocess.Popen(room.command(program), env=env)
    try:
        _wait_until_healthy(room.command(room.stage.last("HEALTHCHECK")), env, server)
        print(f"  healthy after {time.monotonic() - started:.1f} s", flush=True)
        owner = Path("/proc", str(server.pid)).stat().st_uid
        if owner == 0:
            raise RuntimeError("the image serves as root")
        server.terminate()
        status = server.wait(STOP_SECONDS)
        print(f"  served as user {owner}, stopped with exit code {status}", flush=True)
        if status:
            raise RuntimeError("it did not stop cleanly")
    finally:
        server.kill()
        server.wait()


def _wait_until_healthy(
    check: list[str], env: dict[str, str], server: "subprocess.Popen[bytes]"
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run(check, env=env, check=False, capture_output=True).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the health check never passed")
        time.sleep(0.2)


def build_and_check(folder: Path) -> None:
    """All stages, then the image."""
    context = Context(PROJECT)
    rooms: dict[str, Room] = {}
    for stage in read_dockerfile(PROJECT / "Dockerfile"):
        print(f"stage {stage.name}: {stage.base}", flush=True)
        room = Room(stage, folder / stage.name)
        room.furnish()
        room.build(context, rooms)
        rooms[stage.name] = room
    print("the image", flush=True)
    check_image(list(rooms.values())[-1])


def main() -> int:
    """Build below a temporary folder; the mounts end with the process that made them."""
    if len(sys.argv) == 2:
        build_and_check(Path(sys.argv[1]))
        return 0
    if sys.platform != "linux" or os.geteuid() != 0:
        print("This needs Linux and root; elsewhere use `docker build .`", file=sys.stderr)
        return 1
    folder = Path(tempfile.mkdtemp(prefix="qp-image-"))
    # In a namespace of its own: nothing that is mounted there is seen from here, so that removing
    # the folder afterwards cannot reach the system's files.
    again = ["unshare", "--mount", sys.executable, "-m", "tools.run_dockerfile", str(folder)]
    try:
        return subprocess.run(again, cwd=PROJECT, check=False).returncode
    finally:
        if str(folder) in Path("/proc/self/mountinfo").read_text(encoding="utf-8"):
            print(f"{folder} is still mounted and was left as it is", file=sys.stderr)
        else:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
