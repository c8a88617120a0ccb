"""A theme by registration alone: type-checked, never run."""

from pathlib import Path

from quart_passport import Theme, ThemeOption, hookimpl


@hookimpl
def register_themes() -> list[Theme]:
    return [
        Theme(
            name="plain",
            label="Plain",
            folder=Path(__file__).parent,
            options=(
                ThemeOption("corners", "Corners", "round", choices=("round", "square")),
                ThemeOption("columns", "Columns", 2, choices=(1, 2)),
                ThemeOption("airy", "Airy", default=False, help="More space"),
            ),
        )
    ]
