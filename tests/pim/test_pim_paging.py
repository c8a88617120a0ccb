import json
from itertools import pairwise

import pytest

from quart_passport.egress.address import EgressRules
from quart_passport.egress.fetch import Egress
from quart_passport.errors import PimProtocolError
from quart_passport.pim import paging
from quart_passport.pim.paging import MOST_PAGES, read_pages
from tests.egress.loopback import TLS

ORIGIN = "https://pim.example.com"
FIRST = f"{ORIGIN}/api/rest/v1/attributes?limit=100"


def page(link: str | None, padding: int = 0) -> bytes:
    links = {} if link is None else {"next": {"href": link}}
    body = {"_links": links, "_embedded": {"items": []}, "padding": "x" * padding}
    return json.dumps(body).encode()


class Pages:
    """Answers by URL, and keeps what was asked."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        self.asked: list[str] = []
        self._pages = pages

    async def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        return self._pages[url]


async def read(fetch: Pages) -> int:
    async with Egress(EgressRules(), ssl_context=TLS) as egress:
        return len([body async for body in read_pages(egress, fetch, FIRST)])


async def test_pages_are_read_until_none_is_named() -> None:
    second, third = f"{ORIGIN}/api/rest/v1/attributes?page=2", f"{ORIGIN}:443/x"
    pages = Pages({FIRST: page(second), second: page(third), third: page(None)})

    assert await read(pages) == 3
    assert pages.asked == [FIRST, second, third]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example.com/api/rest/v1/attributes?page=2",
        "https://pim.example.com.evil.com/",
        "https://pim.example.com@evil.com/",
        "https://pim.example.com:8443/",
        "http://pim.example.com/",
        "//pim.example.com/",
        "/api/rest/v1/attributes?page=2",
        "https://127.0.0.1/",
        "file:///etc/passwd",
        "https://pim.example.com\\@evil.com/",
    ],
)
async def test_the_token_never_follows_a_list_to_another_origin(link: str) -> None:
    pages = Pages({FIRST: page(link)})

    with pytest.raises(PimProtocolError, match="another address"):
        await read(pages)

    assert pages.asked == [FIRST]


async def test_a_list_that_turns_in_a_circle_ends() -> None:
    second = f"{ORIGIN}/second"
    pages = Pages({FIRST: page(second), second: page(FIRST)})

    with pytest.raises(PimProtocolError, match="does not come to an end"):
        await read(pages)

    assert pages.asked == [FIRST, second]


async def test_a_list_without_end_ends() -> None:
    urls = [FIRST, *(f"{ORIGIN}/{number}" for number in range(MOST_PAGES + 5))]
    pages = Pages({url: page(after) for url, after in pairwise(urls)})

    with pytest.raises(PimProtocolError, match="does not come to an end"):
        await read(pages)

    assert len(pages.asked) == MOST_PAGES


async def test_a_list_of_too_many_bytes_ends() -> None:
    urls = [FIRST, *(f"{ORIGIN}/{number}" for number in range(20))]
    large = paging.LARGEST_LIST // 8
    pages = Pages({url: page(after, large) for url, after in pairwise(urls)})

    with pytest.raises(PimProtocolError, match="does not come to an end"):
        await read(pages)

    assert len(pages.asked) == 8
