"""Where passports are found, over real sockets: odd identifiers, UUIDs, Digital Links."""

import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
import pytest_asyncio

from quart_passport.passport.config import Rule
from quart_passport.sandbox import Catalog
from quart_passport.tenancy.configs import decisions_of, save_decisions
from tests.stack import Stack
from tests.web.altering import with_products
from tests.web.conftest import connected_stack
from tests.web.wire import ask

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODD = (
    "A/B C#1%",
    "/A",
    "A//B",
    "Ünïcode",
    "a?b=c&d",
    "100%25",
    "01",
    "x.svg",
    "%2F",
    "+",
    "é\u0301",
)


def _with_check_digit(digits: str) -> str:
    weighed = sum(int(digit) * (3 - 2 * (place % 2)) for place, digit in enumerate(digits[::-1]))
    return digits + str(-weighed % 10)


# As merchants write them.
GTINS = {
    name: _with_check_digit(digits)
    for name, digits in (
        ("GTIN-8", "9520000"),
        ("GTIN-12", "95210010901"),
        ("GTIN-13", "952100109001"),
        ("GTIN-14", "1952100109001"),
    )
}
NOBODYS = _with_check_digit("952999999999")
LINK = "/t/zellwarth/01/09521002001020"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(folder: Path, worlds: dict[str, Catalog]) -> AsyncIterator[Stack]:
    odd = {identifier: {} for identifier in ODD}
    numbered = {name: {"gtin": number} for name, number in GTINS.items()}
    hidden = {"DRAFT": {"enabled": False}, "CHARGER": {"family": "charger"}}
    batteries = with_products(worlds["batteries"], "LH-500 36V", {**odd, **numbered, **hidden})
    async with connected_stack(folder, {"zellwarth": batteries}) as running:
        tenant = await running.services.directory.find("zellwarth")
        config = msgspec.structs.replace(tenant.configs[0], rule=Rule(families=("battery",)))
        await save_decisions(tenant, replace(decisions_of(tenant), configs=(config,)))
        await running.services.directory.reread("zellwarth")
        yield running


def _canonical(page: str) -> str:
    (found,) = re.findall(r'<link rel="canonical" href="([^"]+)">', page)
    return str(found)


def _shown(page: str) -> list[str]:
    """What the page calls itself: identifier, GTIN, variant, batch, serial."""
    return [html.unescape(value) for value in re.findall(r"<dd>([^<]+)</dd>", page)]


@pytest.mark.parametrize("identifier", [*ODD, "LH-200/B 36V"])
async def test_an_identifier_is_found_however_it_is_encoded(stack: Stack, identifier: str) -> None:
    upper = quote(identifier, safe="")
    # Everything encoded, in small hexadecimal digits.
    lower = "".join(f"%{byte:02x}" for byte in identifier.encode())

    answers = [await ask(stack.url, f"/t/zellwarth/p/{name}") for name in (upper, lower)]

    assert [answer.status for answer in answers] == [200, 200]
    # The second may know more of its pictures' sizes.
    assert _shown(answers[0].text) == _shown(answers[1].text)
    assert _canonical(answers[0].text) == _canonical(answers[1].text)
    own = f"{stack.url}/t/zellwarth/p/{upper}"
    linked = f"{stack.url}/t/zellwarth/01/"
    assert _canonical(answers[0].text).startswith((own, linked))
    assert identifier in _shown(answers[0].text)


async def test_a_path_that_a_proxy_has_decoded_is_nobody_elses_product(stack: Stack) -> None:
    for path in ("A/B%20C%231%25", "//A", "/A", "A//B", "A%2FB%20C%231%25/", "%2FA/", "A%2F%2FB/x"):
        answer = await ask(stack.url, f"/t/zellwarth/p/{path}")

        assert (answer.status, answer.all("location")) == (404, []), path


async def test_a_product_is_found_by_its_uuid_in_either_case(stack: Stack) -> None:
    uuid = "a4770ddc-d92f-5b79-9cde-0962f29bf8be"

    answers = [
        await ask(stack.url, f"/t/zellwarth/p/{name}")
        for name in (uuid, uuid.upper(), "LH-500%2036V")
    ]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert {answer.body for answer in answers} == {answers[0].body}


@pytest.mark.parametrize("kind", GTINS)
async def test_a_gtin_leads_to_its_product_in_each_length(stack: Stack, kind: str) -> None:
    padded = GTINS[kind].zfill(14)

    for written in {GTINS[kind], padded}:
        answer = await ask(stack.url, f"/t/zellwarth/01/{written}")

        assert answer.status == 200, written
        assert kind in _shown(answer.text)
        assert _canonical(answer.text) == f"{stack.url}/t/zellwarth/01/{padded}"


async def test_variant_lot_and_serial_are_on_the_page_and_decide_its_level(stack: Stack) -> None:
    levels = {
        "": "Product model",
        "/22/V1": "Product model",
        "/10/L%2F1": "Batch",
        "/10/L1/21/S%3Cb%3E": "Single item",
        "/22/V1/10/L1/21/S1": "Single item",
    }

    for qualifiers, level in levels.items():
        answer = await ask(stack.url, LINK + qualifiers, "Accept-Language: en")

        assert answer.status == 200, qualifiers
        assert level in answer.text
        assert _canonical(answer.text) == stack.url + LINK + qualifiers
    assert {"V1", "L1", "S1"} <= set(_shown(answer.text))


async def test_a_serial_that_looks_like_markup_is_text(stack: Stack) -> None:
    answer = await ask(stack.url, f"{LINK}/21/%3Cscript%3Ex()%3C%2Fscript%3E"[:200])

    assert answer.status == 200
    assert "<script>x()" not in answer.text
    assert "<script>x()</script>" in _shown(answer.text)


@pytest.mark.parametrize(
    "link",
    [
        "01/09521002001021",
        "01/abc",
        "01/%D9%A0%D9%A9%D9%A5%D9%A2%D9%A1%D9%A0%D9%A0%D9%A2%D9%A0%D9%A0%D9%A1%D9%A0%D9%A2%D9%A0",
        "01/00000000000000",
        "01/9521002001020/17/261231",
        "01/9521002001020/21/1/10/2",
        "01/9521002001020/10/1/10/2",
        "01/9521002001020/10/",
        "01/9521002001020/10",
        "01/9521002001020/10/a%20b",
        "01/9521002001020/10/123456789012345678901",
        "01/9521002001020/10/%FF",
        "01/9521002001020/10/%",
        "01/9521002001020//",
        "01/9521002001020/lot/1",
    ],
)
async def test_a_bad_digital_link_is_a_bad_request(stack: Stack, link: str) -> None:
    answer = await ask(stack.url, f"/t/zellwarth/{link}")

    assert answer.status == 400
    assert "<h1" in answer.text


async def test_a_slash_after_a_digital_link_is_tolerated(stack: Stack) -> None:
    for qualifiers in ("", "/10/L1"):
        answer = await ask(stack.url, f"{LINK}{qualifiers}/")

        assert answer.status == 200
        assert _canonical(answer.text) == f"{stack.url}{LINK}{qualifiers}"


@pytest.mark.parametrize(
    "path",
    [
        "/t/zellwarth/p/NOBODY",
        f"/t/zellwarth/01/{NOBODYS}",
        "/t/zellwarth/p/00000000-0000-4000-8000-000000000000",
        "/t/zellwarth/p/DRAFT",
        "/t/zellwarth/p/DSP-X7",
        "/t/zellwarth/p/CHARGER",
        "/t/zellwarth/p/CH-2A%2036V",
        "/t/zellwarth/p/",
        "/t/zellwarth/p",
        "/t/zellwarth/p/LH-500%2036V/",
        "/t/zellwarth/p/lh-500%2036v%20",
        "/t/zellwarth",
        "/t/zellwarth/",
        "/t/nobody/p/LH-500%2036V",
        "/t/ZELLWARTH/p/LH-500%2036V",
        "/t%2Fzellwarth/p/A/LH-500%2036V",
        "/t/zellwarth%2Fp/A/LH-500%2036V",
        "/t/zellwarth//p/LH-500%2036V",
        "/t//zellwarth/p/LH-500%2036V",
        "/.well-known//security.txt",
        "/privacy/",
        "//t/zellwarth/p/LH-500%2036V",
        "/healthz/",
        "/static/default/x/../../../etc/passwd",
        "/static/default/0000000000000000/passport.svg",
        "/t/zellwarth/media/x/y",
        "/.env",
    ],
)
async def test_what_is_not_published_is_not_found(stack: Stack, path: str) -> None:
    answer = await ask(stack.url, path)

    assert answer.status == 404
    assert answer.all("location") == []
    assert answer["cache-control"] == "no-store"


async def test_broken_percent_encoding_is_a_clean_refusal(stack: Stack) -> None:
    for name in ("%", "%zz", "%FF", "%C3", "a%00b", "a%0Ab", "a%7Fb", "%ED%A0%80"):
        answer = await ask(stack.url, f"/t/zellwarth/p/{name}")

        assert answer.status in {400, 404}, name


async def test_other_methods_are_refused_and_the_right_ones_named(stack: Stack) -> None:
    for path in (
        "/",
        "/privacy",
        "/healthz",
        LINK,
        "/t/zellwarth/p/A%2F%2FB",
        "/t/zellwarth/qr/x.svg",
    ):
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"):
            answer = await ask(stack.url, path, method=method)

            assert answer.status == 405, (method, path)
            assert sorted(answer["allow"].split(", ")) == ["GET", "HEAD"]


HOSTS = [
    *(
        (f"Host: {host}",)
        for host in (
            "evil.example",
            "evil.example:80",
            "127.0.0.1:1",
            "localhost",
            "[::1]",
            "zellwarth.evil.example",
            "evil.example/t/x",
            "evil.example#",
            '"><script>',
            "evil.example, 127.0.0.1",
        )
    ),
    *(
        (f"{name}: {value}",)
        for name in ("X-Forwarded-Host", "X-Host", "X-Original-Host", "X-HTTP-Host-Override")
        for value in ("evil.example", "127.0.0.1, evil.example")
    ),
    ("Forwarded: for=1.2.3.4;host=evil.example;proto=https",),
    ("X-Forwarded-Proto: https",),
    ("X-Forwarded-Scheme: https", "X-Forwarded-Port: 443"),
    ("X-Forwarded-Prefix: /evil",),
    ("X-Script-Name: /evil",),
    ("X-Original-URL: /privacy",),
    ("X-Rewrite-URL: /privacy",),
    ("X-Forwarded-For: 1.2.3.4",),
    ("X-HTTP-Method-Override: DELETE",),
    ("Origin: https://evil.example",),
    ("Referer: https://evil.example/",),
    ("Host: evil.example", "X-Forwarded-Host: worse.example", "X-Forwarded-Proto: https"),
]


@pytest.mark.parametrize(
    "path",
    ["/t/zellwarth/p/LH-200%2FB%2036V", LINK, "/t/zellwarth/qr/LH-200%2FB%2036V.svg", "/privacy"],
)
async def test_no_header_about_hosts_changes_a_byte(stack: Stack, path: str) -> None:
    expected = await ask(stack.url, path)

    answers = [await ask(stack.url, path, *headers) for headers in HOSTS]

    different = [
        headers
        for headers, answer in zip(HOSTS, answers, strict=True)
        if (answer.status, answer.body, answer.all("location")) != (200, expected.body, [])
    ]
    print(f"tried {len(answers)}, differing {len(different)}")
    assert len(HOSTS) >= 30
    assert different == []


async def test_unknown_parts_of_the_query_change_nothing(stack: Stack) -> None:
    expected = await ask(stack.url, LINK)

    for query in (
        "utm_source=x",
        "17=261231",
        "linkType=gs1:pip",
        "x=%3Cscript%3E",
        "",
        "&&",
        "a" * 500,
    ):
        answer = await ask(stack.url, f"{LINK}?{query}")

        assert answer.body == expected.body, query
