"""Reading the PIM's JSON, and the cache's."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_passport.errors import InvalidInput, PimProtocolError
from quart_passport.passport.conversion import convert
from quart_passport.passport.decoding import (
    ActiveLocale,
    decode_cached_product,
    decode_item,
    decode_items,
    decode_product,
    encode_product,
    next_link,
)
from quart_passport.passport.linked import Asset, LinkedValue, ReferenceRecord
from quart_passport.passport.product import Product
from quart_passport.passport.structure import (
    Attribute,
    Channel,
    Conversion,
    LinkedAttribute,
    MeasurementFamily,
)
from tests.passport.making import UUID_1, make_product

UUID_2 = UUID("b6482a3b-c09b-56f9-a3f0-832fb3994b26")

json_trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def product_json(**parts: Any) -> dict[str, Any]:
    return {"uuid": str(UUID_1), "values": {}} | parts


def test_empty_maps_may_arrive_as_lists() -> None:
    body = b'[{"code": "Weight", "labels": [], "units": {"GRAM": {"code": "GRAM", "labels": []}}}]'

    [family] = decode_items(body, MeasurementFamily)

    assert family.labels == {}
    assert family.units["GRAM"].labels == {}


def test_a_product_without_values_may_send_a_list() -> None:
    assert decode_product(product_json(values=[])) == Product(uuid=UUID_1)


def test_what_is_null_counts_as_not_sent() -> None:
    raw = product_json(family=None, parent=None, categories=None, updated=None)

    assert decode_product(raw) == Product(uuid=UUID_1)


def test_a_null_switch_of_an_attribute_is_off() -> None:
    body = b'{"code": "name", "type": "pim_catalog_text", "wysiwyg_enabled": null, "labels": {}}'

    assert decode_item(body, Attribute) == Attribute("name", "pim_catalog_text")


def test_a_null_label_is_no_label() -> None:
    body = b'{"code": "name", "type": "t", "labels": {"en_US": null, "de_DE": "Name"}}'

    assert decode_item(body, Attribute).labels == {"de_DE": "Name"}


def test_a_null_list_of_values_is_no_value() -> None:
    assert decode_product(product_json(values={"name": None})) == Product(uuid=UUID_1)


def test_units_may_be_left_out_of_conversion() -> None:
    body = b"""[{"code": "web", "conversion_units": {"weight": "GRAM", "width": null}},
               {"code": "app", "conversion_units": []}]"""

    web, app = decode_items(body, Channel)

    assert (web.conversion_units, app.conversion_units) == ({"weight": "GRAM"}, {})


def test_conversions_of_units_are_kept_in_order() -> None:
    steps = [{"operator": "mul", "value": "5"}, {"operator": "add", "value": "273.15"}]
    unit: dict[str, Any] = {
        "code": "F",
        "labels": {},
        "symbol": None,
        "convert_from_standard": steps,
    }
    body = msgspec.json.encode([{"code": "Temperature", "units": {"F": unit}}])

    [family] = decode_items(body, MeasurementFamily)

    assert family.units["F"].symbol == ""
    assert family.units["F"].convert_from_standard == (
        Conversion("mul", "5"),
        Conversion("add", "273.15"),
    )


def test_columns_of_a_table_come_with_their_options() -> None:
    options = [{"code": "wool", "labels": {"en_US": "Wool"}}, {"code": "x", "labels": []}, 5]
    columns = [
        {"code": "material", "data_type": "select", "labels": [], "options": options},
        {"code": "maker", "data_type": "reference_entity", "reference_entity_identifier": "maker"},
        {"code": "weight", "data_type": "measurement", "labels": None, "options": None},
    ]
    body = msgspec.json.encode({"code": "t", "type": "x", "table_configuration": columns})

    material, maker, weight = decode_item(body, Attribute).table_configuration

    assert material.options == {"wool": {"en_US": "Wool"}, "x": {}}
    assert maker.reference_entity_identifier == "maker"
    assert (weight.labels, weight.options) == ({}, {})


def test_attributes_of_records_and_assets_need_not_say_everything() -> None:
    body = b"""[{"code": "text", "type": "text", "labels": [], "is_rich_text_editor": null},
                {"code": "link", "type": "media_link", "prefix": "https://a.example/",
                 "suffix": null, "media_type": "image", "labels": {}},
                {"code": "town", "type": "reference_entity_single_link", "labels": {},
                 "reference_entity_code": "town"},
                {"code": "maker", "type": "record", "labels": {}, "reference_entity": "maker"}]"""

    assert decode_items(body, LinkedAttribute) == [
        LinkedAttribute("text", "text"),
        LinkedAttribute("link", "media_link", prefix="https://a.example/", media_type="image"),
        LinkedAttribute("town", "reference_entity_single_link", reference_entity_code="town"),
        LinkedAttribute("maker", "record", reference_entity_code="maker"),
    ]


def test_records_without_values_may_send_a_list() -> None:
    body = b"""[{"code": "a", "values": []},
                {"code": "b", "values": {"label": [{"locale": "en_US", "data": 1.50}]}}]"""

    assert decode_items(body, ReferenceRecord) == [
        ReferenceRecord("a"),
        ReferenceRecord("b", {"label": (LinkedValue("1.50", "en_US"),)}),
    ]


def tied(**parts: Any) -> dict[str, list[tuple[UUID, int | str | None]]]:
    ties = decode_product(product_json(**parts)).associations
    return {code: [(tie.uuid, tie.quantity) for tie in held] for code, held in ties.items()}


def test_products_are_tied_by_name_and_by_number() -> None:
    plain = {"PACK": {"products": [str(UUID_2), str(UUID_1)], "product_models": ["x"]}}
    counted = {"PART": {"products": [{"uuid": str(UUID_2), "quantity": 4}], "product_models": []}}

    assert tied(associations=plain, quantified_associations=counted) == {
        "PACK": [(UUID_2, None), (UUID_1, None)],
        "PART": [(UUID_2, 4)],
    }


@pytest.mark.parametrize("nothing", [[], {}, None, {"PACK": []}, {"PACK": {"products": []}}])
def test_without_products_nothing_is_tied(nothing: Any) -> None:
    assert tied(associations=nothing, quantified_associations=nothing) == {}


@pytest.mark.parametrize(
    "hostile",
    [
        7,
        "text",
        {"PACK": "text"},
        {"PACK": {"products": {"0": str(UUID_1)}}},
        {"PACK": {"products": ["no-uuid", None, 7, [], {}, {"uuid": "no"}]}},
        {"PACK": {"products": [{"uuid": str(UUID_1), "quantity": 0}]}},
        {"PACK": {"products": [{"uuid": str(UUID_1), "quantity": -1}]}},
        {"PACK": {"products": [{"uuid": str(UUID_1), "quantity": True}]}},
        {"PACK": {"products": [{"uuid": str(UUID_1), "quantity": 10**400}]}},
        {"PACK": {"products": [{"uuid": str(UUID_1), "quantity": "many"}]}},
        {"PACK": {"products": [{"uuid": str(UUID_1), "quantity": {}}]}},
    ],
    ids=repr,
)
def test_what_ties_no_product_is_passed_over(hostile: Any) -> None:
    good = {"GOOD": {"products": [{"uuid": str(UUID_2), "quantity": 2}]}}

    assert tied(associations=hostile, quantified_associations=good) == {"GOOD": [(UUID_2, 2)]}
    assert tied(quantified_associations=hostile) == {}


def test_a_product_is_tied_once() -> None:
    twice = {"PACK": {"products": [str(UUID_2), str(UUID_2).upper()]}}

    assert tied(associations=twice) == {"PACK": [(UUID_2, None)]}


def test_one_bad_item_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    body = b'[{"code": "en_US"}, {"code": 5}, null, {"code": "secret", "enabled": []}]'

    assert decode_items(body, ActiveLocale) == [ActiveLocale("en_US")]
    assert "left out 3 of 4 items" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    "odd",
    [
        {"label": [None]},
        {"label": [{"locale": "en_US"}]},
        {"label": [{"data": "x", "locale": 5}, {"data": "x", "scope": [], "channel": []}, "x", []]},
        {"label": {"data": "x"}},
        {"label": "x"},
    ],
    ids=repr,
)
@pytest.mark.parametrize("kind", [Product, ReferenceRecord, Asset])
def test_an_odd_entry_costs_no_other(kind: type[Any], odd: dict[str, Any]) -> None:
    good: dict[str, Any] = {"name": [None, {"data": "Shirt", "locale": "en_US"}]}
    body = msgspec.json.encode([{"code": "a", "uuid": str(UUID_1), "values": odd | good}])

    [item] = decode_items(body, kind)

    assert [(e.data, e.locale) for e in item.values["name"]] == [("Shirt", "en_US")]
    assert not item.values.get("label")


@pytest.mark.parametrize("odd", [5, True, [], {"text": "x"}])
def test_an_odd_label_costs_no_other(odd: Any) -> None:
    option = {"code": "wool", "labels": {"en_US": "Wool", "de_DE": odd}}
    column = {"code": "c", "data_type": "select", "labels": {"fr_FR": odd}, "options": [option]}
    labels = {"en_US": "Name", "de_DE": odd}
    body = msgspec.json.encode(
        [{"code": "name", "type": "t", "labels": labels, "table_configuration": [column]}]
    )

    [attribute] = decode_items(body, Attribute)

    assert attribute.labels == {"en_US": "Name"}
    assert attribute.table_configuration[0].options == {"wool": {"en_US": "Wool"}}


def test_a_factor_may_be_a_number() -> None:
    steps = [{"operator": "mul", "value": 5}, {"operator": "add", "value": 273.15}]
    units = {"F": {"code": "F", "convert_from_standard": steps}}

    [family] = decode_items(msgspec.json.encode([{"code": "T", "units": units}]), MeasurementFamily)

    assert family.units["F"].convert_from_standard == (
        Conversion("mul", "5"),
        Conversion("add", "273.15"),
    )


@pytest.mark.parametrize("odd", [None, "x", [], {}, {"operator": "mul"}, {"value": {}}])
def test_an_odd_step_keeps_its_unit_from_being_converted_and_costs_no_more(odd: Any) -> None:
    steps = [{"operator": "mul", "value": "1000"}, odd]
    units = {
        "KILOGRAM": {"code": "KILOGRAM", "convert_from_standard": steps},
        "GRAM": {"code": "GRAM", "convert_from_standard": [{"operator": "mul", "value": "1"}]},
        "odd": odd,
    }

    [family] = decode_items(msgspec.json.encode([{"code": "W", "units": units}]), MeasurementFamily)

    assert list(family.units) == ["KILOGRAM", "GRAM"]
    assert convert(Decimal(1), family.units["KILOGRAM"], family.units["GRAM"]) is None


def test_an_empty_list_has_no_items() -> None:
    assert decode_items(b'{"_embedded": {"items": []}}', ActiveLocale) == []


def test_fractions_keep_every_digit() -> None:
    body = b'{"uuid": "%s", "values": {"n": [{"data": 0.10000000000000000001}]}}'

    product = decode_product(body % str(UUID_1).encode())

    assert product.values["n"][0].data == "0.10000000000000000001"


@pytest.mark.parametrize("key", ["items", "_items"])
def test_items_are_found_under_either_name(key: str) -> None:
    body = msgspec.json.encode({"_embedded": {key: [{"code": "en_US", "enabled": True}]}})

    assert decode_items(body, ActiveLocale) == [ActiveLocale("en_US", enabled=True)]


def test_unknown_keys_are_passed_over() -> None:
    body = b'[{"code": "web", "locales": ["en_US"], "conversion_units": [], "new": {"a": 1}}]'

    assert decode_items(body, Channel) == [Channel("web", locales=("en_US",))]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad gateway</html>",
        b"null",
        b'{"error": "No products to synchronize."}',
        b'{"_embedded": {}}',
        b'{"_embedded": {"items": {"code": "x"}}}',
        b'[{"enabled": true}]',
        b'["code"]',
        b'[{"code": 5}]',
        b"\xff\xfe",
        b'["\xed\xa0\x80"]',
        b"[" * 100_000,
        b"[" + b"9" * 5000 + b"]",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_anything_else_is_a_protocol_error(body: bytes) -> None:
    with pytest.raises(PimProtocolError):
        decode_items(body, ActiveLocale)


def test_a_protocol_error_repeats_little_of_the_answer() -> None:
    body = msgspec.json.encode([{"code": "x", "type": {"y" * 5000: 1}}])

    with pytest.raises(PimProtocolError) as caught:
        decode_items(body, Attribute)

    assert len(str(caught.value)) < 300


def test_the_next_link_is_handed_on_as_it_is() -> None:
    body = b'{"_links": {"next": {"href": "https://pim.example/x?page=2"}}, "_embedded": {}}'

    assert next_link(body) == "https://pim.example/x?page=2"


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b'{"_links": {}}',
        b'{"_links": []}',
        b'{"_links": {"next": null}}',
        b'{"_links": null}',
    ],
)
def test_the_last_page_has_no_next_link(body: bytes) -> None:
    assert next_link(body) is None


def test_a_next_link_of_another_form_is_a_protocol_error() -> None:
    with pytest.raises(PimProtocolError):
        next_link(b'{"_links": {"next": {"href": 5}}}')


@given(json_trees)
def test_whatever_the_cache_holds_comes_back_equal(data: Any) -> None:
    body = msgspec.json.encode(product_json(values={"it": [{"data": data, "locale": "en_US"}]}))
    product = decode_product(body)

    assert decode_cached_product(encode_product(product)) == product


@pytest.mark.parametrize("cached", [b"", b"{}", b"[1]", b"\x80", b'{"uuid": "no"}'])
def test_a_cache_entry_of_another_version_is_refused(cached: bytes) -> None:
    with pytest.raises(InvalidInput):
        decode_cached_product(cached)


def test_a_reduced_product_keeps_wanted_values_only() -> None:
    product = make_product(name="Shirt", cost="3.10")

    reduced = product.reduced(frozenset({"name", "unknown"}))

    assert reduced == make_product(name="Shirt")
    assert b"3.10" not in encode_product(reduced)


@given(json_trees)
def test_any_json_is_a_product_or_a_protocol_error(tree: Any) -> None:
    try:
        product = decode_product(msgspec.json.encode(tree))
    except PimProtocolError:
        return

    assert isinstance(tree, dict)
    assert str(product.uuid) == str(tree["uuid"]).lower()
