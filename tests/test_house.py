"""Rules of the house that no single piece of code can keep alone."""

import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from werkzeug.routing import Rule

from quart_passport.app import create_app
from quart_passport.settings import Settings
from tools.dockerfile import Context, read_dockerfile

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("runtime.txt", "dev.txt", "build.txt")

# Who may ask for what. `public`: everyone; no cookie, nothing changes. `door`: a merchant's
# browser on its way to the PIM or back. `webhook`: a PIM's event platform, which has to sign.
ACCESS = {
    "/": ("public", "GET HEAD"),
    "/privacy": ("public", "GET HEAD"),
    "/healthz": ("public", "GET HEAD"),
    "/readyz": ("public", "GET HEAD"),
    "/.well-known/security.txt": ("public", "GET HEAD"),
    "/t/<slug>/p/<rest:product>": ("public", "GET HEAD"),
    "/t/<slug>/01/<rest:link>": ("public", "GET HEAD"),
    "/t/<slug>/qr/<rest:code>": ("public", "GET HEAD"),
    "/t/<slug>/media/<key>/<name>": ("public", "GET HEAD"),
    "/static/<theme>/<digest>/<path:name>": ("public", "GET HEAD"),
    "/akeneo/activate": ("door", "GET HEAD"),
    "/akeneo/callback": ("door", "GET HEAD"),
    "/akeneo/<uuid:connection>/activate": ("door", "GET HEAD"),
    "/akeneo/<uuid:connection>/callback": ("door", "GET HEAD"),
    "/akeneo/events/<hook>": ("webhook", "HEAD POST"),
    "/akeneo/notifications/<hook>": ("webhook", "HEAD POST"),
}
DOORS = {"connect": "door", "webhooks": "webhook"}
RULES = {rule.rule: rule for rule in create_app(Settings()).url_map.iter_rules()}

SOURCES = sorted(
    path
    for folder in ("quart_passport", "plugins")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".html", ".css"}
)
MAKES_MARKUP = re.compile(r"\bMarkup\(|render_template_string|(?<!bytecode_)from_string\(")
# `|safe`, however it is spaced, and the block that switches escaping off.
TRUSTS_BLINDLY = re.compile(r"\|\s*safe\b|\bautoescape\s+false", re.IGNORECASE)
# Written so that this file does not hold what it looks for.
PLACES = re.compile(
    r"/wor[k]/|/roo[t]/|/hom[e]/\w|/opt/(?:pypi|wheels)"
    r"|files\.pythonhosted|pypi\.or[g]|registry\.npmjs|deb\.debian"
)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_route_stands_in_the_access_table(rule: Rule) -> None:
    kind = DOORS.get(rule.endpoint.partition(".")[0], "public")

    methods = " ".join(sorted(rule.methods or ()))
    assert ACCESS.get(rule.rule) == (kind, methods)


def test_the_access_table_names_no_route_that_is_gone() -> None:
    assert set(ACCESS) - set(RULES) == set()


def test_text_becomes_markup_in_the_sanitiser_only() -> None:
    makers = {_name(path) for path in SOURCES if MAKES_MARKUP.search(_text(path))}

    assert makers == {"quart_passport/passport/sanitise.py"}


def test_no_template_trusts_a_value_blindly() -> None:
    assert [_name(path) for path in SOURCES if TRUSTS_BLINDLY.search(_text(path))] == []


def test_the_floors_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")

    checked = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_version_and_hashes(lock: str) -> None:
    lines = _logical_lines(lock)

    loose = [
        line for line in lines if "--hash=sha256:" not in line or "==" not in line.split(" ")[0]
    ]
    assert lines
    assert loose == []


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("runtime.txt", PROJECT["project"]["dependencies"]),
        ("runtime.txt", PROJECT["project"]["optional-dependencies"]["speed"]),
        ("build.txt", PROJECT["dependency-groups"]["build"]),
        ("build.txt", PROJECT["build-system"]["requires"]),
        ("dev.txt", [one for one in PROJECT["dependency-groups"]["dev"] if isinstance(one, str)]),
    ],
)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_what_is_locked_is_what_the_project_asks_for(
    lock: str, wanted: list[str], python: str
) -> None:
    locked = _versions(lock, python)

    unmet = [
        one
        for one in map(Requirement, wanted)
        if not one.specifier.contains(locked.get(canonicalize_name(one.name), "0"))
    ]
    assert unmet == [], "run `make lock`"


@pytest.mark.parametrize("lock", ["runtime.txt", "build.txt"])
def test_what_runs_is_what_was_tested(lock: str) -> None:
    assert set(_logical_lines(lock)) - set(_logical_lines("dev.txt")) == set()


def test_the_changelog_has_a_place_for_what_is_unreleased() -> None:
    headings = re.findall(r"^## (.+)$", _text(ROOT / "CHANGELOG.md"), re.MULTILINE)

    assert headings[0] == "[Unreleased]"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("quart_passport/app.py", True),
        ("plugins/default_theme/templates/passport.html", True),
        ("requirements/runtime.txt", True),
        ("requirements/dev.txt", False),
        ("quart_passport/__pycache__/app.cpython-311.pyc", False),
        ("var/keyring.json", False),
        ("tenants/acme/tenant.toml", False),
        (".venv/pyvenv.cfg", False),
        (".git/config", False),
    ],
)
def test_the_image_is_made_of_the_program_and_nothing_else(path: str, expected: bool) -> None:
    assert Context(ROOT).has(ROOT / path) == expected


def test_the_image_does_not_serve_as_root() -> None:
    image = read_dockerfile(ROOT / "Dockerfile")[-1]

    users = [one.rest for one in image.instructions if one.word == "USER"]
    assert users[-1] not in {"root", "0"}


def test_no_file_names_a_place_that_others_do_not_have() -> None:
    named = [
        f"{_name(path)}: {found[0]}"
        for path in _project_files()
        if (found := PLACES.search(path.read_text(encoding="utf-8", errors="ignore")))
    ]

    assert named == []


def _project_files() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout, so nothing tells the project's files from others")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def _logical_lines(lock: str) -> list[str]:
    text = _text(ROOT / "requirements" / lock).replace("\\\n", " ")
    return [re.sub(r"\s+", " ", line).strip() for line in text.splitlines() if line.strip()]


def _versions(lock: str, python: str) -> dict[str, str]:
    """Package names and the one version that is installed on that Python, on Linux."""
    place = {"python_version": python, "python_full_version": f"{python}.0"}
    place |= {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    parsed = (Requirement(line.partition(" --hash")[0]) for line in _logical_lines(lock))
    return {
        canonicalize_name(one.name): next(chain(one.specifier)).version
        for one in parsed
        if one.marker is None or Marker(str(one.marker)).evaluate(place)
    }


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
