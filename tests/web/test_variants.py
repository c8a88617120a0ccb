"""Which language and which form a reader gets, by headers of every quality, over real sockets."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from quart_passport.sandbox import Catalog
from tests.stack import Stack
from tests.web.altering import without_locale
from tests.web.conftest import connected_stack
from tests.web.wire import Answer, ask

pytestmark = pytest.mark.asyncio(loop_scope="module")

BY_NAME = "/t/skarrefell/p/SF-KULL-01"
BY_LINK = "/t/skarrefell/01/09521001006019"
BY_SERIAL = f"{BY_LINK}/10/L1/21/S%2F1"
# No French text, so that there is something to fall back from.
UNTRANSLATED = "/t/skarrefell/p/SF-RAVN-RUS-L"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(folder: Path, worlds: dict[str, Catalog]) -> AsyncIterator[Stack]:
    catalog = without_locale(worlds["clothing"], "SF-RAVN-RUS-L", "fr_FR")
    async with connected_stack(folder, {"skarrefell": catalog}) as running:
        yield running


@pytest.mark.parametrize(
    ("query", "header", "tag"),
    [
        ("", "", "de-DE"),
        ("", "fr", "fr-FR"),
        ("", "fr-CA", "fr-FR"),
        ("", "FR-fr", "fr-FR"),
        ("", "en;q=0.2, fr;q=0.8, de;q=0.5", "fr-FR"),
        ("", "nl, en-GB;q=0.7", "en-US"),
        ("", "nl, *;q=0.1", "de-DE"),
        ("", "de;q=0, *", "en-US"),
        ("", "de;q=0, en;q=0, fr;q=0", "de-DE"),
        ("", "nl", "de-DE"),
        ("", "fr;q=2", "de-DE"),
        ("", ";;;,,,=", "de-DE"),
        ("", "\xff\xfe", "de-DE"),
        ("", "fr" + ", en;q=0.9" * 300, "fr-FR"),
        ("?lang=fr", "de", "fr-FR"),
        ("?lang=fr-FR", "de", "fr-FR"),
        ("?lang=fr_FR", "de", "fr-FR"),
        ("?lang=FR", "de", "fr-FR"),
        ("?lang=nl", "fr", "fr-FR"),
        ("?lang=", "fr", "fr-FR"),
        ("?lang=%00%ff%0d%0aX:y", "fr", "fr-FR"),
        ("?lang=" + "fr-" * 300, "en", "fr-FR"),
        ("?lang=../../etc", "en", "en-US"),
        ("?lang=<script>", "en", "en-US"),
        ("?lang[]=fr", "en", "en-US"),
        ("?LANG=fr", "en", "en-US"),
        ("?x=1&lang=fr", "en", "fr-FR"),
    ],
)
async def test_the_reader_gets_the_language_that_suits_best(
    stack: Stack, query: str, header: str, tag: str
) -> None:
    answer = await ask(
        stack.url, BY_NAME + query, *([f"Accept-Language: {header}"] if header else [])
    )

    assert answer.status == 200
    assert answer["content-language"] == tag
    assert answer["vary"] == "Accept, Accept-Language"
    assert f'<html lang="{tag}" dir="ltr">' in answer.text


@pytest.mark.parametrize("path", [BY_NAME, BY_LINK, BY_SERIAL])
async def test_alternates_lead_to_the_same_page_in_each_language(stack: Stack, path: str) -> None:
    page = await ask(stack.url, path)

    alternates = dict(
        re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page.text)
    )

    assert set(alternates) == {"de-DE", "en-US", "fr-FR"}
    for tag, address in alternates.items():
        other = await ask(stack.url, address.removeprefix(stack.url), "Accept-Language: en")
        assert (other.status, other["content-language"]) == (200, tag)
        assert _link(other, "canonical") == _link(page, "canonical")


async def test_a_value_in_another_language_says_so(stack: Stack) -> None:
    french = (await ask(stack.url, f"{UNTRANSLATED}?lang=fr")).text
    german = (await ask(stack.url, f"{UNTRANSLATED}?lang=de")).text

    borrowed = re.findall(r'lang="(?:de-DE|en-US)" dir="auto">([^<]+)', french)

    assert '<html lang="fr-FR"' in french
    assert borrowed
    assert re.findall(r'<(?:span|div)[^>]* lang="', german) == []


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/*", "text/html"),
        ("application/*", "application/ld+json"),
        ("application/ld+json", "application/ld+json"),
        ("APPLICATION/LD+JSON", "application/ld+json"),
        ("application/ld+json, */*;q=0.1", "application/ld+json"),
        ("application/ld+json;q=0.9, text/html;q=0.8", "application/ld+json"),
        ("application/ld+json;q=0.8, text/html;q=0.9", "text/html"),
        ("application/ld+json, text/html", "text/html"),
        ("application/ld+json;q=0, text/html", "text/html"),
        ("application/ld+json;q=0", "text/html"),
        ('application/ld+json;profile="http://schema.org"', "application/ld+json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", "text/html"),
        ("application/json", "text/html"),
        ("image/png", "text/html"),
        ("garbage", "text/html"),
        (";;;q=,,/", "text/html"),
        ("a/b;q=nan, application/ld+json;q=-1", "text/html"),
        ("text/html;q=1e999", "text/html"),
        ("\xff", "text/html"),
        ("application/ld+json" + ", a/b" * 180, "application/ld+json"),
    ],
)
async def test_the_form_is_negotiated(stack: Stack, accept: str, form: str) -> None:
    answer = await ask(stack.url, BY_NAME, *([f"Accept: {accept}"] if accept else []))

    assert answer.status == 200
    assert answer["content-type"].split(";")[0] == form
    assert answer["vary"] == "Accept, Accept-Language"


@pytest.mark.parametrize("path", [BY_NAME, BY_LINK, BY_SERIAL])
@pytest.mark.parametrize("tag", ["de-DE", "en-US", "fr-FR"])
async def test_data_and_page_say_the_same(stack: Stack, path: str, tag: str) -> None:
    page = await ask(stack.url, f"{path}?lang={tag}")
    data = await ask(stack.url, f"{path}?lang={tag}", "Accept: application/ld+json")

    (block,) = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', page.text, re.DOTALL
    )
    described = json.loads(data.body)

    assert json.loads(block) == described
    assert described["@id"] == described["url"] == _link(page, "canonical")
    assert described["@context"] == ["https://schema.org", {"@language": tag}]
    assert described["@type"] == ("IndividualProduct" if path == BY_SERIAL else "Product")
    assert described["hasDigitalProductPassport"]["inLanguage"] == tag
    assert data["content-language"] == tag
    assert described["gtin14"] == "09521001006019"
    assert "<" not in block


async def test_the_data_are_strict_json_with_known_keys_only(stack: Stack) -> None:
    """Without the network: no key that is neither of JSON-LD nor of schema.org's Product."""
    data = await ask(stack.url, BY_SERIAL, "Accept: application/ld+json")

    described = msgspec.json.decode(data.body)

    assert data.body.decode("utf-8").isprintable()
    assert described.keys() <= {
        *("@context", "@type", "@id", "url", "name", "sku", "gtin14", "serialNumber", "brand"),
        *("image", "category", "material", "additionalProperty", "subjectOf"),
        *("hasGS1DigitalLink", "hasDigitalProductPassport"),
    }
    for described_property in described["additionalProperty"]:
        assert described_property["@type"] == "PropertyValue"
        assert described_property.keys() <= {
            *("@type", "propertyID", "name", "value", "unitCode", "unitText")
        }


def _link(page: Answer, relation: str) -> str:
    (address,) = re.findall(rf'<link rel="{relation}" href="([^"]+)">', page.text)
    return str(address)
