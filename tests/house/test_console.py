"""The console's templates and words: none missing, none unused, and a word for every act that is written down."""

import re

from bot.admin.look import FOLDER, Look
from bot.settings import Settings
from content import console
from tests.kit.databases import ZONE
from tests.kit.sources import dotted, literal, sources

TEMPLATES = {path.stem for path in FOLDER.glob("*.html")}
NAMED_IN_TEMPLATES = re.compile(r'(?:extends|include|import) "(\w+)\.html"')


def shown() -> set[str]:
    """Every template that is shown, or stands in another."""
    named = {
        name
        for source in sources("bot/admin")
        for _, name in source.strings()
        if name in TEMPLATES and source.name != "bot/admin/nav.py"
    }
    inside = {one for path in FOLDER.glob("*.html") for one in NAMED_IN_TEMPLATES.findall(path.read_text("utf-8"))}
    return named | inside


def test_no_template_is_unused_or_missing() -> None:
    assert sorted(TEMPLATES ^ shown()) == []


def test_every_template_can_be_read() -> None:
    look = Look(ZONE)

    assert [look.environment.get_template(f"{name}.html").name for name in sorted(TEMPLATES)] == [
        f"{name}.html" for name in sorted(TEMPLATES)
    ]


def test_nothing_is_shown_unescaped() -> None:
    loose = [path.name for path in FOLDER.glob("*.html") if re.search(r"\|\s*safe|autoescape", path.read_text("utf-8"))]

    assert loose == []


def test_every_act_that_is_written_down_has_its_word() -> None:
    acts = {
        act
        for source in sources("bot", "handlers")
        for call in source.calls()
        if dotted(call.func) == "audit.note" and len(call.args) > 1 and (act := literal(call.args[1]))
    }

    assert [act for act in sorted(acts) if console.act(act) == console.word("acts", "other")] == []


def test_every_setting_is_named_in_words() -> None:
    named = console.words("settings")

    assert [one for one in Settings.model_fields if one not in named] == []
