"""Rich text from the PIM: harmless whatever it was."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from quart_passport.errors import InvalidInput
from quart_passport.passport.sanitise import (
    LONGEST_TEXT,
    plain_text,
    sanitise,
    script_data,
    tidy,
    tidy_line,
    trusted_css,
)
from tests.passport.payloads import PAYLOADS

HARMLESS = {
    *("p", "br", "blockquote", "h3", "h4", "h5", "h6", "ul", "ol", "li"),
    *("strong", "em", "b", "i", "u", "sub", "sup", "a"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}

pieces = st.sampled_from(
    [
        *PAYLOADS[:-2],
        *("<", ">", "</", "<!--", "-->", "&", "&lt;", "'", '"', "=", "\x00", "\u2028"),
        *("<h1>", "</h2>", "<table>", "<td>", "<svg>", "<math>", "<mtext>", "<style>", "<a href="),
    ]
)
hostile = st.lists(pieces | st.text(max_size=10), max_size=8).map("".join)


class Inspector(HTMLParser):
    """Collects what a result consists of."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.others: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)


def assert_harmless(markup: Markup) -> None:
    inspector = Inspector()
    inspector.feed(markup)
    inspector.close()

    assert inspector.elements <= HARMLESS
    assert not inspector.others
    for element, name, value in inspector.attributes:
        assert (element, name) in {("a", "href"), ("a", "rel")}
        assert name != "href" or (value or "").lower().startswith("https://")
        assert name != "rel" or value == "noopener nofollow"


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload[:40])
def test_an_attack_leaves_nothing_but_harmless_elements(payload: str) -> None:
    assert_harmless(sanitise(payload))


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload[:40])
def test_an_attack_stays_harmless_when_parsed_again(payload: str) -> None:
    once = sanitise(payload)

    assert_harmless(sanitise(once))


@settings(max_examples=500)
@given(hostile)
def test_no_mixture_of_attacks_gets_through(html: str) -> None:
    assert_harmless(sanitise(html))


@settings(max_examples=300)
@given(hostile)
def test_plain_text_has_no_elements_and_nothing_unprintable(html: str) -> None:
    text = plain_text(html)

    assert "\x00" not in text
    assert text == text.strip()


@pytest.mark.parametrize(
    ("html", "result"),
    [
        ("<p>Dry <b>clean</b><br>only</p>", "<p>Dry <b>clean</b><br>only</p>"),
        ("<ul><li>Brush<li>Air</ul>", "<ul><li>Brush</li><li>Air</li></ul>"),
        ("<p>H<sub>2</sub>O &amp; more", "<p>H<sub>2</sub>O &amp; more</p>"),
        ("<div><span style='color:red'>x</span></div>", "x"),
        ("5 < 6", "5 &lt; 6"),
    ],
)
def test_what_a_merchant_formats_stays(html: str, result: str) -> None:
    assert sanitise(html) == Markup(result)


def test_headings_go_below_those_of_the_page() -> None:
    html = "".join(f"<h{level}>x</h{level}>" for level in range(1, 7))

    assert sanitise(html) == Markup("<h3>x</h3><h4>x</h4><h5>x</h5><h6>x</h6><h6>x</h6><h6>x</h6>")


@pytest.mark.parametrize(
    ("levels", "fitted"),
    [
        ([1, 4, 4, 2], [3, 4, 4, 4]),
        ([3, 1, 2], [3, 3, 4]),
        ([6], [3]),
        ([2, 3, 5, 3, 6, 2], [3, 4, 5, 4, 5, 3]),
        ([1, 2, 3, 4, 5, 6, 1], [3, 4, 5, 6, 6, 6, 3]),
    ],
)
def test_no_level_of_a_texts_headings_is_skipped(levels: list[int], fitted: list[int]) -> None:
    html = "".join(f"<h{level}>x</h{level}><p>y</p>" for level in levels)

    assert sanitise(html) == Markup("".join(f"<h{n}>x</h{n}><p>y</p>" for n in fitted))


@given(st.lists(st.integers(1, 6) | st.just(0), max_size=30))
def test_each_heading_is_at_most_one_level_below_the_one_before(levels: list[int]) -> None:
    html = "".join(f"<h{level}>x" if level else "<blockquote>" for level in levels)

    fitted = [int(level) for level in re.findall(r"<h([1-6])>", sanitise(html))]

    assert len(fitted) == len([level for level in levels if level])
    assert all(after <= before + 1 for before, after in pairwise([2, *fitted]))
    assert all(3 <= level <= 6 for level in fitted)


def test_a_heading_within_another_is_closed_where_it_belongs() -> None:
    html = "<h2><b>x<h4>y</h4></b></h2><h2>z</h2>"

    assert sanitise(html) == Markup("<h3><b>x<h4>y</h4></b></h3><h3>z</h3>")


def test_a_heading_that_is_only_written_about_stays_as_written() -> None:
    assert sanitise("use &lt;h1&gt; here") == Markup("use &lt;h1&gt; here")


def test_an_https_link_stays_and_tells_nothing_of_its_reader() -> None:
    markup = sanitise('<a href="https://brand.example/care?a=1&amp;b=2">Care</a>')

    assert markup == Markup(
        '<a href="https://brand.example/care?a=1&amp;b=2" rel="noopener nofollow">Care</a>'
    )


@pytest.mark.parametrize(
    "address",
    ["//host", "/path", "http://host", "https:host", "https://", "https://a b", "HTTPS:\\\\host"],
)
def test_a_link_elsewhere_loses_its_address(address: str) -> None:
    assert sanitise(f'<a href="{address}">x</a>') == Markup("<a>x</a>")


def test_text_without_elements_keeps_its_lines() -> None:
    html = "<h2>Care</h2><p>Dry\nclean<br>only.</p><ul><li>A &amp; B</li></ul><td>1</td>"

    assert plain_text(html) == "Care\nDry clean\nonly.\nA & B\n1"


def test_scripts_are_no_text() -> None:
    assert plain_text("<p>Care</p><script>alert(1)</script><style>p{}</style>") == "Care"


def test_texts_are_cut_where_a_pim_cuts_them() -> None:
    assert len(tidy("x" * 100_000)) == LONGEST_TEXT
    assert len(sanitise("x" * 100_000)) == LONGEST_TEXT


@given(st.text(st.characters(categories=["Cc", "Cs", "Cn", "L"])))
def test_a_tidy_text_can_be_sent_as_html(text: str) -> None:
    tidied = tidy(text)

    tidied.encode()
    assert not set(tidied) & {chr(code) for code in range(32)} - {"\n", "\t"}


def test_line_ends_become_those_of_unix() -> None:
    assert tidy(" a\r\nb\rc\n") == "a\nb\nc"
    assert tidy_line(" a\r\nb\t c ") == "a b c"


@given(st.text())
def test_no_text_can_leave_a_data_block(text: str) -> None:
    assert not set(script_data(text)) & set("<>&\u2028\u2029")


def test_a_stylesheet_that_could_end_its_element_is_refused() -> None:
    assert trusted_css("p > a { color: #123456 }") == Markup("p > a { color: #123456 }")
    with pytest.raises(InvalidInput):
        trusted_css("p{} </style><script>")
