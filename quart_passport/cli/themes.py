"""Installed themes."""

import rich_click as click
from rich.table import Table

from quart_passport.cli.running import as_json, console, print_json
from quart_passport.theming.registry import ThemeRegistry


@click.group()
def themes() -> None:
    """How passports look."""


@themes.command("list")
@as_json
def list_themes(as_json: bool) -> None:
    """List the installed themes and their options."""
    installed = ThemeRegistry.installed().themes
    if as_json:
        print_json(
            [
                {
                    "name": theme.name,
                    "label": theme.label,
                    "options": {option.name: option.default for option in theme.options},
                }
                for theme in installed
            ]
        )
        return
    table = Table("name", "label", "options")
    for theme in installed:
        options = ", ".join(f"{option.name}={option.default}" for option in theme.options)
        table.add_row(theme.name, theme.label, options)
    console.print(table)
