"""Every sample page is valid HTML by the Nu HTML checker, which NU_JAR names."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from quart_passport.theming.registry import ThemeRegistry
from quart_passport.theming.trial import SAMPLES, render_sample

ROOT = Path(__file__).parents[2]
USUAL_PLACE = ROOT / ".cache" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"

pytestmark = [pytest.mark.nu, pytest.mark.slow]


@pytest.fixture(scope="module")
def checker() -> tuple[str, ...]:
    """The command that checks."""
    java, jar = shutil.which("java"), Path(os.environ.get("NU_JAR") or USUAL_PLACE)
    if java is None:
        pytest.skip("there is no Java on this machine to run the Nu HTML checker")
    if not jar.is_file():
        pytest.skip(f"the Nu HTML checker is not at {jar}; npm has it as vnu-jar")
    return java, "-Xss4m", "-jar", str(jar), "--format", "json", "--errors-only", "--stdout"


def _errors(checker: tuple[str, ...], folder: Path) -> list[str]:
    run = subprocess.run([*checker, str(folder)], capture_output=True, check=False, timeout=120)
    messages = json.loads(run.stdout or run.stderr)["messages"]
    return [f"{Path(each['url']).name}: {each['message']}" for each in messages]


def test_sample_pages_are_valid(
    registry: ThemeRegistry, checker: tuple[str, ...], tmp_path: Path
) -> None:
    pages = [(theme, sample) for theme in ("default", "minimal") for sample in SAMPLES]
    for theme, sample in pages:
        html = render_sample(registry, theme, SAMPLES[sample]).html
        (tmp_path / f"{theme}-{sample}.html").write_text(html, encoding="utf-8")

    # What proves that the checker looked.
    (tmp_path / "wrong.html").write_text("<!doctype html><p><dl></p>", encoding="utf-8")

    errors = _errors(checker, tmp_path)

    assert len(pages) >= 16
    assert {error.partition(":")[0] for error in errors} == {"wrong.html"}, errors
