"""Every sentence is said somewhere, every page is given what it names, and no script speaks Chinese."""

import re
from pathlib import Path

import pytest

from content import web
from content.loader import load_yaml

ROOT = Path(web.__file__).parents[1]
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def test_every_refusal_has_its_sentence_and_every_sentence_its_refusal() -> None:
    folders = ("bot/channels/webchat", "bot/channels/wechat", "bot/channels", "bot/demo", "bot/web", "bot/admin")
    sources = [file for folder in folders for file in ROOT.glob(f"{folder}/*.py")]
    said = re.compile(r'(?:Refusal\(\d+, |sentence\(|_said\()"(\w+)"')
    used = {key for file in sources for key in said.findall(file.read_text(encoding="utf-8"))}

    written = load_yaml(ROOT / "content/pages/errors.yaml")

    assert isinstance(written, dict)
    assert set(written) == used


def test_a_page_takes_exactly_what_it_names() -> None:
    with pytest.raises(ValueError, match="takes"):
        web.page("chat", mark="x")


def test_what_a_page_is_given_is_escaped() -> None:
    greeting = {"title": "<b>", "subtitle": "&", "text": "<script>", "examples": ["<i>"]}

    html = web.page("chat", greeting=greeting, mark='"', now="", zone="")

    assert "<b>" not in html.partition("<main")[0]
    assert "<script>" not in html
    assert "&lt;i&gt;" in html


@pytest.mark.parametrize(
    "file", [*ROOT.glob("bot/channels/webchat/static/*"), *ROOT.glob("bot/demo/static/*")], ids=str
)
def test_scripts_and_styles_hold_no_words_for_people(file: Path) -> None:
    assert CHINESE.findall(file.read_text(encoding="utf-8")) == []


def test_every_word_a_script_points_at_is_in_the_page() -> None:
    scripts = "".join(file.read_text(encoding="utf-8") for file in ROOT.glob("bot/channels/webchat/static/*.js"))
    html = (ROOT / "content/pages/chat.html").read_text(encoding="utf-8")

    asked = set(re.findall(r"\bwords\.(?!js\b)(\w+)", scripts))
    given = set(re.findall(r"data-(\w+)=", html.partition('id="words"')[2]))

    assert asked == given
