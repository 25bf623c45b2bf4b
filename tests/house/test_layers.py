"""Who may import whom, and where each library lives."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.sources import ROOT, sources

HOMES = {
    "telegram": ("bot/channels/telegram/",),
    "rapidfuzz": ("content/match/",),
    "jinja2": ("content/", "bot/admin/"),
    "httpx": ("bot/channels/",),
    "aiohttp": ("bot/channels/telegram/",),
    "fastapi": (
        "bot/web/",
        "bot/channels/",
        "bot/admin/",
        "bot/demo/",
        "bot/server.py",
        "bot/listening.py",
        "bot/scraping.py",
    ),
    "httptools": ("bot/listening.py",),
    "prometheus_client": ("bot/metrics.py",),
    "uvicorn": ("bot/listening.py",),
    "typer": ("bot/commands/", "bot/__main__.py"),
    "rich": ("bot/commands/",),
    "opencc": ("content/match/",),
    "pypinyin": ("content/match/",),
    "yaml": ("content/",),
    "cryptography": ("bot/keys.py", "bot/channels/wechat/envelope.py"),
    "openpyxl": ("bot/sheets/",),
    "PIL": ("bot/papers/", "bot/pictures.py"),
    "pylopdf_fonts_zh_cn": ("bot/papers/",),
    "segno": ("bot/papers/",),
    "icalendar": ("bot/papers/",),
    "psycopg": ("db/",),
    "alembic": ("db/",),
    "pydantic_settings": ("bot/settings.py",),
}
SQL_HOMES = (
    "db/",
    "bot/domain/",
    "bot/conversation/",
    "bot/jobs/",
    "bot/papers/",
    "bot/demo/",
    "bot/channels/",
    "bot/commands/",
    "bot/server.py",
)
SQL = ("sqlalchemy", "sqlmodel")


def imported(library: str) -> list[tuple[str, str]]:
    """Every place that imports a library: its file, and where exactly."""
    return [
        (source.name, source.at(statement))
        for source in sources()
        for statement, module in source.imports()
        if module.partition(".")[0] == library
    ]


def test_nothing_imports_upwards() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.rpartition("Contracts: ")[2].strip().endswith("0 broken.")) == (0, True), (
        done.stdout
    )


@pytest.mark.parametrize("library", HOMES)
def test_each_library_has_one_home(library: str) -> None:
    strays = [where for file, where in imported(library) if not file.startswith(HOMES[library])]

    assert strays == [], "\n".join(strays)


@pytest.mark.parametrize("library", SQL)
def test_sql_stays_below_the_flows(library: str) -> None:
    strays = [where for file, where in imported(library) if not file.startswith(SQL_HOMES)]

    assert strays == [], "\n".join(strays)


def test_flows_import_no_library_at_all() -> None:
    allowed = {
        "bot",
        "content",
        "db",
        "handlers",
        "collections",
        "typing",
        "datetime",
        "enum",
        "dataclasses",
        "functools",
    }
    strays = [
        source.at(statement)
        for source in sources("handlers")
        for statement, module in source.imports()
        if module.partition(".")[0] not in allowed
    ]

    assert strays == [], "\n".join(strays)


def test_only_the_root_and_what_checks_it_know_the_flows() -> None:
    strays = [
        source.at(statement)
        for source in sources("bot", "content", "db")
        for statement, module in source.imports()
        if module.partition(".")[0] == "handlers" and source.name not in {"bot/app.py", "bot/commands/checking.py"}
    ]

    assert strays == [], "\n".join(strays)


def test_no_channel_imports_another() -> None:
    strays = [
        source.at(statement)
        for source in sources("bot/channels")
        for statement, module in source.imports()
        for own in [source.name.split("/")[2].removesuffix(".py")]
        if module.startswith("bot.channels.") and module.split(".")[2] not in {own, "base", "downloads"}
    ]

    assert strays == [], "\n".join(strays)
