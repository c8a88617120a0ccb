"""Each command as an operator uses it: what it does, and the sentence when it cannot."""

import io
import json
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quart_passport.cli import main
from quart_passport.crypto.keyring import KeyRing
from tests.cli.commands import Done

PIM = "https://acme.cloud.akeneo.com"
Command = Callable[..., Done]


@pytest.fixture
def command(
    tmp_path: Path,
    sqlite_template: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Command]:
    """Run a command in this process, on an installation of its own."""
    for name in [name for name in os.environ if name.startswith("PASSPORT_")]:
        monkeypatch.delenv(name)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / sqlite_template.name).write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PASSPORT_TENANTS_DIR", str(tmp_path / "tenants"))
    monkeypatch.setenv("COLUMNS", "200")
    # Nobody answers what a command asks.
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*arguments: str, **environ: str) -> Done:
        for name, value in environ.items():
            monkeypatch.setenv(f"PASSPORT_{name}", value)
        monkeypatch.setattr(sys, "argv", ["quart-passport", *arguments])
        capsys.readouterr()
        try:
            main()
            code: object = 0
        except SystemExit as stop:
            code = stop.code or 0
        assert isinstance(code, int)
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)


def added(command: Command) -> None:
    assert command("tenants", "add", "--pim-url", PIM, "--slug", "acme").code == 0


def secret_file(tmp_path: Path, text: str = "the-client-secret\n") -> str:
    file = tmp_path / "secret"
    file.write_text(text)
    return str(file)


def test_help_names_each_command(command: Command) -> None:
    done = command("--help")

    assert done.code == 0
    for name in (
        *("cache", "demo", "doctor", "keys", "migrate", "qr", "sandbox", "serve"),
        *("tenants", "themes"),
    ):
        assert name in done.out


@pytest.mark.parametrize(
    "arguments", [("tenant",), ("tenants", "delete"), ("--nothing",), ("tenants", "show")]
)
def test_an_unknown_command_is_a_usage_error(arguments: tuple[str, ...], command: Command) -> None:
    done = command(*arguments)

    assert done.code == 2
    assert "Usage" in done.out + done.err
    assert "Traceback" not in done.err


def test_wrong_settings_are_all_told_and_nothing_is_done(command: Command, tmp_path: Path) -> None:
    done = command("tenants", "list", WORKERS="many", BIND="8000", BASE_URL="here")

    assert done.code == 2
    assert done.out == ""
    lines = done.err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("Setting PASSPORT_") for line in lines)
    assert not (tmp_path / "data" / "keyring.json").exists()


def test_adding_a_pim_prints_what_to_paste_into_it(command: Command) -> None:
    done = command("tenants", "add", "--pim-url", f"{PIM}/", "--name", "Acme Inc.")
    shown = command("tenants", "show", "acme", "--json").json

    assert done.code == 0
    assert shown["activate_url"] in done.out
    assert shown["callback_url"] in done.out
    assert "quart-passport tenants credentials acme" in done.out
    assert (shown["name"], shown["state"], shown["pim"]) == ("Acme Inc.", "pending", PIM)
    assert shown["activate_url"].startswith("http://127.0.0.1:8000/akeneo/")
    assert shown["has_credentials"] is False


def test_adding_the_same_pim_twice_is_refused(command: Command) -> None:
    added(command)

    done = command("tenants", "add", "--pim-url", PIM, "--slug", "another")

    assert (done.code, done.out) == (1, "")
    assert "is registered already; see `quart-passport tenants list`" in done.err
    assert len(command("tenants", "list", "--json").json) == 1


@pytest.mark.parametrize(
    ("pim_url", "said"),
    [
        ("", "PIM URL"),
        ("acme.cloud.akeneo.com", "must begin with https://"),
        ("https://acme.cloud.akeneo.com:8443", "port 8443"),
        ("https://user:pw@acme.cloud.akeneo.com", "user name or password"),
        ("https://acme.cloud.akeneo.com/path", "without path or query"),
        ("https://pim.example.com", "PASSPORT_PIM_HOSTS, now: .cloud.akeneo.com"),
        ("https://127.0.0.1", "not an IP address"),
    ],
)
def test_a_wrong_pim_address_says_what_is_wrong(pim_url: str, said: str, command: Command) -> None:
    done = command("tenants", "add", "--pim-url", pim_url)

    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("slug", ["Acme", "-a"])
def test_a_wrong_slug_says_what_a_slug_is(slug: str, command: Command) -> None:
    done = command("tenants", "add", "--pim-url", PIM, f"--slug={slug}")

    assert done.code == 1
    assert "slug: may hold lower-case letters, digits and inner hyphens" in done.err


def test_credentials_come_from_a_file_and_are_never_shown(command: Command, tmp_path: Path) -> None:
    added(command)
    file = secret_file(tmp_path)

    done = command(
        "tenants", "credentials", "acme", "--client-id", "id-1", "--client-secret-file", file
    )
    shown = command("tenants", "show", "acme")

    assert done.code == 0
    assert PIM in done.out
    assert "has credentials: True" in shown.out
    assert "the-client-secret" not in done.out + done.err + shown.out


@pytest.mark.parametrize("text", ["\n", "two words", "ümlaut"])
def test_a_secret_file_with_anything_else_is_refused(
    text: str, command: Command, tmp_path: Path
) -> None:
    added(command)
    file = secret_file(tmp_path, text)

    done = command(
        "tenants", "credentials", "acme", "--client-id", "id", "--client-secret-file", file
    )

    assert done.code == 1
    assert "must hold the client secret and nothing else" in done.err


def test_a_secret_file_that_is_not_there_is_a_sentence(command: Command) -> None:
    added(command)

    done = command(
        "tenants", "credentials", "acme", "--client-id", "id", "--client-secret-file", "/nowhere"
    )

    assert done.code == 1
    assert "/nowhere: cannot be read" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("tenants", "show", "nobody"),
        ("tenants", "declare", "nobody"),
        ("tenants", "erase", "nobody", "--yes"),
        ("cache", "clear", "--tenant", "nobody"),
        ("qr", "nobody", "SKU"),
    ],
)
def test_an_unknown_tenant_says_how_to_find_or_make_one(
    arguments: tuple[str, ...], command: Command
) -> None:
    done = command(*arguments)

    assert (done.code, done.out) == (1, "")
    assert "there is no tenant 'nobody'; see `quart-passport tenants list`" in done.err


def test_declaring_and_applying_go_round(command: Command, tmp_path: Path) -> None:
    added(command)
    file = tmp_path / "tenants" / "acme" / "tenant.toml"

    declared = command("tenants", "declare", "acme")
    unchanged = command("tenants", "apply", "acme")
    file.write_text(file.read_text().replace("ttl = 3600", "ttl = 60"))
    changed = command("tenants", "apply", "acme")

    assert str(file) in declared.out
    assert (unchanged.out, changed.out) == ("Nothing to change.\n", "Applied.\n")
    assert command("tenants", "show", "acme", "--json").json["ttl"] == 60


def test_declaring_does_not_overwrite_without_asking(command: Command, tmp_path: Path) -> None:
    added(command)
    file = tmp_path / "tenants" / "acme" / "tenant.toml"
    file.parent.mkdir(parents=True)
    file.write_text("mine")

    done = command("tenants", "declare", "acme")

    assert done.code == 1
    assert file.read_text() == "mine"


def test_a_wrong_declaration_says_file_path_and_what(command: Command, tmp_path: Path) -> None:
    added(command)
    file = tmp_path / "tenant.toml"
    missing = command("tenants", "apply", "acme")
    file.write_text('name = "Acme"\nttl = 1\n')

    done = command("tenants", "apply", "acme", "--file", str(file))

    assert (missing.code, done.code) == (1, 1)
    assert "tenant.toml: cannot be read: No such file" in missing.err
    assert f"{file}: Expected `int` >= 60 - at `$.ttl`" in done.err


def test_erasing_asks_for_the_slug_and_leaves_a_receipt(command: Command, tmp_path: Path) -> None:
    added(command)
    command("tenants", "declare", "acme")

    unanswered = command("tenants", "erase", "acme")
    listed = command("tenants", "list", "--json").json
    done = command("tenants", "erase", "acme", "--yes")
    again = command("tenants", "erase", "acme", "--yes")
    applied = command("tenants", "apply", "acme")

    assert unanswered.code == 1
    assert len(listed) == 1
    assert done.code == 0
    assert "Deleted. Receipt " in done.out
    assert str(tmp_path / "tenants" / "acme") in done.out
    for refused in (again, applied):
        assert (refused.code, refused.out) == (1, "")
        assert "acme was disconnected; its data are deleted" in refused.err
    assert command("tenants", "list").out.startswith("There are no tenants yet.")


def test_keys_are_made_whatever_else_is_wrong(command: Command, tmp_path: Path) -> None:
    ring = tmp_path / "keys" / "ring.json"

    wrong = {"ENVIRONMENT": "production", "WORKERS": "many", "KEY_RING": str(ring)}
    done = command("keys", "new", **wrong)
    again = command("keys", "new")
    other = command("keys", "new", "--file", str(tmp_path / "other.json"))

    assert done.code == 0
    assert str(ring) in done.out
    assert KeyRing.load(ring).primary == 1
    assert (again.code, again.out) == (1, "")
    assert "a key ring is never overwritten" in again.err
    assert other.code == 0
    assert KeyRing.load(tmp_path / "other.json").ids == {1}


def test_the_doctor_says_of_each_part_how_it_is(command: Command, tmp_path: Path) -> None:
    added(command)

    healthy = command("doctor")
    told = command("doctor", "--json").json

    assert healthy.code == 0
    for part in ("settings", "themes: default", "key ring ", "database", "cache in each process"):
        assert part in healthy.out
    assert {one["verdict"] for one in told} == {"ok", "note"}


def test_the_doctor_finds_every_ill_part_at_once(command: Command, tmp_path: Path) -> None:
    added(command)
    (tmp_path / "data" / "keyring.json").unlink()
    KeyRing.create(tmp_path / "data" / "keyring.json")
    done = command("doctor", "--json", REDIS_URL="redis://127.0.0.1:1/0")
    bad = [one["text"] for one in json.loads(done.out) if one["verdict"] == "bad"]

    assert done.code == 1
    assert len(bad) == 2
    assert "use the key ring that belongs to the database" in bad[0]
    assert "Redis does not answer" in bad[1]


def test_the_doctor_tells_wrong_settings(command: Command) -> None:
    done = command("doctor", WORKERS="many")

    assert done.code == 1
    assert "bad" in done.out
    assert "PASSPORT_WORKERS" in done.out


def test_a_database_that_does_not_answer_is_a_sentence(command: Command) -> None:
    url = "postgres://u:hunter2@127.0.0.1:1/x"
    for arguments in (("migrate",), ("tenants", "list"), ("doctor",)):
        done = command(*arguments, DATABASE_URL=url)

        assert done.code == 1
        assert "the database cannot be migrated" in done.err or "does not answer" in done.out
        assert "Traceback" not in done.err
        assert "hunter2" not in done.out + done.err


def test_a_data_folder_that_cannot_be_made_is_a_sentence(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    done = command("tenants", "list", DATA_DIR=str(tmp_path / "file" / "data"))

    assert done.code == 1
    assert "Not a directory" in done.err
    assert "Traceback" not in done.err


def test_migrating_twice_says_so(command: Command, tmp_path: Path) -> None:
    first = command("migrate", DATA_DIR=str(tmp_path / "fresh"))
    second = command("migrate")

    assert first.out == "Applied: 0001_initial.\n"
    assert second.out == "The database is up to date.\n"


def test_themes_are_listed(command: Command) -> None:
    names = [theme["name"] for theme in command("themes", "list", "--json").json]

    assert {"default", "minimal"} <= set(names)
    assert all(name in command("themes", "list").out for name in names)


def test_a_code_is_drawn_or_written(command: Command, tmp_path: Path) -> None:
    added(command)
    magic = {"svg": b"<", "png": b"\x89PNG", "pdf": b"%PDF", "eps": b"%!PS"}

    drawn = command("qr", "acme", "A/B C#1%")
    for form, begins in magic.items():
        file = tmp_path / f"code.{form}"
        assert command("qr", "acme", "SKU", "--output", str(file)).code == 0
        assert file.read_bytes().startswith(begins)
    link = command("qr", "acme", "--gtin", "4006381333931")

    assert "http://127.0.0.1:8000/t/acme/p/A%2FB%20C%231%25" in drawn.out
    assert "http://127.0.0.1:8000/t/acme/01/04006381333931" in link.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give a product's identifier or --gtin"),
        (("",), "no passport has an address with this name"),
        (("..",), "no passport has an address with this name"),
        (("SKU", "--gtin", "4006381333931"), "give a product's identifier or --gtin"),
        (("--gtin", "4006381333930"), "check digit"),
        (("--gtin", "SKU"), "GTIN"),
        (("SKU", "--output", "code.jpg"), "must end in .svg, .png, .pdf or .eps"),
        (("SKU", "--output", "/nowhere/code.svg"), "/nowhere/code.svg: No such file"),
    ],
)
def test_a_code_that_cannot_be_made_is_a_sentence(
    arguments: tuple[str, ...], said: str, command: Command
) -> None:
    added(command)

    done = command("qr", "acme", *arguments)

    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_sandbox_on_a_taken_port_or_without_a_catalogue_is_a_sentence(
    command: Command, tmp_path: Path
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])

        taken = command("sandbox", "--port", port)
    empty = command("sandbox", "--catalog", str(tmp_path), "--port", port)

    assert (taken.code, empty.code) == (1, 1)
    assert f"port {port} is taken" in taken.err
    assert "sandbox: " in empty.err
