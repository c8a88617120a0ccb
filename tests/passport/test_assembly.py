"""The whole passport of small, made-up products."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from quart_passport.passport.assembly import assemble_passport
from quart_passport.passport.config import SectionConfig
from quart_passport.passport.languages import languages_of
from quart_passport.passport.linked import Linked
from quart_passport.passport.model import (
    Collection,
    Identity,
    MediaSource,
    Passport,
    Picture,
    Records,
    Section,
    Text,
)
from quart_passport.passport.product import Product, ProductValue
from quart_passport.passport.structure import (
    Attribute,
    AttributeGroup,
    Family,
    LinkedAttribute,
    Structure,
)
from tests.passport.linking import make_asset, make_entity, make_family, make_record
from tests.passport.making import UUID_1, assemble, make_config, make_product, make_structure

SHIRT = "1/2/3/4/1234567890123456789012345678901234567890_shirt.jpg"
BACK = "1/2/3/5/1234567890123456789012345678901234567891_back.jpg"
GUIDE = "1/2/3/6/1234567890123456789012345678901234567892_guide.pdf"

FAMILY = Family(
    "clothing",
    attribute_as_label="name",
    attribute_as_image="image",
    labels={"en_US": "Clothing"},
)
STRUCTURE = make_structure(
    Attribute("sku", "pim_catalog_identifier", group="erp", is_main_identifier=True),
    Attribute("name", "pim_catalog_text", group="texts", labels={"en_US": "Name"}),
    Attribute("care", "pim_catalog_text", group="texts", labels={"de_DE": "Pflege"}),
    Attribute("notes", "pim_catalog_textarea", wysiwyg_enabled=True),
    Attribute("image", "pim_catalog_image", labels={"en_US": "Picture"}),
    Attribute("back", "pim_catalog_image", labels={"en_US": "Back"}),
    Attribute("parts", "pim_catalog_table"),
    groups={
        "texts": AttributeGroup("texts", labels={"en_US": "Texts", "de_DE": "Texte"}),
        "erp": AttributeGroup("erp", labels={"de_DE": "Warenwirtschaft"}),
    },
    families={"clothing": FAMILY},
)


def shirt(**values: Any) -> Product:
    product = make_product(**({"sku": "A-1", "name": "Linen shirt"} | values))
    return msgspec.structs.replace(product, family="clothing")


def sections_of(*sections: SectionConfig, page: str = "en_US", **values: Any) -> list[Section]:
    config = make_config(sections=sections)
    return list(assemble(shirt(**values), STRUCTURE, config, page).sections)


def title_of(product: Product, structure: Structure = STRUCTURE, **parts: Any) -> Text:
    return assemble(product, structure, make_config(**parts)).title


def test_the_title_is_the_familys_label_attribute() -> None:
    assert title_of(shirt()) == Text("Linen shirt")


def test_the_configuration_may_name_another_title() -> None:
    assert title_of(shirt(care="Wash cold"), title_attribute="care") == Text("Wash cold")


def test_a_title_is_one_line_without_elements() -> None:
    product = shirt(notes="<p>Linen</p><p>shirt</p>")

    assert title_of(product, title_attribute="notes") == Text("Linen shirt")


@pytest.mark.parametrize("title_attribute", ["care", "image", "unknown"])
def test_a_title_attribute_without_text_leaves_it_to_the_family(title_attribute: str) -> None:
    assert title_of(shirt(image=SHIRT), title_attribute=title_attribute) == Text("Linen shirt")


def test_a_title_in_another_language_says_so() -> None:
    product = shirt(name=ProductValue("Leinenhemd", "de_DE"))

    assert title_of(product) == Text("Leinenhemd", "de-DE")


def test_a_product_without_name_is_called_by_its_identifier_else_its_uuid() -> None:
    with_identifier = make_product(sku="A-1")

    assert title_of(with_identifier) == Text("A-1")
    assert title_of(make_product()) == Text(str(UUID_1))


def test_the_identity_knows_an_identifier_that_the_values_do_not() -> None:
    config = make_config()
    [language, *_] = languages_of(config)

    passport = assemble_passport(
        make_product(), STRUCTURE, config, Identity(UUID_1, identifier="B-2"), language
    )

    assert passport.title == Text("B-2")


def test_the_picture_is_the_familys_and_is_described_by_the_title() -> None:
    passport = assemble(shirt(image=SHIRT), STRUCTURE, make_config())

    assert passport.picture == Picture(SHIRT, "shirt.jpg", "Linen shirt")


def test_the_configuration_may_name_another_picture() -> None:
    product, config = shirt(image=SHIRT, back=BACK), make_config(picture_attribute="back")

    passport = assemble(product, STRUCTURE, config)

    assert passport.picture
    assert passport.picture.media == BACK


def test_the_main_picture_is_not_shown_twice() -> None:
    section = SectionConfig(("image", "back"), group="texts")

    [shown] = sections_of(section, image=SHIRT, back=BACK)

    assert [field.code for field in shown.fields] == ["back"]
    assert shown.fields[0].value == Picture(BACK, "back.jpg", "Back")


def with_assets(**values: Any) -> Passport:
    """The passport of a shirt whose pictures are assets and records."""
    media = LinkedAttribute("media", "media_file")
    image = LinkedAttribute("image", "image")
    structure = make_structure(
        Attribute("shots", "pim_catalog_asset_collection", reference_data_name="shots"),
        Attribute("label", "akeneo_reference_entity", reference_data_name="labels"),
        Attribute("back", "pim_catalog_image"),
        families={"clothing": Family("clothing", attribute_as_image=values.pop("by", "shots"))},
        asset_families=make_family("shots", media, main="media"),
        reference_entities=make_entity("labels", image),
    )
    linked = Linked(
        assets={
            ("shots", "guide"): make_asset("guide", label="Guide", media=GUIDE),
            ("shots", "front"): make_asset("front", label="Front", media=SHIRT),
            ("shots", "back"): make_asset("back", label="Back", media=BACK),
        },
        records={("labels", "lin"): make_record("lin", label="Lin", image=SHIRT)},
    )
    return assemble(
        shirt(**values), structure, make_config("shots", "label", "back"), linked=linked
    )


def test_the_main_picture_may_be_the_first_one_of_a_collection() -> None:
    passport = with_assets(shots=["guide", "front", "back"], back=SHIRT)

    assert passport.picture == Picture(SHIRT, "shirt.jpg", str(UUID_1), MediaSource.ASSET)
    shots, back = passport.sections[0].fields
    assert isinstance(shots.value, Collection)
    assert [item.text for item in shots.value.items] == ["Guide", "Back"]
    assert shots.value.text == "Guide and Back"
    # The same code, kept elsewhere, is another file.
    assert isinstance(back.value, Picture)


def test_a_collection_of_nothing_but_the_main_picture_is_left_out() -> None:
    assert with_assets(shots=["front", "front"]).sections == ()


def test_a_collection_without_a_picture_has_no_main_one() -> None:
    passport = with_assets(shots=["guide"])

    assert passport.picture is None
    assert len(passport.sections[0].fields) == 1


def test_the_main_picture_may_be_a_records_and_stays_with_it() -> None:
    passport = with_assets(by="label", label="lin", shots=["back"])

    assert passport.picture == Picture(SHIRT, "shirt.jpg", str(UUID_1), MediaSource.RECORD)
    records = passport.sections[0].fields[1].value
    assert isinstance(records, Records)
    assert records.records[0].picture


def test_sections_and_fields_stand_in_the_merchants_order() -> None:
    shown = sections_of(
        SectionConfig(("care", "sku"), title={"en_US": "Second"}),
        SectionConfig(("name", "care"), title={"en_US": "First"}),
        care="Wash cold",
    )

    assert [section.title.text for section in shown] == ["Second", "First"]
    assert [[field.code for field in section.fields] for section in shown] == [
        ["care", "sku"],
        ["name", "care"],
    ]


def test_what_has_no_value_is_left_out_with_its_section() -> None:
    shown = sections_of(
        SectionConfig(("care", "parts"), title={"en_US": "Empty"}),
        SectionConfig(("unknown", "name"), title={"en_US": "Name"}),
        SectionConfig((), title={"en_US": "None"}),
        parts=[{"material": "wool"}],
    )

    assert [section.title.text for section in shown] == ["Name"]
    assert [field.code for field in shown[0].fields] == ["name"]


def test_labels_in_another_language_say_so() -> None:
    [shown] = sections_of(SectionConfig(("care", "notes"), group="erp"), care="x", notes="y")

    assert shown.title == Text("Warenwirtschaft", "de-DE")
    assert [field.label for field in shown.fields] == [Text("Pflege", "de-DE"), Text("[notes]")]


@pytest.mark.parametrize(
    ("section", "title"),
    [
        (SectionConfig(("name",), title={"de_DE": "Eigenes"}, group="texts"), Text("Eigenes")),
        (
            SectionConfig(("name",), title={"fr_FR": "Propre"}, group="texts"),
            Text("Propre", "fr-FR"),
        ),
        (SectionConfig(("name",), group="texts"), Text("Texte")),
        (SectionConfig(("name",), group="gone"), Text("[gone]")),
        (SectionConfig(("name",)), Text("Texte")),
        (SectionConfig(("image",)), Text("Picture", "en-US")),
    ],
)
def test_a_section_is_called_by_its_own_title_else_its_group(
    section: SectionConfig, title: Text
) -> None:
    config = make_config(sections=(section,), picture_attribute="back")
    product = make_product(name="x", image=SHIRT)

    [shown] = assemble(product, STRUCTURE, config, "de_DE").sections

    assert shown.title == title


def test_section_keys_are_unique_anchors_in_every_language() -> None:
    sections = (
        SectionConfig(("name",), title={"en_US": "Care & Repair!", "de_DE": "Pflege"}),
        SectionConfig(("name",), title={"en_US": "Care, repair", "de_DE": "Mehr"}),
        SectionConfig(("name",), title={"de_DE": "日本"}),
        SectionConfig(("name",), group="Texts_1"),
    )

    keys = [
        [section.key for section in sections_of(*sections, page=page)]
        for page in ("en_US", "de_DE")
    ]

    assert keys[0] == keys[1] == ["care-repair", "care-repair-2", "section", "texts-1"]


def test_the_category_is_the_familys_label_in_the_first_language_that_has_one() -> None:
    english = assemble(shirt(), STRUCTURE, make_config())
    german = assemble(shirt(), STRUCTURE, make_config(), "de_DE")

    assert english.category == Text("Clothing")
    assert german.category == Text("Clothing", "en-US")


@pytest.mark.parametrize(
    ("updated", "moment"),
    [
        (
            "2017-10-05T11:25:48+02:00",
            datetime(2017, 10, 5, 9, 25, 48, tzinfo=UTC),
        ),
        ("2017-10-05T11:25:48", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_the_last_change_is_a_moment_or_unknown(updated: str, moment: datetime | None) -> None:
    product = msgspec.structs.replace(shirt(), updated=updated)

    assert assemble(product, STRUCTURE, make_config()).updated == moment


def test_the_offset_of_the_last_change_stays() -> None:
    product = msgspec.structs.replace(shirt(), updated="2017-10-05T11:25:48+02:00")

    updated = assemble(product, STRUCTURE, make_config()).updated

    assert updated
    assert updated.utcoffset() == timedelta(hours=2)


def test_the_passport_says_whose_it_is_and_which_languages_it_has() -> None:
    config = make_config(brand=" Maison\nLin ")

    passport = assemble(shirt(), STRUCTURE, config, "fr_FR")

    assert passport.brand == "Maison Lin"
    assert passport.language.tag == "fr-FR"
    assert passport.languages == languages_of(config)
    assert passport.identity == Identity(UUID_1)


def test_a_structure_that_knows_nothing_breaks_nothing() -> None:
    product = msgspec.structs.replace(shirt(), family="unheard of")

    passport = assemble(product, make_structure(), make_config("name", "sku"))

    assert passport.sections == ()
    assert passport.title == Text(str(UUID_1))


def test_equal_input_gives_an_equal_passport() -> None:
    config = make_config("name", "care", "sku")

    one = assemble(shirt(care="x"), STRUCTURE, config)
    other = assemble(shirt(care="x"), STRUCTURE, config)

    assert one == other
    assert hash(one.sections) == hash(other.sections)


@pytest.mark.parametrize(
    ("parts", "level"),
    [
        ({}, "model"),
        ({"gtin": "09506000134352", "variant": "2A"}, "model"),
        ({"lot": "L"}, "batch"),
        ({"lot": "L", "serial": "S"}, "item"),
        ({"serial": "S"}, "item"),
    ],
)
def test_a_lot_makes_a_batch_and_a_serial_an_item(parts: dict[str, str], level: str) -> None:
    assert Identity(UUID("00000000-0000-0000-0000-000000000001"), **parts).level == level
