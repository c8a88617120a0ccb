"""The PIM's lists: HAL pages by number or by `search_after`, with absolute links."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from quart_passport.sandbox.catalog import JSONObject
from quart_passport.sandbox.errors import ApiError

DEFAULT_LIMIT = 10
MAX_LIMIT = 100
# Entities, records, asset families and assets; seen with real PIMs, and nowhere documented.
FIXED_LIMIT = 100
PRODUCT_CAP = 10_000  # how far page numbers reach into the list of products
_CAP_HELP = "http://api.akeneo.com/documentation/pagination.html#the-search-after-method"


@dataclass(frozen=True)
class Paging:
    """What the query asks for; `after` is None for pages by number."""

    url: str
    query: Mapping[str, str]
    limit: int
    page: int
    with_count: bool
    after: str | None

    def link(self, **changes: str) -> dict[str, str]:
        return {"href": _address(self.url, {**self.query, **changes})}


def read_paging(url: str, query: Mapping[str, str], *, searchable: bool = False) -> Paging:
    """
    Read the paging parameters. Raises ApiError 422 with the PIM's text.

    `searchable` lists know `search_after` and have a cap on page numbers.
    """
    limit = _whole_number(query.get("limit", str(DEFAULT_LIMIT)), "limit")
    if limit > MAX_LIMIT:
        raise ApiError(422, f"You cannot request more than {MAX_LIMIT} items.")
    with_count = query.get("with_count", "false")
    if with_count not in {"true", "false"}:
        raise ApiError(
            422,
            'Parameter "with_count" has to be a boolean. Only "true" or "false" allowed, '
            f'"{with_count}" given.',
        )
    kind = query.get("pagination_type", "page")
    if searchable and kind not in {"page", "search_after"}:
        raise ApiError(422, "Pagination type does not exist.")
    by_number = not searchable or kind == "page"
    page = _whole_number(query.get("page", "1"), "page") if by_number else 1
    if searchable and by_number and page * limit > PRODUCT_CAP:
        raise ApiError(
            422,
            "You have reached the maximum number of pages you can retrieve with the "
            '"page" pagination type. Please use the search after pagination type instead',
            documentation=_CAP_HELP,
        )
    after = None if by_number else query.get("search_after", "")
    return Paging(url, dict(query), limit, page, with_count == "true", after)


def read_cursor(url: str, query: Mapping[str, str]) -> Paging:
    """The paging of lists that know `search_after` alone, and whose pages have a fixed size."""
    query = {name: value for name, value in query.items() if name != "limit"}
    after = query.get("search_after", "")
    return Paging(url, query, FIXED_LIMIT, 1, with_count=False, after=after)


def _whole_number(text: str, what: str) -> int:
    # Nine digits are more pages than any PIM has, and keep hostile numbers short.
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= 1):
        raise ApiError(422, f'"{text}" is not a valid {what} number.')
    return int(text)


def hal_page(
    paging: Paging,
    items: Sequence[JSONObject],
    *,
    key: Callable[[JSONObject], str],
    show: Callable[[JSONObject], JSONObject],
) -> JSONObject:
    """
    One page of `items`, which are in the order of `key`.

    `next` is there exactly when the page is full, so the last page may be empty.
    """
    if paging.after is None:
        return _numbered_page(paging, items, show)
    # An empty `after` is smaller than every key.
    chosen = [item for item in items if key(item) > paging.after][: paging.limit]
    links = {"self": paging.link(), "first": _first_after(paging)}
    if len(chosen) == paging.limit:
        links["next"] = paging.link(search_after=key(chosen[-1]))
    return {"_links": links, "_embedded": {"items": [show(item) for item in chosen]}}


def _first_after(paging: Paging) -> dict[str, str]:
    query = {name: value for name, value in paging.query.items() if name != "search_after"}
    return {"href": _address(paging.url, query)}


def _address(url: str, query: Mapping[str, str]) -> str:
    return f"{url}?{urlencode(query)}" if query else url


def _numbered_page(
    paging: Paging, items: Sequence[JSONObject], show: Callable[[JSONObject], JSONObject]
) -> JSONObject:
    start = (paging.page - 1) * paging.limit
    chosen = items[start : start + paging.limit]
    links = {"self": paging.link(page=str(paging.page)), "first": paging.link(page="1")}
    if paging.page > 1:
        links["previous"] = paging.link(page=str(paging.page - 1))
    if len(chosen) == paging.limit:
        links["next"] = paging.link(page=str(paging.page + 1))
    page: dict[str, Any] = {"_links": links, "current_page": paging.page}
    if paging.with_count:
        page["items_count"] = len(items)
    page["_embedded"] = {"items": [show(item) for item in chosen]}
    return page
