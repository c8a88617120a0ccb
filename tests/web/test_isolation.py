"""Two merchants with equal identifiers, GTINs and languages: nothing of one reaches the other's."""

import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import msgspec
import pytest
import pytest_asyncio

from quart_passport.passport.config import Colours
from quart_passport.sandbox import Catalog
from quart_passport.tenancy.configs import decisions_of, save_decisions
from tests.stack import Backend, Stack
from tests.web.altering import with_word
from tests.web.conftest import connected_stack

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS = {"north": "CANARYNORTHWORD", "south": "CANARYSOUTHWORD"}
COLOURS = {
    "north": Colours(primary="#0b3d91", background="#ffffff", text="#101010"),
    "south": Colours(primary="#7a1f3d", background="#fff8e7", text="#201008"),
}
THEMES = {"north": "default", "south": "minimal"}
NAMES = (
    *("SF-KULL-01", "SF-LYS%20%232%20%C3%A9cru", "SF-SOLV-OAT-S", "NONE", "SF-STI-3P"),
    *("55359c54-09cf-5069-ac20-686d5da528f3", "1a44ad9e-54f6-5ae9-a124-3f08bfcfb022"),
)
LINKS = ("09521001006019", "9521001006019/10/L1", "09521001005029/21/S1", "09521001001014", "1")
TRIED = (500, pytest.param(2000, marks=pytest.mark.slow))


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=[pytest.param("sqlite and memory", marks=pytest.mark.slow), "postgresql and redis"],
)
async def stack(
    request: pytest.FixtureRequest, folder: Path, worlds: dict[str, Catalog]
) -> AsyncIterator[Stack]:
    async with AsyncExitStack() as opened:
        backend = Backend()
        if request.param != "sqlite and memory":
            given: Callable[[], AbstractAsyncContextManager[Backend]]
            given = request.getfixturevalue("on_servers")
            backend = await opened.enter_async_context(given())
        shops = {slug: with_word(worlds["clothing"], word) for slug, word in WORDS.items()}
        place = folder / request.param
        place.mkdir()
        running = await opened.enter_async_context(connected_stack(place, shops, backend=backend))
        for number, slug in enumerate(WORDS):
            await _brand(running, slug, f"{running.pims[number].url}/logo.png")
        yield running


async def _brand(stack: Stack, slug: str, logo: str) -> None:
    tenant = await stack.services.directory.find(slug)
    config = msgspec.structs.replace(
        tenant.configs[0],
        brand=WORDS[slug],
        colours=COLOURS[slug],
        theme=THEMES[slug],
        logo_url=logo,
    )
    await save_decisions(tenant, replace(decisions_of(tenant), configs=(config,)))
    await stack.services.directory.reread(slug)


@dataclass
class Wanderer:
    """Asks at random, with whatever it has learnt from either tenant."""

    stack: Stack
    chance: random.Random
    client: httpx.AsyncClient
    tags: dict[str, set[str]] = field(default_factory=lambda: {slug: set() for slug in WORDS})
    keys: dict[str, set[str]] = field(default_factory=lambda: {slug: set() for slug in WORDS})
    statuses: dict[int, int] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)

    async def ask(self) -> None:
        slug, other = self.chance.sample(sorted(WORDS), 2)
        path = f"/t/{slug}{self._place(other)}"
        headers = self._headers(other)
        url = httpx.URL(self.stack.url).copy_with(raw_path=path.encode())
        answer = await self.client.get(url, headers=headers)
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        if self._is_foreign(slug, other, headers, answer):
            self.foreign.append(f"{path} {headers} {answer.status_code}")
        if tag := answer.headers.get("etag"):
            self.tags[slug].add(tag)
        self.keys[slug].update(re.findall(rf"/t/{slug}(/media/[^\"\s,]+)", answer.text))

    def _place(self, other: str) -> str:
        match self.chance.randrange(6):
            case 0 | 1:
                name = self.chance.choice(NAMES)
                query = self.chance.choice(("", "?lang=fr", "?lang=en-US", f"?lang={other}"))
                return f"/p/{name}{query}"
            case 2:
                return f"/01/{self.chance.choice(LINKS)}"
            case 3:
                return (
                    f"/qr/{self.chance.choice(NAMES)}.{self.chance.choice(('svg', 'png', 'pdf'))}"
                )
            case 4:
                # The other tenant's picture under this tenant's address.
                return self.chance.choice(sorted(self.keys[other]) or ["/media/x/y"])
            case _:
                slug = next(s for s in WORDS if s != other)
                return self.chance.choice(sorted(self.keys[slug]) or ["/media/x/y"])

    def _headers(self, other: str) -> dict[str, str]:
        foreign_tags = ", ".join(sorted(self.tags[other])[:40])
        choices = (
            {},
            {"Accept-Language": self.chance.choice(("de", "fr", "en", "*", "nl;q=0.1"))},
            {
                "Accept": self.chance.choice(
                    ("application/ld+json", "*/*", "application/problem+json")
                )
            },
            {"If-None-Match": foreign_tags or '"x"'},
            {"Host": f"{other}.example", "X-Forwarded-Host": f"{other}.example"},
            {"Cookie": f"tenant={other}", "X-Original-URL": f"/t/{other}/p/SF-KULL-01"},
        )
        return dict(self.chance.choice(choices))

    def _is_foreign(
        self, slug: str, other: str, headers: dict[str, str], answer: httpx.Response
    ) -> bool:
        kind = answer.headers.get("content-type", "")
        if WORDS[other] in answer.text or f"/t/{other}/" in answer.text:
            return True
        if "If-None-Match" in headers and answer.status_code == 304:
            return True
        if answer.status_code == 200 and kind.startswith(("text/html", "application/ld+json")):
            return WORDS[slug] not in answer.text
        if "/media/" in str(answer.url) and answer.status_code == 200:
            return answer.url.raw_path.decode().removeprefix(f"/t/{slug}") not in self.keys[slug]
        return False


@pytest.mark.parametrize("tried", TRIED)
async def test_random_requests_never_get_a_byte_of_the_other_tenant(
    stack: Stack, tried: int
) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        wanderer = Wanderer(stack, random.Random(6), client)

        for _ in range(tried):
            await wanderer.ask()

    print(f"tried {tried}, foreign {len(wanderer.foreign)}; by status {wanderer.statuses}")
    assert wanderer.foreign == []
    assert wanderer.statuses.keys() == {200, 400, 404}
    assert wanderer.statuses[200] > tried / 3


async def test_equal_products_have_different_tags_and_media_keys(stack: Stack) -> None:
    tags: dict[str, list[str]] = {}
    for slug in WORDS:
        page = await stack.get(f"/t/{slug}/p/SF-KULL-01")
        (logo,) = re.findall(r'src="([^"]+/logo-[0-9]+\.jpg)"', page.text)
        (code,) = re.findall(r'class="code" src="([^"]+)"', page.text)
        tags[slug] = [
            (await stack.get(path)).headers["etag"] for path in (page.url.path, logo, code)
        ]

    assert set(tags["north"]).isdisjoint(tags["south"])


@pytest.mark.browser
async def test_colours_logo_and_theme_are_each_tenants_own(stack: Stack, chromium: str) -> None:
    from playwright.async_api import async_playwright

    seen = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(color_scheme="light")
        for slug in WORDS:
            await page.goto(f"{stack.url}/t/{slug}/p/SF-KULL-01", wait_until="load")
            seen[slug] = await page.evaluate(
                """() => ({
                    ground: getComputedStyle(document.body).backgroundColor,
                    text: getComputedStyle(document.body).color,
                    primary: getComputedStyle(document.documentElement)
                        .getPropertyValue('--primary').trim(),
                    logo: document.querySelector('img[src*="logo"]').getAttribute('src'),
                    logoWidth: document.querySelector('img[src*="logo"]').naturalWidth,
                    body: document.body.className,
                })"""
            )
        await browser.close()

    for slug, found in seen.items():
        assert found["ground"] == _rgb(COLOURS[slug].background)
        assert found["text"] == _rgb(COLOURS[slug].text)
        assert found["primary"] == COLOURS[slug].primary
        assert found["logo"].startswith(f"/t/{slug}/media/logo-")
        assert found["logoWidth"] > 0
    assert seen["north"]["body"].startswith("corners-")
    assert not seen["south"]["body"].startswith("corners-")


def _rgb(colour: str) -> str:
    return f"rgb({int(colour[1:3], 16)}, {int(colour[3:5], 16)}, {int(colour[5:7], 16)})"
