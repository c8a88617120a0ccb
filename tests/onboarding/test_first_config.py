"""The first configuration, from the structure of the sandbox's worlds and of a catalogue."""

from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from quart_passport.egress.address import EgressRules
from quart_passport.egress.fetch import Egress
from quart_passport.errors import PimProtocolError
from quart_passport.onboarding.first_config import guess_gtin_attribute, make_first_config
from quart_passport.passport.config import read_config
from quart_passport.passport.structure import (
    Attribute,
    AttributeGroup,
    Channel,
    Family,
    LinkedAttribute,
    ReferenceEntity,
    Structure,
    TableColumn,
)
from quart_passport.pim.client import PimAccess, PimClient
from quart_passport.sandbox import WORLDS, Catalog, create_sandbox, load_catalog, world_directory
from quart_passport.secret import Secret
from tests.serving import serving

CATALOGUE = Path(__file__).parents[2] / "../shared/akeneo/catalog/api"
# What stands in attribute codes that are nobody's business but the merchant's.
INTERNAL_WORDS = (
    "purchase", "supplier", "vendor", "cost", "price", "margin", "stock", "internal", "erp",
    "remark", "comment", "seo", "meta", "keyword", "confidential",
)  # fmt: skip


async def structure_of(catalog: Catalog) -> Structure:
    async with serving(lambda url: create_sandbox(catalog, base_url=url)) as pim:
        address = pim.url.removeprefix("http://")
        apps = pim.app.pim.apps
        app = apps.register("Test", f"{pim.url}/a", f"{pim.url}/c")
        scopes = frozenset(
            f"read_{what}"
            for what in (
                *("products", "catalog_structure", "attribute_options"),
                *("channel_localization", "channel_settings"),
            )
        )
        code = apps.grant(app.client_id, scopes, frozenset())
        connected = apps.connected(app.client_id)
        assert connected is not None
        token = apps._issue(connected, apps._codes[code]).access_token
        async with Egress(EgressRules.parse(exempt=[address])) as egress:
            access = PimAccess(pim.url, Secret(token), _ID)
            return await PimClient(egress).read_structure(access)


_ID = UUID("00000000-0000-4000-8000-000000000001")


def small_structure(**parts: object) -> Structure:
    name = Attribute("name", "pim_catalog_text", group="texts")
    usual = Structure(
        attributes={"name": name},
        groups={"texts": AttributeGroup("texts")},
        families={},
        channels={"web": Channel("web", locales=("en_US",))},
        locales=("en_US",),
        measurement_families={},
    )
    return msgspec.structs.replace(usual, **parts)


@pytest.mark.parametrize("world", [*WORLDS, "catalogue"])
async def test_a_pim_gets_a_useful_configuration_that_shows_nothing_internal(world: str) -> None:
    if world == "catalogue" and not CATALOGUE.exists():
        pytest.skip("the shared catalogue is not beside this checkout")
    catalog = load_catalog(CATALOGUE if world == "catalogue" else world_directory(world))
    structure = await structure_of(catalog)

    config = make_first_config(structure, brand="Acme")
    selected = config.selected_attributes()

    assert read_config(msgspec.to_builtins(config), where="made") == config
    assert set(config.locales) <= set(structure.locales)
    assert config.channel in structure.channels
    assert len(config.sections) >= 2
    assert selected <= structure.attributes.keys()
    leaks = [code for code in selected if any(word in code for word in INTERNAL_WORDS)]
    groups = [structure.attributes[code].group for code in selected]
    leaks += [group for group in groups if any(word in group for word in INTERNAL_WORDS)]
    assert leaks == []
    left_out = [
        code
        for code in structure.attributes
        if code not in selected and any(word in code for word in INTERNAL_WORDS)
    ]
    if world != "catalogue":
        # Each world has something internal, or this would show nothing.
        assert left_out
    gtin = guess_gtin_attribute(structure)
    assert gtin in structure.attributes
    print(f"{world}: {len(selected)} attributes, internal 0, left out {left_out}, GTIN {gtin!r}")


def test_of_several_channels_the_shops_is_chosen() -> None:
    channels = {
        "print": Channel("print", locales=("en_US", "de_DE", "fr_FR")),
        "ecommerce": Channel("ecommerce", locales=("de_DE",)),
    }

    config = make_first_config(small_structure(channels=channels), brand="")

    assert (config.channel, config.locales) == ("ecommerce", ("de_DE",))


def test_a_channel_without_locales_shows_all_that_are_active() -> None:
    structure = small_structure(channels={"web": Channel("web")}, locales=("fr_FR", "en_US"))

    assert make_first_config(structure, brand="").locales == ("fr_FR", "en_US")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"channels": {}}, "no channel"),
        ({"channels": {"web": Channel("web")}, "locales": ()}, "no active locale"),
    ],
)
def test_a_pim_without_channel_or_language_is_refused(parts: dict[str, object], said: str) -> None:
    with pytest.raises(PimProtocolError, match=said):
        make_first_config(small_structure(**parts), brand="")


def test_a_huge_pim_gets_no_larger_configuration_than_may_be_stored() -> None:
    groups = {f"g{n}": AttributeGroup(f"g{n}", sort_order=n) for n in range(120)}
    attributes = {
        f"a{n}": Attribute(f"a{n}", "pim_catalog_text", group=f"g{n % 120}") for n in range(20_000)
    }
    locales = tuple(f"en_{n:03}" for n in range(210))
    structure = small_structure(
        groups=groups, attributes=attributes, channels={"web": Channel("web", locales=locales)}
    )

    config = make_first_config(structure, brand="x" * 100)

    assert read_config(msgspec.to_builtins(config), where="made") == config


def test_titles_pictures_and_identifiers_are_not_shown_twice() -> None:
    attributes = {
        "sku": Attribute("sku", "pim_catalog_identifier", group="texts"),
        "ean": Attribute("ean", "pim_catalog_text", group="texts"),
        "label": Attribute("label", "pim_catalog_text", group="texts"),
        "front": Attribute("front", "pim_catalog_image", group="texts"),
        "care": Attribute("care", "pim_catalog_text", group="texts"),
    }
    family = Family("f", attribute_as_label="label", attribute_as_image="front")
    structure = small_structure(attributes=attributes, families={"f": family})

    assert make_first_config(structure, brand="").selected_attributes() == {"care"}


@pytest.mark.parametrize(
    ("codes", "found"),
    [
        (["EAN", "name"], "EAN"),
        (["ean", "gtin"], "gtin"),
        (["ean_text"], ""),
        ([], ""),
    ],
)
def test_the_gtin_attribute_is_guessed_by_its_code(codes: list[str], found: str) -> None:
    attributes = {code: Attribute(code, "pim_catalog_text") for code in codes}

    assert guess_gtin_attribute(small_structure(attributes=attributes)) == found


def test_a_localised_or_odd_gtin_attribute_is_no_gtin() -> None:
    attributes = {
        "gtin": Attribute("gtin", "pim_catalog_text", localizable=True),
        "ean": Attribute("ean", "pim_catalog_number"),
        "barcode": Attribute("barcode", "pim_catalog_text", scopable=True),
        "upc": Attribute("upc", "pim_catalog_identifier"),
    }

    assert guess_gtin_attribute(small_structure(attributes=attributes)) == "upc"


@pytest.mark.parametrize(
    "kind",
    [
        *("pim_catalog_file", "pim_catalog_table", "pim_catalog_product_link"),
        *("pim_catalog_asset_collection", "akeneo_reference_entity"),
        "akeneo_reference_entity_collection",
    ],
)
def test_documents_tables_records_and_links_are_shown_unless_they_look_internal(kind: str) -> None:
    attributes = {
        "proofs": Attribute("proofs", kind, group="texts"),
        "supplier_proofs": Attribute("supplier_proofs", kind, group="texts"),
        "files": Attribute("files", kind, group="texts", labels={"de_DE": "Interne Preislisten"}),
    }

    config = make_first_config(small_structure(attributes=attributes), brand="")

    assert config.selected_attributes() == {"proofs"}


@pytest.mark.parametrize(
    "kind", ["pim_catalog_price_collection", "pim_reference_data_simpleselect", "brand_new_type"]
)
def test_prices_and_what_has_no_words_are_left_to_the_merchant(kind: str) -> None:
    attributes = {"thing": Attribute("thing", kind, group="texts")}

    config = make_first_config(small_structure(attributes=attributes), brand="")

    assert config.selected_attributes() == set()


def test_links_to_other_passports_wait_for_the_merchant() -> None:
    """What belongs together in the PIM is not always meant for everybody."""
    config = make_first_config(small_structure(), brand="")

    assert (config.associations, config.variants) == ((), False)


def test_a_table_with_an_internal_column_is_left_out() -> None:
    columns = (TableColumn("step", "select"), TableColumn("cost", "number"))
    attributes = {
        "steps": Attribute("steps", "pim_catalog_table", group="texts"),
        "offers": Attribute(
            "offers", "pim_catalog_table", group="texts", table_configuration=columns
        ),
    }

    config = make_first_config(small_structure(attributes=attributes), brand="")

    assert config.selected_attributes() == {"steps"}


def test_of_records_nothing_internal_is_said() -> None:
    made_of = {
        code: LinkedAttribute(code, "text") for code in ("label", "town", "internal_note", "phone")
    }
    made_of["phone"] = LinkedAttribute("phone", "text", labels={"fr_FR": "Contact achats"})
    entities = {"maker": ReferenceEntity("maker", attributes=made_of)}

    config = make_first_config(small_structure(reference_entities=entities), brand="")

    assert config.record_attributes == {"maker": ("label", "town")}
    assert read_config(msgspec.to_builtins(config), where="made") == config
