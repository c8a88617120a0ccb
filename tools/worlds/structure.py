"""The structure of a PIM: what its products are described with."""

from tools.worlds.grids import table_columns
from tools.worlds.source import LOCALES, Source, World, labels
from tools.worlds.tables import Row

# The PIM lists every property for every type of attribute and leaves null what has no meaning.
_UNSET = dict.fromkeys(
    (
        "metric_family",
        "default_metric_unit",
        "reference_data_name",
        "max_characters",
        "validation_rule",
        "validation_regexp",
        "wysiwyg_enabled",
        "number_min",
        "number_max",
        "decimals_allowed",
        "negative_allowed",
        "date_min",
        "date_max",
        "max_file_size",
        "minimum_input_length",
        "auto_option_sorting",
        "default_value",
        "decimal_places_strategy",
        "decimal_places",
    )
)
_SELECTS = ("simpleselect", "multiselect")


def attributes(world: World) -> list[Row]:
    """All attributes; `sort_order` counts within the group."""
    counts: dict[str, int] = {}
    rows = []
    for code, source in world.attributes.items():
        counts[source["group"]] = counts.get(source["group"], 0) + 1
        rows.append(_attribute(world, code, source) | {"sort_order": counts[source["group"]]})
    return rows


def _attribute(world: World, code: str, source: Source) -> Row:
    kind, per = source["type"], source.get("per", [])
    main = kind == "identifier"
    extensions = {"image": ["jpg", "jpeg", "png"], "file": ["pdf"]}
    return _UNSET | {
        "code": code,
        "type": type_code(kind),
        "group": source["group"],
        "group_labels": labels(world.structure["groups"][source["group"]]),
        "unique": main or source.get("unique", False),
        "useable_as_grid_filter": True,
        "allowed_extensions": extensions.get(kind, []),
        "available_locales": [LOCALES[short] for short in source.get("only", [])],
        "localizable": "locale" in per,
        "scopable": "channel" in per,
        "labels": labels(source),
        "guidelines": {},
        "is_main_identifier": main,
        "is_mandatory": main,
        **_properties_of_type(world, code, source),
    }


def type_code(kind: str) -> str:
    """What the PIM calls a type of attribute."""
    prefix = "akeneo" if kind.startswith("reference_entity") else "pim_catalog"
    return f"{prefix}_{kind}"


def _properties_of_type(world: World, code: str, source: Source) -> Row:
    match source["type"]:
        case "metric":
            family, unit = source["unit"].split("/")
            return {
                "metric_family": family,
                "default_metric_unit": unit,
                "decimals_allowed": source.get("decimals", True),
                "negative_allowed": source.get("negative", False),
            }
        case "number":
            return {"decimals_allowed": source.get("decimals", False), "negative_allowed": False}
        case "price_collection":
            return {"decimals_allowed": True}
        case "textarea":
            return {"wysiwyg_enabled": source.get("html", False)}
        case "simpleselect" | "multiselect":
            return {"auto_option_sorting": False}
        case "reference_entity" | "reference_entity_collection" | "asset_collection":
            return {"reference_data_name": source["of"]}
        case "table":
            return {"table_configuration": table_columns(world, code)}
    return {}


def attribute_groups(world: World) -> list[Row]:
    """All groups in their order, each with its attributes."""
    return [
        {
            "code": code,
            "sort_order": order,
            "attributes": [a for a, s in world.attributes.items() if s["group"] == code],
            "labels": labels(source),
        }
        for order, (code, source) in enumerate(world.structure["groups"].items(), start=1)
    ]


def attribute_options(world: World) -> list[Row]:
    """The options of every select; `use` takes a list that all worlds share."""
    return [
        {"code": code, "attribute": attribute, "sort_order": order, "labels": labels(source)}
        for attribute, kind in world.attributes.items()
        if kind["type"] in _SELECTS
        for order, (code, source) in enumerate(options_of(world, attribute).items(), start=1)
    ]


def options_of(world: World, attribute: str) -> dict[str, Source]:
    """The options of one select by code."""
    shared = world.attributes[attribute].get("use")
    options: dict[str, Source] = (
        world.shared["options"][shared] if shared else world.structure["options"][attribute]
    )
    return options


def family_attributes(world: World, family: str) -> list[str]:
    """The attributes of a family: those of every family, and its own."""
    common: list[str] = world.structure["in_every_family"]
    linked = [*world.part("in_every_family"), *world.part("families").get(family, [])]
    return sorted({*common, *world.families[family]["attributes"], *linked})


def families(world: World) -> list[Row]:
    """All families, with what each channel requires."""
    return [
        {
            "code": code,
            "attributes": family_attributes(world, code),
            "attribute_as_label": "name",
            "attribute_as_image": "picture",
            "attribute_requirements": {
                channel: sorted({"sku", *required})
                for channel, required in sorted(source["requires"].items())
            },
            "labels": labels(source),
            "parent": None,
        }
        for code, source in world.families.items()
    ]


def family_variants(world: World) -> list[Row]:
    """All family variants; what no level names is common to all variants."""
    rows = []
    for code, source in world.structure["family_variants"].items():
        levels = variant_levels(source)
        on_levels = {attribute for level in levels for attribute in level["attributes"]}
        common = [a for a in family_attributes(world, source["family"]) if a not in on_levels]
        rows.append(
            {
                "family": source["family"],
                "code": code,
                "labels": labels(source),
                "common_attributes": common,
                "variant_attribute_sets": levels,
            }
        )
    return rows


def variant_levels(source: Source) -> list[Row]:
    """The levels of a family variant: axes, and attributes with the axes among them."""
    return [
        {
            "level": number,
            "axes": level["axes"],
            "attributes": sorted({*level["axes"], *level["attributes"]}),
        }
        for number, level in enumerate(source["levels"], start=1)
    ]


def categories(world: World) -> list[Row]:
    """All categories, trees first."""
    return [
        {
            "code": code,
            "parent": source.get("parent"),
            "updated": world.structure["created"].isoformat(),
            "labels": labels(source),
        }
        for code, source in world.structure["categories"].items()
    ]


def channels(world: World) -> list[Row]:
    """All channels."""
    return [
        {
            "code": code,
            "currencies": source["currencies"],
            "locales": sorted(LOCALES[short] for short in source["locales"]),
            "category_tree": source["category_tree"],
            "conversion_units": {},
            "labels": labels(source),
        }
        for code, source in world.channels.items()
    ]


def locales(world: World) -> list[Row]:
    """The three enabled locales among others that are not."""
    enabled = set(LOCALES.values())
    codes = sorted(enabled.union(world.shared["locales"]))
    return [{"code": code, "enabled": code in enabled} for code in codes]


def currencies(world: World) -> list[Row]:
    """All currencies, each enabled or not."""
    return [{"code": code, **source} for code, source in world.shared["currencies"].items()]


def association_types(world: World) -> list[Row]:
    """The four types that every PIM starts with."""
    return [
        {"code": code, "labels": labels(source), "is_quantified": False, "is_two_way": False}
        for code, source in world.shared["association_types"].items()
    ]


def measurement_families(world: World) -> list[Row]:
    """All measurement families with their units."""
    return [
        {
            "code": code,
            "labels": labels(source),
            "standard_unit_code": source["standard"],
            "units": {unit: _unit(unit, of) for unit, of in source["units"].items()},
        }
        for code, source in world.shared["measurements"].items()
    ]


def _unit(code: str, source: Source) -> Row:
    return {
        "code": code,
        "labels": labels(source),
        "convert_from_standard": [
            {"operator": operator, "value": value}
            for operator, value in (step.split() for step in source["convert"].split(","))
        ],
        "symbol": source["symbol"],
    }
