"""The settings: each one's good and bad values, files, production, and all mistakes at once."""

from pathlib import Path

import pytest

from quart_passport.errors import SettingsError
from quart_passport.settings import SECRET_SETTINGS, Settings, key_ring_file, read_settings

GOOD = [
    ("BASE_URL", "https://passport.example.com", "https://passport.example.com"),
    ("BASE_URL", "https://passport.example.com/", "https://passport.example.com"),
    ("BASE_URL", "http://[::1]:8000", "http://[::1]:8000"),
    ("OPERATOR_NAME", "Müller & Söhne", "Müller & Söhne"),
    ("CONTACT_EMAIL", "data@example.com", "data@example.com"),
    ("SECURITY_CONTACT", "security@example.com", "security@example.com"),
    ("SECURITY_CONTACT", "https://example.com/report", "https://example.com/report"),
    ("ENVIRONMENT", "development", "development"),
    ("DATA_DIR", "/srv/data", Path("/srv/data")),
    ("KEY_RING", "/run/keys/ring.json", Path("/run/keys/ring.json")),
    ("PIM_HOSTS", "pim.example.com", ("pim.example.com",)),
    ("PIM_HOSTS", ".A.example,  b.example\n.c.example", (".a.example", "b.example", ".c.example")),
    ("REGISTRATION", "open", "open"),
    ("EVENT_PLATFORM_URL", "https://events.example/api/v1", "https://events.example/api/v1"),
    ("EVENT_PLATFORM_URL", "{pim}/event-platform/api/v1", "{pim}/event-platform/api/v1"),
    ("EVENT_PLATFORM_URL", "", ""),
    ("EGRESS_EXEMPT", "127.0.0.1:8100 [::1]:81", ("127.0.0.1:8100", "[::1]:81")),
    ("EGRESS_PRIVATE", "10.0.0.0/8,fd00::/8", ("10.0.0.0/8", "fd00::/8")),
    ("TENANTS_DIR", "merchants", Path("merchants")),
    ("BIND", "0.0.0.0:80", "0.0.0.0:80"),
    ("LOG_LEVEL", "warning", "warning"),
    ("METRICS_BIND", "127.0.0.1:9000", "127.0.0.1:9000"),
]
GOOD_SECRETS = [
    ("DATABASE_URL", "postgres://user:pass@db.example/passport"),
    ("DATABASE_URL", "postgresql://user:pass@db.example/passport?sslmode=verify-full"),
    ("REDIS_URL", "redis://cache.example:6379/0"),
    ("REDIS_URL", "rediss://:pass@cache.example:6379/0"),
    ("REDIS_URL", "unix:///run/redis.sock?db=0"),
    ("SENTRY_DSN", "https://key@errors.example.com/7"),
]
BAD = [
    ("BASE_URL", "passport.example.com"),
    ("BASE_URL", "ftp://passport.example.com"),
    ("BASE_URL", "https://"),
    ("BASE_URL", "https://user:pass@passport.example.com"),
    ("BASE_URL", "https://:pass@passport.example.com"),
    ("BASE_URL", "https://passport.example.com/below"),
    ("BASE_URL", "https://passport.example.com?"),
    ("BASE_URL", "https://passport.example.com/#top"),
    ("BASE_URL", "https://passport.example.com:99999"),
    ("BASE_URL", "https://passport.exam\nple.com"),
    ("BASE_URL", "https://[::1"),
    ("CONTACT_EMAIL", "nobody"),
    ("CONTACT_EMAIL", "a@b, c@d"),
    ("SECURITY_CONTACT", "http://example.com/report"),
    ("SECURITY_CONTACT", "https://example.com/\nExpires: never"),
    ("ENVIRONMENT", "staging"),
    ("DATABASE_URL", "mysql://user:hunter2@db/passport"),
    ("REDIS_URL", "cache.example:6379"),
    ("PIM_HOSTS", "https://pim.example.com"),
    ("PIM_HOSTS", "localhost"),
    ("PIM_HOSTS", "*.example.com"),
    ("REGISTRATION", "yes"),
    ("EVENT_PLATFORM_URL", "events.example"),
    ("EVENT_PLATFORM_URL", "javascript:alert(1)"),
    ("EGRESS_EXEMPT", "127.0.0.1"),
    ("EGRESS_EXEMPT", "127.0.0.1:0"),
    ("EGRESS_EXEMPT", "127.0.0.1:65536"),
    ("EGRESS_EXEMPT", "127.0.0.1:" + "9" * 5000),
    ("EGRESS_PRIVATE", "10.0.0.1/8"),
    ("EGRESS_PRIVATE", "127.0.0.0/8"),
    ("EGRESS_PRIVATE", "169.254.0.0/16"),
    ("EGRESS_PRIVATE", "intranet"),
    ("SENTRY_DSN", "hunter2"),
    ("SENTRY_DSN", "https://errors.example.com/7"),
    ("WORKERS", "0"),
    ("WORKERS", "many"),
    ("WORKERS", "65"),
    ("BIND", "8000"),
    ("BIND", ":8000"),
    ("BIND", "127.0.0.1:http"),
    ("LOG_LEVEL", "verbose"),
    ("METRICS_BIND", "9000"),
]


def problems_of(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read_settings({f"PASSPORT_{name}": value for name, value in environ.items()})
    return caught.value.problems


def production(tmp_path: Path, **changes: str) -> dict[str, str]:
    ring = tmp_path / "keyring.json"
    ring.touch()
    return {
        "PASSPORT_ENVIRONMENT": "production",
        "PASSPORT_BASE_URL": "https://passport.example.com",
        "PASSPORT_DATABASE_URL": "postgres://u:p@db.example/passport",
        "PASSPORT_REDIS_URL": "rediss://cache.example",
        "PASSPORT_KEY_RING": str(ring),
        "PASSPORT_OPERATOR_NAME": "An operator",
        "PASSPORT_CONTACT_EMAIL": "data@example.com",
    } | {f"PASSPORT_{name}": value for name, value in changes.items()}


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_a_good_value_is_taken(name: str, text: str, value: object) -> None:
    settings = read_settings({f"PASSPORT_{name}": text})

    assert getattr(settings, name.lower()) == value


@pytest.mark.parametrize(("name", "text"), GOOD_SECRETS)
def test_a_good_secret_is_taken(name: str, text: str) -> None:
    settings = read_settings({f"PASSPORT_{name}": text})

    assert getattr(settings, name.lower()).reveal() == text


@pytest.mark.parametrize(("name", "text"), BAD)
def test_a_bad_value_is_refused_by_name_without_a_secret(name: str, text: str) -> None:
    problems = problems_of(**{name: text})

    assert len(problems) == 1
    assert problems[0].startswith(f"PASSPORT_{name}")
    assert "hunter2" not in problems[0]


def test_each_setting_has_a_good_value_here_and_a_description() -> None:
    tried = {str(row[0]).lower() for row in (*GOOD, *GOOD_SECRETS)}
    together = {"akeneo_client_id", "akeneo_client_secret", "workers"}

    assert tried | together == set(Settings.model_fields)
    assert all(field.description for field in Settings.model_fields.values())


def test_an_empty_environment_is_a_whole_installation() -> None:
    settings = read_settings({"HOME": "/root", "PATH": "/bin"})

    assert settings == Settings()
    assert settings.key_ring_file == Path("var/keyring.json")


@pytest.mark.parametrize("name", sorted({name for name, *_ in GOOD} - {"EVENT_PLATFORM_URL"}))
def test_an_empty_variable_is_none(name: str) -> None:
    settings = read_settings({f"PASSPORT_{name}": ""})

    assert settings == Settings()


def test_all_mistakes_are_told_together() -> None:
    problems = problems_of(
        WORKERS="many", BIND="8000", COLOUR="red", REDIS_URL_FILE="/nowhere", BASE_URL="x"
    )

    names = sorted(problem.partition(":")[0] for problem in problems)
    assert names == [
        "PASSPORT_BASE_URL",
        "PASSPORT_BIND",
        "PASSPORT_COLOUR",
        "PASSPORT_REDIS_URL_FILE",
        "PASSPORT_WORKERS",
    ]


def test_mistakes_of_form_do_not_hide_those_of_production(tmp_path: Path) -> None:
    environ = production(tmp_path, WORKERS="many", BASE_URL="ftp://x", CONTACT_EMAIL="")

    with pytest.raises(SettingsError) as caught:
        read_settings(environ)

    names = sorted(problem.partition(":")[0] for problem in caught.value.problems)
    assert names == ["PASSPORT_BASE_URL", "PASSPORT_CONTACT_EMAIL", "PASSPORT_WORKERS"]


def test_a_whole_production_is_taken(tmp_path: Path) -> None:
    assert read_settings(production(tmp_path)).is_production


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("BASE_URL", "http://passport.example.com"),
        ("DATABASE_URL", ""),
        ("REDIS_URL", ""),
        ("KEY_RING", "/nowhere/keyring.json"),
        ("EGRESS_EXEMPT", "127.0.0.1:8100"),
        ("EVENT_PLATFORM_URL", "http://events.example"),
        ("OPERATOR_NAME", ""),
        ("CONTACT_EMAIL", ""),
    ],
)
def test_production_refuses_what_only_a_trial_may_do(name: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(production(tmp_path, **{name: text}))

    assert [problem.partition(":")[0] for problem in caught.value.problems] == [f"PASSPORT_{name}"]


def test_several_workers_need_a_shared_database_and_cache() -> None:
    both = {
        "PASSPORT_DATABASE_URL": "postgres://db.example/passport",
        "PASSPORT_REDIS_URL": "redis://cache.example",
    }

    assert read_settings(both | {"PASSPORT_WORKERS": "2"}).workers == 2
    assert problems_of(WORKERS="2")[0].startswith("PASSPORT_WORKERS: above 1 needs")


@pytest.mark.parametrize("alone", ["AKENEO_CLIENT_ID", "AKENEO_CLIENT_SECRET"])
def test_half_a_published_app_is_refused(alone: str) -> None:
    (problem,) = problems_of(**{alone: "hunter2"})

    assert "belong together" in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize("name", SECRET_SETTINGS)
def test_a_secret_comes_from_a_file(name: str, tmp_path: Path) -> None:
    values = {n.lower(): text for n, text in GOOD_SECRETS}
    value = values.get(name, "a-client-secret")
    file = tmp_path / "secret"
    file.write_text(f"{value}\n")
    others = {"PASSPORT_AKENEO_CLIENT_ID": "id"} if name == "akeneo_client_secret" else {}

    settings = read_settings({f"PASSPORT_{name.upper()}_FILE": str(file)} | others)

    assert getattr(settings, name).reveal() == value


@pytest.mark.parametrize("file_first", [True, False])
def test_a_secret_given_twice_is_refused_in_any_order(file_first: bool, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("redis://one.example")
    pairs = [
        ("PASSPORT_REDIS_URL_FILE", str(file)),
        ("PASSPORT_REDIS_URL", "redis://two.example"),
    ]

    with pytest.raises(SettingsError) as caught:
        read_settings(dict(pairs if file_first else reversed(pairs)))

    assert caught.value.problems == (
        "PASSPORT_REDIS_URL_FILE: PASSPORT_REDIS_URL is set too; set one of them",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), (b"", "is empty"), (b" \n", "is empty"), (b"\xff\xfe", "not text")],
)
def test_a_secret_file_that_holds_none_is_refused(
    content: bytes | None, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)

    (problem,) = problems_of(REDIS_URL_FILE=str(file))

    assert problem.startswith("PASSPORT_REDIS_URL_FILE: ")
    assert said in problem


def test_an_empty_file_variable_is_none() -> None:
    assert read_settings({"PASSPORT_REDIS_URL_FILE": ""}) == Settings()


@pytest.mark.parametrize("name", ["BASE_URL_FILE", "WORKERS_FILE", "SECRET_KEY", "", "_FILE"])
def test_an_unknown_setting_is_refused(name: str) -> None:
    (problem,) = problems_of(**{name: "x"})

    assert "there is no such setting" in problem


def test_printing_settings_shows_no_secret() -> None:
    values = {name: f"canary-{name}" for name in SECRET_SETTINGS}
    values |= {
        "database_url": "postgres://u:canary-db@db/x",
        "redis_url": "redis://:canary-redis@cache",
        "sentry_dsn": "https://canary-dsn@errors.example/1",
    }
    settings = Settings(akeneo_client_id="id", **values)

    shown = f"{settings!r} {settings} {settings.model_dump()}"

    assert shown.count("***") >= 3 * len(SECRET_SETTINGS)
    assert "canary" not in shown


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().workers = 2  # type: ignore[misc]


def test_the_key_ring_is_found_whatever_else_is_wrong() -> None:
    wrong = {"PASSPORT_ENVIRONMENT": "production", "PASSPORT_WORKERS": "many"}

    assert key_ring_file(wrong) == Path("var/keyring.json")
    assert key_ring_file(wrong | {"PASSPORT_DATA_DIR": "/srv"}) == Path("/srv/keyring.json")
    assert key_ring_file(wrong | {"PASSPORT_KEY_RING": "/k.json"}) == Path("/k.json")
