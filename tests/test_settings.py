"""Settings come from the environment or from ``.env``, and a wrong one is named in one sentence."""

from datetime import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.errors import SettingsError
from bot.settings import Settings, load_settings, require_serving, require_webhook

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave nothing of the machine's own settings, neither in the environment nor in a file."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HONGYAN_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def complaint(**given: object) -> str:
    with pytest.raises(SettingsError) as refusal:
        load_settings(**given)
    return str(refusal.value)


def test_without_any_setting_there_are_sensible_ones() -> None:
    settings = load_settings()

    assert settings.database == "sqlite:///data/hongyan.sqlite3"
    assert (settings.zone.key, settings.quiet_hours) == ("Asia/Shanghai", (time(21, 30), time(7, 30)))
    assert (settings.log_level, settings.telegram_token, settings.public_url) == ("INFO", "", "")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONGYAN_DATA_DIR", "/srv/hongyan")
    monkeypatch.setenv("HONGYAN_QUIET_HOURS", " 22:00-06:15 ")
    monkeypatch.setenv("HONGYAN_LOG_LEVEL", "debug")

    settings = load_settings()

    assert settings.database == "sqlite:////srv/hongyan/hongyan.sqlite3"
    assert (settings.quiet_hours, settings.log_level) == ((time(22, 0), time(6, 15)), "DEBUG")


def test_settings_come_from_a_file_and_the_environment_goes_before_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("HONGYAN_TIMEZONE=Asia/Urumqi\nHONGYAN_LOG_LEVEL=ERROR\nUNKNOWN=1\n")
    monkeypatch.setenv("HONGYAN_LOG_LEVEL", "WARNING")

    settings = load_settings()

    assert (settings.timezone, settings.log_level) == ("Asia/Urumqi", "WARNING")


def test_a_database_that_was_set_is_used_as_it_is() -> None:
    url = "postgresql+psycopg://hongyan:secret@db/hongyan"

    assert load_settings(database_url=url).database == url


def test_settings_are_not_changed_while_running() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().log_level = "DEBUG"


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("quiet_hours", "at night", "write it as 21:30-07:30"),
        ("quiet_hours", "21:30", "write it as 21:30-07:30"),
        ("quiet_hours", "24:00-07:30", "hour must be in 0..23"),
        ("quiet_hours", "21:60-07:30", "minute must be in 0..59"),
        ("timezone", "Asia/Foshan", "no such time zone, write one such as Asia/Shanghai"),
        ("timezone", "", "no such time zone, write one such as Asia/Shanghai"),
        ("timezone", "../etc/passwd", "no such time zone, write one such as Asia/Shanghai"),
        ("timezone", "Asia", "no such time zone, write one such as Asia/Shanghai"),
        ("log_level", "loud", "use DEBUG, INFO, WARNING or ERROR"),
        ("database_url", "mysql://db/hongyan", "use sqlite:///FILE or postgresql+psycopg://…"),
        ("database_url", "postgresql://db/hongyan", "use sqlite:///FILE or postgresql+psycopg://…"),
        ("database_url", "/var/lib/hongyan.sqlite3", "use sqlite:///FILE or postgresql+psycopg://…"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(name: str, value: str, advice: str) -> None:
    assert complaint(**{name: value}) == f"HONGYAN_{name.upper()} is wrong: {advice}."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "postgresql+psycopg://hongyan:secret@db:port/hongyan"),
        ("database_url", "sqlite:///"),
        ("public_url", "hongyan.example.cn"),
        ("public_url", "ftp://hongyan.example.cn"),
        ("telegram_api_url", "api.telegram.org"),
        ("telegram_api_url", ""),
        ("public_url", "https://hongyan.example.cn/chat"),
        ("public_url", "https://"),
        ("public_url", "https://[hongyan"),
        ("public_url", "https://hongyan.example.cn:99999"),
        ("public_url", "https://hongyan.example.cn?a=b"),
        ("database_url", "sqlite:///:memory:"),
        ("telegram_token", "not a token"),
        ("telegram_webhook_secret", "密码"),
        ("session_reminders", "３d"),
        ("telegram_webhook_secret", "x" * 257),
    ],
)
def test_a_setting_that_cannot_work_is_named_at_start(name: str, value: str) -> None:
    assert complaint(**{name: value}).startswith(f"HONGYAN_{name.upper()} is wrong: ")


def test_an_address_may_end_with_a_stroke() -> None:
    assert load_settings(public_url="https://hongyan.example.cn:8443/").public_url == "https://hongyan.example.cn:8443"


def test_a_wrong_setting_in_the_environment_is_named_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONGYAN_QUIET_HOURS", "at night")

    assert complaint() == "HONGYAN_QUIET_HOURS is wrong: write it as 21:30-07:30."


def test_no_complaint_quotes_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONGYAN_DATABASE_URL", "mysql://hongyan:very-secret@db/hongyan")

    assert "very-secret" not in complaint()


@pytest.mark.parametrize("secret", ["", "short", "x" * 31])
def test_nobody_is_served_without_a_long_secret(secret: str) -> None:
    with pytest.raises(SettingsError, match=r"^HONGYAN_SECRET_KEY is missing or shorter than 32 characters\.$"):
        require_serving(load_settings(secret_key=secret))


def test_a_long_secret_will_do() -> None:
    assert require_serving(load_settings(secret_key=SECRET)) is None


def test_a_webhook_anybody_could_forge_is_refused() -> None:
    settings = load_settings(telegram_token="1:x")

    with pytest.raises(SettingsError, match=r"^HONGYAN_TELEGRAM_WEBHOOK_SECRET is missing; .*\.$"):
        require_webhook(settings)


def test_a_webhook_secret_telegram_does_not_allow_is_named_before_anything_is_served() -> None:
    with pytest.raises(SettingsError, match="HONGYAN_TELEGRAM_WEBHOOK_SECRET"):
        require_webhook(load_settings(telegram_token="1:x", telegram_webhook_secret="spaces are not allowed"))


def test_without_telegram_no_webhook_secret_is_needed() -> None:
    assert require_webhook(load_settings()) is None


def test_a_webhook_with_its_secret_will_do() -> None:
    assert require_webhook(load_settings(telegram_token="1:x", telegram_webhook_secret=SECRET)) is None


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
