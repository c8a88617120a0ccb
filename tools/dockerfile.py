"""Reads a Dockerfile, as far as ours goes: stages, their instructions, what the image starts."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Template


@dataclass(frozen=True)
class Instruction:
    """One line, continuations joined: `RUN`, and what it says."""

    word: str
    rest: str


@dataclass(frozen=True)
class Stage:
    """What stands between one FROM and the next."""

    name: str
    base: str
    instructions: list[Instruction] = field(default_factory=list)

    def last(self, word: str) -> list[str]:
        """The program of the stage's HEALTHCHECK, ENTRYPOINT or CMD, which must be a JSON list."""
        found = [one.rest for one in self.instructions if one.word == word]
        program: list[str] = json.loads(found[-1][found[-1].index("[") :])
        return program


def read_dockerfile(path: Path) -> list[Stage]:
    """The stages, in order."""
    stages: list[Stage] = []
    for one in _instructions(path.read_text(encoding="utf-8")):
        if one.word == "FROM":
            base, _, name = one.rest.partition(" AS ")
            stages.append(Stage(name or str(len(stages)), base))
        else:
            stages[-1].instructions.append(one)
    return stages


def _instructions(text: str) -> Iterator[Instruction]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    for line in joined.splitlines():
        word, _, rest = line.partition(" ")
        yield Instruction(word, rest.strip())


def parse_env(rest: str, known: dict[str, str]) -> dict[str, str]:
    """The variables that an ENV sets, `$NAME` in them replaced."""
    pairs = (part.partition("=") for part in shlex.split(rest))
    return {name: Template(value).substitute(known) for name, _, value in pairs}


class Context:
    """The folder that an image is built from, without what .dockerignore leaves out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        text = (folder / ".dockerignore").read_text(encoding="utf-8")
        patterns = [line for line in text.splitlines() if line and not line.startswith("#")]
        self._rules = [(_regex(p.lstrip("!")), not p.startswith("!")) for p in patterns]

    def has(self, path: Path) -> bool:
        """Whether the file is in the context; the last pattern that matches decides."""
        parts = path.relative_to(self.folder).parts
        names = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
        ignored = False
        for regex, ignores in self._rules:
            if any(regex.fullmatch(name) for name in names):
                ignored = ignores
        return not ignored

    def files(self, source: str) -> list[Path]:
        """The files that a COPY of this path takes; ValueError if there are none."""
        start = self.folder / source
        found = [start] if start.is_file() else [p for p in start.rglob("*") if p.is_file()]
        kept = [path for path in found if self.has(path)]
        if not kept:
            raise ValueError(f"COPY {source}: nothing of it is in the build context")
        return kept


def _regex(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern.rstrip("/"))
    return re.compile(escaped.replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*"))
