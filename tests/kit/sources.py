"""The repository as data: its Python files, parsed, for the rules no linter has."""

import ast
import functools
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "handlers", "content", "db")
GENERATED = ROOT / "db" / "migrations" / "versions"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Its path from the root, such as ``bot/clock.py``."""
        return self.path.relative_to(ROOT).as_posix()

    @functools.cached_property
    def walked(self) -> tuple[ast.AST, ...]:
        """Everything in it; every rule walks through all files, so the way is kept."""
        return tuple(ast.walk(self.tree))

    def at(self, node: ast.AST) -> str:
        """Where something stands, to be clicked on."""
        return f"{self.name}:{getattr(node, 'lineno', 1)}"

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        """Everything of some kinds, wherever it stands."""
        return (node for node in self.walked if isinstance(node, kinds))

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in self.walked if isinstance(node, ast.Call))

    def functions(self) -> Iterator[Function]:
        return (node for node in self.walked if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    def classes(self) -> Iterator[ast.ClassDef]:
        return (node for node in self.walked if isinstance(node, ast.ClassDef))

    def strings(self) -> Iterator[tuple[ast.Constant, str]]:
        """Every text that is written out."""
        for node in self.walked:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node, node.value

    def imports(self) -> Iterator[tuple[ast.stmt, str]]:
        """Every module that is imported, with the statement that does so."""
        for node in self.walked:
            if isinstance(node, ast.Import):
                yield from ((node, one.name) for one in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node, node.module or ""

    def comments(self) -> Iterator[tuple[int, str]]:
        """Every comment with its line."""
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


@functools.cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Return the hand-written Python files of some folders, of the four packages when none are named."""
    found = [path for folder in folders or PACKAGES for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(_read(path) for path in found if GENERATED not in path.parents)


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for a name or an attribute, nothing for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""


def literal(node: ast.AST | None) -> str | None:
    """Return a text that is written out, or nothing."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@functools.cache
def _read(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(path, text, ast.parse(text))
