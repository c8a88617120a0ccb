"""The documentation keeps up with the code."""

import re
from pathlib import Path

import pytest

from quart_passport.settings import PREFIX, SECRET_SETTINGS, Settings
from tools import write_settings

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
SETTING = re.compile(rf"\b{PREFIX}([A-Z][A-Z_]*)\b")


def test_the_settings_page_is_current() -> None:
    page = write_settings.PAGE.read_text(encoding="utf-8")

    assert page == write_settings.renew(page), "run `make docs`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    page = write_settings.PAGE.read_text(encoding="utf-8")

    (row,) = [line for line in page.splitlines() if f"| `{PREFIX}{name.upper()}` |" in line]
    meaning = row.split(" | ")[2]
    assert len(meaning) > 20


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    named = {name.lower() for name in SETTING.findall(page.read_text(encoding="utf-8"))}

    files = {f"{name}_file" for name in SECRET_SETTINGS}
    assert named - set(Settings.model_fields) - files == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    targets = [link.partition("#") for link in LINK.findall(page.read_text(encoding="utf-8"))]

    inside = [(path, anchor) for path, _, anchor in targets if "://" not in path]
    broken = [
        f"{path}#{anchor}" for path, anchor in inside if not _leads_somewhere(page, path, anchor)
    ]
    assert broken == []


def _leads_somewhere(page: Path, path: str, anchor: str) -> bool:
    target = page.parent / path if path else page
    if not target.exists():
        return False
    return not anchor or anchor in _anchors(target.read_text(encoding="utf-8"))


def _anchors(text: str) -> set[str]:
    """As code hosts make them from headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
