"""Reading the PIM's JSON, and the cache's."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_passport.errors import InvalidInput, PimProtocolError
from quart_passport.passport.decoding import (
    ActiveLocale,
    decode_cached_product,
    decode_item,
    decode_items,
    decode_product,
    encode_product,
    next_link,
)
from quart_passport.passport.product import Product
from quart_passport.passport.structure import Attribute, Channel, MeasurementFamily
from tests.passport.making import UUID_1, make_product

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
    body = msgspec.json.encode([{"code": "x", "labels": {"y" * 5000: 1}, "type": "t"}])

    with pytest.raises(PimProtocolError) as caught:
        decode_items(body, Attribute)

    assert len(str(caught.value)) < 300


def test_the_next_link_is_handed_on_as_it_is() -> None:
    body = b'{"_links": {"next": {"href": "https://pim.example/x?page=2"}}, "_embedded": {}}'

    assert next_link(body) == "https://pim.example/x?page=2"


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"_links": {}}', b'{"_links": {"next": null}}', b'{"_links": null}']
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
