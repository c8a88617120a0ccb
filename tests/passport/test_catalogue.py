"""Every product of the demo catalogue, in each language and channel.

What is expected is worked out from the PIM's JSON here, in other words than in the package.
"""

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import product as pairs_of
from typing import Any

import msgspec
import pytest

from quart_passport.passport.assembly import assemble_passport
from quart_passport.passport.config import PassportConfig, SectionConfig
from quart_passport.passport.decoding import decode_items, decode_product
from quart_passport.passport.json_ld import describe, embed, encode
from quart_passport.passport.languages import languages_of
from quart_passport.passport.model import (
    Choice,
    Date,
    Field,
    Identity,
    Measure,
    Money,
    Number,
    Picture,
    RichText,
    Text,
    YesNo,
)
from quart_passport.passport.product import Product
from quart_passport.passport.structure import (
    Attribute,
    AttributeGroup,
    Channel,
    Family,
    MeasurementFamily,
    Structure,
)
from tests.passport.making import CATALOGUE, LOCALES, needs_catalogue

pytestmark = needs_catalogue

CHANNELS = ("ecommerce", "mobile", "print")
Raw = dict[str, Any]


@cache
def raw(name: str) -> list[Raw]:
    items: list[Raw] = json.loads((CATALOGUE / f"{name}.json").read_bytes())
    return items


@cache
def option_labels() -> dict[tuple[str, str], dict[str, str]]:
    return {(o["attribute"], o["code"]): o["labels"] for o in raw("attribute_options")}


def linked(attribute: str, code: str) -> Raw:
    labels = option_labels()[attribute, code]
    return {"attribute": attribute, "code": code, "labels": labels}


def with_options(item: Raw) -> Raw:
    """The product as the PIM sends it with option labels."""
    types = {a["code"]: a["type"] for a in raw("attributes")}
    values = json.loads(json.dumps(item["values"]))
    for attribute, entries in values.items():
        for entry in entries:
            if types[attribute] == "pim_catalog_simpleselect":
                entry["linked_data"] = linked(attribute, entry["data"])
            if types[attribute] == "pim_catalog_multiselect":
                entry["linked_data"] = {c: linked(attribute, c) for c in entry["data"]}
    return item | {"values": values}


@cache
def products() -> list[Product]:
    body = msgspec.json.encode({"_embedded": {"items": [with_options(p) for p in raw("products")]}})
    return decode_items(body, Product)


@cache
def structure() -> Structure:
    def read(name: str, kind: Any) -> Any:
        return {i.code: i for i in decode_items((CATALOGUE / f"{name}.json").read_bytes(), kind)}

    return Structure(
        attributes=read("attributes", Attribute),
        groups=read("attribute_groups", AttributeGroup),
        families=read("families", Family),
        channels=read("channels", Channel),
        locales=LOCALES,
        measurement_families=read("measurement_families", MeasurementFamily),
    )


def everything(channel: str) -> PassportConfig:
    groups = raw("attribute_groups")
    sections = [SectionConfig(tuple(g["attributes"]), group=g["code"]) for g in groups]
    return PassportConfig("All", channel, LOCALES, tuple(sections))


def digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def plain(amount: Any) -> str:
    """Digits of an amount without the zeros after its point."""
    text = str(amount)
    return digits(re.sub(r"\.?0+$", "", text) if "." in text else text)


def expected_entry(entries: list[Raw], channel: str, locale: str) -> Raw | None:
    """The PIM's rule, then our fallback: other locales of the configuration in order."""
    for wanted in [locale, None, *(other for other in LOCALES if other != locale)]:
        for entry in entries:
            if entry["locale"] == wanted and entry["scope"] in (None, channel):
                return entry
    return None


def label(labels: dict[str, str], locale: str, code: str) -> str:
    order = [locale, *LOCALES]
    return next((labels[at] for at in order if labels.get(at)), f"[{code}]")


def assert_shows(field: Field, entry: Raw, locale: str) -> None:
    """That a field shows one raw entry, type by type."""
    data, value = entry["data"], field.value
    foreign = entry["locale"] not in (None, locale)
    match value:
        case Text():
            assert value.text.split() == data.split()
            assert value.lang == (entry["locale"].replace("_", "-") if foreign else None)
        case RichText():
            said = html.unescape(re.sub(r"<[^>\s][^>]*>", "", data))
            assert "".join(value.text.split()) == "".join(said.split())
            assert "".join(value.html.striptags().split()) == "".join(said.split())
            assert (value.lang is not None) is foreign
        case Number():
            assert value.amount == Decimal(str(data))
            assert digits(value.text) == plain(data)
        case Measure():
            assert (value.amount, value.unit) == (Decimal(data["amount"]), data["unit"])
            assert digits(value.text).startswith(plain(data["amount"]))
            assert not value.text.endswith("]")
        case Money():
            shown = [(price.amount, price.currency) for price in value.prices]
            assert shown == [(Decimal(str(p["amount"])), p["currency"]) for p in data]
            for price, sent in zip(value.prices, data, strict=True):
                assert digits(price.text) == digits(f"{Decimal(str(sent['amount'])):.2f}")
        case YesNo():
            words = {"en_US": "Yes No", "de_DE": "Ja Nein", "fr_FR": "Oui Non"}[locale].split()
            assert (value.answer, value.text) == (data, words[0] if data else words[1])
        case Date():
            year, _, day = data[:10].split("-")
            assert f"{value.date:%Y-%m-%d}" == data[:10]
            assert year in value.text
            assert str(int(day)) in value.text
        case Choice():
            codes = data if isinstance(data, list) else [data]
            labels = [label(option_labels()[field.code, code], locale, code) for code in codes]
            assert [(option.code, option.label.text) for option in value.options] == list(
                zip(codes, labels, strict=True)
            )
        case Picture():
            assert value.media == data
            assert data.endswith(value.filename)


def shown(item: Product, channel: str, locale: str) -> dict[str, Field]:
    config = everything(channel)
    language = next(lang for lang in languages_of(config) if lang.locale == locale)
    passport = assemble_passport(item, structure(), config, Identity(item.uuid), language)
    fields = {field.code: field for section in passport.sections for field in section.fields}
    if passport.picture:
        family = structure().families[item.family or ""]
        code = family.attribute_as_image or ""
        fields[code] = Field(code, passport.title, passport.picture)
    assert json.loads(encode(describe(passport, url="https://x.example/p")))
    assert "<" not in embed(describe(passport, url="https://x.example/p"))
    return fields


def expected(item: Raw, channel: str, locale: str) -> Iterator[tuple[str, Raw]]:
    images = {family["code"]: family["attribute_as_image"] for family in raw("families")}
    main = images.get(item["family"])
    pictures = [entry["data"] for entry in item["values"].get(main, [])]
    for attribute, entries in item["values"].items():
        entry = expected_entry(entries, channel, locale)
        # The main picture is shown once, even if another attribute holds the same file.
        if entry is None or (attribute != main and entry["data"] in pictures):
            continue
        if str(entry["data"]).strip():
            yield attribute, entry


@pytest.mark.parametrize(("channel", "locale"), list(pairs_of(CHANNELS, LOCALES)))
def test_every_product_shows_exactly_what_the_pim_says(channel: str, locale: str) -> None:
    kinds: Counter[str] = Counter()

    for item, sent in zip(products(), raw("products"), strict=True):
        fields = shown(item, channel, locale)
        wanted = dict(expected(sent, channel, locale))
        assert fields.keys() == wanted.keys(), sent["identifier"]
        for code, entry in wanted.items():
            assert_shows(fields[code], entry, locale)
            kinds[fields[code].value.kind] += 1

    assert len(products()) == 1239
    # The catalogue has scopable values in these channels only.
    scoped = {"ecommerce": {"date", "rich_text"}, "mobile": set(), "print": {"rich_text"}}
    everywhere = {"text", "number", "measure", "money", "yes_no", "choice", "picture"}
    assert kinds.keys() == everywhere | scoped[channel]


def supplemented(identifier: str) -> tuple[Structure, Product]:
    """A product with the supplement's values over its own, and the structure they need."""
    folder = CATALOGUE.parent / "supplement"
    values = json.loads((folder / "product_values.json").read_bytes())["products"][identifier]
    attributes = decode_items((folder / "attributes.json").read_bytes(), Attribute)
    item = next(p for p in raw("products") if p["identifier"] == identifier)
    merged = item | {"values": item["values"] | values}
    known = structure().attributes | {attribute.code: attribute for attribute in attributes}
    return msgspec.structs.replace(structure(), attributes=known), decode_product(merged)


def texts_of(identifier: str) -> dict[str, str]:
    known, item = supplemented(identifier)
    codes = tuple(code for code in known.attributes if code.startswith("dpp_"))
    config = PassportConfig("All", "ecommerce", LOCALES, (SectionConfig(("name", *codes)),))
    [english, *_] = languages_of(config)

    passport = assemble_passport(item, known, config, Identity(item.uuid), english)

    assert "<" not in embed(describe(passport, url="https://x.example/p"))
    return {field.code: field.value.text for field in passport.sections[0].fields}


def test_passport_data_are_shown_as_far_as_their_types_are_known() -> None:
    texts = texts_of("1111111119")

    assert texts.items() >= {
        ("dpp_carbon_footprint", "12.4 kg"),
        ("dpp_recycled_content", "30.5"),
        ("dpp_manufactured_on", "November 3, 2025"),
        ("dpp_declaration", "declaration.pdf"),
        ("dpp_repair_text", "Dry clean only.\nUse a wooden hanger.\nBrush\nAir"),
        ("dpp_hazardous", "No"),
        ("dpp_repairability", "[b]"),
    }
    assert "dpp_materials" not in texts


def test_hostile_values_are_texts_or_nothing() -> None:
    texts = texts_of("1111111171")

    assert texts["name"] == '"><script>alert(document.domain)</script>'
    assert texts["dpp_repair_text"] == "Care\nx"
    assert texts["dpp_repairability"] == "[gone_option]"
    assert texts["dpp_manufactured_on"] == "January 1, 1"


def test_zero_is_a_value() -> None:
    texts = texts_of("1111111120")

    assert (texts["dpp_carbon_footprint"], texts["dpp_recycled_content"]) == ("0 g", "0")
