"""Talking from a terminal: one sentence, or a conversation."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from content.words import label
from tests.commands.conftest import SECRET, CommandLine
from tests.kit.sources import ROOT

VILLAGER, SECRETARY = "13800000001", "13800000003"
QUESTION = "村里祠堂可以摆酒吗"


def said(out: str) -> list[dict[str, object]]:
    """What was said with --json, a message a line."""
    return [json.loads(line) for line in out.splitlines()]


def test_a_question_is_answered_as_text_with_numbered_choices(hongyan: CommandLine) -> None:
    ran = hongyan("say", "睇病啲錢點樣報返")

    lines = ran.out.splitlines()
    assert (ran.code, lines[0]) == (0, "【二次报销】")
    assert lines[-2:] == ["1 问村干部  2 找服务中心  3 没解决", "4 医疗保险福利  5 困难补助"]


def test_without_settings_it_is_said_that_the_village_is_invented(hongyan: CommandLine, tmp_path: Path) -> None:
    ran = hongyan("say", "菜单")

    assert "sample data" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_several_words_are_one_sentence(hongyan: CommandLine) -> None:
    assert hongyan("say", "二次", "报销", "怎么办").out.splitlines()[0] == "【二次报销】"


def test_what_was_said_can_be_read_by_a_program(hongyan: CommandLine) -> None:
    [message] = said(hongyan("say", "--json", QUESTION).out)

    assert (message["template"], sorted(message)) == ("entries/none", ["choices", "template", "text"])
    assert message["choices"] == [{"key": "1", "label": label("pass_on")}, {"key": "2", "label": label("never_mind")}]


def test_why_an_entry_was_found_is_said_in_words(hongyan: CommandLine) -> None:
    lines = hongyan("say", "--why", "睇病啲錢點樣再報").out.splitlines()

    assert lines[lines.index("") + 1 :][:2] == ["按「看病的钱怎么再报」来找。", "直接回答。"]


def test_why_an_entry_was_found_can_be_read_by_a_program(hongyan: CommandLine) -> None:
    _, why = said(hongyan("say", "--why", "--json", "二次包销").out)

    assert (why["read"], sorted(why)) == ("二次包销", ["asked", "decision", "read", "reasons"])


def test_a_conversation_goes_on_from_one_command_to_the_next(hongyan: CommandLine) -> None:
    hongyan.set(quiet_hours="00:00-00:00")
    talk: list[tuple[str, str, list[str]]] = [
        (VILLAGER, QUESTION, ["entries/none"]),
        (VILLAGER, "1", ["cases/which_village"]),
        (VILLAGER, "番村", ["cases/handed_off"]),
        (SECRETARY, "待办", ["cases/to_do"]),
        (SECRETARY, "1", ["cases/write_answer"]),
        (SECRETARY, "可以", ["cases/check_answer"]),
        (SECRETARY, "1", ["cases/answer_sent"]),
        (VILLAGER, "菜单", ["engine/menu"]),
    ]

    heard = [
        [one["template"] for one in said(hongyan("say", "--json", "--as", who, text).out)] for who, text, _ in talk
    ]

    assert [templates[:1] for templates in heard] == [templates for _, _, templates in talk]


def test_what_has_come_meanwhile_is_told_after_the_reply(hongyan: CommandLine) -> None:
    hongyan.set(quiet_hours="00:00-00:00")
    hongyan("say", "--as", SECRETARY, "菜单")
    for text in (QUESTION, "1", "番村"):
        hongyan("say", "--as", VILLAGER, text)

    heard = said(hongyan("say", "--json", "--as", SECRETARY, "菜单").out)

    assert [one["template"] for one in heard] == ["engine/menu", "cases/for_cadre"]


def test_words_that_look_like_pictures_or_colours_are_printed_as_they_are(hongyan: CommandLine) -> None:
    for text in ("人工", "[b]祠堂[/b]:ok:", "番村"):
        hongyan("say", "--as", VILLAGER, text)

    assert hongyan("say", "--as", SECRETARY, "待办").out.splitlines()[1] == "1 W0001 [b]祠堂[/b]:ok:"


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_number_nobody_has_is_refused_with_a_sentence_that_does_not_repeat_it(
    hongyan: CommandLine, as_json: list[str]
) -> None:
    ran = hongyan("say", *as_json, "--as", "13999999999", "你好")

    assert (ran.code, ran.out) == (1, "")
    assert ran.complaints[-1] == "Nobody on record has the phone number ending in 9999."


def test_nothing_to_say_is_refused(hongyan: CommandLine) -> None:
    ran = hongyan("say")

    assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize("nothing", ["", "   "])
def test_an_empty_sentence_is_answered_with_one(hongyan: CommandLine, nothing: str) -> None:
    [message] = said(hongyan("say", "--json", nothing).out)

    assert message["template"] == "engine/nothing_to_read"


def test_too_long_a_sentence_is_answered_with_a_short_one(hongyan: CommandLine) -> None:
    [message] = said(hongyan("say", "--json", "长" * 5000).out)

    assert message["template"] == "engine/too_long"


def test_a_conversation_is_typed_line_by_line_until_an_empty_one(hongyan: CommandLine) -> None:
    ran = hongyan("chat", typed="大字\n帮助\n\n菜单\n")

    shown = ran.out.replace("> ", "").splitlines()
    assert (ran.code, shown[:2]) == (
        0,
        ["这里的字号由手机决定，请在手机设置里把字体调大。", "直接打字问我就行，例：二次报销怎么办。"],
    )
    assert [line for line in shown if "我是鸿雁" in line] == []


def test_a_conversation_ends_with_the_input(hongyan: CommandLine) -> None:
    assert hongyan("chat", typed="").code == 0


def test_a_conversation_as_nobody_is_refused(hongyan: CommandLine) -> None:
    assert hongyan("chat", "--as", "13999999999", typed="你好\n").code == 1


def test_an_installation_with_half_its_settings_is_refused(hongyan: CommandLine, tmp_path: Path) -> None:
    hongyan.set(database_url=f"sqlite:///{tmp_path / 'own.sqlite3'}")

    ran = hongyan("say", "你好")

    assert (ran.code, ran.out, ran.complaints) == (
        1,
        "",
        ["HONGYAN_SECRET_KEY is missing or shorter than 32 characters."],
    )


def test_an_installation_of_ones_own_has_no_invented_people(installed: CommandLine) -> None:
    assert installed("say", "--as", VILLAGER, "你好").code == 1
    assert installed("say", "你好").code == 0


@pytest.mark.parametrize("arguments", [["sing"], ["say", "--as"], ["say", "--loud", "你好"], ["serve", "--port", "0"]])
def test_bad_arguments_end_with_two(hongyan: CommandLine, arguments: list[str]) -> None:
    ran = hongyan(*arguments)

    assert (ran.code, ran.out) == (2, "")


def test_a_wrong_setting_is_one_sentence(hongyan: CommandLine) -> None:
    hongyan.set(quiet_hours="at night")

    ran = hongyan("say", "你好")

    assert (ran.code, ran.complaints) == (1, ["HONGYAN_QUIET_HOURS is wrong: write it as 21:30-07:30."])


def test_it_runs_as_a_program_of_its_own(tmp_path: Path) -> None:
    environment = {"HONGYAN_DATA_DIR": str(tmp_path), "HONGYAN_SECRET_KEY": SECRET, "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        [sys.executable, "-m", "bot", "say", "--as", "13999999999", "你好"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "Nobody on record has the phone number ending in 9999.\n",
    )


def test_a_reply_with_a_paper_waits_for_the_paper(hongyan: CommandLine) -> None:
    ran = hongyan("say", "--as", SECRETARY, "导出名册")

    assert (ran.code, ran.out.splitlines()[-1].startswith("[document: ")) == (0, True)
