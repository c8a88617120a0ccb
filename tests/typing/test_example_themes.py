"""What theme authors write against the public door passes `mypy --strict`."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def _check(path: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--follow-imports=silent",
    ]
    return subprocess.run(
        [*command, f"--cache-dir={cache}", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_example_themes_type_check(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "from quart_passport import PassportPage, Theme\n\n\n"
        "class Wrong(Theme):\n    def render_page(self, page: PassportPage) -> bytes:\n"
        "        return b''\n"
    )

    plain, rich, mistaken = (
        _check(path, tmp_path / "cache")
        for path in (HERE / "plain_theme.py", HERE / "rich_theme.py", wrong)
    )

    assert (plain.returncode, plain.stdout) == (0, "Success: no issues found in 1 source file\n")
    assert (rich.returncode, rich.stdout) == (0, "Success: no issues found in 1 source file\n")
    assert 'incompatible with return type "str"' in mistaken.stdout
