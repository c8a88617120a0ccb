"""Reference entities with their records, asset families with their assets: built alike."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from quart import Response, request

from quart_passport.sandbox.catalog import Catalog, Entity, Items, JSONObject
from quart_passport.sandbox.editions import Feature
from quart_passport.sandbox.entity_form import (
    DescribedEntries,
    EntitySelection,
    ShowEntry,
    plain_entry,
    read_entity_selection,
    show_member,
)
from quart_passport.sandbox.errors import ApiError
from quart_passport.sandbox.paging import hal_page, read_cursor
from quart_passport.sandbox.pim import current_pim
from quart_passport.sandbox.rest import answer, api_url, require_scope, rest
from quart_passport.sandbox.search import read_search, select_items

_WITH_OPTIONS = frozenset({"single_option", "multiple_options"})


@dataclass(frozen=True)
class Kind:
    """Reference entities or asset families: their words, scopes and places."""

    path: str
    scope: str
    plural: str
    singular: str
    entities: Callable[[Catalog], dict[str, Entity]]
    members_path: str
    members_scope: str
    members_plural: str
    # Completed with the codes of a member and of its entity.
    no_member: str
    no_attribute: str


KINDS = (
    Kind(
        path="reference-entities",
        scope="read_reference_entities",
        plural="reference entities",
        singular="Reference entity",
        entities=lambda catalog: catalog.reference_entities,
        members_path="records",
        members_scope="read_reference_entity_records",
        members_plural="reference entity records",
        no_member='Record "{}" does not exist for the reference entity "{}".',
        no_attribute='Attribute "{}" does not exist for the reference entity "{}".',
    ),
    Kind(
        path="asset-families",
        scope="read_asset_families",
        plural="asset families",
        singular="Asset family",
        entities=lambda catalog: catalog.asset_families,
        members_path="assets",
        members_scope="read_assets",
        members_plural="assets",
        no_member='Asset "{}" does not exist in the asset family "{}".',
        no_attribute='Attribute "{}" does not exist for the asset family "{}".',
    ),
)


def _serve(kind: Kind) -> None:
    async def list_entities() -> Response:
        require_scope(kind.scope, f"list {kind.plural}")
        shown = {code: e.shown for code, e in kind.entities(current_pim().catalog).items()}
        return _list(list(shown.values()), kind.path, lambda item: _show_entity(kind, item))

    async def show_entity(entity: str) -> Response:
        shown = _show_entity(kind, _entity(kind, entity).shown)
        # A single entity links to its image only.
        del shown["_links"]["self"]
        if not shown["_links"]:
            del shown["_links"]
        return answer(shown)

    async def list_attributes(entity: str) -> Response:
        return answer(list(_entity(kind, entity).attributes.values()))

    async def show_attribute(entity: str, code: str) -> Response:
        return answer(_attribute(kind, entity, code))

    async def list_options(entity: str, attribute: str) -> Response:
        return answer(list(_options(kind, entity, attribute).values()))

    async def show_option(entity: str, attribute: str, code: str) -> Response:
        options = _options(kind, entity, attribute)
        if code not in options:
            text = f'Option "{code}" does not exist for the attribute "{attribute}".'
            raise ApiError(404, text)
        return answer(options[code])

    async def list_members(entity: str) -> Response:
        found = _members_of(kind, entity)
        catalog = current_pim().catalog
        selection = read_entity_selection(catalog, request.args)
        members = select_items(found.members.values(), read_search(request.args))
        path = f"{kind.path}/{quote(entity, safe='')}/{kind.members_path}"
        show = _member_form(kind, found, selection)
        return _list(members, path, lambda item: _with_link(show(item), path), key=_key_of(kind))

    async def show_member(entity: str, code: str) -> Response:
        found = _members_of(kind, entity)
        if code not in found.members:
            raise ApiError(404, kind.no_member.format(code, entity))
        return answer(_member_form(kind, found, EntitySelection())(found.members[code]))

    below = f"/{kind.path}/<entity>"
    options = f"{below}/attributes/<attribute>/options"
    for rule, view in (
        (f"/{kind.path}", list_entities),
        (below, show_entity),
        (f"{below}/attributes", list_attributes),
        (f"{below}/attributes/<code>", show_attribute),
        (options, list_options),
        (f"{options}/<code>", show_option),
        (f"{below}/{kind.members_path}", list_members),
        (f"{below}/{kind.members_path}/<code>", show_member),
    ):
        name = f"{view.__name__}_{kind.path.replace('-', '_')}"
        rest.add_url_rule(rule, name, view, methods=["GET"])


for _kind in KINDS:
    _serve(_kind)


def _entity(kind: Kind, code: str) -> Entity:
    require_scope(kind.scope, f"list {kind.plural}")
    return _find(kind, code)


def _members_of(kind: Kind, code: str) -> Entity:
    require_scope(kind.members_scope, f"list {kind.members_plural}")
    return _find(kind, code)


def _find(kind: Kind, code: str) -> Entity:
    found = kind.entities(current_pim().catalog).get(code)
    if found is None:
        raise ApiError(404, f'{kind.singular} "{code}" does not exist.')
    return found


def _attribute(kind: Kind, entity: str, code: str) -> JSONObject:
    attributes = _entity(kind, entity).attributes
    if code not in attributes:
        raise ApiError(404, kind.no_attribute.format(code, entity))
    return attributes[code]


def _options(kind: Kind, entity: str, attribute: str) -> Items:
    if _attribute(kind, entity, attribute)["type"] not in _WITH_OPTIONS:
        raise ApiError(404, f'The attribute "{attribute}" does not support options.')
    return _entity(kind, entity).options.get(attribute, {})


def _key_of(kind: Kind) -> str:
    """Under which key a list of members holds them."""
    is_odd = kind.members_path == "assets" and current_pim().underscored_asset_items
    return "_items" if is_odd else "items"


def _member_form(
    kind: Kind, entity: Entity, selection: EntitySelection
) -> Callable[[JSONObject], JSONObject]:
    pim = current_pim()
    show: ShowEntry = plain_entry
    if kind.members_path == "assets" and pim.has(Feature.DESCRIBED_VALUES):
        show = DescribedEntries(pim.catalog, entity, f"{api_url()}/asset-media-files")
    return lambda member: show_member(entity, member, selection, show)


def _show_entity(kind: Kind, item: JSONObject) -> JSONObject:
    shown = _with_link(item, kind.path)
    if not current_pim().has(Feature.WITH_ASSET_SHARE_LINKS):
        shown.pop("sharing_enabled", None)
    if item.get("image"):
        link = f"{api_url()}/reference-entities-media-files/{item['image']}"
        shown["_links"]["image_download"] = {"href": link}
    return shown


def _list(
    items: list[JSONObject], path: str, show: Callable[[JSONObject], JSONObject], key: str = "items"
) -> Response:
    paging = read_cursor(f"{api_url()}/{path}", request.args)
    items.sort(key=lambda item: str(item["code"]))
    page = hal_page(paging, items, key=lambda item: str(item["code"]), show=show)
    page["_embedded"] = {key: page["_embedded"]["items"]}
    return answer(page)


def _with_link(item: JSONObject, path: str) -> JSONObject:
    link = f"{api_url()}/{path}/{quote(str(item['code']), safe='')}"
    return {"_links": {"self": {"href": link}}, **item}
