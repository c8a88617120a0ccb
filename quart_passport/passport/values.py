"""From the PIM's raw values to what a passport shows, by each attribute's type.

Data may have any form, whatever the PIM promises; what does not fit its type is left out, and
nothing raises.
"""

from collections.abc import Sequence

from quart_passport.passport.assets import read_assets
from quart_passport.passport.choices import read_choice
from quart_passport.passport.files import read_file, read_picture
from quart_passport.passport.links import read_product_link
from quart_passport.passport.measures import read_measure
from quart_passport.passport.model import MediaSource, Value
from quart_passport.passport.product import ProductValue
from quart_passport.passport.reading import Reading, entries_to_try, is_fit_to_show
from quart_passport.passport.records import read_records
from quart_passport.passport.simple import (
    read_date,
    read_money,
    read_number,
    read_rich_text,
    read_text,
    read_yes_no,
)
from quart_passport.passport.structure import Attribute
from quart_passport.passport.tables import read_table


def read_attribute(
    attribute: Attribute, entries: Sequence[ProductValue], reading: Reading
) -> Value | None:
    """The value that a page shows of an attribute; None if there is none to show."""
    for entry in entries_to_try(attribute, entries, reading):
        value = read_value(attribute, entry, reading)
        if value is not None and is_fit_to_show(value, entry.locale, reading):
            return value
    return None


def read_value(attribute: Attribute, entry: ProductValue, reading: Reading) -> Value | None:
    """One entry, by its attribute's type; unknown types as plain text where that is possible."""
    data = entry.data
    match attribute.type:
        case "pim_catalog_textarea" if attribute.wysiwyg_enabled:
            return read_rich_text(data, entry.locale, reading)
        case "pim_catalog_number":
            return read_number(data, reading)
        case "pim_catalog_metric":
            return read_measure(attribute, entry, reading)
        case "pim_catalog_price_collection" | "pim_catalog_price":
            return read_money(data, reading)
        case "pim_catalog_boolean":
            return read_yes_no(data, reading)
        case "pim_catalog_date":
            return read_date(data, reading)
        case (
            "pim_catalog_simpleselect"
            | "pim_catalog_multiselect"
            | "pim_reference_data_simpleselect"
            | "pim_reference_data_multiselect"
            | "pim_catalog_reference_data_simpleselect"
            | "pim_catalog_reference_data_multiselect"
        ):
            return read_choice(attribute, entry, reading)
        case "pim_catalog_image":
            return _image(attribute, entry, reading)
        case "pim_catalog_file":
            return read_file(data, MediaSource.PRODUCT, hreflang=reading.lang_of(entry.locale))
        case "pim_catalog_asset_collection":
            return read_assets(data, attribute.reference_data_name, reading)
        case "akeneo_reference_entity" | "akeneo_reference_entity_collection":
            return read_records(data, attribute.reference_data_name, reading)
        case "pim_catalog_table":
            return read_table(attribute, entry, reading)
        case "pim_catalog_product_link":
            return read_product_link(data, reading)
        case _:
            return read_text(data, entry.locale, reading)


def _image(attribute: Attribute, entry: ProductValue, reading: Reading) -> Value | None:
    """A picture, described by its attribute; what is none of those a browser shows, as a file."""
    label = reading.label(attribute.labels, attribute.code).text
    source = MediaSource.PRODUCT
    picture: Value | None = read_picture(entry.data, source, label)
    return picture or read_file(entry.data, source, hreflang=reading.lang_of(entry.locale))
