"""Which decisions change what is cached, and so begin the cache anew."""

from typing import Any

import msgspec
import pytest

from quart_passport.passport.config import PassportConfig, Rule, SectionConfig
from quart_passport.tenancy.configs import Decisions, _cached

CONFIG = PassportConfig(
    name="All",
    channel="web",
    locales=("en_US", "de_DE"),
    sections=(SectionConfig(attributes=("maker",)),),
    record_attributes={"maker": ("town",)},
)


def cached(*configs: PassportConfig) -> object:
    return _cached(Decisions("Acme", 600, "ean", configs))


def changed(**changes: Any) -> PassportConfig:
    return msgspec.structs.replace(CONFIG, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"associations": ("SPARE_PARTS",)},
        {"variants": True},
        {"record_attributes": {}},
        {"record_attributes": {"maker": ("town", "country")}},
        {"record_attributes": {"maker": ("town",), "seal": ("issuer",)}},
        {"sections": (SectionConfig(attributes=("maker", "seal")),)},
        {"rule": Rule(completeness=50)},
    ],
    ids=str,
)
def test_what_is_cached_changes_with_what_is_shown(changes: dict[str, Any]) -> None:
    assert cached(changed(**changes)) != cached(CONFIG)


@pytest.mark.parametrize(
    "changes",
    [{"brand": "Acme"}, {"locales": ("en_US",)}, {"theme": "minimal"}, {"channel": "print"}],
    ids=str,
)
def test_what_is_cached_does_not_change_with_how_it_is_shown(changes: dict[str, Any]) -> None:
    assert cached(changed(**changes)) == cached(CONFIG)


def test_a_configuration_that_says_everything_of_records_decides_for_all() -> None:
    everything, town = changed(record_attributes={}), CONFIG

    assert cached(town, everything) == cached(everything, everything)
    assert cached(town, town) != cached(everything, everything)


def test_several_configurations_are_cached_for_together() -> None:
    town, country = CONFIG, changed(record_attributes={"maker": ("country",)})
    both = changed(record_attributes={"maker": ("country", "town")})

    assert cached(town, country) == cached(both)
