"""Messages and labels: none missing, none unused, and each given exactly the variables it names."""

import ast
import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from content.render import FOLDER, Renderer
from content.words import labels, menu_items
from tests.kit.sources import Source, dotted, literal, sources

RENDERER = Renderer(ZoneInfo("Asia/Shanghai"))
TEMPLATES = {path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.j2")}
AREAS = {name.partition("/")[0] for name in TEMPLATES}
SPOKEN_FROM = ("bot", "handlers")
OWN_ARGUMENTS = {
    "Reply": {"choices", "attachments", "pin"},
    "InvalidAnswer": set[str](),
    "DomainError": set[str](),
    "notices.tell": {"to", "cause", "now", "kind", "due_at", "choices", "attachments"},
    "notices.tell_all": {"to", "cause", "now", "kind", "due_at", "choices", "attachments"},
    "petitions.ask": {"petition", "now"},
}
SAID_FIRST = ("Reply", "InvalidAnswer", "DomainError")
LONGEST = 7


def names_of_templates(source: Source) -> Iterator[tuple[ast.Constant, str]]:
    """Every text that is meant to name a template, whether or not there is one."""
    for node, text in source.strings():
        if re.fullmatch(r"[a-z_]+/[a-z_0-9]+", text) and text.partition("/")[0] in AREAS:
            yield node, text


def spoken() -> Iterator[tuple[Source, ast.Call, str, set[str]]]:
    """Every message that is said with its values written out: where, which one and which values."""
    for source in sources(*SPOKEN_FROM):
        for call in source.calls():
            name = dotted(call.func)
            own = OWN_ARGUMENTS.get(name)
            if own is None:
                continue
            given = {keyword.arg for keyword in call.keywords}
            said = call.args[0 if name in SAID_FIRST else 1 :]
            template = literal(said[0]) if said else None
            if template and None not in given:
                yield source, call, template, {one for one in given if one} - own


def asked() -> Iterator[tuple[Source, ast.Call, str, set[str] | None]]:
    """Every question of a form: where, which one, and the values that are shown in it as far as they are literal."""
    for source in sources(*SPOKEN_FROM):
        shown = {one.name: _keys_returned(one) for one in source.functions()}
        for call in source.calls():
            template = literal(call.args[0]) if call.args else None
            if dotted(call.func) != "Ask" or not template:
                continue
            show = next((keyword.value for keyword in call.keywords if keyword.arg == "show"), None)
            yield source, call, template, shown.get(dotted(show)) if show else set()


def _keys_returned(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str] | None:
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    if len(returned) != 1 or not isinstance(returned[0], ast.Dict):
        return None
    return {key for node in returned[0].keys if (key := literal(node))}


def test_no_message_is_missing() -> None:
    missing = [
        f"{source.at(node)}: there is no {name}"
        for source in sources(*SPOKEN_FROM)
        for node, name in names_of_templates(source)
        if name not in TEMPLATES
    ]

    assert missing == [], "\n".join(missing)


def test_no_message_is_unused() -> None:
    used = {name for source in sources(*SPOKEN_FROM) for _, name in names_of_templates(source)}

    assert sorted(TEMPLATES - used) == []


def test_every_message_is_given_what_it_names() -> None:
    wrong = [
        f"{source.at(call)}: {template} takes {sorted(RENDERER.variables(template))}, is given {sorted(given)}"
        for source, call, template, given in spoken()
        if template in TEMPLATES and RENDERER.variables(template) != given
    ]

    assert wrong == [], "\n".join(wrong)


def test_every_question_is_given_what_it_names() -> None:
    wrong = [
        f"{source.at(call)}: {template} takes {sorted(RENDERER.variables(template))}, is given {sorted(given)}"
        for source, call, template, given in asked()
        if given is not None and template in TEMPLATES and RENDERER.variables(template) != given
    ]

    assert wrong == [], "\n".join(wrong)


def test_these_rules_see_what_is_said() -> None:
    assert len(list(spoken())) > 20
    assert len(list(asked())) > 3


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_message_is_brief_and_well_formed(name: str) -> None:
    lines = (FOLDER / f"{name}.j2").read_text(encoding="utf-8").splitlines()

    shown = [line for line in lines if re.sub(r"\{%.*?%\}|\{#.*?#\}", "", line).strip()]

    assert 1 <= len(shown) <= LONGEST
    assert isinstance(RENDERER.variables(name), set)


def test_every_label_is_written_and_used() -> None:
    named = {
        text
        for source in sources()
        for call in source.calls()
        if dotted(call.func) in {"label", "words.label"} and call.args and (text := literal(call.args[0]))
    }
    named |= {item["label"] for audience in ("menu", "for_cadres") for item in menu_items(audience)}

    assert (sorted(named - labels().keys()), sorted(labels().keys() - named)) == ([], [])
