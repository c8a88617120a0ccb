"""Records of reference entities: what is said of them, and in which language."""

from typing import Any

import pytest
from markupsafe import Markup

from quart_passport.passport.linked import Linked, LinkedValue
from quart_passport.passport.model import (
    Choice,
    Collection,
    Document,
    Link,
    MediaSource,
    Number,
    Picture,
    Record,
    Records,
    RichText,
    Text,
)
from quart_passport.passport.structure import LinkedAttribute
from tests.passport.linking import (
    linked_records,
    localised,
    make_asset,
    make_entity,
    make_family,
    make_record,
)
from tests.passport.making import make_structure, read

LOGO = "5/0/5/3/5053a8fb0ef3b7a9b17c19c45dd7d94629fc4d83_logo.png"
COUNTRIES = {
    "italy": {"en_US": "Italy", "fr_FR": "Italie"},
    "portugal": {"en_US": "Portugal"},
}
ATTRIBUTES = (
    LinkedAttribute("image", "image", labels={"en_US": "Image"}),
    LinkedAttribute("address", "text", labels={"en_US": "Address", "de_DE": "Adresse"}),
    LinkedAttribute("website", "text"),
    LinkedAttribute("country", "single_option", options=COUNTRIES),
    LinkedAttribute("markets", "multiple_options", options=COUNTRIES),
    LinkedAttribute("about", "text", is_rich_text_editor=True),
    LinkedAttribute("founded", "number"),
    LinkedAttribute("owner", "reference_entity_single_link", reference_entity_code="maker"),
    LinkedAttribute("mills", "reference_entity_multiple_links", reference_entity_code="maker"),
    LinkedAttribute("papers", "asset_collection", asset_family_identifier="docs"),
    LinkedAttribute("seal", "image", labels={"en_US": "Seal"}),
    LinkedAttribute("odd", "something_new"),
)
STRUCTURE = make_structure(
    reference_entities=make_entity("maker", *ATTRIBUTES), asset_families=make_family("docs")
)


def read_maker(data: Any, *records: Any, page: str = "en_US", **parts: Any) -> Any:
    return read(
        "akeneo_reference_entity",
        data,
        page,
        structure=parts.pop("structure", STRUCTURE),
        linked=parts.pop("linked", linked_records("maker", *records)),
        reference_data_name="maker",
        **parts,
    )


def only_record(record: Any, **parts: Any) -> Record:
    value = read_maker(record.code, record, **parts)
    assert isinstance(value, Records)
    [only] = value.records
    return only


def field_of(code: str, data: Any, **parts: Any) -> Any:
    """The value of one field of a record that says nothing else."""
    record = only_record(make_record("nord", **{code: data}), **parts)
    found = {field.code: field.value for field in record.fields}
    return found.get(code)


def test_a_record_is_shown_with_what_is_said_of_it() -> None:
    record = make_record(
        "nord", label=localised(en_US="Lanificio Nord"), address="Via Roma 1", country="italy"
    )

    value = read_maker("nord", record, page="de_DE")

    assert value.text == "Lanificio Nord"
    [shown] = value.records
    assert (shown.code, shown.label) == ("nord", Text("Lanificio Nord", "en-US"))
    assert [(f.code, f.label, f.value.text) for f in shown.fields] == [
        ("address", Text("Adresse"), "Via Roma 1"),
        ("country", Text("[country]"), "Italy"),
    ]


def test_several_records_are_listed_in_words() -> None:
    records = [make_record("gots", label="GOTS"), make_record("oeko", label="OEKO-TEX")]

    value = read(
        "akeneo_reference_entity_collection",
        ["oeko", "gots"],
        linked=linked_records("maker", *records),
        reference_data_name="maker",
    )

    assert value == Records(
        (Record("oeko", Text("OEKO-TEX")), Record("gots", Text("GOTS"))), "OEKO-TEX and GOTS"
    )


@pytest.mark.parametrize("linked", [Linked(), linked_records("other", make_record("gone"))])
def test_a_record_that_is_not_there_is_shown_by_its_code(linked: Linked) -> None:
    value = read_maker("gone", linked=linked)

    assert value == Records((Record("gone", Text("[gone]")),), "[gone]")


@pytest.mark.parametrize("label", [(), "", "  ", None, 5, LinkedValue("Papier", None, "print")])
def test_a_record_without_label_is_shown_by_its_code(label: Any) -> None:
    assert only_record(make_record("nord", label=label)).label == Text("[nord]")


def test_the_picture_shows_the_record() -> None:
    record = only_record(make_record("nord", label="Nord", image=LOGO))

    assert record.picture == Picture(LOGO, "logo.png", "Nord", MediaSource.RECORD)
    assert record.fields == ()


def test_a_further_picture_is_a_field() -> None:
    assert field_of("seal", LOGO) == Picture(LOGO, "logo.png", "Seal", MediaSource.RECORD)


def test_an_image_that_is_none_is_a_file() -> None:
    record = only_record(make_record("nord", label="Nord", image=LOGO.replace("png", "pdf")))

    [field] = record.fields
    assert record.picture is None
    assert isinstance(field.value, Document)


def test_a_text_that_is_an_https_address_leads_there() -> None:
    assert field_of("website", "https://nord.example/a") == Link(
        "https://nord.example/a", "https://nord.example/a"
    )


@pytest.mark.parametrize(
    "text",
    ["see https://nord.example", "http://nord.example", "javascript:alert(1)", "nord.example"],
)
def test_any_other_text_stays_a_text(text: str) -> None:
    assert field_of("website", text) == Text(text)


def test_rich_text_is_made_harmless() -> None:
    assert field_of("about", "<h1>Us</h1><script>x</script><p onclick=x>Wool</p>") == RichText(
        Markup("<h3>Us</h3><p>Wool</p>"), "Us\nWool"
    )


def test_a_number_comes_as_text_and_stays_exact() -> None:
    value = field_of("founded", "1949.10")

    assert isinstance(value, Number)
    assert (str(value.amount), value.text) == ("1949.1", "1,949.1")


def test_options_have_their_labels_else_their_codes() -> None:
    single, several = (
        field_of("country", "italy", page="fr_FR"),
        field_of("markets", ["portugal", "gone"], page="fr_FR"),
    )

    assert isinstance(single, Choice)
    assert single.options[0].label == Text("Italie")
    assert isinstance(several, Choice)
    assert [option.label for option in several.options] == [
        Text("Portugal", "en-US"),
        Text("[gone]"),
    ]


def test_another_record_is_named_and_no_more() -> None:
    owner = make_record("sud", label="Gruppo Sud", address="Via Napoli 2", owner="nord")
    record = make_record("nord", owner="sud", mills=["sud", "gone"])

    shown = only_record(record, linked=linked_records("maker", record, owner))

    owned, mills = (field.value for field in shown.fields)
    assert owned == Records((Record("sud", Text("Gruppo Sud")),), "Gruppo Sud")
    assert mills.text == "Gruppo Sud and [gone]"


def test_assets_of_a_record_are_a_collection() -> None:
    record = make_record("nord", papers=["audit"])
    linked = Linked(
        records={("maker", "nord"): record},
        assets={("docs", "audit"): make_asset("audit", label="Audit")},
    )

    shown = only_record(record, linked=linked)

    assert shown.fields[0].value == Collection((Text("Audit"),), "Audit")


def test_the_merchant_chooses_what_is_said_and_in_which_order() -> None:
    record = make_record("nord", label="Nord", image=LOGO, address="Via Roma 1", founded="1949")
    config = {"record_attributes": {"maker": ("founded", "gone", "label", "address")}}

    shown = only_record(record, config=config)

    assert [field.code for field in shown.fields] == ["founded", "address"]


@pytest.mark.parametrize("chosen", [(), ("founded",), ("image",)])
def test_whatever_the_merchant_chooses_label_and_image_are_shown(chosen: tuple[str, ...]) -> None:
    record = make_record("nord", label="Nord", image=LOGO, address="Via Roma 1")

    shown = only_record(record, config={"record_attributes": {"maker": chosen}})

    picture = Picture(LOGO, "logo.png", "Nord", MediaSource.RECORD)
    assert shown == Record("nord", Text("Nord"), picture)


def test_an_entity_that_cannot_be_read_has_named_records() -> None:
    record = make_record("nord", label="Nord", address="Via Roma 1")

    assert only_record(record, structure=make_structure()) == Record("nord", Text("Nord"))


def test_a_value_is_taken_from_its_channel_and_the_next_language() -> None:
    address = (
        LinkedValue("Papier", "en_US", "print"),
        LinkedValue("Straße", "de_DE", "ecommerce"),
        LinkedValue("Rue", "fr_FR"),
    )

    assert field_of("address", address) == Text("Straße", "de-DE")
    assert field_of("address", address, page="fr_FR") == Text("Rue")
    assert field_of("address", address[:1]) is None


@pytest.mark.parametrize(
    ("data", "text"), [("x", "x"), (5, "5"), (True, "Yes"), ([1], None), ({}, None)]
)
def test_a_plain_value_of_an_unknown_type_is_a_text(data: Any, text: str | None) -> None:
    assert field_of("odd", data) == (None if text is None else Text(text))


@pytest.mark.parametrize("data", [[], [None, 5, {}], "", None, 5, {"a": 1}])
def test_no_codes_are_no_value(data: Any) -> None:
    assert read_maker(data) is None
