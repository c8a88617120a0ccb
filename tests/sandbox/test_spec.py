"""The answers of every GET route of every edition, held against Akeneo's own reference."""

from collections import Counter
from functools import cache

import httpx
import pytest

from quart_passport.sandbox import (
    Catalog,
    Edition,
    Pim,
    create_sandbox,
    load_catalog,
    world_directory,
)
from quart_passport.sandbox.editions import FEATURE_OF_PATH
from quart_passport.sandbox.scopes import AUTHORIZATION
from tests.sandbox.conftest import DEMO_CATALOG
from tests.sandbox.spec import PAAS, SAAS, SPEC, Spec, differences
from tests.sandbox.spec_calls import API, calls_of, routes_of, shape_of

pytestmark = pytest.mark.skipif(
    not (SPEC.is_dir() and DEMO_CATALOG.is_dir()),
    reason="Akeneo's reference and demo catalogue do not lie beside the project",
)

SERENITY, GROWTH, ENTERPRISE, COMMUNITY = Edition
EVERY = frozenset(Edition)
LARGE = frozenset({SERENITY, ENTERPRISE})
SAAS_EDITIONS = frozenset({SERENITY, GROWTH})

# What the reference does not say as a PIM does: the field, the editions where it shows, the reason.
DIFFERENCES: tuple[tuple[str, frozenset[Edition], str], ...] = (
    (
        "measurement-families : array",
        EVERY,
        "The schema is of one measurement family; text and example show an array of them.",
    ),
    (
        "attributes auto_option_sorting: unknown",
        EVERY,
        "The PIM's standard form of attributes has it; the reference leaves it out.",
    ),
    (
        "attributes minimum_input_length: unknown",
        EVERY,
        "The PIM's standard form of attributes has it; the reference leaves it out.",
    ),
    (
        "attributes guidelines: unknown",
        EVERY,
        "The PIM's standard form of attributes has it; the reference leaves it out.",
    ),
    (
        "attributes type: pim_catalog_table",
        EVERY - {COMMUNITY},
        "The list of types is older than tables, which the reference documents elsewhere.",
    ),
    (
        "attributes media_type: missing",
        LARGE,
        "Required for attributes of type media_file only, where it is there.",
    ),
    (
        "products values.*.*._links: unknown",
        EVERY,
        "Values of files and pictures carry a download link, as the PIM's own tests show.",
    ),
    (
        "products-uuid values.*.*._links: unknown",
        EVERY,
        "Values of files and pictures carry a download link, as the PIM's own tests show.",
    ),
    (
        "product-models values.*.*._links: unknown",
        EVERY,
        "Values of files and pictures carry a download link, as the PIM's own tests show.",
    ),
    (
        "products items_count: unknown",
        EVERY,
        "The count that with_count asks for is documented with pagination, not in the schema.",
    ),
    (
        "products-uuid items_count: unknown",
        EVERY,
        "The count that with_count asks for is documented with pagination, not in the schema.",
    ),
    (
        "products values.*.*.linked_data.*: unknown",
        EVERY,
        "The schema is that of a simple select; of a multiple one it is a map of such objects.",
    ),
    (
        "products-uuid values.*.*.linked_data.*: unknown",
        EVERY,
        "The schema is that of a simple select; of a multiple one it is a map of such objects.",
    ),
    (
        "product-models values.*.*.attribute_type: unknown",
        SAAS_EDITIONS,
        "Values of models have the form of products' values, where the reference lists it.",
    ),
    (
        "product-models values.*.*.reference_data_name: unknown",
        frozenset({SERENITY}),
        "Values of models have the form of products' values, where the reference lists it.",
    ),
    (
        "assets values.*.*.attribute_type: unknown",
        frozenset({SERENITY}),
        "The reference describes it in the text about values of assets, not in the schema.",
    ),
)

# The reference does not mark what may be null: these fields are, somewhere in the answers.
NULLABLE = frozenset(
    {
        *("channel", "date_max", "date_min", "decimal_places", "decimal_places_strategy"),
        *("decimals_allowed", "default_metric_unit", "default_value", "image"),
        *("is_rich_text_editor", "locale", "max_characters", "max_file_size", "metric_family"),
        *("negative_allowed", "number_max", "number_min", "parent", "reference_data_name"),
        *("scope", "suffix", "validation_regexp", "validation_rule", "wysiwyg_enabled"),
    }
)


class Review:
    """What one edition's routes answer, and how that differs from the reference."""

    def __init__(self) -> None:
        self.validated: Counter[str] = Counter()
        self.without_schema: set[str] = set()
        self.absent: set[str] = set()
        self.shapes: set[str] = set()
        self.differences: set[str] = set()
        self.nulls: set[str] = set()

    def hold(self, shape: str, schema: object, answer: httpx.Response) -> None:
        assert answer.status_code == 200, (shape, answer.text[:200])
        if not isinstance(schema, dict):
            self.without_schema.add(shape)
            return
        self.validated[shape] += 1
        kind = [part for part in shape.split("/") if part != "{}"][-1]
        for difference in differences(schema, answer.json()):
            place, _, what = difference.partition(": ")
            if what == "null":
                self.nulls.add(place.rpartition(".")[2])
                continue
            # The keys of the map are option codes.
            stem, found, _ = place.partition(".linked_data.")
            place = f"{stem}.linked_data.*" if found else place
            self.differences.add(f"{kind} {place}: {what}")


@cache
def _catalogs() -> tuple[Catalog, ...]:
    """Akeneo's demo with the supplement, and a world that has options and pictures of entities."""
    demo = load_catalog(DEMO_CATALOG, DEMO_CATALOG.parent / "supplement")
    return demo, load_catalog(world_directory("batteries"))


def _token(pim: Pim) -> str:
    made = pim.connections.create("The reference", AUTHORIZATION)
    form = {"grant_type": "password", "username": made.username, "password": made.password}
    return pim.connections.log_in(made.client_id, made.client_secret, form).access_token


async def _review(edition: Edition) -> Review:
    spec, review = Spec(SAAS if edition in SAAS_EDITIONS else PAAS), Review()
    for catalog in _catalogs():
        app = create_sandbox(catalog, base_url="http://pim.example", edition=edition)
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        headers = {"Authorization": f"Bearer {_token(app.pim)}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://pim.example", headers=headers
        ) as http:
            for rule in routes_of(app):
                shape = shape_of(rule)
                review.shapes.add(shape)
                if not _is_there(app.pim, shape):
                    review.absent.add(shape)
                    continue
                schema = spec.schema_of(shape)
                for path in calls_of(rule, app.pim.catalog):
                    review.hold(shape, schema, await http.get(path))
    return review


def _is_there(pim: Pim, shape: str) -> bool:
    feature = FEATURE_OF_PATH.get(shape.removeprefix(f"{API}/").partition("/")[0])
    return feature is None or pim.has(feature)


_reviews: dict[Edition, Review] = {}


async def _reviewed(edition: Edition) -> Review:
    if edition not in _reviews:
        _reviews[edition] = await _review(edition)
    return _reviews[edition]


@pytest.mark.parametrize("edition", Edition)
async def test_every_get_route_answers_as_the_reference_says(edition: Edition) -> None:
    review = await _reviewed(edition)

    print(
        f"{edition}: {len(review.validated)} routes and {review.validated.total()} answers "
        f"validated, {len(review.without_schema)} downloads without a schema, "
        f"{len(review.absent)} routes absent"
    )
    listed = {text for text, editions, _ in DIFFERENCES if edition in editions}
    assert review.differences == listed
    reviewed = review.validated.keys() | review.without_schema
    assert reviewed | review.absent == review.shapes
    assert reviewed.isdisjoint(review.absent)
    assert bool(review.absent) is (edition not in LARGE)


async def test_what_may_be_null_is_null_somewhere_and_nothing_else_is() -> None:
    found = set().union(*[(await _reviewed(edition)).nulls for edition in Edition])

    assert found == NULLABLE


def test_a_field_that_is_wrong_is_found() -> None:
    schema = Spec(SAAS).schema_of(f"{API}/channels/{{}}")
    assert schema is not None
    channel = {"code": 3, "locales": ["en_US", 4], "labels": {"en_US": None}, "colour": "red"}

    found = sorted(set(differences(schema, channel)))

    assert found == [
        "category_tree: missing",
        "code: number",
        "colour: unknown",
        "currencies: missing",
        "labels.*: null",
        "locales.*: number",
    ]
