"""`quart_passport` itself: the door for theme authors."""

import subprocess
import sys

import pytest

import quart_passport


def test_the_door_offers_these_names_and_no_other() -> None:
    assert quart_passport.__all__ == [
        "Branding",
        "Passport",
        "PassportPage",
        "QRStyle",
        "Theme",
        "ThemeOption",
        "__version__",
        "create_app",
        "hookimpl",
    ]


@pytest.mark.parametrize(
    "name", ["Branding", "Passport", "PassportPage", "QRStyle", "Theme", "ThemeOption"]
)
def test_each_type_is_there(name: str) -> None:
    assert getattr(quart_passport, name).__name__ == name


def test_the_hook_marker_is_that_of_our_hooks() -> None:
    assert quart_passport.hookimpl.project_name == "quart_passport"


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Tenant'"):
        _ = quart_passport.Tenant  # type: ignore[attr-defined]


def test_opening_the_door_loads_nothing_yet() -> None:
    script = "import quart_passport, sys; print(sorted(m for m in sys.modules if 'jinja2' in m))"

    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert shown.stdout == "[]\n"
