"""Lists of several pages: where the PIM says that they go on, within bounds."""

from collections.abc import AsyncIterator, Awaitable, Callable

from quart_passport.egress.fetch import Egress
from quart_passport.errors import EgressRefused, PimProtocolError
from quart_passport.passport.decoding import next_link

# With 100 items a page: more than any PIM has attributes or families.
MOST_PAGES = 200
# A full page of attributes has about 150 KiB.
LARGEST_LIST = 32 * 2**20


async def read_pages(
    egress: Egress, fetch: Callable[[str], Awaitable[bytes]], url: str
) -> AsyncIterator[bytes]:
    """Each page's body, from `url` on. The token follows `next` within the PIM's origin only."""
    origin = egress.origin_of(url)
    seen = {url}
    size = 0
    while True:
        body = await fetch(url)
        size += len(body)
        yield body
        link = next_link(body)
        if link is None:
            return
        url = _checked(egress, link, origin)
        if url in seen or len(seen) >= MOST_PAGES or size > LARGEST_LIST:
            raise PimProtocolError("the PIM's list does not come to an end")
        seen.add(url)


def _checked(egress: Egress, link: str, origin: str) -> str:
    try:
        same = egress.origin_of(link) == origin
    except EgressRefused:
        same = False
    if not same:
        raise PimProtocolError("the PIM's list goes on at another address than the PIM's")
    return link
