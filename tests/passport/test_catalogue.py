"""Every product of the demo catalogue and its supplement, in each language and channel.

What is expected is worked out from the PIM's JSON here, in other words than in the package.
"""

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import product as pairs_of
from typing import Any

import pytest

from quart_passport.passport.assembly import assemble_passport
from quart_passport.passport.json_ld import describe, embed, encode
from quart_passport.passport.languages import languages_of
from quart_passport.passport.model import (
    Choice,
    Collection,
    Composition,
    Date,
    Document,
    Field,
    Identity,
    Measure,
    Money,
    Number,
    PassportLinks,
    Picture,
    Records,
    RichText,
    Text,
    YesNo,
)
from quart_passport.passport.product import Product
from tests.passport.catalogue import (
    Raw,
    everything,
    linked,
    option_labels,
    products,
    raw,
    structure,
)
from tests.passport.making import LOCALES, needs_catalogue

pytestmark = needs_catalogue

CHANNELS = ("ecommerce", "mobile", "print")


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
            without_scripts = re.sub(r"<script>.*?</script>", "", data)
            said = html.unescape(re.sub(r"<[^>\s][^>]*>", "", without_scripts))
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
            assert value.date.isoformat() == data[:10]
            assert str(int(year)) in value.text
            assert str(int(day)) in value.text
        case Choice():
            codes = data if isinstance(data, list) else [data]
            labels = [
                label(option_labels().get((field.code, code), {}), locale, code) for code in codes
            ]
            assert [(option.code, option.label.text) for option in value.options] == list(
                zip(codes, labels, strict=True)
            )
        case Picture() | Document():
            assert value.media == data
            assert data.endswith(value.filename)
        case Records():
            codes = data if isinstance(data, list) else [data]
            assert [record.code for record in value.records] == codes
        case Collection():
            assert len(value.items) == len(data)
        case Composition():
            shares = [(row["material"], Decimal(row["percentage"])) for row in data]
            assert [(share.code, share.percent) for share in value.shares] == shares
        case PassportLinks():
            assert [str(link.identity.uuid) for link in value.links] == [data["id"]]
        case _:
            raise AssertionError(f"{field.code} is shown as a {value.kind}")


def shown(item: Product, channel: str, locale: str) -> dict[str, Field]:
    config = everything(channel)
    language = next(lang for lang in languages_of(config) if lang.locale == locale)
    identity = Identity(item.uuid)
    passport = assemble_passport(item, structure(), config, identity, language, linked())
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
    scoped = {
        "ecommerce": {"date", "rich_text"},
        "mobile": {"date"},
        "print": {"date", "rich_text"},
    }
    everywhere = {"text", "number", "measure", "money", "yes_no", "choice", "picture"}
    supplemented = {"composition", "record", "collection", "document", "passports"}
    assert kinds.keys() == everywhere | supplemented | scoped[channel]
    print(f"{channel}, {locale}: {len(products())} products, {sum(kinds.values())} values equal")
