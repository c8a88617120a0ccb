"""One condition of a search: what it compares with, and the tests it makes of that."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol, TypeVar

from quart_passport.sandbox.catalog import JSONObject
from quart_passport.sandbox.errors import ApiError

Test = Callable[[JSONObject], bool]
# The PIM's words for what JSON and PHP have.
_TYPE_NAMES = {
    "str": "string",
    "int": "integer",
    "float": "double",
    "bool": "boolean",
    "NoneType": "NULL",
    "dict": "array",
    "list": "array",
}


class _Ordered(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...
    def __le__(self, other: Any, /) -> bool: ...


_Comparable = TypeVar("_Comparable", bound=_Ordered)


@dataclass(frozen=True)
class Condition:
    """One operator on one property or attribute."""

    name: str
    operator: str
    value: Any
    locale: str | None = None
    scope: str | None = None
    locales: Any = None

    def unsupported(self) -> ApiError:
        return ApiError(
            422,
            f'Filter on property "{self.name}" is not supported or does not support operator '
            f'"{self.operator}"',
        )

    def expected(self, what: str) -> ApiError:
        """The refusal of a value of another kind."""
        given = type(self.value).__name__
        return ApiError(
            422,
            f'Property "{self.name}" expects {what} as data, '
            f'"{_TYPE_NAMES.get(given, given)}" given.',
        )

    def texts(self) -> list[str]:
        """The value as a list of strings."""
        if not isinstance(self.value, list):
            raise self.expected("an array")
        if not all(isinstance(v, str) for v in self.value):
            raise ApiError(
                422,
                f'Property "{self.name}" expects an array with valid data, one of the values '
                "is not a string.",
            )
        return self.value

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.expected("a string")
        return self.value

    def switch(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.expected("a boolean")
        return self.value

    def number(self) -> Decimal:
        number = decimal_of(self.value)
        if number is None:
            raise self.expected("a numeric")
        return number


def decimal_of(value: Any) -> Decimal | None:
    """A number, or a text that holds one, as an exact number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def membership_test(condition: Condition, held: Callable[[JSONObject], list[Any]]) -> Test:
    """IN, NOT IN, EMPTY or NOT EMPTY on codes."""
    match condition.operator:
        case "EMPTY":
            return lambda item: not held(item)
        case "NOT EMPTY":
            return lambda item: bool(held(item))
        case "IN":
            wanted = set(condition.texts())
            return lambda item: not wanted.isdisjoint(held(item))
        case "NOT IN":
            unwanted = set(condition.texts())
            return lambda item: unwanted.isdisjoint(held(item))
    raise condition.unsupported()


def order_test(
    condition: Condition,
    limit: _Comparable,
    held: Callable[[JSONObject], _Comparable | None],
) -> Test:
    """Compares with one limit; what holds nothing meets no comparison, not even an unequal one."""
    comparisons: dict[str, Callable[[_Comparable], bool]] = {
        "<": lambda found: found < limit,
        "<=": lambda found: found <= limit,
        "=": lambda found: found == limit,
        "!=": lambda found: found != limit,
        ">=": lambda found: limit <= found,
        ">": lambda found: limit < found,
    }
    compare = comparisons.get(condition.operator)
    if compare is None:
        raise condition.unsupported()

    def test(item: JSONObject) -> bool:
        found = held(item)
        return found is not None and compare(found)

    return test


def range_test(
    condition: Condition,
    bounds: list[_Comparable],
    held: Callable[[JSONObject], _Comparable | None],
) -> Test:
    """BETWEEN or NOT BETWEEN, bounds included; any other operator has one bound."""
    if not condition.operator.endswith("BETWEEN"):
        if len(bounds) != 1:
            raise condition.expected("a string")
        return order_test(condition, bounds[0], held)
    if len(bounds) != 2:
        raise ApiError(422, f'Property "{condition.name}" expects an array with two dates.')
    first, last = bounds
    expected = condition.operator == "BETWEEN"

    def test(item: JSONObject) -> bool:
        found = held(item)
        return found is not None and (first <= found and found <= last) is expected

    return test


def moment_test(
    condition: Condition,
    held: Callable[[JSONObject], str | None],
    now: float | None = None,
) -> Test:
    """
    Compares moments; those without an offset are UTC, as on SaaS.

    `now`, in seconds since 1970, is what the last days are counted from; without it that operator
    is not there.
    """

    def moment(item: JSONObject) -> datetime | None:
        text = held(item)
        return None if text is None else datetime.fromisoformat(text)

    if condition.operator == "SINCE LAST N DAYS" and now is not None:
        first = datetime.fromtimestamp(now, UTC) - timedelta(days=_days(condition))
        return lambda item: (found := moment(item)) is not None and found >= first
    given = condition.value if isinstance(condition.value, list) else [condition.value]
    return range_test(condition, [_moment(condition.name, text) for text in given], moment)


def _days(condition: Condition) -> int:
    number = condition.number()
    # Some thousand years, which is as far as a calendar reaches.
    if not 0 <= number <= 700_000:
        raise condition.expected("a number of days")
    return int(number)


def _moment(name: str, text: Any) -> datetime:
    # Shorter than a date with a time is no moment, although Python would read it.
    if isinstance(text, str) and len(text) >= len("yyyy-mm-dd hh:mm:ss"):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise ApiError(
        422,
        f'Property "{name}" expects a string with the format "yyyy-mm-dd H:i:s" as data, '
        f'"{text}" given.',
    )
