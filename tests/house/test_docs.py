"""What is public says what it is for; every setting and error is written down where people look for it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import bot.channels.base
import bot.errors
from bot.settings import Settings
from tests.kit.sources import ROOT, Source, dotted, sources

SETTINGS = {f"HONGYAN_{name.upper()}" for name in Settings.model_fields}
FOR_TESTS = {"HONGYAN_TEST_POSTGRESQL", "HONGYAN_TEST_KILLS", "HONGYAN_TEST_FUZZED"}
TREES = f"{bot.errors.__doc__}\n{bot.channels.base.__doc__}"


def public(node: ast.AST) -> Iterator[ast.AST]:
    """Everything public that is defined in a module or a class, and in the public classes of it."""
    for one in getattr(node, "body", []):
        is_definition = isinstance(one, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if is_definition and not one.name.startswith("_"):
            yield one
            if isinstance(one, ast.ClassDef):
                yield from public(one)


def errors() -> dict[str, Source]:
    """Every class of errors, and where it is."""
    known, found = {"Exception", "BaseException", "ValueError", "RuntimeError"}, dict[str, Source]()
    for _ in range(4):
        for source in sources():
            for one in source.classes():
                if known & {dotted(base).rpartition(".")[2] for base in one.bases}:
                    known.add(one.name)
                    found[one.name] = source
    return found


def test_every_module_class_and_function_says_what_it_is_for() -> None:
    silent = [
        source.at(node)
        for source in sources()
        if source.text.strip()
        for node in (source.tree, *public(source.tree))
        if not ast.get_docstring(node)
    ]

    assert silent == [], "\n".join(silent)


def test_a_docstring_begins_with_one_sentence() -> None:
    ragged = [
        source.at(node)
        for source in sources()
        for node in (source.tree, *public(source.tree))
        if (said := ast.get_docstring(node)) and not said.partition("\n\n")[0].rstrip(":").endswith((".", ":"))
    ]

    assert [one for one in ragged if not one.startswith("db/migrations")] == []


def test_every_error_stands_in_the_tree() -> None:
    missing = [
        f"{source.name}: {name}"
        for name, source in errors().items()
        if not name.startswith("_") and not re.search(rf"\b{name}\b", TREES)
    ]

    assert missing == [], "\n".join(missing)


def test_the_tree_names_no_error_that_is_not_there() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", TREES)) | {"HongyanError"}

    assert sorted(drawn - errors().keys()) == []


def test_every_setting_is_explained() -> None:
    explained = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    assert [name for name in sorted(SETTINGS) if f"`{name}`" not in explained] == []


def test_no_page_names_a_setting_that_is_not_there() -> None:
    pages = [path for ending in ("md", "service", "yml", "yaml", "env", "example") for path in _pages(ending)]
    named = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in pages
        for name in re.findall(r"HONGYAN_[A-Z_]+[A-Z]", path.read_text(encoding="utf-8"))
        if name not in SETTINGS | FOR_TESTS
    }

    assert sorted(named) == []


def _pages(ending: str) -> Iterator[Path]:
    folders = (ROOT, ROOT / "docs", ROOT / "deploy")
    return (path for folder in folders for path in folder.glob(f"*.{ending}"))
