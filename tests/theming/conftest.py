"""Fixtures of the theme tests."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from quart_passport.theming.registry import ThemeRegistry
from quart_passport.theming.render import PageRenderer
from tests.theming.making import BUILT_IN, Failures


@pytest.fixture(scope="session")
def registry() -> ThemeRegistry:
    return ThemeRegistry(BUILT_IN)


@pytest.fixture
def failures() -> Failures:
    """What renderers of this test were told."""
    return []


@pytest.fixture
def renderer_of(tmp_path: Path, failures: Failures) -> Callable[..., PageRenderer]:
    """Makes renderers with further plugins; overrides lie in `tmp_path / "tenants"`."""

    def make(plugins: Mapping[str, object] | None = None) -> PageRenderer:
        return PageRenderer(
            ThemeRegistry(BUILT_IN | dict(plugins or {})),
            tmp_path / "tenants",
            on_failure=lambda name, error: failures.append((name, error)),
        )

    return make
