"""The installation's own pages: well-formed, in three languages, and true to the code."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import Any
from uuid import UUID

import pytest
from jinja2 import Environment
from jinja2.ext import extract_from_ast
from quart import Quart, Response

from quart_passport.passport.config import LONGEST_TTL, PassportConfig, SectionConfig
from quart_passport.storage.models import TenantState
from quart_passport.tenancy.connections import DEFAULT_TTL
from quart_passport.tenancy.tenant import Connection, Tenant
from quart_passport.theming.words import Words
from quart_passport.web import error_pages
from quart_passport.web.answers import STYLE_HASH, Answers
from quart_passport.web.error_pages import Problem
from quart_passport.web.headers import kept_for

WEB = Path(error_pages.__file__).parent
CSS = (WEB / "static" / "pages.css").read_text(encoding="utf-8")
WORDS = Words.load()
HOSTILE = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>\u202e&lt;{name}"
VOID = {"meta", "link", "br", "img", "input", "hr"}
TENANT = Tenant(
    id=UUID(int=1),
    slug="nordlicht",
    name="Nordlicht & Söhne",
    origin="https://nordlicht.cloud.akeneo.com",
    state=TenantState.ACTIVE,
    ttl=7200,
    gtin_attribute="ean",
    configs=(
        PassportConfig(
            name="Product passport",
            channel="ecommerce",
            locales=("en_US", "de_DE"),
            sections=(SectionConfig(attributes=("material", "weight", "origin")),),
        ),
    ),
    connection=Connection(
        id=UUID(int=2),
        generation=1,
        client_id="",
        has_credentials=True,
        is_authorized=True,
        scopes=frozenset(),
        token_number=1,
        event_hook="",
        notification_hook="",
        subscriber_id="",
        subscription_id="",
    ),
)
EXAMPLE = "https://passport.example/t/nordlicht/p/SKU%2F1"


def _privacy(**changes: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "operator": "Example Ltd",
        "contact": "privacy@passport.example",
        "tenant": None,
        "in_memory": False,
        "reports_errors": False,
    }
    return shown | changes


def _problems() -> list[Problem]:
    """Every problem that the error pages can tell, read from their source."""
    source = ast.parse(Path(error_pages.__file__).read_text(encoding="utf-8"))
    told = [
        [argument.value for argument in call.args[1:3] if isinstance(argument, ast.Constant)]
        for call in ast.walk(source)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "Problem"
    ]
    return [Problem(400, str(title), str(explanation)) for title, explanation in told]


CASES: list[tuple[str, dict[str, Any]]] = [
    ("front.html", {"operator": "Example Ltd"}),
    ("front.html", {"operator": ""}),
    ("privacy.html", _privacy()),
    ("privacy.html", _privacy(operator="", contact="", in_memory=True)),
    ("privacy.html", _privacy(tenant=TENANT, reports_errors=True)),
    ("connected.html", {"tenant": TENANT, "example": EXAMPLE}),
    ("connected.html", {"tenant": TENANT, "example": None}),
    *[
        ("error.html", {"problem": Problem(status, "Something", "Happened", HOSTILE, 60, "0a1b")})
        for status in (400, 403, 404, 405, 409, 410, 500, 503)
    ],
]


async def _page(template: str, language: str = "en", **context: Any) -> Response:
    app = Quart("own_pages")
    async with app.test_request_context("/", headers={"Accept-Language": language}):
        return Answers(WORDS, icon="/icon.svg").page(template, **context)


async def _html(template: str, language: str = "en", **context: Any) -> str:
    return str(await (await _page(template, language, **context)).get_data(as_text=True))


class Outline(HTMLParser):
    """Reads a page strictly: every element that is opened is closed, in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "svg" in self._open
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text = " ".join(f"{self.text} {data}".split())

    def values(self, attribute: str) -> list[str | None]:
        """What an attribute says, wherever it stands."""
        return [value for _, name, value in self.attributes if name == attribute]


async def _outline(template: str, language: str = "en", **context: Any) -> Outline:
    return Outline(await _html(template, language, **context))


@pytest.mark.parametrize("language", WORDS.languages)
@pytest.mark.parametrize(("template", "context"), CASES)
async def test_every_page_is_well_formed_and_says_its_language(
    template: str, context: dict[str, Any], language: str
) -> None:
    response = await _page(template, language, **context)
    outline = Outline(str(await response.get_data(as_text=True)))

    assert ("html", "lang", language) in outline.attributes
    assert response.headers["Content-Language"] == language
    assert [outline.tags.count(tag) for tag in ("html", "title", "h1", "main")] == [1, 1, 1, 1]


@pytest.mark.parametrize(("template", "context"), CASES)
async def test_no_page_holds_a_script_or_a_style_attribute_or_asks_another_host(
    template: str, context: dict[str, Any]
) -> None:
    outline = await _outline(template, **context)

    names = {name for _, name, _ in outline.attributes}
    assert not {"script", "img", "iframe", "form"} & set(outline.tags)
    linked = [value for tag, name, value in outline.attributes if (tag, name) == ("link", "href")]
    assert linked == ["/icon.svg"]
    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]
    assert "src" not in names
    assert not re.search(r"url\(|@import|@font-face", CSS)


@pytest.mark.parametrize(("template", "context"), CASES)
async def test_headings_name_their_sections_and_ids_are_unique(
    template: str, context: dict[str, Any]
) -> None:
    outline = await _outline(template, **context)

    ids = outline.values("id")
    assert sorted(map(str, ids)) == sorted({str(name) for name in ids})
    assert outline.values("aria-labelledby") == ids
    assert outline.tags.count("section") == outline.tags.count("h2") == len(ids)


@pytest.mark.parametrize(("template", "context"), CASES)
async def test_the_stylesheet_is_the_one_that_the_policy_allows(
    template: str, context: dict[str, Any]
) -> None:
    response = await _page(template, **context)

    html = await response.get_data(as_text=True)
    assert f"<style>{CSS}</style>" in html
    assert f"'{STYLE_HASH}'" in response.headers["Content-Security-Policy"]


def _said_in_templates() -> Iterator[str]:
    for path in (WEB / "templates").glob("*.html"):
        tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
        for _, _, message in extract_from_ast(tree, gettext_functions=("t",)):
            if isinstance(message, str):
                yield message
            elif isinstance(message, tuple):
                yield next(part for part in message if part)


def _messages() -> set[str]:
    told = {text for problem in _problems() for text in (problem.title, problem.explanation)}
    return told | set(_said_in_templates())


@pytest.mark.parametrize("language", ["de", "fr"])
def test_every_message_of_the_pages_is_translated_with_the_same_placeholders(
    language: str,
) -> None:
    speak = WORDS.speak(language)
    messages = _messages()

    def placeholders(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert len(messages) > 100
    assert {message for message in messages if speak(message).lang} == set()
    assert [
        message
        for message in messages
        if placeholders(message) != placeholders(speak(message).text)
    ] == []


def test_every_problem_of_the_error_pages_is_known_here() -> None:
    titles = {problem.title for problem in _problems()}

    assert len(titles) >= 8
    assert {"This passport is no longer published", "This request is not possible"} <= titles


@pytest.mark.parametrize("language", ["de", "fr"])
@pytest.mark.parametrize("problem", _problems(), ids=lambda problem: problem.title)
async def test_no_word_of_an_error_page_is_left_in_english(problem: Problem, language: str) -> None:
    html = await _html("error.html", language, problem=problem)

    assert problem.title not in html
    assert problem.explanation not in html
    assert 'lang="en"' not in html


async def test_what_was_refused_is_shown_as_text_and_marked_as_english() -> None:
    problem = Problem(400, "This address is not valid", "Please check the address.", HOSTILE)

    outline = await _outline("error.html", "de", problem=problem)

    assert HOSTILE in outline.text
    assert not {"script", "img"} & set(outline.tags)
    assert ("bdi", "lang", "en") in outline.attributes


async def test_hostile_names_of_tenants_and_operators_are_text() -> None:
    tenant = replace(TENANT, name=HOSTILE, origin=HOSTILE)
    pages = [
        await _outline("front.html", operator=HOSTILE),
        await _outline("privacy.html", **_privacy(operator=HOSTILE, contact=HOSTILE)),
        await _outline("privacy.html", **_privacy(tenant=tenant)),
        await _outline("connected.html", tenant=tenant, example=HOSTILE),
    ]

    assert all(HOSTILE in page.text for page in pages)
    assert not {"script", "img"} & {tag for page in pages for tag in page.tags}


async def test_an_unforeseen_error_shows_its_number() -> None:
    problem = Problem(
        500, "Something went wrong on our side", "Please try again.", error_id="c0ffee"
    )

    outline = await _outline("error.html", problem=problem)

    assert "c0ffee" in outline.text


async def test_a_reader_of_a_passport_that_ended_learns_that_the_product_is_in_order() -> None:
    gone = Problem(410, "This passport is no longer published", "The merchant has ended it.")

    outline = await _outline("error.html", problem=gone)

    assert "Nothing is wrong with your product" in outline.text
    assert ("a", "href", "?lang=de") in outline.attributes


async def test_only_pages_that_can_be_asked_again_offer_other_languages() -> None:
    refused = Problem(403, "Connecting did not work", "Please open your PIM.")

    pages = [
        await _outline("error.html", problem=refused),
        await _outline("connected.html", tenant=TENANT, example=None),
    ]

    assert all("nav" not in page.tags for page in pages)


async def test_the_switch_offers_every_language_that_has_words() -> None:
    outline = await _outline("front.html", operator="")

    links = outline.values("hreflang")
    assert links == list(WORDS.languages)
    assert outline.values("aria-current") == ["true"]


async def test_the_switch_stays_with_the_tenant() -> None:
    outline = await _outline("privacy.html", **_privacy(tenant=TENANT))

    assert ("a", "href", "?lang=fr&tenant=nordlicht") in outline.attributes


@pytest.mark.parametrize(
    ("seconds", "language", "words"),
    [
        (60, "en", "1 minute"),
        (61, "en", "61 seconds"),
        (3600, "en", "1 hour"),
        (5400, "en", "90 minutes"),
        (86_400, "en", "1 day"),
        (90_000, "en", "25 hours"),
        (604_800, "en", "7 days"),
        (3600, "de", "1 Stunde"),
        (172_800, "de", "2 Tage"),
        (60, "fr", "1 minute"),
        (7200, "fr", "2 heures"),
    ],
)
async def test_the_tenants_exact_time_is_told_in_words(
    seconds: int, language: str, words: str
) -> None:
    tenant = replace(TENANT, ttl=seconds)

    privacy = await _html("privacy.html", language, **_privacy(tenant=tenant))
    connected = await _html("connected.html", language, tenant=tenant, example=None)

    assert f"<dd>{words}</dd>" in privacy
    assert "Nordlicht &amp; Söhne" in privacy
    assert f"<dd>{words}</dd>" in connected


async def test_without_a_tenant_the_bounds_in_force_are_told() -> None:
    html = await _html("privacy.html", **_privacy())

    assert (DEFAULT_TTL, LONGEST_TTL) == (3600, 7 * 86_400)
    assert "<dd>1 hour</dd>" in html
    assert "<dd>7 days</dd>" in html


async def test_copies_elsewhere_end_within_the_time_that_is_told() -> None:
    async with Quart("own_pages").test_request_context("/"):
        control = kept_for(Response(""), LONGEST_TTL).headers["Cache-Control"]
    html = await _html("privacy.html", **_privacy())

    assert sum(map(int, re.findall(r"=(\d+)", control))) <= 120
    assert "<dd>2 minutes</dd>" in html


async def test_error_reports_and_memory_are_told_as_they_are_set() -> None:
    quiet = await _outline("privacy.html", **_privacy())
    reporting = await _outline("privacy.html", **_privacy(reports_errors=True, in_memory=True))

    assert "sends error reports to nobody" in quiet.text
    assert "Copies lie in a cache" in quiet.text
    assert "the error service that the operator has chosen" in reporting.text
    assert "working memory of this server" in reporting.text


async def test_operators_learn_which_setting_is_missing() -> None:
    privacy = await _outline("privacy.html", **_privacy(operator="", contact=""))
    front = await _outline("front.html", operator="")

    for name in ("PASSPORT_OPERATOR_NAME", "PASSPORT_CONTACT_EMAIL"):
        assert name in privacy.text
        assert name in front.text


async def test_a_merchant_gets_a_passport_to_look_at_and_the_way_to_change_it() -> None:
    outline = await _outline("connected.html", tenant=TENANT, example=EXAMPLE)

    assert ("a", "href", EXAMPLE) in outline.attributes
    assert "tenants declare nordlicht quart-passport tenants apply nordlicht" in outline.text
    assert "Attributes shown 3" in outline.text
    assert "en_US, de_DE" in outline.text


async def test_a_merchant_without_products_is_told_how_they_appear() -> None:
    outline = await _outline("connected.html", tenant=TENANT, example=None)

    assert "There is no product of Nordlicht & Söhne to show just yet" in outline.text
    assert "/t/nordlicht/p/<Identifier>" in outline.text
