"""The passport as linked data, alone and inside the page."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from quart_passport.passport.json_ld import describe, embed, encode
from quart_passport.passport.model import (
    Choice,
    Date,
    Field,
    Identity,
    Language,
    Measure,
    Money,
    Number,
    Option,
    Passport,
    Picture,
    RichText,
    Section,
    Text,
    Value,
    YesNo,
)
from tests.passport.making import UUID_1

ENGLISH = Language("en_US", "en-US", "English", "ltr")
URL = "https://passports.example/t/lin/p/A-1"


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
    [described] = describe(passport(value), url=URL)["additionalProperty"]
    return described


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
    data = describe(passport(Picture("a/b.jpg", "b.jpg", "x")), url=URL)

    assert "additionalProperty" not in data


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
