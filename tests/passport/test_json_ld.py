"""The passport as linked data, alone and inside the page."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from quart_passport.passport.json_ld import describe, embed, encode
from quart_passport.passport.model import (
    Association,
    Choice,
    Collection,
    Column,
    Composition,
    Date,
    Document,
    Field,
    Identity,
    Language,
    Link,
    Measure,
    Money,
    Number,
    Option,
    Passport,
    PassportLink,
    PassportLinks,
    Picture,
    Record,
    Records,
    RichText,
    Section,
    Share,
    Table,
    Text,
    Value,
    YesNo,
)
from tests.passport.making import UUID_1

ENGLISH = Language("en_US", "en-US", "English", "ltr")
URL = "https://passports.example/t/lin/p/A-1"
UUID_2 = UUID("3bf2a6d0-7c1e-4d53-9c57-0f5a3f1a2b02")
MANUAL = Document("a/m.pdf", "m.pdf", "Manual", "PDF")
SPARE = PassportLink(
    Identity(UUID_2, identifier="B 2"), Text("Button"), quantity=Number(Decimal("4.50"), "4.5")
)


def passport(*values: Value, **identity: Any) -> Passport:
    fields = tuple(Field(f"f{n}", Text(f"Field {n}"), value) for n, value in enumerate(values))
    return Passport(
        identity=Identity(UUID_1, **identity),
        language=ENGLISH,
        languages=(ENGLISH,),
        brand="Maison Lin",
        title=Text("Leinenhemd", "de-DE"),
        picture=None,
        category=Text("Clothing"),
        sections=(Section("all", Text("All"), fields),) if fields else (),
        updated=datetime(2026, 1, 2, tzinfo=UTC),
    )


def described_value(value: Value) -> Any:
    [described] = describe(passport(value), url=URL, link=address_of)["additionalProperty"]
    return described


def address_of(target: Picture | Document | PassportLink) -> str:
    name = target.identity.identifier if isinstance(target, PassportLink) else target.media
    return f"https://passports.example/{name}"


def property_of(code: str, name: str, value: Any) -> dict[str, Any]:
    return {"@type": "PropertyValue", "propertyID": code, "name": name, "value": value}


def test_a_product_says_who_made_it_and_where_its_passport_is() -> None:
    data = describe(
        passport(identifier="A-1", gtin="09506000134352"), url=URL, picture_url=f"{URL}.jpg"
    )

    assert data == {
        "@context": ["https://schema.org", {"@language": "en-US"}],
        "@type": "Product",
        "@id": URL,
        "url": URL,
        "name": {"@value": "Leinenhemd", "@language": "de-DE"},
        "sku": "A-1",
        "gtin14": "09506000134352",
        "brand": {"@type": "Brand", "name": "Maison Lin"},
        "image": f"{URL}.jpg",
        "category": "Clothing",
        "hasGS1DigitalLink": URL,
        "hasDigitalProductPassport": {
            "@type": "DigitalProductPassport",
            "url": URL,
            "inLanguage": "en-US",
            "dateModified": "2026-01-02T00:00:00+00:00",
        },
    }


def test_a_link_with_serial_speaks_of_one_item() -> None:
    data = describe(passport(gtin="09506000134352", lot="L1", serial="S1"), url=URL)

    assert data["@type"] == "IndividualProduct"
    assert data["serialNumber"] == "S1"
    assert data["additionalProperty"] == [
        {"@type": "PropertyValue", "propertyID": "lot", "name": "lot", "value": "L1"}
    ]


def test_a_link_with_lot_speaks_of_some_items() -> None:
    assert describe(passport(lot="L1"), url=URL)["@type"] == "SomeProducts"


@pytest.mark.parametrize(
    ("value", "described"),
    [
        (Text("Linen"), "Linen"),
        (Text("Leinen", "de-DE"), {"@value": "Leinen", "@language": "de-DE"}),
        (RichText(Markup("<p>Dry</p>"), "Dry"), "Dry"),
        (Number(Decimal("12.50"), "12.5"), Decimal("12.50")),
        (Date(date(2012, 3, 13), "March 13, 2012"), "2012-03-13"),
        (YesNo(False, "No"), False),
        (Money((), "€10.50"), "€10.50"),
        (Choice((Option("b", Text("Black")),), "Black"), "Black"),
        (
            Choice((Option("b", Text("Black")), Option("r", Text("Rot", "de-DE"))), "…"),
            ["Black", {"@value": "Rot", "@language": "de-DE"}],
        ),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_each_kind_of_value_has_its_form(value: Value, described: Any) -> None:
    assert described_value(value) == {
        "@type": "PropertyValue",
        "propertyID": "f0",
        "name": "Field 0",
        "value": described,
    }


def test_a_measure_has_the_code_of_its_unit_else_the_pims() -> None:
    known = described_value(Measure(Decimal("0.2"), "KILOGRAM", "0.2 kg", "KGM"))
    own = described_value(Measure(Decimal(2), "HANK", "2 hanks"))

    assert (known["value"], known["unitCode"]) == (Decimal("0.2"), "KGM")
    assert "unitText" not in known
    assert (own["value"], own["unitText"]) == (Decimal(2), "HANK")


def test_pictures_are_no_properties() -> None:
    picture = Picture("a/b.jpg", "b.jpg", "x")

    data = describe(passport(picture, Collection((picture,), "x")), url=URL)

    assert "additionalProperty" not in data


def test_a_document_has_its_address_and_is_about_the_product() -> None:
    data = describe(passport(MANUAL), url=URL, link=address_of)

    address = "https://passports.example/a/m.pdf"
    assert data["additionalProperty"] == [property_of("f0", "Field 0", "Manual") | {"url": address}]
    assert data["subjectOf"] == [
        {
            "@type": "DigitalDocument",
            "name": "Manual",
            "encodingFormat": "PDF",
            "url": address,
        }
    ]


def test_a_document_of_a_record_is_about_the_product_too_and_told_once() -> None:
    record = Record("c", Text("RWS"), fields=(Field("f", Text("Certificate"), MANUAL),))

    data = describe(passport(MANUAL, Records((record,), "RWS")), url=URL, link=address_of)

    assert [each["name"] for each in data["subjectOf"]] == ["Manual"]


def test_without_addresses_documents_and_passports_are_only_named() -> None:
    data = describe(passport(MANUAL, PassportLinks((SPARE,), "Button")), url=URL)

    assert "url" not in data["subjectOf"][0]
    assert "url" not in data["additionalProperty"][0]
    assert "url" not in data["isRelatedTo"][0]
    assert data["isRelatedTo"][0]["name"] == "Button"


def test_a_link_has_its_address() -> None:
    described = described_value(Link("https://lin.example/", "Lin", lang="fr"))

    assert described["value"] == {"@value": "Lin", "@language": "fr"}
    assert described["url"] == "https://lin.example/"


def test_a_collection_names_what_it_holds_but_pictures() -> None:
    items = (Picture("p", "p", "Front"), MANUAL, Link("https://x.example/", "X"), Text("notes.doc"))

    described = described_value(Collection(items, "…"))

    assert described["value"] == [
        {
            "@type": "PropertyValue",
            "name": "Manual",
            "url": "https://passports.example/a/m.pdf",
        },
        {"@type": "PropertyValue", "name": "X", "url": "https://x.example/"},
        "notes.doc",
    ]


def test_a_record_is_its_label_or_a_property_with_properties() -> None:
    named = Record("gots", Text("GOTS"))
    known = Record(
        "rws",
        Text("RWS", "en"),
        Picture("r.png", "r.png", "Sign"),
        (Field("since", Text("Since"), Number(Decimal("2019.0"), "2019")),),
    )

    assert described_value(Records((named,), "GOTS"))["value"] == "GOTS"
    assert described_value(Records((named, known), "…"))["value"] == [
        "GOTS",
        {
            "@type": "PropertyValue",
            "propertyID": "rws",
            "name": {"@value": "RWS", "@language": "en"},
            "value": [property_of("since", "Since", Decimal("2019.0"))],
            "image": "https://passports.example/r.png",
        },
    ]


def test_a_table_is_a_list_of_rows_without_their_empty_cells() -> None:
    columns = (Column("stage", Text("Stage")), Column("kg", Text("kg"), is_numeric=True))
    rows = ((Text("Use"), None), (Text("Raw"), Number(Decimal("31.40"), "31.4")))

    described = described_value(Table(columns, rows, "…"))

    assert [row["value"] for row in described["value"]] == [
        [property_of("stage", "Stage", "Use")],
        [property_of("stage", "Stage", "Raw"), property_of("kg", "kg", Decimal("31.40"))],
    ]


def composed(code: str, label: str, *shares: Share) -> Passport:
    """A passport with a single field, a composition."""
    field = Field(code, Text(label), Composition(shares, "…"))
    return replace(passport(), sections=(Section("all", Text("All"), (field,)),))


@pytest.mark.parametrize(
    ("code", "label", "is_material"),
    [
        *(("dpp_materials", "Parts", True), ("c1", "Faserzusammensetzung", True)),
        *(("c1", "Oberstoff", True), ("c1", "Matières", True), ("c1", "Inhaltsstoffe", True)),
        *(("outer_fabric", "Outer", True), ("c1", "INGREDIENTS", True)),
        *(("c1", "Materiał", True), ("origin", "Countries of origin", False)),
        *(("energy_mix", "Strommix", False), ("c1", "Part de fabrication", False)),
    ],
)
def test_only_what_something_is_made_of_is_a_material(
    code: str, label: str, is_material: bool
) -> None:
    share = Share("a", Text("A"), Decimal(100), "100%")

    data = describe(composed(code, label, share), url=URL)

    assert data.get("material") == (["A"] if is_material else None)
    assert data["additionalProperty"][0]["value"][0]["value"] == Decimal(100)


def test_a_composition_names_the_materials_with_exact_percentages() -> None:
    origin = Field("origin", Text("Origin"), Text("Patagonia"))
    shares = (
        Share("wool", Text("Wool"), Decimal("61.05"), "61.05%", (origin,)),
        Share("pa", Text("Polyamid", "de"), Decimal("38.95"), "38.95%"),
    )

    data = describe(composed("f0", "Material", *shares), url=URL)

    polyamide = {"@value": "Polyamid", "@language": "de"}
    assert data["material"] == ["Wool", polyamide]
    assert data["additionalProperty"][0]["value"] == [
        {
            **property_of("wool", "Wool", Decimal("61.05")),
            "unitCode": "P1",
            "valueReference": [property_of("origin", "Origin", "Patagonia")],
        },
        {
            "@type": "PropertyValue",
            "propertyID": "pa",
            "name": polyamide,
            "value": Decimal("38.95"),
            "unitCode": "P1",
        },
    ]


def test_variants_are_of_one_group_that_says_in_what_they_differ() -> None:
    size = Field("size", Text("Size"), Choice((Option("l", Text("L")),), "L"))
    variant = PassportLink(Identity(UUID_2, "A-2", "09506000134369"), Text("Shirt"), (size,))

    data = describe(replace(passport(), variants=(variant,)), url=URL, link=address_of)

    assert data["isVariantOf"] == {
        "@type": "ProductGroup",
        "variesBy": ["Size"],
        "hasVariant": [
            {
                "@type": "Product",
                "name": "Shirt",
                "url": "https://passports.example/A-2",
                "sku": "A-2",
                "gtin14": "09506000134369",
                "additionalProperty": [property_of("size", "Size", "L")],
            }
        ],
    }


def test_associated_products_are_related_with_kind_and_exact_quantity() -> None:
    parts = Association("PARTS", Text("Spare parts"), (SPARE,))

    data = describe(replace(passport(), associations=(parts,)), url=URL, link=address_of)

    assert data["isRelatedTo"] == [
        {
            "@type": "Product",
            "name": "Button",
            "url": "https://passports.example/B 2",
            "sku": "B 2",
            "additionalProperty": [
                property_of("PARTS", "association", "Spare parts"),
                property_of("quantity", "quantity", Decimal("4.50")),
            ],
        }
    ]


def test_linked_products_are_named_and_related() -> None:
    data = describe(passport(PassportLinks((SPARE,), "Button")), url=URL, link=address_of)

    assert data["additionalProperty"] == [property_of("f0", "Field 0", "Button")]
    assert [each["url"] for each in data["isRelatedTo"]] == ["https://passports.example/B 2"]


@pytest.mark.parametrize("number", ["12345678901234567890.12345678901234567890", "0.1", "-3", "0"])
def test_numbers_are_written_exactly(number: str) -> None:
    encoded = encode(describe(passport(Number(Decimal(number), number)), url=URL))

    read_back = json.loads(encoded, parse_float=Decimal, parse_int=Decimal)

    assert read_back["additionalProperty"][0]["value"] == Decimal(number)


class Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.content = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.content += data


@given(
    st.text() | st.sampled_from(["</script><script>alert(1)</script>", "<!--<script>", "\u2028"])
)
def test_no_text_leaves_its_data_block(text: str) -> None:
    data = describe(passport(Text(text)), url=URL)

    parser = Scripts()
    parser.feed(f'<script type="application/ld+json">{embed(data)}</script>')

    assert parser.elements == ["script"]
    assert json.loads(parser.content)["additionalProperty"][0]["value"] == text
