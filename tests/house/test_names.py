"""Names say what a thing is, and imports say where it comes from."""

import ast

from tests.kit.sources import sources

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "base_utils"}

WIRE = {"bot/channels/telegram/wire.py"}
"""Where a platform's own words are spelt as it spells them."""


def test_no_module_is_called_nothing_in_particular() -> None:
    vague = [
        source.name
        for source in sources("bot", "handlers", "content", "db", "tests")
        if EMPTY_NAMES & {part.removesuffix(".py") for part in source.name.split("/")}
    ]

    assert vague == [], "\n".join(vague)


def test_no_import_is_relative() -> None:
    relative = [
        source.at(node)
        for source in sources("bot", "handlers", "content", "db", "tests")
        for node in source.nodes(ast.ImportFrom)
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == [], "\n".join(relative)


def test_nobody_who_talks_is_called_a_user() -> None:
    called = [
        f"{source.at(one)}: {one.name}"
        for source in sources()
        if source.name not in WIRE
        for one in (*source.classes(), *source.functions())
        if "user" in one.name.lower().split("_")
    ]

    assert called == [], "\n".join(called)
