"""The default theme: calm and spacious, like a page of a well-made catalogue."""

from decimal import Decimal
from pathlib import Path

from jinja2 import Environment

from quart_passport import Theme, ThemeOption, hookimpl

# Longer texts are read in lines, not across a row.
_WIDE = 90
# Longer texts do not fit one line of a phone.
_LONG = 40
# Kinds that are made of rows, cards or bars.
_BROAD = frozenset({"picture", "collection", "table", "composition", "passports"})


@hookimpl
def register_themes() -> list[Theme]:
    """The one theme of this plugin."""
    return [
        Theme(
            name="default",
            label="Default",
            folder=Path(__file__).parent,
            options=(
                ThemeOption("corners", "Corners", "round", choices=("round", "square")),
                ThemeOption(
                    "picture",
                    "Product picture",
                    "contain",
                    choices=("contain", "cover"),
                    help="Show the whole picture, or fill its frame and cut what stands out",
                ),
                ThemeOption(
                    "show_qr", "QR code", default=True, help="Repeat the QR code at the page's end"
                ),
            ),
        )
    ]


@hookimpl
def prepare_environment(environment: Environment) -> None:
    """Tests that `values.html` needs, in every theme, because any theme may use it."""
    environment.tests["wide"] = is_wide
    environment.tests["long"] = is_long
    environment.tests["share"] = is_share
    environment.tests["card"] = is_card


def is_wide(value: object) -> bool:
    """Whether a value wants the full width, below its label."""
    text = getattr(value, "text", "")
    kind = getattr(value, "kind", "")
    in_blocks = kind == "rich_text" and "\n" in text
    holds_cards = any(is_card(record) for record in getattr(value, "records", ()))
    return kind in _BROAD or in_blocks or holds_cards or len(text) > _WIDE


def is_long(value: object) -> bool:
    """Whether a value takes more than one line of a phone, as lists of options do."""
    several = max(len(getattr(value, parts, ())) for parts in ("options", "records")) > 1
    return is_wide(value) or several or len(getattr(value, "text", "")) > _LONG


def is_share(value: object, label: str) -> bool:
    """Whether a number is a share of a whole in percent, which its unit or label says."""
    amount = getattr(value, "amount", None)
    in_percent = getattr(value, "unit", "") == "PERCENT" or label.endswith(("%", "(%)"))
    return isinstance(amount, Decimal) and in_percent and 0 <= amount <= 100


def is_card(record: object) -> bool:
    """Whether more than a record's name is known."""
    return bool(getattr(record, "picture", None) or getattr(record, "fields", ()))
