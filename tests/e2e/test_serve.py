"""Real server processes against a Telegram that can misbehave, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.clock import SystemClock
from bot.domain import entries
from content.loader import load_entries
from tests.kit import databases
from tests.kit.processes import eventually, free_port, hongyan, stop_politely, wait_until_ready
from tests.kit.telegram_server import TelegramServer, hangs_up, server_error
from tests.kit.telegram_updates import TOKEN, Json, said

pytestmark = pytest.mark.e2e
WEBHOOK_SECRET = "webhook-secret-of-the-tests"


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


@pytest.fixture
def settings(telegram: TelegramServer, database_url: str) -> dict[str, str]:
    database = databases.opened(database_url)
    database.run(lambda db: entries.import_pack(db, load_entries(), now=SystemClock().now()))
    database.close()
    return {
        "HONGYAN_DATABASE_URL": database_url,
        "HONGYAN_TELEGRAM_TOKEN": TOKEN,
        "HONGYAN_TELEGRAM_API_URL": telegram.url,
        "HONGYAN_TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }


def post(url: str, update: Json, *, secret: str = WEBHOOK_SECRET) -> int:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    return httpx.post(f"{url}/telegram", json=update, headers=headers, timeout=10).status_code


def test_a_webhook_is_answered_once_however_often_it_is_delivered(
    telegram: TelegramServer, settings: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    asked = said("二次报销")

    with hongyan("serve", "--port", str(port), folder=tmp_path, settings=settings) as process:
        wait_until_ready(url, process)
        answers = [post(url, asked) for _ in range(3)]
        forged = post(url, said("二次报销"), secret="guessed")
        looked_at = httpx.get(f"{url}/telegram").status_code
        assert eventually(lambda: len(telegram.called("sendMessage")) >= 1)
        exit_code = stop_politely(process)

    assert (answers, forged, looked_at, exit_code) == ([200, 200, 200], 403, 405, 0)
    assert [call.text.splitlines()[0] for call in telegram.called("sendMessage")] == ["【二次报销】"]


def test_a_server_that_is_killed_before_it_sent_leaves_the_reply_to_the_next_one(
    telegram: TelegramServer, settings: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    telegram.misbehave("sendMessage", server_error(502), times=1)
    with hongyan("serve", "--port", str(port), folder=tmp_path, settings=settings) as process:
        wait_until_ready(url, process)
        assert post(url, said("二次报销")) == 200
        assert eventually(lambda: len(telegram.called("sendMessage")) >= 1)
        process.kill()

    with hongyan("worker", folder=tmp_path, settings=settings) as worker:
        assert eventually(lambda: len(telegram.delivered) == 1, seconds=40)
        assert stop_politely(worker) == 0

    assert telegram.delivered[0].text.splitlines()[0] == "【二次报销】"


def test_long_polling_answers_and_takes_up_where_it_was_killed(
    telegram: TelegramServer, settings: dict[str, str], tmp_path: Path
) -> None:
    telegram.updates.extend([said("二次报销"), said("菜单")])

    with hongyan("poll", folder=tmp_path, settings=settings) as process:
        assert eventually(lambda: len(telegram.delivered) == 2, seconds=40)
        process.kill()
    telegram.updates.append(said("帮助"))
    with hongyan("poll", folder=tmp_path, settings=settings) as process:
        assert eventually(lambda: len(telegram.delivered) == 3, seconds=40)
        assert stop_politely(process) == 0

    first_lines = [call.text.splitlines()[0] for call in telegram.delivered]
    assert first_lines == [
        "【二次报销】",
        "您好，我是鸿雁。您可以直接打字问，也可以选：",
        "直接打字问我就行，例：二次报销怎么办。",
    ]


def test_a_server_refuses_what_it_cannot_serve_in_one_sentence(tmp_path: Path) -> None:
    with hongyan("serve", folder=tmp_path, settings={"HONGYAN_SECRET_KEY": "short"}) as process:
        exit_code = process.wait(30)

    said_so = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert (exit_code, said_so) == (1, ["HONGYAN_SECRET_KEY is missing or shorter than 32 characters."])


def test_the_webhook_is_registered_where_people_reach_the_server(
    telegram: TelegramServer, settings: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    settings = {**settings, "HONGYAN_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    telegram.misbehave("getMe", hangs_up(), times=1)

    with hongyan("serve", "--port", str(port), folder=tmp_path, settings=settings) as process:
        wait_until_ready(f"http://127.0.0.1:{port}", process)
        assert eventually(lambda: telegram.webhook.get("url") == f"http://127.0.0.1:{port}/telegram", seconds=40)
        assert stop_politely(process) == 0

    assert telegram.webhook["secret_token"] == WEBHOOK_SECRET


def test_a_token_telegram_refuses_is_said_in_one_sentence(
    telegram: TelegramServer, settings: dict[str, str], tmp_path: Path
) -> None:
    wrong = {**settings, "HONGYAN_TELEGRAM_TOKEN": "123456:AAAnotherTokenOfNobody-0123456789abcdef"}
    with hongyan("serve", "--port", str(free_port()), folder=tmp_path, settings=wrong) as process:
        exit_code = process.wait(60)

    last = (tmp_path / "log").read_text(encoding="utf-8").splitlines()[-1]
    assert (exit_code, "Traceback" in (tmp_path / "log").read_text(encoding="utf-8")) == (1, False)
    assert last.startswith("HONGYAN_TELEGRAM_TOKEN")
    assert telegram.delivered == []
