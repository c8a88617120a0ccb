"""Which configuration a product gets, and what a configuration may say."""

from typing import Any

import pytest

from quart_passport.errors import InvalidInput
from quart_passport.passport.config import Rule, choose_config, read_config
from quart_passport.passport.product import Completeness, Product
from tests.passport.making import UUID_1, make_config

SHIRT = Product(
    UUID_1,
    family="clothing",
    categories=("tshirts", "summer"),
    completenesses=(
        Completeness("ecommerce", "en_US", 80),
        Completeness("ecommerce", "de_DE", 100),
        Completeness("print", "en_US", 100),
    ),
)


@pytest.mark.parametrize(
    ("rule", "accepted"),
    [
        (Rule(), True),
        (Rule(families=("shoes", "clothing")), True),
        (Rule(families=("shoes",)), False),
        (Rule(categories=("summer",)), True),
        (Rule(categories=("winter",)), False),
        (Rule(families=("clothing",), categories=("winter",)), False),
        (Rule(completeness=80), True),
        (Rule(completeness=81), False),
    ],
)
def test_a_rule_lets_products_pass_that_meet_all_its_conditions(rule: Rule, accepted: bool) -> None:
    assert make_config(rule=rule).accepts(SHIRT) is accepted


def test_a_product_without_completeness_is_not_complete() -> None:
    assert not make_config(rule=Rule(completeness=1)).accepts(Product(UUID_1))


def test_disabled_products_pass_only_where_the_rule_says_so() -> None:
    disabled = Product(UUID_1, enabled=False)

    assert not make_config().accepts(disabled)
    assert make_config(rule=Rule(enabled=False)).accepts(disabled)


def test_the_first_configuration_that_accepts_decides() -> None:
    shoes = make_config(name="Shoes", rule=Rule(families=("shoes",)))
    clothing = make_config(name="Clothing", rule=Rule(families=("clothing",)))
    rest = make_config(name="Rest")

    assert choose_config((shoes, clothing, rest), SHIRT) == clothing
    assert choose_config((shoes, rest, clothing), SHIRT) == rest
    assert choose_config((shoes,), SHIRT) is None


def test_title_and_picture_are_selected_attributes_too() -> None:
    config = make_config("care", "name", title_attribute="name", picture_attribute="image")

    assert config.selected_attributes() == {"care", "name", "image"}


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"locales": []}, "locales"),
        ({"locales": ["de-DE"]}, "locales"),
        ({"locales": ["de_DE\n"]}, "locales"),
        ({"channel": ""}, "channel"),
        ({"colours": {"primary": "red"}}, "primary"),
        ({"colours": {"primary": "#fff"}}, "primary"),
        ({"colours": {"primary": "#1f6f5c;}"}}, "primary"),
        ({"colours": {"primary": "#1f6f5c\n"}}, "primary"),
        ({"rule": {"completeness": 101}}, "completeness"),
        ({"sections": [{"attributes": "name"}]}, "attributes"),
        ({"colors": {}}, "colors"),
    ],
)
def test_a_wrong_field_is_named_with_its_place(wrong: dict[str, Any], path: str) -> None:
    raw = {"name": "Web", "channel": "ecommerce", "locales": ["en_US"]} | wrong

    with pytest.raises(InvalidInput, match=path) as caught:
        read_config(raw, where="tenant.toml, configuration 1")

    assert caught.value.where == "tenant.toml, configuration 1"
