"""The guide for authors of apps: its examples work, and nothing is left out of it."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from quart_passport.cli.sandbox import sandbox as command
from quart_passport.sandbox import SandboxApp, create_sandbox, load_catalog, world_directory
from quart_passport.sandbox.faults import FAULTS, Fault
from quart_passport.sandbox.routes import GROUPS
from quart_passport.sandbox.switches import Switches
from tests.serving import Served, serving

GUIDE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```http\n(.+?)```", GUIDE, flags=re.DOTALL)
# A request with a body of one line, an empty line, and the status with a body of one line.
_EXAMPLE = re.compile(r"([A-Z]+) (\S+)\n(?:(.+)\n)?\n(\d{3})\n(?:(.+)\n)?")


@pytest.fixture
async def pim() -> AsyncIterator[Served[SandboxApp]]:
    catalog = load_catalog(world_directory("clothing"))
    async with serving(lambda url: create_sandbox(catalog, base_url=url)) as served:
        yield served


def _names(app: SandboxApp) -> dict[str, str]:
    """What stands in braces in the guide and is no answer of an earlier example."""
    catalog = app.pim.catalog
    return {
        "product": next(iter(catalog.products)),
        "model": next(iter(catalog.product_models)),
        "group": next(iter(catalog.attribute_groups)),
        "family": next(iter(catalog.families)),
    }


def _is_as_shown(shown: Any, found: Any) -> bool:
    if shown == "…":
        return isinstance(found, str) and found != ""
    if isinstance(shown, dict) and isinstance(found, dict):
        return shown.keys() == found.keys() and all(_is_as_shown(shown[k], found[k]) for k in shown)
    if isinstance(shown, list) and isinstance(found, list):
        return len(shown) == len(found) and all(map(_is_as_shown, shown, found))
    return bool(shown == found)


async def test_every_request_of_the_guide_is_answered_as_it_says(pim: Served[SandboxApp]) -> None:
    names = _names(pim.app)
    async with httpx.AsyncClient(base_url=pim.url, trust_env=False) as http:
        for example in EXAMPLES:
            match = _EXAMPLE.fullmatch(example)
            assert match is not None, example
            method, path, body, status, shown = match.groups()

            answer = await http.request(
                method, path.format_map(names), json=json.loads(body) if body else None
            )

            assert answer.status_code == int(status), (example, answer.text)
            if shown is not None:
                assert _is_as_shown(json.loads(shown), answer.json()), (example, answer.text)
            if status == "201":
                names |= answer.json()


def test_every_route_of_the_control_api_has_an_example(pim: Served[SandboxApp]) -> None:
    shown = {tuple(example.split("\n")[0].split(" ")) for example in EXAMPLES}
    rules = {
        (method, rule.rule)
        for rule in pim.app.url_map.iter_rules()
        if rule.endpoint.startswith("control.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    missing = [
        (method, rule)
        for method, rule in sorted(rules)
        if not any(
            method == a_method and re.fullmatch(re.sub(r"<[^>]+>", "[^/]+", rule), path)
            for a_method, path in shown
        )
    ]

    assert len(rules) >= 30
    assert missing == []


async def test_the_test_in_the_guide_passes() -> None:
    (code,) = re.findall(r"```python\n(.+?)```", GUIDE, flags=re.DOTALL)
    names: dict[str, Any] = {}

    exec(compile(code, "docs/sandbox.md", "exec"), names)
    await names["test_my_client_waits_when_the_pim_is_busy"]()


def test_the_guide_names_every_fault_group_switch_detail_and_option() -> None:
    words = {
        *FAULTS,
        *GROUPS,
        *Switches.__struct_fields__,
        *(field.name for field in msgspec.structs.fields(Fault) if field.name != "kind"),
        *(name for option in command.params for name in option.opts),
    }

    assert {word for word in words if f"`{word}`" not in GUIDE} == set()
