"""Reference entities with their records, asset families with their assets."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from tools.worlds.media import document_file, media_code, picture_file
from tools.worlds.source import LOCALES, Source, World, labels
from tools.worlds.tables import Row


def reference_entities(world: World, folder: Path) -> list[Row]:
    """All reference entities, each with its records; the first also with all their pictures."""
    rows = [
        {
            "code": code,
            "labels": labels(source),
            "image": None,
            **_content(world, "reference_entities", code),
            "records": _members(world, "reference_entities", code, "records"),
            "reference_entity_media_files": [],
        }
        for code, source in world.part("reference_entities").items()
    ]
    if rows:
        pictures = [picture_file(world, name, folder) for name in world.part("record_pictures")]
        rows[0]["reference_entity_media_files"] = pictures
    return rows


def asset_families(world: World, folder: Path) -> list[Row]:
    """All asset families, each with its assets and their files."""
    return [
        {
            "code": code,
            "labels": labels(source),
            "attribute_as_main_media": source["main_media"],
            "naming_convention": {},
            "product_link_rules": [],
            "transformations": [],
            "sharing_enabled": False,
            **_content(world, "asset_families", code),
            "assets": [
                {"asset_family_code": code, **asset}
                for asset in _members(world, "asset_families", code, "assets")
            ],
            "asset_media_files": _asset_media(world, code, folder),
        }
        for code, source in world.part("asset_families").items()
    ]


def _content(world: World, kind: str, entity: str) -> Row:
    source = world.part(kind)[entity]
    selects = [
        code
        for code, of in source["attributes"].items()
        if of["type"].endswith(("option", "options"))
    ]
    return {
        "attributes": [_attribute(code, of) for code, of in source["attributes"].items()],
        "attribute_options": {
            code: [
                {"code": option, "labels": labels(of)}
                for option, of in _options(world, source, code).items()
            ]
            for code in selects
        },
    }


def _options(world: World, entity: Source, attribute: str) -> dict[str, Source]:
    shared = entity["attributes"][attribute].get("use")
    options: dict[str, Source] = (
        world.shared["options"][shared] if shared else entity["options"][attribute]
    )
    return options


def _attribute(code: str, source: Source) -> Row:
    per = source.get("per", [])
    return {
        "code": code,
        "labels": labels(source),
        "type": source["type"],
        "value_per_locale": "locale" in per,
        "value_per_channel": "channel" in per,
        "is_required_for_completeness": code == "label",
        **_properties_of_type(source),
    }


def _properties_of_type(source: Source) -> Row:
    match source["type"]:
        case "text":
            return {
                "max_characters": None,
                "is_textarea": source.get("lines", False),
                "is_rich_text_editor": source.get("html", False) if source.get("lines") else None,
                "validation_rule": source.get("rule", "none"),
                "validation_regexp": None,
            }
        case "image":
            return {"allowed_extensions": ["jpg", "png"], "max_file_size": "10"}
        case "number":
            return {"decimals_allowed": False, "min_value": "0", "max_value": None}
        case "reference_entity_single_link" | "reference_entity_multiple_links":
            return {"reference_entity_code": source["of"]}
        case "media_file":
            extensions = {"image": ["jpg", "png"], "pdf": ["pdf"]}[source["media"]]
            return {
                "media_type": source["media"],
                "allowed_extensions": extensions,
                "max_file_size": "10",
            }
        case "media_link":
            return {"media_type": source["media"], "prefix": source["prefix"], "suffix": None}
    return {}


def _members(world: World, kind: str, entity: str, key: str) -> list[Row]:
    source = world.part(kind)[entity]
    created = world.structure["created"]
    return [
        {
            "code": code,
            "values": {
                attribute: _entries(world, kind, source, attribute, content)
                for attribute, content in written.items()
            },
            "created": created.isoformat(),
            "updated": (created + timedelta(days=number, hours=number)).isoformat(),
        }
        for number, (code, written) in enumerate(source[key].items(), start=1)
    ]


def _entries(world: World, kind: str, entity: Source, attribute: str, written: Any) -> list[Row]:
    of = entity["attributes"][attribute]
    by_locale = written if "locale" in of.get("per", []) else {"": written}
    return [
        {
            "locale": LOCALES.get(short),
            "channel": None,
            "data": _data(world, kind, entity, attribute, content),
        }
        for short, content in by_locale.items()
    ]


def _data(world: World, kind: str, entity: Source, attribute: str, written: Any) -> Any:
    of = entity["attributes"][attribute]
    match of["type"]:
        case "single_option" | "multiple_options":
            options = _options(world, entity, attribute)
            for option in [written] if isinstance(written, str) else written:
                _known(world, f"option of {attribute}", option, options)
        case "reference_entity_single_link":
            _known(world, "record", written, world.part(kind)[of["of"]]["records"])
        case "image":
            return media_code(world, written)
        case "media_file":
            return media_code(world, written)
        case "number":
            return str(written)
        case "date":
            return f"{written}T00:00:00+00:00"
    return written


def _known(world: World, what: str, code: str, known: dict[str, Source]) -> None:
    if code not in known:
        raise ValueError(f"{world.name}: there is no {what} {code!r}")


def _asset_media(world: World, family: str, folder: Path) -> list[Row]:
    """The files that the assets of a family name, each once."""
    source = world.part("asset_families")[family]
    files = [code for code, of in source["attributes"].items() if of["type"] == "media_file"]
    names: dict[str, None] = {}
    for asset in source["assets"].values():
        for attribute in files:
            written = asset.get(attribute, {})
            names |= dict.fromkeys([written] if isinstance(written, str) else written.values())
    documents = world.part("documents")
    return [
        document_file(world, name) if name in documents else picture_file(world, name, folder)
        for name in names
    ]
