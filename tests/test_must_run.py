"""Skipping is no way past a machine that should have what the tests need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SKIPPING = """
import pytest

@pytest.mark.browser
@pytest.mark.skipif(True, reason="there is no Chromium")
def test_in_a_browser():
    pass

@pytest.mark.skip(reason="not today")
def test_without():
    pass
"""


@pytest.mark.parametrize(
    ("switches", "expected"),
    [({}, "2 skipped"), ({"REQUIRE_BROWSER": "1"}, "1 skipped, 1 error")],
)
def test_a_required_browser_turns_skips_into_failures(
    tmp_path: Path, switches: dict[str, str], expected: str
) -> None:
    (tmp_path / "test_skipping.py").write_text(SKIPPING, encoding="utf-8")
    outside = {name: value for name, value in os.environ.items() if "REQUIRE_" not in name}

    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "tests.must_run", "-p", "no:cacheprovider"),
            *("-p", "no:playwright", "-W", "ignore", "--rootdir", str(tmp_path), str(tmp_path)),
        ],
        cwd=ROOT, env=outside | switches, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert expected in run.stdout.splitlines()[-1]
