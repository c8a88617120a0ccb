"""The documents for theme authors say what is true."""

import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

import quart_passport
from quart_passport.passport.model import Passport, Value
from quart_passport.theming import hookspecs
from quart_passport.theming.assets import SUFFIXES
from quart_passport.theming.branding import Scheme
from quart_passport.theming.page import PageURLs, PassportPage, PictureURLs
from quart_passport.theming.registry import ThemeRegistry
from quart_passport.theming.render import PageRenderer
from quart_passport.theming.samples import SAMPLES
from quart_passport.theming.trial import find_faults, render_sample
from tests.theming.making import BUILT_IN, render

DOCS = Path(__file__).parents[2] / "docs"
PLUGINS = Path(__file__).parents[2] / "plugins"
GUIDE = (DOCS / "theme-authors.md").read_text(encoding="utf-8")
HOOKS = (DOCS / "hooks.md").read_text(encoding="utf-8")


def _documented(owner: str) -> set[str]:
    return set(re.findall(rf"^\| `{owner}\.(\w+)(?:\(\.\.\.\))?` \|", GUIDE, re.MULTILINE))


@pytest.mark.parametrize(
    ("owner", "kind"),
    [("page", PassportPage), ("passport", Passport), ("url", PageURLs), ("picture", PictureURLs)],
)
def test_the_documented_names_are_those_that_templates_see(owner: str, kind: type) -> None:
    real = {field.name for field in fields(kind) if not field.name.startswith("_")}

    assert _documented(owner) == real


def test_the_documented_kinds_are_those_of_the_model_with_all_their_fields() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (`[^|]+`) \| [^|]+ \|$", GUIDE, re.MULTILINE)
    documented = {kind: {"text", *re.findall(r"`(\w+)`", names)} for kind, names in rows}

    real = {kind.kind: {field.name for field in fields(kind)} for kind in get_args(Value)}

    assert documented == real


def test_the_documented_macros_are_there_with_their_arguments() -> None:
    template = (PLUGINS / "default_theme/templates/values.html").read_text(encoding="utf-8")
    real = set(re.findall(r"{% macro (\w+\([^)]*\)) %}", template))

    listed = GUIDE.split("### Macros")[1].split("\n##")[0]
    documented = set(re.findall(r"`(\w+\([^`]*\))`", listed))

    assert len(documented) >= 10
    assert documented <= real


def test_the_documented_colours_are_those_of_a_scheme() -> None:
    real = {"--" + field.name.replace("_", "-") for field in fields(Scheme)}

    assert set(re.findall(r"`(--[a-z-]+)`", GUIDE)) == real


def test_the_documented_file_types_are_those_that_are_served() -> None:
    row = next(line for line in GUIDE.splitlines() if line.startswith("| `static/`"))

    assert set(re.findall(r"\.[a-z0-9]+\b", row.split("|")[2])) - {"."} >= SUFFIXES - {".jpeg"}


def test_the_headings_of_the_hooks_are_their_signatures() -> None:
    real = {
        name: f"{name}{inspect.signature(hook)}"
        for name, hook in vars(hookspecs).items()
        if hasattr(hook, "quart_passport_spec")
    }
    shortened = {re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", signature) for signature in real.values()}

    assert set(re.findall(r"^## (.+)$", HOOKS, re.MULTILINE)) == shortened


def test_a_theme_in_ten_lines_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renderer_of: Callable[..., PageRenderer]
) -> None:
    blocks = re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", GUIDE, re.DOTALL)
    for name, text in blocks:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    paper = __import__("paper")
    monkeypatch.delitem(sys.modules, "paper")

    page = render(renderer_of({"paper": paper}), "paper")

    assert [name for name, _ in blocks] == ["paper/__init__.py", "paper/templates/passport.html"]
    assert len([line for line in blocks[0][1].splitlines() if line]) <= 10
    assert page.theme == "paper"
    registry = ThemeRegistry(BUILT_IN | {"paper": paper})
    for name, passport in SAMPLES.items():
        shown = render_sample(registry, "paper", passport)
        assert find_faults(shown, passport) == [], name


@pytest.mark.parametrize("text", [GUIDE, HOOKS], ids=["theme-authors", "hooks"])
def test_every_python_example_compiles_and_names_what_exists(text: str) -> None:
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)

    for example in examples:
        compile(example, "example", "exec")
        for names in re.findall(r"^from quart_passport import (.+)$", example, re.MULTILINE):
            assert set(names.split(", ")) <= set(quart_passport.__all__)
    assert examples
