"""Asset collections: pictures, documents, links, and what is only named."""

from typing import Any

import pytest

from quart_passport.passport.linked import Linked, LinkedValue
from quart_passport.passport.model import Collection, Document, Link, MediaSource, Picture, Text
from quart_passport.passport.structure import LinkedAttribute, Structure
from tests.passport.linking import linked_assets, localised, make_asset, make_family
from tests.passport.making import make_structure, read

FILE = LinkedAttribute("media", "media_file")
LINK = LinkedAttribute("external", "media_link", prefix="https://dam.example.com/")
HASH = "5053a8fb0ef3b7a9b17c19c45dd7d94629fc4d83"
GUIDE = f"5/0/5/3/{HASH}_guide.pdf"
SHOT = f"5/0/5/3/{HASH}_left-side.png"
STRUCTURE = make_structure(asset_families=make_family("docs", FILE, LINK, main="media"))


def read_assets(
    data: Any, *assets: Any, page: str = "en_US", structure: Structure = STRUCTURE
) -> Any:
    return read(
        "pim_catalog_asset_collection",
        data,
        page,
        structure=structure,
        linked=linked_assets("docs", *assets),
        reference_data_name="docs",
    )


def only_item(asset: Any, **parts: Any) -> Any:
    value = read_assets([asset.code], asset, **parts)
    assert isinstance(value, Collection)
    [item] = value.items
    assert value.text == item.text
    return item


def by_link(media_type: str, data: Any, linked_data: Any = None, **parts: Any) -> Any:
    """The item of an asset whose only medium is a link."""
    link = LinkedAttribute("url", "media_link", media_type=media_type, **parts)
    structure = make_structure(asset_families=make_family("docs", link, main="url"))
    value = LinkedValue(data, linked_data=linked_data)
    return only_item(make_asset("a", label="A", url=value), structure=structure)


def test_a_document_is_called_by_its_assets_label() -> None:
    asset = make_asset("guide", label=localised(en_US="Guide", fr_FR="Notice"), media=GUIDE)

    item = only_item(asset, page="fr_FR")

    assert item == Document(GUIDE, "guide.pdf", "Notice", "PDF", MediaSource.ASSET)


def test_a_label_in_another_language_says_so() -> None:
    asset = make_asset("guide", label=localised(fr_FR="Notice"), media=GUIDE)

    assert only_item(asset).lang == "fr-FR"


def test_a_picture_is_described_by_its_label() -> None:
    asset = make_asset("left", label="Left side", media=SHOT)

    assert only_item(asset) == Picture(SHOT, "left-side.png", "Left side", MediaSource.ASSET)


@pytest.mark.parametrize("name", ["logo.svg", "scan.tif", "scan.tiff", "shot.psd", "film.mp4", "x"])
def test_a_file_that_is_not_offered_is_called_by_its_label(name: str) -> None:
    asset = make_asset("a", label="Something", media=f"5/0/5/3/{HASH}_{name}")

    assert only_item(asset) == Text("Something")


def test_an_asset_without_label_is_shown_by_its_code() -> None:
    assert only_item(make_asset("guide", media=GUIDE)).text == "[guide]"
    assert only_item(make_asset("empty")) == Text("[empty]")


def test_an_asset_that_is_not_there_is_shown_by_its_code() -> None:
    assert read_assets(["gone"]) == Collection((Text("[gone]"),), "[gone]")


def test_an_asset_of_an_unknown_family_is_shown_by_its_label() -> None:
    asset = make_asset("guide", label="Guide", media=GUIDE)

    assert only_item(asset, structure=make_structure()) == Text("Guide")


def test_assets_stand_in_the_merchants_order_and_are_listed_in_words() -> None:
    assets = [make_asset("a", label="One"), make_asset("b", label="Two")]

    value = read_assets(["b", "gone", "a"], *assets, page="de_DE")

    assert value.text == "Two, [gone] und One"


def test_the_main_medium_comes_before_the_others() -> None:
    asset = make_asset("a", label="A", external="b.pdf", media=GUIDE)
    structure = make_structure(asset_families=make_family("docs", LINK, FILE, main="media"))

    assert isinstance(only_item(asset, structure=structure), Document)


def test_an_asset_without_its_main_medium_shows_another_one() -> None:
    asset = make_asset("report", label="Lab report", external="reports/42.pdf")

    item = only_item(asset)

    assert item == Link("https://dam.example.com/reports/42.pdf", "Lab report")


def test_a_main_medium_that_cannot_be_shown_gives_way_to_one_that_can() -> None:
    preview = LinkedAttribute("preview", "media_file")
    raw = LinkedAttribute("raw", "media_file")
    family = make_family("docs", raw, FILE, preview, LINK, main="media")
    scan = f"5/0/5/3/{HASH}_scan.tif"
    asset = make_asset("a", label="A", media=scan, raw=scan, preview=SHOT, external="b.pdf")

    item = only_item(asset, structure=make_structure(asset_families=family))

    assert item == Picture(SHOT, "left-side.png", "A", MediaSource.ASSET)


def test_each_language_has_its_own_file_and_channels_do_not_mix() -> None:
    german, print_only = GUIDE.replace("guide", "leitfaden"), GUIDE.replace("guide", "print")
    asset = make_asset(
        "guide",
        label="Guide",
        media=(
            LinkedValue(print_only, "en_US", "print"),
            LinkedValue(GUIDE, "en_US"),
            LinkedValue(german, "de_DE", "ecommerce"),
        ),
    )

    assert only_item(asset).filename == "guide.pdf"
    assert only_item(asset, page="de_DE").filename == "leitfaden.pdf"


def test_a_linked_picture_or_document_is_fetched_by_us() -> None:
    picture = by_link("image", "shots/left.JPG?w=9", prefix="https://cdn.example/")
    document = by_link("pdf", "a/leaflet", prefix="https://cdn.example/", suffix=".pdf")

    assert picture == Picture(
        "https://cdn.example/shots/left.JPG?w=9", "left.JPG", "A", MediaSource.LINK
    )
    assert document == Document(
        "https://cdn.example/a/leaflet.pdf", "leaflet.pdf", "A", "PDF", MediaSource.LINK
    )


@pytest.mark.parametrize(
    ("media_type", "data", "kind"),
    [
        ("image", "https://cdn.example/img/42", "picture"),
        ("image", "https://cdn.example/render.php?id=42", "picture"),
        ("image", "https://cdn.example/shirt-v1.2", "picture"),
        ("image", "https://cdn.example/guide.PDF", "link"),
        ("image", "https://cdn.example/logo.svg", "link"),
        ("image", "https://cdn.example/scan.tiff", "link"),
        ("pdf", "https://cdn.example/doc/42", "document"),
        ("pdf", "https://cdn.example/doc.html", "link"),
        ("other", "https://cdn.example/doc.pdf", "link"),
        ("", "https://cdn.example/left.jpg", "link"),
        ("youtube", "https://youtu.be/dQw4w9WgXcQ", "link"),
    ],
)
def test_what_a_link_leads_to_is_told_by_its_type_and_ending(
    media_type: str, data: str, kind: str
) -> None:
    assert by_link(media_type, data).kind == kind


def test_a_recent_pim_says_the_whole_address() -> None:
    item = by_link("other", "x", {"full_url": "https://dam.example.com/files/x"})

    assert item == Link("https://dam.example.com/files/x", "A")


@pytest.mark.parametrize(
    "linked", [None, [], "x", {"full_url": 5}, {"full_url": "http://x.example"}]
)
def test_elsewhere_the_address_is_put_together(linked: Any) -> None:
    item = by_link("other", " my file.pdf", linked, prefix="https://dam.example.com/")

    assert item == Link("https://dam.example.com/my%20file.pdf", "A")


@pytest.mark.parametrize(
    ("media_type", "data", "url"),
    [
        ("youtube", "dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("vimeo", "22439234", "https://vimeo.com/22439234"),
    ],
)
def test_a_video_may_be_given_by_its_number(media_type: str, data: str, url: str) -> None:
    assert by_link(media_type, data) == Link(url, "A")


@pytest.mark.parametrize(
    "data",
    [
        *("javascript:alert(1)", "http://x.example/a.pdf", "//x.example/a", "https:/x.example"),
        *("https://user:pw@x.example/", "https://x.example/\u202egnp.exe", "https://x.example:x/"),
        *("https://[::1", "https://x.example/<b>", 'https://x.example/"onclick=', "ftp://x", ""),
        *("https://x.example/a\nb", "https://" + "x" * 3000 + ".example", None, 5, ["a"], {}),
    ],
)
@pytest.mark.parametrize("media_type", ["image", "pdf", "other", "youtube"])
def test_what_is_no_plain_https_address_is_never_led_to(media_type: str, data: Any) -> None:
    assert by_link(media_type, data) == Text("A")


@pytest.mark.parametrize("data", [[], [None], [{}], "", None, 5, {"a": 1}])
def test_no_codes_are_no_value(data: Any) -> None:
    assert read_assets(data) is None


def test_a_linked_files_name_has_no_folders_and_turns_no_direction() -> None:
    item = by_link("image", "https://cdn.example/a/..%2F..%5Cetc%2F%E2%80%AEleft.png")

    assert item.filename == "left.png"


def test_of_very_many_assets_a_page_shows_some_and_counts_the_others() -> None:
    codes = [f"a{number}" for number in range(3000)]

    value = read("pim_catalog_asset_collection", codes, linked=Linked(), reference_data_name="docs")

    assert isinstance(value, Collection)
    # As many as are looked up; the others would be codes alone.
    assert len(value.items) == 301
    assert value.text.endswith(", [a298], [a299], +2700")
