"""A value that does not print itself."""

from typing import NoReturn


class Secret:
    """Holds a credential: printing, formatting and logging show a mask.

    `reveal` is the only way in. Two secrets are equal only by identity: compare revealed values
    with `hmac.compare_digest`.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself. Each caller is easy to find, and few."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, format_spec: str) -> str:
        return "***"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is not to be pickled or copied")
