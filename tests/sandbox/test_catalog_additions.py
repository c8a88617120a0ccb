"""Laying further folders over a catalogue, and reading what only large editions have."""

import json
from pathlib import Path
from typing import Any

import pytest

from quart_passport.sandbox import CatalogError, load_catalog
from tests.sandbox.conftest import (
    DEMO_CATALOG,
    attribute,
    entry,
    tiny_files,
    uuid_of,
    write_catalog,
)
from tests.sandbox.rich import ENTITIES, FAMILIES, rich_catalog

SUPPLEMENT = DEMO_CATALOG.parent / "supplement"


def write_addition(folder: Path, files: dict[str, Any]) -> Path:
    addition = folder / "addition"
    addition.mkdir()
    for name, content in files.items():
        (addition / name).write_text(json.dumps(content), encoding="utf-8")
    return addition


@pytest.fixture
def api(tmp_path: Path) -> Path:
    return write_catalog(tmp_path, tiny_files())


def test_an_addition_adds_and_replaces_by_code(tmp_path: Path, api: Path) -> None:
    addition = write_addition(
        tmp_path,
        {
            "attributes.json": [
                attribute("extra", "boolean"),
                attribute("name", "text", labels={"en_US": "Title"}),
            ],
            "attribute_options.json": [
                {"code": "blue", "attribute": "color", "sort_order": 2, "labels": {}}
            ],
            "media_files.json": [
                {
                    "code": "n/e/w",
                    "original_filename": "new.pdf",
                    "mime_type": "application/pdf",
                    "file": "addition/new.pdf",
                }
            ],
        },
    )
    (addition / "new.pdf").write_bytes(b"%PDF-")

    catalog = load_catalog(api, addition)

    assert {"extra", "ean"} <= set(catalog.attributes)
    assert catalog.attributes["name"]["labels"] == {"en_US": "Title"}
    assert set(catalog.attribute_options["color"]) == {"red", "blue"}
    assert set(catalog.attribute_options["materials"]) == {"wool"}
    file = catalog.media_files["n/e/w"]
    assert file.path == (addition / "new.pdf").resolve()
    assert (file.shown["size"], file.shown["extension"]) == (5, "pdf")
    assert catalog.merchant.name == "Tiny Things"


def test_values_are_laid_over_products_by_identifier(tmp_path: Path, api: Path) -> None:
    overlay = {
        "_about": "texts for people",
        "products": {"plain": {"extra": entry(True), "ean": entry("1")}},
        "families_to_extend": {"things": ["extra", "name"]},
    }
    addition = write_addition(
        tmp_path,
        {"attributes.json": [attribute("extra", "boolean")], "product_values.json": overlay},
    )

    catalog = load_catalog(api, addition)

    values = catalog.products[uuid_of("plain")]["values"]
    assert (values["extra"], values["ean"]) == (entry(True), entry("1"))
    assert values["color"] == entry("red")
    assert "extra" not in catalog.products[uuid_of("/A")]["values"]
    assert catalog.families["things"]["attributes"] == ["sku", "name", "extra"]


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (
            "product_values.json",
            {"products": {"nobody": {}}},
            'product_values.json: there is no product "nobody"',
        ),
        (
            "product_values.json",
            {"products": {"plain": {"nothing": []}}},
            'there is no attribute "nothing"',
        ),
        (
            "product_values.json",
            {"families_to_extend": {"none": []}},
            'there is no family "none"',
        ),
        ("product_values.json", [], "Expected `object`, got `array`"),
        (
            "reference_entities.json",
            [{"code": "maker"}],
            r"missing required field `attributes` - at `\$\[0\]`",
        ),
        (
            "reference_entities.json",
            [ENTITIES[0] | {"records": [{"code": "a"}, {"code": "a"}]}],
            '"a" is there twice',
        ),
        (
            "reference_entities.json",
            [ENTITIES[0] | {"records": [{"code": "a", "values": {"label": [{}]}}]}],
            "missing required field `data`",
        ),
        (
            "asset_families.json",
            [
                FAMILIES[0]
                | {
                    "asset_media_files": [
                        {"code": "x", "original_filename": "x", "file": "../../x.pdf"}
                    ]
                }
            ],
            "leads out of",
        ),
    ],
)
def test_a_broken_addition_says_what_is_wrong_and_where(
    tmp_path: Path, api: Path, file: str, content: Any, message: str
) -> None:
    addition = write_addition(tmp_path, {file: content})

    with pytest.raises(CatalogError, match=message) as caught:
        load_catalog(api, addition)

    assert str(addition / file) in str(caught.value)


def test_an_addition_that_is_no_folder_is_refused(tmp_path: Path, api: Path) -> None:
    with pytest.raises(CatalogError, match="is not a folder"):
        load_catalog(api, tmp_path / "nowhere")


def test_entities_hold_their_attributes_options_members_and_files(tmp_path: Path) -> None:
    catalog = rich_catalog(tmp_path)

    maker, papers = catalog.reference_entities["maker"], catalog.asset_families["papers"]
    assert maker.shown.keys() == {"code", "labels", "image"}
    assert set(maker.attributes) == {"label", "image", "country", "shelf"}
    assert set(maker.options["country"]) == {"it"}
    assert len(maker.members) == 121
    assert set(papers.members) == {"guide"}
    assert catalog.record_media_files["m/a/k/e_logo.png"].shown["mime_type"] == "image/png"
    assert catalog.asset_media_files["l/o/s/t.pdf"].path is None


@pytest.mark.skipif(
    not SUPPLEMENT.is_dir(), reason=f"the demo catalogue's supplement is not at {SUPPLEMENT}"
)
def test_the_supplement_goes_over_the_demo_catalogue() -> None:
    catalog = load_catalog(DEMO_CATALOG, SUPPLEMENT)

    values = {p["identifier"]: p["values"] for p in catalog.products.values()}
    assert values["1111111119"]["dpp_manufacturer"][0]["data"] == "lanificio_nord"
    assert "dpp_materials" in catalog.families["clothing"]["attributes"]
    assert set(catalog.reference_entities) == {"manufacturer", "certification"}
    assert set(catalog.asset_families["dpp_documents"].members) == {
        "recycling_guide",
        "lab_report",
    }
    (file,) = catalog.asset_media_files.values()
    assert file.path is not None
    assert file.path.read_bytes().startswith(b"%PDF-")
