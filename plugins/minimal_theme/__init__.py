"""The minimal theme: everything on one label, set in type alone."""

from pathlib import Path

from quart_passport import Theme, ThemeOption, hookimpl


@hookimpl
def register_themes() -> list[Theme]:
    """The one theme of this plugin."""
    return [
        Theme(
            name="minimal",
            label="Minimal",
            folder=Path(__file__).parent,
            options=(
                ThemeOption(
                    "density",
                    "Density",
                    "compact",
                    choices=("compact", "comfortable"),
                    help="How much space the rows have",
                ),
                ThemeOption("show_picture", "Product picture", default=True),
            ),
        )
    ]
