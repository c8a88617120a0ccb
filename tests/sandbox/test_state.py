"""What survives a restart, and what is kept from strangers."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from quart_passport.sandbox import Catalog, SandboxApp, StateError, create_sandbox
from tests.sandbox.conftest import SCOPES, AppSide, new_app_side
from tests.serving import Served


def _pim(tiny: Catalog, file: Path) -> SandboxApp:
    return create_sandbox(tiny, base_url="http://pim.example", state_file=file)


def _client(app: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://pim.example")


async def _connected(app: SandboxApp) -> AppSide:
    http = _client(app)
    side = await new_app_side(Served("http://pim.example", app), http)
    await side.connect(f"{SCOPES} openid")
    return side


async def test_apps_tokens_and_keys_survive_a_restart(tiny: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "state.json"
    before = _pim(tiny, file)
    app = await _connected(before)
    disconnected = await _connected(before)
    before.pim.disconnect(disconnected.client_id)

    after = _pim(tiny, file)
    app.http = disconnected.http = _client(after)

    assert (await app.get("channels")).status_code == 200
    assert "disconnected" in (await disconnected.get("channels")).json()["message"]
    assert (await app.connect(f"{SCOPES} openid"))["access_token"] == app.token
    assert after.pim.identity.certificate() == before.pim.identity.certificate()


async def test_the_state_file_is_for_its_owner_only_and_leaves_no_litter(
    tiny: Catalog, tmp_path: Path
) -> None:
    file = tmp_path / "own" / "state.json"

    await _connected(_pim(tiny, file))

    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["state.json"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"version": 2}', b'{"unknown": 1}', b"\xff"])
def test_a_damaged_state_file_is_refused_and_left_alone(
    tiny: Catalog, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "state.json"
    file.write_bytes(content)

    with pytest.raises(StateError, match="not a readable sandbox state"):
        _pim(tiny, file)

    assert file.read_bytes() == content


async def test_no_secret_shows_in_a_repr_or_a_log(
    tiny: Catalog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    app = _pim(tiny, tmp_path / "state.json")

    side = await _connected(app)
    await side.get("products-uuid")
    registered = app.pim.apps.find(side.client_id)
    connected = app.pim.apps.connected(side.client_id)

    logged = " ".join(record.getMessage() for record in caplog.records)
    for secret in (side.client_secret, side.token):
        assert secret not in repr(registered) + repr(connected) + logged
