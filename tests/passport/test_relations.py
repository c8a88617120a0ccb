"""Links to other passports: by values, variants and associations."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from quart_passport.passport.linked import Linked, LinkedProduct
from quart_passport.passport.model import (
    Association,
    Field,
    Identity,
    Number,
    PassportLink,
    PassportLinks,
    Text,
)
from quart_passport.passport.product import AssociatedProduct, Product, ProductValue
from quart_passport.passport.structure import AssociationType, Attribute, Family
from tests.passport.linking import UUID_2, UUID_3, linked_products
from tests.passport.making import UUID_1, assemble, make_config, make_product, make_structure, read

STRUCTURE = make_structure(
    Attribute("sku", "pim_catalog_identifier"),
    Attribute("name", "pim_catalog_text"),
    Attribute("nick", "pim_catalog_text"),
    Attribute("spare", "pim_catalog_product_link", labels={"en_US": "Spare part"}),
    Attribute("size", "pim_catalog_simpleselect", labels={"en_US": "Size", "de_DE": "Größe"}),
    Attribute("width", "pim_catalog_metric", metric_family="Length"),
    families={"shirts": Family("shirts", attribute_as_label="name")},
    association_types={
        "PACK": AssociationType("PACK", labels={"en_US": "Pack", "fr_FR": "Pack (fr)"}),
        "UPSELL": AssociationType("UPSELL"),
    },
)


def shirt(uuid: UUID, **values: Any) -> Product:
    return msgspec.structs.replace(make_product(**values), uuid=uuid, family="shirts")


def link(uuid: Any) -> dict[str, Any]:
    return {"type": "product", "id": str(uuid)}


def test_a_link_leads_to_the_passport_of_a_published_product() -> None:
    product = make_product(spare=link(UUID_2))
    linked = linked_products(shirt(UUID_2, name="Button"))

    passport = assemble(product, STRUCTURE, make_config("spare"), linked=linked)

    [[field]] = (section.fields for section in passport.sections)
    button = PassportLink(Identity(UUID_2), Text("Button"))
    assert field == Field("spare", Text("Spare part"), PassportLinks((button,), "Button"))


@pytest.mark.parametrize(
    "data", [link(UUID_3), {"type": "product_model", "id": str(UUID_2)}, link("x"), None, [], "x"]
)
def test_a_link_to_anything_else_is_no_value(data: Any) -> None:
    linked = linked_products(shirt(UUID_2, name="Button"))

    assert read("pim_catalog_product_link", data, linked=linked) is None


def test_another_product_is_titled_like_its_own_passport() -> None:
    titled = shirt(UUID_2, name=ProductValue("Knopf", "de_DE"), nick="Nick", sku="B-2")
    nameless = shirt(UUID_3, sku="B-3")
    linked = Linked(
        products={
            UUID_2: LinkedProduct(titled, Identity(UUID_2), make_config()),
            UUID_3: LinkedProduct(nameless, Identity(UUID_3, "B-3"), make_config()),
        },
        variants=(UUID_2, UUID_3),
    )

    config = make_config(variants=True, title_attribute="nick")

    passport = assemble(make_product(), STRUCTURE, config, linked=linked)

    assert [one.title for one in passport.variants] == [Text("Knopf", "de-DE"), Text("B-3")]


def test_its_title_comes_from_its_own_configurations_attribute_and_channel() -> None:
    names = (ProductValue("Web", None, "ecommerce"), ProductValue("Paper", None, "print"))
    button = shirt(UUID_2, name="Button", nick=names)
    its_own = make_config(channel="print", title_attribute="nick")
    linked = Linked(
        products={UUID_2: LinkedProduct(button, Identity(UUID_2), its_own)}, variants=(UUID_2,)
    )

    passport = assemble(make_product(), STRUCTURE, make_config(variants=True), linked=linked)

    assert [one.title for one in passport.variants] == [Text("Paper")]


def test_variants_stand_in_the_pims_order_with_what_they_differ_in() -> None:
    small = ProductValue("s", linked_data={"labels": {"en_US": "Small"}})
    linked = linked_products(
        shirt(UUID_2, name="Shirt", size=small, width={"amount": "40", "unit": "CENTIMETER"}),
        shirt(UUID_3, name="Shirt", size="m"),
        variants=(UUID_3, UUID_1, UUID_2, UUID_3),
        axes=("size", "width", "gone"),
    )

    passport = assemble(
        make_product(), STRUCTURE, make_config(variants=True), "de_DE", linked=linked
    )

    medium, tiny = passport.variants
    assert (medium.identity, tiny.identity) == (Identity(UUID_3), Identity(UUID_2))
    assert [(axis.code, axis.label.text, axis.value.text) for axis in tiny.axes] == [
        ("size", "Größe", "Small"),
        ("width", "[width]", "40 cm"),
    ]
    assert [axis.value.text for axis in medium.axes] == ["[m]"]


def test_variants_are_shown_only_if_the_merchant_wants_them() -> None:
    linked = linked_products(shirt(UUID_2), variants=(UUID_2,))

    assert assemble(make_product(), STRUCTURE, make_config(), linked=linked).variants == ()


def associations_of(*shown: str, page: str = "en_US", **tied: Any) -> tuple[Association, ...]:
    product = msgspec.structs.replace(
        make_product(),
        associations={
            code: tuple(AssociatedProduct(uuid, quantity) for uuid, quantity in others)
            for code, others in tied.items()
        },
    )
    linked = linked_products(shirt(UUID_2, name="Button"))
    config = make_config(associations=shown)
    return assemble(product, STRUCTURE, config, page, linked).associations


def test_associations_stand_in_the_merchants_order_with_their_labels() -> None:
    shown = associations_of(
        *("UPSELL", "PACK", "GONE", "PACK"),
        page="de_DE",
        PACK=[(UUID_2, 3), (UUID_3, 1)],
        UPSELL=[(UUID_2, None)],
        X_SELL=[(UUID_2, None)],
        GONE=[(UUID_2, "1.5")],
    )

    assert [(one.code, one.label) for one in shown] == [
        ("UPSELL", Text("[UPSELL]")),
        ("PACK", Text("Pack", "en-US")),
        ("GONE", Text("[GONE]")),
    ]
    assert [[(o.identity.uuid, o.quantity) for o in one.links] for one in shown] == [
        [(UUID_2, None)],
        [(UUID_2, Number(Decimal(3), "3"))],
        [(UUID_2, Number(Decimal("1.5"), "1,5"))],
    ]


def test_an_association_without_a_published_product_is_left_out() -> None:
    assert associations_of("PACK", PACK=[(UUID_3, 2)]) == ()
    assert associations_of("PACK", PACK=[]) == ()
    assert associations_of(PACK=[(UUID_2, 2)]) == ()
