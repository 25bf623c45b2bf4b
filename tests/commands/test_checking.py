"""``hongyan check``: every kind of trouble is found and said in a line, and nothing is changed by looking."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

import content.render
from bot.commands import checking
from bot.papers import fonts
from content.loader import load_entries
from handlers import FLOWS
from tests.commands.conftest import CommandLine
from tests.kit import databases

WELL = f"{fonts.standing()}\nAll is well: settings, content, templates, triggers, migrations.\n"


def alter(tmp_path: Path, statement: str) -> None:
    """Change the installation's database behind its back."""
    database = databases.opened(f"sqlite:///{tmp_path / 'data' / 'hongyan.sqlite3'}")
    database.run(lambda db: db.execute(text(statement)))
    database.close()


def test_an_installation_that_is_well_is_said_to_be(installed: CommandLine) -> None:
    installed("migrate")

    ran = installed("check")

    assert (ran.code, ran.out, ran.err) == (0, WELL, "")


def test_before_the_first_start_all_may_be_well_too(installed: CommandLine) -> None:
    ran = installed("check")

    assert (ran.code, ran.out, ran.err) == (0, WELL, "")


def test_looking_changes_nothing(installed: CommandLine, tmp_path: Path) -> None:
    installed("check")

    assert list(tmp_path.iterdir()) == []


def test_a_missing_secret_is_found(hongyan: CommandLine) -> None:
    ran = hongyan("check")

    assert (ran.code, ran.out, ran.complaints) == (
        1,
        "",
        ["HONGYAN_SECRET_KEY is missing or shorter than 32 characters."],
    )


def test_several_troubles_are_all_found(hongyan: CommandLine) -> None:
    hongyan.set(telegram_token="1:x")

    assert [line.split()[0] for line in hongyan("check").complaints] == [
        "HONGYAN_SECRET_KEY",
        "HONGYAN_TELEGRAM_WEBHOOK_SECRET",
    ]


def test_a_token_telegram_cannot_have_given_is_found(installed: CommandLine) -> None:
    installed.set(telegram_token="not a token", telegram_webhook_secret="secret")

    ran = installed("check")

    assert (ran.code, [line.split()[0] for line in ran.complaints]) == (1, ["HONGYAN_TELEGRAM_TOKEN"])


def test_a_message_that_is_malformed_is_found(
    installed: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "messages"
    shutil.copytree(content.render.FOLDER, folder)
    (folder / "cases" / "glad.j2").write_text("{% if %}")
    monkeypatch.setattr(content.render, "FOLDER", folder)
    monkeypatch.setattr(checking, "FOLDER", folder)

    ran = installed("check")

    assert (ran.code, [line.partition(": ")[0] for line in ran.complaints]) == (1, ["content/messages/cases/glad.j2"])


def test_a_flow_that_is_led_to_and_not_there_is_found(installed: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = {"menu", "cases.to_do"}
    monkeypatch.setattr(checking, "FLOWS", tuple(flow for flow in FLOWS if flow.name not in gone))

    ran = installed("check")

    assert (ran.code, ran.complaints) == (
        1,
        [
            "triggers.yaml: there is no flow cases.to_do",
            "triggers.yaml: there is no flow menu",
            "menu.yaml: there is no flow cases.to_do",
            "handlers: there is no flow menu",
        ],
    )


def test_entries_that_do_not_hold_together_are_found(
    installed: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pack = tmp_path / "broken.yaml"
    pack.write_text("- id: Not An Id\n")
    monkeypatch.setattr(checking, "load_entries", lambda: load_entries(pack))

    ran = installed("check")

    assert (ran.code, [line for line in ran.complaints if not line.startswith(f"{pack}:1 ")]) == (1, [])


def test_a_database_of_a_newer_version_is_found_and_not_to_be_migrated(installed: CommandLine, tmp_path: Path) -> None:
    installed("migrate")
    alter(tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    alter(tmp_path, "UPDATE version SET mark = '9998' WHERE name = 'schema.oldest_code'")

    ran = installed("check")

    assert (ran.code, len(ran.complaints), "hongyan migrate" in ran.err) == (1, 1, False)
    assert installed("migrate").code == 1


def test_a_database_that_differs_from_its_models_is_found(installed: CommandLine, tmp_path: Path) -> None:
    installed("migrate")
    alter(tmp_path, "ALTER TABLE person ADD COLUMN nickname TEXT")

    ran = installed("check")

    assert (ran.code, len(ran.complaints)) == (1, 1)
    assert ran.complaints[0].startswith("migrations: models and database differ: ")


def test_a_postgresql_nobody_migrated_is_found(
    installed: CommandLine, postgresql_maker: databases.PostgresqlMaker
) -> None:
    url = postgresql_maker.make_empty()
    installed.set(database_url=url)

    ran = installed("check")
    postgresql_maker.drop(url)

    assert (ran.code, len(ran.complaints), "hongyan migrate" in ran.err) == (1, 1, True)


def test_a_postgresql_at_this_version_is_well(
    installed: CommandLine, postgresql_maker: databases.PostgresqlMaker
) -> None:
    url = postgresql_maker.make()
    installed.set(database_url=url)

    ran = installed("check")
    postgresql_maker.drop(url)

    assert (ran.code, ran.out) == (0, WELL)


def test_a_database_that_cannot_be_reached_is_one_trouble_among_others(hongyan: CommandLine) -> None:
    hongyan.set(database_url="postgresql+psycopg://hongyan:very-secret@127.0.0.1:1/hongyan")

    ran = hongyan("check")

    assert (ran.code, len(ran.complaints), "very-secret" in ran.err) == (1, 2, False)
