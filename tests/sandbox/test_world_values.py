"""The values of the sandbox's own products follow their attributes, in every language."""

import json
from decimal import Decimal

import pytest
from biip.gtin import Gtin

from tests.sandbox.worlds import LOCALES, NAMES, Row, World, name_of


@pytest.fixture(scope="module", params=NAMES)
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


def test_values_have_a_locale_and_a_channel_exactly_where_their_attribute_has(
    world: World,
) -> None:
    channels = world.by_code("channels")

    for _, attribute, entry in world.entries():
        assert (entry["locale"] is not None) == attribute["localizable"]
        assert (entry["scope"] is not None) == attribute["scopable"]
        assert entry["attribute_type"] == attribute["type"]
        allowed = channels[entry["scope"]]["locales"] if entry["scope"] else sorted(LOCALES)
        assert entry["locale"] is None or entry["locale"] in allowed
        if attribute["available_locales"]:
            assert entry["locale"] in attribute["available_locales"]


def test_no_value_is_there_twice_or_empty(world: World) -> None:
    for holder in world.holders:
        for entries in holder["values"].values():
            places = [(entry["scope"], entry["locale"]) for entry in entries]
            assert places
            assert len(places) == len(set(places))
            assert all(entry["data"] not in ("", None, []) for entry in entries)


@pytest.mark.parametrize("localizable", [False, True])
@pytest.mark.parametrize("scopable", [False, True])
def test_each_world_has_attributes_of_every_scope(
    world: World, localizable: bool, scopable: bool
) -> None:
    flags = [(a["localizable"], a["scopable"]) for _, a, _ in world.entries()]

    assert (localizable, scopable) in flags


def test_each_world_has_attributes_of_every_plain_type(world: World) -> None:
    kinds = {attribute["type"].removeprefix("pim_catalog_") for _, attribute, _ in world.entries()}

    assert kinds >= {
        *("identifier", "text", "textarea", "number", "metric", "boolean", "date"),
        *("simpleselect", "multiselect", "price_collection", "image"),
    }


def test_the_worlds_have_attributes_of_every_other_type_too() -> None:
    entries = [entry for name in NAMES for entry in World(name).entries()]

    assert {attribute["type"] for _, attribute, _ in entries} >= {
        *("akeneo_reference_entity", "akeneo_reference_entity_collection"),
        *("pim_catalog_asset_collection", "pim_catalog_table", "pim_catalog_product_link"),
        "pim_catalog_file",
    }


def test_each_world_has_a_locale_specific_attribute(world: World) -> None:
    assert any(attribute["available_locales"] for _, attribute, _ in world.entries())


def test_options_exist(world: World) -> None:
    for attribute, data in world.entries_of("simpleselect", "multiselect"):
        chosen = data if attribute["type"] == "pim_catalog_multiselect" else [data]
        assert set(chosen) <= set(world.options(attribute["code"]))
        assert len(chosen) == len(set(chosen))


def test_measurements_have_a_unit_of_their_family_and_its_symbol(world: World) -> None:
    families = world.by_code("measurement_families")

    for attribute, data in world.entries_of("metric"):
        units = families[attribute["metric_family"]]["units"]
        assert data["symbol"] == units[data["unit"]]["symbol"]
        assert_amount(data["amount"], attribute, places=4)


def test_numbers_with_decimals_are_strings_and_others_integers(world: World) -> None:
    numbers = world.entries_of("number")

    assert {attribute["decimals_allowed"] for attribute, _ in numbers} == {True, False}
    for attribute, data in numbers:
        assert_amount(data, attribute, places=4)


def assert_amount(amount: object, attribute: Row, places: int) -> None:
    if attribute["decimals_allowed"]:
        assert isinstance(amount, str)
        assert amount == f"{Decimal(amount):.{places}f}"
    else:
        assert type(amount) is int
    assert attribute["negative_allowed"] or Decimal(str(amount)) >= 0


def test_prices_are_in_enabled_currencies_each_once(world: World) -> None:
    for attribute, data in world.entries_of("price_collection"):
        currencies = [price["currency"] for price in data]
        assert set(currencies) <= {"EUR", "USD"}
        assert len(currencies) == len(set(currencies))
        for price in data:
            assert_amount(price["amount"], attribute | {"negative_allowed": False}, places=2)


def test_dates_are_whole_days(world: World) -> None:
    for _, data in world.entries_of("date"):
        assert data.endswith("T00:00:00+00:00")
        assert data[:4] in ("2025", "2026")


def test_html_stands_only_in_wysiwyg_textareas(world: World) -> None:
    for attribute, data in world.entries_of("text", "textarea"):
        assert data.startswith("<") == bool(attribute["wysiwyg_enabled"]), data


def test_gtins_are_valid_demonstration_numbers(world: World) -> None:
    code = "ean" if world.name == "furniture" else "gtin"
    products = world.lists["products"]
    gtins = [
        product["values"][code][0]["data"] for product in products if code in product["values"]
    ]

    assert 0 < len(products) - len(gtins) <= 4, "a few are left empty"
    assert len(gtins) == len(set(gtins))
    for gtin in gtins:
        # GS1 keeps the prefix 952 for demonstrations and examples: no company has it.
        assert Gtin.parse(gtin).as_gtin_14().startswith("0952")


def test_completeness_is_the_share_of_required_values(world: World) -> None:
    families, attributes = world.by_code("families"), world.by_code("attributes")

    for product in world.lists["products"]:
        expected = []
        for channel in sorted(world.lists["channels"], key=lambda row: row["code"]):
            requirements = families[product["family"]]["attribute_requirements"]
            for locale in channel["locales"]:
                required = [
                    attributes[code]
                    for code in requirements[channel["code"]]
                    if locale in (attributes[code]["available_locales"] or LOCALES)
                ]
                filled = [a for a in required if has_value(product, a, channel, locale)]
                share = 100 * len(filled) // len(required)
                expected.append({"scope": channel["code"], "locale": locale, "data": share})

        assert product["completenesses"] == expected, product["identifier"]


def has_value(product: Row, attribute: Row, channel: Row, locale: str) -> bool:
    for entry in product["values"].get(attribute["code"], []):
        if entry["scope"] in (None, channel["code"]) and entry["locale"] in (None, locale):
            currencies = channel["currencies"]
            return attribute["type"] != "pim_catalog_price_collection" or set(currencies) <= {
                price["currency"] for price in entry["data"]
            }
    return False


def test_each_world_has_complete_and_incomplete_products(world: World) -> None:
    shares = {c["data"] for p in world.lists["products"] for c in p["completenesses"]}

    assert max(shares) == 100
    assert min(shares) < 100


def test_texts_are_in_all_languages_but_for_those_missing_on_purpose(world: World) -> None:
    listed = {
        (entry["product"], entry["attribute"], entry.get("channel"), entry["locale"])
        for entry in world.merchant["missing_on_purpose"]
        if "product" in entry
    }
    missing = {
        (owner(world, holder, code), code, channel, locale)
        for holder in world.holders
        for code in holder["values"]
        for channel, locale in missing_places(world, holder, code)
    }

    assert missing == listed


def missing_places(world: World, holder: Row, code: str) -> list[tuple[str | None, str]]:
    attribute = world.by_code("attributes")[code]
    if not attribute["localizable"]:
        return []
    locales = set(attribute["available_locales"] or LOCALES)
    expected = {(None, locale) for locale in locales}
    if attribute["scopable"]:
        channels = world.lists["channels"]
        expected = {(c["code"], locale) for c in channels for locale in locales & {*c["locales"]}}
    found = {(entry["scope"], entry["locale"]) for entry in holder["values"][code]}
    return sorted(expected - found, key=str)


def owner(world: World, holder: Row, code: str) -> str:
    """Who the value was written for: the farthest ancestor that has it."""
    having = [ancestor for ancestor in world.lineage(holder) if code in ancestor["values"]]
    return name_of(having[-1] if having else holder)


def test_labels_are_in_all_languages_but_for_those_missing_on_purpose(world: World) -> None:
    listed = {
        (entry["option"], entry["locale"])
        for entry in world.merchant["missing_on_purpose"]
        if "option" in entry
    }
    unlabelled = {"currencies", "locales", "media_files", "product_models", "products"}
    rows = [
        (f"{row['attribute']}.{row['code']}" if "attribute" in row else row["code"], row["labels"])
        for name, rows in world.lists.items()
        if name not in unlabelled
        for row in rows
    ]
    for family in world.lists["measurement_families"]:
        rows += [(code, unit["labels"]) for code, unit in family["units"].items()]

    missing = {(code, locale) for code, labels in rows for locale in LOCALES - set(labels)}

    assert missing == listed
    assert listed


def test_languages_are_not_copies_of_each_other(world: World) -> None:
    for holder, attribute, entry in world.entries():
        if attribute["type"] == "pim_catalog_textarea" and attribute["localizable"]:
            same_place = [
                other["data"]
                for other in holder["values"][attribute["code"]]
                if other["scope"] == entry["scope"]
            ]
            assert len(same_place) == len(set(same_place)), attribute["code"]


def test_internal_values_are_marked_and_grouped_apart(world: World) -> None:
    marks = ("CONFIDENTIAL", "INTERNAL", "DRAFT")

    internal = [
        entry["data"]
        for _, attribute, entry in world.entries()
        if attribute["group"] == "purchasing" and isinstance(entry["data"], str)
    ]
    public = [
        entry["data"]
        for _, attribute, entry in world.entries()
        if attribute["group"] != "purchasing" and isinstance(entry["data"], str)
    ]

    assert internal
    assert all(text.startswith(marks) for text in internal)
    assert not any(text.startswith(marks) for text in public)


def test_addresses_end_in_example(world: World) -> None:
    text = json.dumps([world.merchant, world.holders])

    hosts = {part.split("@")[1].strip('",') for part in text.split() if "@" in part}

    assert hosts
    assert all(host.endswith(".example") for host in hosts)
