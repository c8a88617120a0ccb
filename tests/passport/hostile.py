"""Arbitrary data of every type that a PIM has, well-formed or not, all of it hostile."""

from dataclasses import dataclass
from typing import Any

import msgspec
from hypothesis import strategies as st

from quart_passport.passport.config import PassportConfig
from quart_passport.passport.linked import Linked, LinkedValue
from quart_passport.passport.product import AssociatedProduct, Product, ProductValue
from quart_passport.passport.structure import (
    AssociationType,
    Attribute,
    AttributeGroup,
    Channel,
    Conversion,
    Family,
    LinkedAttribute,
    MeasurementFamily,
    Structure,
    TableColumn,
    Unit,
)
from tests.passport.linking import (
    UUID_2,
    linked_products,
    make_asset,
    make_entity,
    make_family,
    make_record,
)
from tests.passport.making import make_config, make_product, make_structure
from tests.passport.payloads import PAYLOADS

PRODUCT_TYPES = (
    *("identifier", "text", "textarea", "number", "metric", "price_collection", "price"),
    *("boolean", "date", "simpleselect", "multiselect", "image", "file", "table"),
    *("asset_collection", "product_link"),
    *("reference_data_simpleselect", "reference_data_multiselect"),
)
RECORD_TYPES = (
    *("text", "image", "number", "single_option", "multiple_options", "asset_collection"),
    *("reference_entity_single_link", "reference_entity_multiple_links", "something_new"),
)
ASSET_TYPES = ("media_file", "media_link", "text")
CELL_TYPES = (
    *("select", "text", "number", "boolean", "incremental_number", "reference_entity"),
    *("product_link", "measurement", "date", "something_new"),
)
# Each place where data of a type stand: `product:…`, `record:…`, `asset:…` and `cell:…`.
PLACES = (
    *(f"product:pim_catalog_{type_}" for type_ in PRODUCT_TYPES),
    *("product:akeneo_reference_entity", "product:akeneo_reference_entity_collection"),
    *("product:pim_reference_data_simpleselect", "product:pim_reference_data_multiselect"),
    "product:something_new",
    *(f"record:{type_}" for type_ in RECORD_TYPES),
    *(f"asset:{type_}" for type_ in ASSET_TYPES),
    *(f"cell:{type_}" for type_ in CELL_TYPES),
)
PAGES = ("en_US", "de_DE", "ar_SA", "hi_IN", "xx_YY")

# An element and an attribute that nothing but data could bring onto a page.
CANARIES = (
    "<canary>",
    "</p></td></dd><canary x=1>",
    '"><canary>',
    "'><canary>",
    '" canary="1',
    "' canary='1",
    "--><canary>",
    "</title></script></style><canary>",
    "<b canary=1>x</b>",
    "https://x.example/<canary>",
    'https://x.example/" canary="1',
    "1/2/<canary>.png",
    '1/2/" canary="1.pdf',
    "{{ 7 * 7 }}{% raw %}<canary>",
)
ODD = (
    *("NaN", "1E+999999", "9" * 5000, "\ud800", "\x00", "\ufffe", "0001-01-01", "../..", "", " "),
    *("1/2/x.png", "1/2/x.pdf", "1/2/x.svg", "https://x.example/a.jpg", "javascript:alert(1)"),
    *("12.5", "100", "2025-11-03T00:00:00+00:00", "GRAM", "KILOGRAM", "PERCENT", "EUR", "a", "b"),
    *("\u202eabc", "معطف", str(UUID_2), "x" * 300),
)
texts = st.sampled_from(CANARIES + PAYLOADS[:-2]) | st.sampled_from(ODD) | st.text(max_size=10)
amounts: st.SearchStrategy[Any] = st.sampled_from(
    [0, 1, -5, "12.4000", "0.0001", "1e5", 10**70, "9" * 60, 50, "61"]
)
scalars = st.none() | st.booleans() | st.integers() | amounts | texts
keys = st.sampled_from(
    [
        *("amount", "unit", "currency", "symbol", "labels", "code", "en_US", "type", "id"),
        *("first", "it", "a", "full_url", "identifier"),
    ]
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
labels = st.dictionaries(st.sampled_from(["en_US", "de_DE", "ar_SA"]), texts, max_size=2)
options = st.dictionaries(st.sampled_from(["a", "b"]), labels, max_size=1)
codes = st.sampled_from(["a", "b", "gone"]) | texts
some_codes = st.lists(codes, max_size=3)
measures = st.fixed_dictionaries(
    {"amount": amounts | scalars, "unit": st.sampled_from(["GRAM", "PERCENT", "ODD"]) | texts},
    optional={"symbol": scalars},
)
prices = st.lists(
    st.fixed_dictionaries({"amount": amounts, "currency": st.just("EUR") | texts}), max_size=2
)
product_links = st.fixed_dictionaries(
    {"type": st.sampled_from(["product", "product_model"]), "id": st.just(str(UUID_2)) | scalars},
    optional={"identifier": scalars},
)

_FORMS: dict[str, st.SearchStrategy[Any]] = {
    "number": amounts,
    "incremental_number": amounts,
    "metric": measures,
    "measurement": measures,
    "price_collection": prices,
    "price": prices,
    "boolean": st.booleans(),
    "multiselect": some_codes,
    "multiple_options": some_codes,
    "asset_collection": some_codes,
    "reference_entity": codes,
    "reference_entity_collection": some_codes,
    "reference_entity_multiple_links": some_codes,
    "product_link": product_links,
}


def data_of(type_: str) -> st.SearchStrategy[Any]:
    """Data as a type prescribes them, filled with whatever, and data of any other form."""
    plain = type_.removeprefix("pim_").removeprefix("catalog_").removeprefix("akeneo_")
    return _FORMS.get(plain.removeprefix("reference_data_"), texts) | anything


@dataclass(frozen=True)
class World:
    """A product with all that its passport is made from."""

    product: Product
    structure: Structure
    config: PassportConfig
    linked: Linked
    page: str


@st.composite
def worlds(draw: st.DrawFn, place: str) -> World:
    """A product with data of one type, and everything around it hostile too."""
    where, _, type_ = place.partition(":")
    said = _Said(draw(labels), draw(st.lists(texts, min_size=3, max_size=3)), draw(options))
    columns = _columns(draw, type_ if where == "cell" else "text", said)
    attribute = Attribute(
        "it",
        type_ if where == "product" else _HOLDERS[where],
        group="all",
        labels=said.labels,
        wysiwyg_enabled=draw(st.sampled_from([True, True, False])),
        metric_family="Weight",
        reference_data_name="named",
        table_configuration=columns,
    )
    inner = type_ if where in ("record", "asset") else "text"
    value = ProductValue(
        draw(_data(where, type_, columns)),
        draw(st.sampled_from([*_NOWHERE, "en_US", "de_DE", "it_IT"])),
        draw(st.sampled_from([*_NOWHERE, "ecommerce", "print"])),
        draw(st.just({"labels": said.labels}) | anything),
    )
    product = msgspec.structs.replace(
        make_product(it=value, sku=said.texts[0]),
        family="all",
        associations={"PACK": (AssociatedProduct(UUID_2, draw(amounts)),)},
        updated=said.texts[1],
    )
    page = draw(st.sampled_from(PAGES))
    config = make_config(
        "it",
        locales=tuple(dict.fromkeys((page, "en_US", "de_DE"))),
        brand=said.texts[2],
        title_attribute=draw(st.sampled_from(["", "it"])),
        picture_attribute=draw(st.sampled_from(["", "it"])),
        associations=("PACK",),
        variants=True,
    )
    structure = _structure(draw, attribute, inner, said)
    return World(product, structure, config, _linked(draw, value.data, inner, said), page)


@dataclass(frozen=True)
class _Said:
    """What a world's things are called."""

    labels: dict[str, str]
    texts: list[str]
    options: dict[str, dict[str, str]]


# Most values belong to no language and channel.
_NOWHERE = [None] * 6

_HOLDERS = {
    "record": "akeneo_reference_entity",
    "asset": "pim_catalog_asset_collection",
    "cell": "pim_catalog_table",
}


def _data(where: str, type_: str, columns: tuple[TableColumn, ...]) -> st.SearchStrategy[Any]:
    match where, type_:
        case "record" | "asset", _:
            return st.just(["a", "b"]) | st.just("a")
        case "cell", _:
            return _rows(type_, columns)
        case _, "pim_catalog_table":
            return _rows("text", columns) | anything
        case _:
            return data_of(type_)


def _rows(type_: str, columns: tuple[TableColumn, ...]) -> st.SearchStrategy[Any]:
    cells = {"first": codes | anything, "it": data_of(type_), "percent": amounts | scalars}
    return st.lists(st.fixed_dictionaries({}, optional=cells) | anything, max_size=3)


def _columns(draw: st.DrawFn, type_: str, said: _Said) -> tuple[TableColumn, ...]:
    first = draw(st.sampled_from(["select", "reference_entity", "text"]))
    return (
        TableColumn("first", first, said.labels, said.options, "named"),
        TableColumn("it", type_, said.labels, said.options, "named", "Weight"),
        TableColumn("percent", "number", said.labels),
    )


def _structure(draw: st.DrawFn, attribute: Attribute, type_: str, said: _Said) -> Structure:
    known = LinkedAttribute(
        "it",
        type_,
        said.labels,
        said.options,
        draw(st.sampled_from([True, False])),
        "named",
        "named",
        draw(st.sampled_from(["", "https://x.example/", said.texts[0]])),
        said.texts[1],
        draw(st.sampled_from(["", "image", "pdf", "youtube", "other", said.texts[2]])),
    )
    odd = Unit("ODD", said.texts[0], said.labels, (Conversion("mul", said.texts[1]),))
    gram = Unit("GRAM", "g", {}, (Conversion(draw(st.sampled_from(["mul", "div"])), "3"),))
    label, main = draw(st.sampled_from([None, "it"])), draw(st.sampled_from([None, "it"]))
    return make_structure(
        attribute,
        Attribute("sku", "pim_catalog_identifier"),
        groups={"all": AttributeGroup("all", labels=said.labels)},
        families={"all": Family("all", (), label, "it", said.labels)},
        channels={"ecommerce": Channel("ecommerce", conversion_units={"it": "ODD"})},
        measurement_families={
            "Weight": MeasurementFamily("Weight", units={"ODD": odd, "GRAM": gram})
        },
        association_types={"PACK": AssociationType("PACK", labels=said.labels)},
        reference_entities=make_entity("named", known),
        asset_families=make_family("named", known, main=main),
    )


def _linked(draw: st.DrawFn, of_product: Any, type_: str, said: _Said) -> Linked:
    locale = draw(st.sampled_from([None, "en_US", "de_DE"]))
    it = LinkedValue(draw(data_of(type_)), locale, None, draw(st.none() | anything))
    label = LinkedValue(draw(texts | scalars), locale)
    other = msgspec.structs.replace(make_product(it=of_product, sku=said.texts[0]), uuid=UUID_2)
    its_own = make_config(title_attribute=draw(st.sampled_from([None, "it"])))
    products = linked_products(other, config=its_own, variants=(UUID_2,), axes=("it", "sku"))
    return Linked(
        records={("named", "a"): make_record("a", label=label, it=it, image=it)},
        assets={("named", "a"): make_asset("a", label=label, it=it)},
        products=products.products,
        variants=products.variants,
        axes=products.axes,
        options={"it": said.options},
    )
