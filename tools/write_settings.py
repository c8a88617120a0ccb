"""Writes the table of docs/settings.md from the settings themselves.

python tools/write_settings.py
"""

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from quart_passport.secret import Secret
from quart_passport.settings import PREFIX, SECRET_SETTINGS, Settings

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
BEGIN, END = "<!-- begin settings: `make docs` writes them -->\n", "<!-- end settings -->\n"


def table() -> str:
    """All settings: name, default, meaning."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_default(field.default)} | {_meaning(name, field)} |\n"
        for name, field in Settings.model_fields.items()
    ]
    return "| setting | default | what it is |\n|---|---|---|\n" + "".join(rows)


def renew(page: str) -> str:
    """The page with the table as it has to be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table() + END + after


def _default(value: Any) -> str:
    if isinstance(value, Secret):
        value = value.reveal()
    text = ", ".join(value) if isinstance(value, tuple) else str(value if value is not None else "")
    return f"`{text}`" if text else "empty"


def _meaning(name: str, field: FieldInfo) -> str:
    parts = [field.description or ""]
    if get_origin(field.annotation) is Literal:
        parts.append(f"One of {', '.join(f'`{choice}`' for choice in get_args(field.annotation))}.")
    least = next((rule.ge for rule in field.metadata if isinstance(rule, Ge)), None)
    most = next((rule.le for rule in field.metadata if isinstance(rule, Le)), None)
    if least is not None and most is not None:
        parts.append(f"From {least} to {most}.")
    if name in SECRET_SETTINGS:
        parts.append(f"Or a file that holds it: `{PREFIX}{name.upper()}_FILE`.")
    return " ".join(parts).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(renew(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
