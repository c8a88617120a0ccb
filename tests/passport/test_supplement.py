"""Passport data of every type: the supplement's products, each value worked out by hand."""

from typing import Any

import pytest

from quart_passport.passport.assembly import assemble_passport
from quart_passport.passport.json_ld import describe, embed
from quart_passport.passport.languages import languages_of
from quart_passport.passport.linked import Linked, further_references, references_of
from quart_passport.passport.model import (
    Collection,
    Composition,
    Identity,
    MediaSource,
    PassportLinks,
    Records,
    Value,
)
from tests.passport.catalogue import everything, linked, products, raw, structure
from tests.passport.making import LOCALES, needs_catalogue

pytestmark = needs_catalogue

# In German some things have no name; they are taken from English and say so.
EXPECTED = {
    "en_US": {
        "dpp_materials": "61% Wool, 30.5% Polyester, 8.5% [unlabelled]",
        "dpp_carbon_footprint": "12.4 kg",
        "dpp_recycled_content": "30.5",
        "dpp_manufactured_on": "November 3, 2025",
        "dpp_manufacturer": "Lanificio Nord",
        "dpp_certifications": "GOTS and OEKO-TEX Standard 100",
        "dpp_documents": "Recycling guide and Lab report",
        "dpp_spare_part": "Belt",
        "dpp_declaration": "declaration.pdf",
        "dpp_hazardous": "No",
        "dpp_repairability": "B – easy",
    },
    "de_DE": {
        "dpp_materials": "61 % Wolle, 30,5 % Polyester, 8,5 % [unlabelled]",
        "dpp_carbon_footprint": "12,4 kg",
        "dpp_recycled_content": "30,5",
        "dpp_manufactured_on": "3. November 2025",
        "dpp_manufacturer": "Lanificio Nord",
        "dpp_certifications": "GOTS und OEKO-TEX Standard 100 (DE)",
        "dpp_documents": "Recycling guide und Lab report",
        "dpp_spare_part": "Belt",
        "dpp_declaration": "declaration.pdf",
        "dpp_hazardous": "Nein",
        "dpp_repairability": "B – easy",
    },
    "fr_FR": {
        "dpp_materials": "61 % Laine, 30,5 % Polyester, 8,5 % [unlabelled]",
        "dpp_carbon_footprint": "12,4 kg",
        "dpp_recycled_content": "30,5",
        "dpp_manufactured_on": "3 novembre 2025",
        "dpp_manufacturer": "Lanificio Nord (FR)",
        "dpp_certifications": "GOTS et OEKO-TEX Standard 100",
        "dpp_documents": "Guide de recyclage et Lab report",
        "dpp_spare_part": "Belt",
        "dpp_declaration": "declaration.pdf",
        "dpp_hazardous": "Non",
        "dpp_repairability": "B – easy",
    },
}
DRY = "Dry clean only.\nUse a wooden hanger.\nBrush\nAir"
# By channel and language: the text, and its language where that is not the page's.
REPAIR: dict[tuple[str, str], tuple[str, str | None]] = {
    ("ecommerce", "en_US"): (DRY, None),
    ("ecommerce", "de_DE"): (DRY, "en-US"),
    ("ecommerce", "fr_FR"): ("Nettoyage à sec uniquement.", None),
    ("print", "en_US"): ("Print text", None),
    ("print", "de_DE"): ("Print text", "en-US"),
    ("print", "fr_FR"): ("Print text", "en-US"),
}


def shown(
    identifier: str, locale: str = "en_US", channel: str = "ecommerce", found: Linked | None = None
) -> dict[str, Any]:
    """All values of a product by attribute, with its title."""
    place = next(n for n, item in enumerate(raw("products")) if item["identifier"] == identifier)
    item, config = products()[place], everything(channel)
    language = next(known for known in languages_of(config) if known.locale == locale)
    passport = assemble_passport(
        item, structure(), config, Identity(item.uuid), language, found or linked()
    )
    described = describe(passport, url="https://x.example/p")
    assert "<" not in embed(described)
    values: dict[str, Value] = {f.code: f.value for s in passport.sections for f in s.fields}
    return {"title": passport.title, **values}


def as_typed(text: str) -> str:
    """With the blanks of a keyboard."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("channel", ["ecommerce", "mobile", "print"])
def test_a_complete_passport_says_everything(channel: str, locale: str) -> None:
    values = shown("1111111119", locale, channel)

    texts = {code: as_typed(v.text) for code, v in values.items() if code.startswith("dpp_")}
    repair = values.get("dpp_repair_text")
    texts.pop("dpp_repair_text", None)
    assert texts == EXPECTED[locale]
    told = (repair.text, repair.lang) if repair else None
    assert told == REPAIR.get((channel, locale))


@pytest.mark.parametrize(
    ("locale", "labels", "recycled"),
    [
        ("en_US", [("Wool", None), ("Polyester", None), ("[unlabelled]", None)], ["No", "Yes"]),
        (
            "de_DE",
            [("Wolle", None), ("Polyester", "en-US"), ("[unlabelled]", None)],
            ["Nein", "Ja"],
        ),
        ("fr_FR", [("Laine", None), ("Polyester", None), ("[unlabelled]", None)], ["Non", "Oui"]),
    ],
)
def test_materials_are_a_composition(locale: str, labels: Any, recycled: list[str]) -> None:
    value = shown("1111111119", locale)["dpp_materials"]

    assert isinstance(value, Composition)
    assert [str(share.percent) for share in value.shares] == ["61", "30.5", "8.5"]
    assert [(share.label.text, share.label.lang) for share in value.shares] == labels
    said = [[(field.code, field.value.text) for field in s.fields] for s in value.shares]
    assert said == [
        [("recycled", recycled[0]), ("origin", "Italy")],
        [("recycled", recycled[1])],
        [],
    ]


def test_the_manufacturer_is_described() -> None:
    value = shown("1111111119", "fr_FR")["dpp_manufacturer"]

    assert isinstance(value, Records)
    [record] = value.records
    assert [(f.code, f.label.text, f.value.kind, f.value.text) for f in record.fields] == [
        ("address", "Address", "text", "Via Roma 1, 13900 Biella"),
        ("website", "Website", "link", "https://lanificio.example"),
        ("country", "Country", "choice", "Italie"),
    ]


def test_documents_are_downloads_and_links() -> None:
    value = shown("1111111119")["dpp_documents"]

    assert isinstance(value, Collection)
    guide, report = value.items
    assert (guide.kind, guide.source) == ("document", MediaSource.ASSET)  # type: ignore[union-attr]
    assert guide.filename == "recycling_guide.pdf"  # type: ignore[union-attr]
    assert (report.kind, report.url) == (  # type: ignore[union-attr]
        "link",
        "https://dam.example.com/reports/42.pdf",
    )


def test_what_nobody_found_is_shown_by_its_code_or_not_at_all() -> None:
    values = shown("1111111119", found=Linked())

    assert values["dpp_manufacturer"].text == "[lanificio_nord]"
    assert values["dpp_certifications"].text == "[gots] and [oeko_tex_100]"
    assert values["dpp_documents"].text == "[recycling_guide] and [lab_report]"
    assert "dpp_spare_part" not in values


def test_it_is_known_beforehand_what_a_passport_names() -> None:
    place = next(n for n, i in enumerate(raw("products")) if i["identifier"] == "1111111119")
    config = everything("ecommerce")
    product = products()[place]

    references = references_of(product, structure(), config)

    assert references.records == {
        "manufacturer": ("lanificio_nord",),
        "certification": ("gots", "oeko_tex_100"),
    }
    assert references.assets == {"dpp_documents": ("recycling_guide", "lab_report")}
    assert [str(uuid) for uuid in references.products] == ["b6482a3b-c09b-56f9-a3f0-832fb3994b26"]
    further = further_references(product, linked(), structure(), config)
    assert (further.records, further.assets, further.products) == ({}, {}, ())


def test_hostile_values_are_texts_or_nothing() -> None:
    values = shown("1111111171")

    assert values["title"].text == '"><script>alert(document.domain)</script>'
    assert values["name"] == values["title"]
    assert values["dpp_repair_text"].html == "<p>Care</p><a>x</a>"
    assert values["dpp_repair_text"].text == "Care\nx"
    assert values["dpp_repairability"].text == "[gone_option]"
    assert values["dpp_manufacturer"].text == "[deleted_record]"
    assert values["dpp_manufactured_on"].text == "January 1, 1"
    [share] = values["dpp_materials"].shares
    assert share.text == "100%"
    assert share.fields[0].value.text == "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize("locale", LOCALES)
def test_texts_from_right_to_left_stay_as_they_are(locale: str) -> None:
    values = shown("1111111120", locale)

    assert values["name"].text == "معطف \u202eabc\u202c 上着 🧥"


def test_zero_is_a_value() -> None:
    values = shown("1111111120")

    assert values["dpp_carbon_footprint"].text == "0 g"
    assert values["dpp_recycled_content"].text == "0"
    assert values["dpp_hazardous"].text == "Yes"
    assert not isinstance(values.get("dpp_spare_part"), PassportLinks)
