"""The form on a product's page: its texts and whether it is enabled, shown and read back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from quart_passport.sandbox.errors import EditRefused
from quart_passport.sandbox.pim import Pim
from quart_passport.sandbox.product_cards import show_values
from quart_passport.sandbox.products import Product

# Characters the PIM keeps of a text, by the attribute's type.
_LIMITS = {"pim_catalog_text": 255, "pim_catalog_textarea": 65_535}

# A browser leaves out a checkbox that is off, so a hidden field before it says "no".
_SWITCHES: dict[tuple[str, ...], bool | None] = {
    (): None,
    ("no",): False,
    ("yes",): True,
    ("no", "yes"): True,
}


@dataclass(frozen=True)
class TextField:
    """One text of a product: `place` is its locale and channel, `limit` counts characters."""

    name: str
    attribute: str
    label: str
    place: str
    text: str
    is_long: bool
    limit: int

    def __str__(self) -> str:
        return f"{self.label} ({self.place})" if self.place else self.label


@dataclass(frozen=True)
class ProductEdit:
    """What a form changes, as `Pim.edit_product` takes it; None for what stays."""

    values: dict[str, list[dict[str, Any]]] | None
    enabled: bool | None

    @property
    def is_empty(self) -> bool:
        return self.values is None and self.enabled is None


def text_fields(pim: Pim, product: Product) -> list[TextField]:
    """A field for every text the product has, in the order of its page."""
    return [
        _text_field(pim, attribute.label, attribute.code, shown.place, entry)
        for _, attributes in show_values(pim, product)
        for attribute in attributes
        if pim.catalog.attributes[attribute.code]["type"] in _LIMITS
        for shown, entry in zip(attribute.values, product["values"][attribute.code], strict=True)
    ]


def retype(fields: Sequence[TextField], sent: MultiDict[str, str]) -> list[TextField]:
    """The fields as somebody has filled them in."""
    return [replace(field, text=_read_lines(sent.get(field.name, field.text))) for field in fields]


def read_edit(pim: Pim, product: Product, sent: MultiDict[str, str]) -> ProductEdit:
    """
    What a sent form changes of a product; fields it lacks stay as they are.

    An emptied text becomes `data: None`, which takes the entry off the product. Raises EditRefused.
    """
    fields = {field.name: field for field in text_fields(pim, product)}
    for name in sent:
        if name != "enabled" and name not in fields:
            raise EditRefused(
                f"This product has no text “{name[:80]}”. Open its page again and use that form."
            )
    texts = {name: _read_text(field, sent) for name, field in fields.items() if name in sent}
    changed = {name: text for name, text in texts.items() if text != fields[name].text}
    attributes = dict.fromkeys(fields[name].attribute for name in changed)
    values = {code: _change_entries(code, product["values"][code], changed) for code in attributes}
    enabled = _read_switch(sent.getlist("enabled"))
    is_switched = enabled is not None and enabled != product.get("enabled", True)
    return ProductEdit(values=values or None, enabled=enabled if is_switched else None)


def _text_field(
    pim: Pim, label: str, attribute: str, place: str, entry: dict[str, Any]
) -> TextField:
    kind = pim.catalog.attributes[attribute]["type"]
    text = _read_lines(str(entry["data"]))
    # A browser takes the line breaks out of a one-line field.
    is_long = kind == "pim_catalog_textarea" or "\n" in text
    name = _field_name(attribute, entry)
    return TextField(name, attribute, label, place, text, is_long, _LIMITS[kind])


def _field_name(attribute: str, entry: dict[str, Any]) -> str:
    return f"{attribute}:{entry.get('locale') or ''}:{entry.get('scope') or ''}"


def _change_entries(
    attribute: str, entries: list[dict[str, Any]], changed: dict[str, str]
) -> list[dict[str, Any]]:
    """All entries of the attribute, the unchanged ones too: so they keep their order."""
    return [
        entry | {"data": changed[name] or None}
        if (name := _field_name(attribute, entry)) in changed
        else entry
        for entry in entries
    ]


def _read_text(field: TextField, sent: MultiDict[str, str]) -> str:
    text, *more = (_read_lines(text) for text in sent.getlist(field.name))
    if more:
        raise EditRefused(f"“{field}” was sent more than once. Open the page again.")
    if len(text) > field.limit:
        raise EditRefused(
            f"“{field}” has {len(text):,} characters; the PIM keeps at most {field.limit:,}."
        )
    if "\0" in text:
        raise EditRefused(f"“{field}” holds a NUL character, which no text may hold.")
    return text


def _read_lines(text: str) -> str:
    """Browsers send line breaks as CR LF, whatever they were before."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read_switch(sent: Sequence[str]) -> bool | None:
    try:
        return _SWITCHES[tuple(sent)]
    except KeyError:
        raise EditRefused("“Enabled” is either yes or no. Open the page again.") from None
