"""Which tables are shares of a whole, and what is said of each share."""

from decimal import Decimal
from typing import Any

import babel
import pytest

from quart_passport.passport.compositions import percent_column, says_share
from quart_passport.passport.model import Composition, Field, Share, Table, Text, YesNo
from quart_passport.passport.quantities import percent_in_words
from quart_passport.passport.structure import TableColumn
from tests.passport.linking import linked_records, make_record
from tests.passport.making import make_structure, read

MATERIAL = TableColumn(
    "material",
    "select",
    options={"wool": {"en_US": "Wool", "de_DE": "Wolle"}, "silk": {"en_US": "Silk"}},
)
PERCENTAGE = TableColumn("percentage", "number", labels={"en_US": "%"})
RECYCLED = TableColumn("recycled", "boolean", labels={"en_US": "Recycled"})


def compose(
    *shares: Any, columns: tuple[TableColumn, ...] = (MATERIAL, PERCENTAGE), page: str = "en_US"
) -> Any:
    """What becomes of a table with these percentages of wool."""
    rows = [{"material": "wool", "percentage": share} for share in shares]
    return read("pim_catalog_table", rows, page, table_configuration=columns)


@pytest.mark.parametrize(
    "label",
    [
        *("en_US: %", "en_US: Percent", "en_GB: Percentage by weight", "en_US: Share"),
        *("en_US: Share (%)", "en_US: proportion", "en_US: pct."),
        *("de_DE: Prozent", "de_AT: Anteil", "de_DE: Gewichtsanteil", "de_DE: Prozentsatz"),
        *("de_DE: Masseprozent", "de_DE: Anteil in %"),
        *("fr_FR: Pourcentage", "fr_BE: Part", "fr_FR: Part (en masse)", "fr_FR: Pour cent"),
        *("fr_FR: Proportion", "fr_FR: % du poids"),
        *("es_ES: Porcentaje", "es_ES: Proporción", "es_MX: Por ciento", "es_ES: Proporcio\u0301n"),
        *("it_IT: Percentuale", "it_IT: Quota", "it_IT: Per cento", "it_IT: Proporzione"),
        *("nl_NL: Percentage", "nl_NL: Aandeel", "nl_BE: Gewichtspercentage", "nl_NL: Procent"),
        *("sv_SE: Procent", "xx: %", "fr_FR: Part fibreuse"),
    ],
)
def test_a_column_says_share_in_any_of_the_languages(label: str) -> None:
    locale, _, text = label.partition(": ")

    assert says_share("c1", {locale: text})


@pytest.mark.parametrize(
    "code",
    ["percentage", "Percent", "material_pct", "massPercentage", "share", "anteil", "aandeel"],
)
def test_a_code_says_so_too(code: str) -> None:
    assert says_share(code, {})


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("part", "en_US: Part"),
        ("part_number", "en_US: Part number"),
        ("part_number", "fr_FR: Numéro de pièce"),
        ("department", "fr_FR: Départ"),
        ("weight", "de_DE: Gewicht"),
        ("quota", "en_US: Quota"),
        ("x", "de_DE: Part"),
        ("shareholder", "en_US: Shareholder"),
        ("recycled_percentage", "en_US: Percentage"),
        ("percentage", "fr_FR: Part recyclée"),
        ("percentage", "de_DE: Rezyklatanteil (%)"),
        ("percentage", "en_US: Renewable content (%)"),
        ("percentile", "en_US: Percentile"),
        ("percentage", "nl_NL: Percentiel"),
        ("recovered_pct", "en_US: %"),
        ("reusedPercent", "en_US: Reused"),
        ("bio_based_percent", "en_US: %"),
        ("percentage", "de_DE: Sekundärrohstoffanteil"),
        ("pct", "de_DE: Feuchteanteil"),
        ("humidity_percent", "fr_FR: %"),
        ("post_consumer_percent", "en_US: %"),
        ("percentage", "en_US: Post-consumer %"),
        ("percentage", "en_US: Certified organic (%)"),
        ("virgin_share", "en_US: Share"),
        ("discount_pct", "en_US: %"),
        ("shrinkage_percent", "de_DE: Prozent"),
        ("percentage", "de_DE: Ausschuss in %"),
        ("capacity_percent", "de_DE: Restkapazität (%)"),
        ("", "en_US: "),
    ],
)
def test_other_columns_do_not(code: str, label: str) -> None:
    locale, _, text = label.partition(": ")

    assert not says_share(code, {locale: text})


@pytest.mark.parametrize(
    ("types", "place"),
    [
        (["select", "number"], 1),
        (["reference_entity", "number"], 1),
        (["select", "text", "number"], 2),
        (["select", "measurement"], 1),
        (["text", "number"], None),
        (["number", "select"], None),
        (["select", "text"], None),
        (["select"], None),
        ([], None),
    ],
)
def test_shares_stand_in_a_column_of_numbers_beside_names(
    types: list[str], place: int | None
) -> None:
    columns = [TableColumn("percent", type_) for type_ in types]

    assert percent_column(columns) == place


def test_one_column_of_several_numbers_says_share() -> None:
    columns = [MATERIAL, TableColumn("of_waste_recycled_percent", "number"), PERCENTAGE]

    assert percent_column(columns) == 2


def test_two_columns_that_say_share_contradict_each_other() -> None:
    assert percent_column([MATERIAL, PERCENTAGE, TableColumn("share", "number")]) is None


def test_shares_are_exact_in_the_merchants_order_and_say_the_rest() -> None:
    rows = [
        {"material": "silk", "percentage": "30.50"},
        {"material": "wool", "percentage": "61", "recycled": True},
        {"material": "gone", "percentage": 8},
    ]
    columns = (MATERIAL, PERCENTAGE, RECYCLED)

    value = read("pim_catalog_table", rows, "de_DE", table_configuration=columns)

    recycled = Field("recycled", Text("Recycled", "en-US"), YesNo(True, "Ja"))
    assert value == Composition(
        (
            Share("silk", Text("Silk", "en-US"), Decimal("30.5"), "30,5\u00a0%"),
            Share("wool", Text("Wolle"), Decimal(61), "61\u00a0%", (recycled,)),
            Share("gone", Text("[gone]"), Decimal(8), "8\u00a0%"),
        ),
        "30,5\u00a0% Silk, 61\u00a0% Wolle, 8\u00a0% [gone]",
    )


@pytest.mark.parametrize(
    "shares",
    [["100"], ["0", 100], ["33.4", "33.4", "33.4"], ["50.5", "50"], ["90"], ["99.5", "1"]],
)
def test_shares_come_to_about_the_whole_and_may_be_rounded_up(shares: list[Any]) -> None:
    assert isinstance(compose(*shares), Composition)


@pytest.mark.parametrize(
    "shares",
    [
        *(["60", "60"], ["100.1"], ["-1", "50"], ["50", "50.6"], ["50", None], ["50", "half"]),
        *(["50", {}], ["50", True], ["1e3"], ["89.9"], ["0.001"], [0], ["30", "20"]),
    ],
)
def test_numbers_that_are_no_shares_stay_a_table(shares: list[Any]) -> None:
    assert isinstance(compose(*shares), Table)


def test_a_share_of_nothing_named_stays_a_table() -> None:
    rows = [{"material": "wool", "percentage": "50"}, {"percentage": "50"}]
    columns = (MATERIAL, PERCENTAGE)

    assert isinstance(read("pim_catalog_table", rows, table_configuration=columns), Table)


def test_materials_may_be_records() -> None:
    column = TableColumn("material", "reference_entity", reference_entity_identifier="fibre")
    linked = linked_records("fibre", make_record("wool", label="Merino wool"))

    value = read(
        "pim_catalog_table",
        [{"material": "wool", "percentage": "70"}, {"material": "gone", "percentage": "30"}],
        table_configuration=(column, PERCENTAGE),
        linked=linked,
    )

    assert isinstance(value, Composition)
    assert value.text == "70% Merino wool, 30% [gone]"
    assert [share.code for share in value.shares] == ["wool", "gone"]


@pytest.mark.parametrize(("unit", "kind"), [("PERCENT", "composition"), ("GRAM", "table")])
def test_shares_may_be_measured_in_percent(unit: str, kind: str) -> None:
    share = TableColumn("share", "measurement")
    rows = [{"material": "wool", "share": {"amount": "98.5", "unit": unit}}]

    value = read("pim_catalog_table", rows, table_configuration=(MATERIAL, share))

    assert value is not None
    assert value.kind == kind


def test_grams_of_a_material_are_no_shares() -> None:
    weight = TableColumn("weight", "number", labels={"en_US": "Weight in grams"})
    rows = [{"material": "wool", "weight": "40"}]

    value = read("pim_catalog_table", rows, table_configuration=(MATERIAL, weight))

    assert isinstance(value, Table)


@pytest.mark.parametrize("amount", ["0", "8", "30.5", "100", "0.001"])
@pytest.mark.parametrize(
    # One of each pattern that CLDR has.
    "language",
    ["en", "de", "fr", "ar", "hi", "tr", "eu", "ta", "bn", "blo", "dz", "en_US_POSIX"],
)
def test_a_percentage_keeps_its_digits_in_every_language(language: str, amount: str) -> None:
    words = percent_in_words(Decimal(amount), babel.Locale.parse(language))

    # Anii fills up to two digits.
    assert "".join(filter(str.isdigit, words)).lstrip("0") == amount.replace(".", "").lstrip("0")
    assert not words.isdigit()


def test_a_hostile_share_is_text() -> None:
    columns = (MATERIAL, PERCENTAGE, TableColumn("origin", "text"))
    rows = [{"material": "wool", "percentage": "100", "origin": "<img src=x onerror=alert(1)>"}]

    value = read("pim_catalog_table", rows, table_configuration=columns, structure=make_structure())

    assert isinstance(value, Composition)
    assert value.shares[0].fields[0].value == Text("<img src=x onerror=alert(1)>")
