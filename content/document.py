"""Content files read safely: YAML in, plain data that knows its lines out.

Files come from editors who are not programmers, and from packs that strangers made. So there are no tags, no aliases,
and bounds on size and depth; and what is wrong is named by file and line, with what to do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from bot.errors import ContentError, ContentProblem

Where = tuple[str | int, ...]

MAX_BYTES = 1_000_000
MAX_DEPTH = 10

_LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_TEXT = frozenset(f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float", "null"))
_SUSPECTS = (
    (re.compile(r"^ *\t", re.MULTILINE), "indented with a tab: use spaces"),
    (
        re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"),
        "holds an invisible control character: type the line again",
    ),
)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file as plain data that still knows its lines, so that later checks can point at them."""

    file: str
    data: object
    lines: Mapping[Where, int]

    def line(self, where: Where) -> int:
        """Return the line of ``where``, or of the nearest thing around it that the file has."""
        return next(self.lines[where[:end]] for end in range(len(where), -1, -1) if where[:end] in self.lines)

    def problem(self, where: Where, advice: str) -> ContentProblem:
        """Name what is wrong at ``where``."""
        return ContentProblem(self.file, self.line(where), field_name(where), advice)


def field_name(where: Where) -> str:
    """Write a place in a document as people do, such as ``ask[2]`` or ``source.date``; the whole file is ``file``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".") or "file"


def load_document(path: Path) -> Document:
    """Read one YAML file; dates stay text. Raises ``ContentError`` with every problem found."""
    file = str(path)
    root = _compose(file, _read(path))
    plain = _Plain(file)
    data = plain.build(root, ())
    if plain.problems:
        raise ContentError(plain.problems)
    return Document(file, data, plain.lines)


class _Plain:
    """Builds plain data out of YAML nodes and notes the line of every value."""

    def __init__(self, file: str) -> None:
        self.problems: list[ContentProblem] = []
        self.lines: dict[Where, int] = {}
        self._file = file

    def build(self, node: yaml.Node, where: Where) -> object:
        self.lines.setdefault(where, _line(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*where, index)) for index, child in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, where)
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, where: Where) -> dict[str, object]:
        built: dict[str, object] = {}
        for key_node, value_node in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            key = str(key_node.value)
            if not isinstance(key_node, yaml.ScalarNode):
                self._refuse(key_node, where, "write a plain word before the colon")
            elif key in built:
                self._refuse(key_node, (*where, key), "the key stands twice here: take one out")
            else:
                self.lines[*where, key] = _line(key_node)
                built[key] = self.build(value_node, (*where, key))
        return built

    def _refuse(self, node: yaml.Node, where: Where, advice: str) -> None:
        self.problems.append(ContentProblem(self._file, _line(node), field_name(where), advice))


def _scalar(node: yaml.Node) -> object:
    if node.tag not in _NOT_TEXT:
        return node.value
    try:
        return yaml.safe_load(node.value)
    except ValueError:  # thousands of digits are no number Python will read
        return node.value


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _read(path: Path) -> str:
    file = str(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refusal(file, 1, f"cannot be read ({error.strerror}): check the path") from None
    if len(raw) > MAX_BYTES:
        raise _refusal(file, 1, f"larger than {MAX_BYTES} bytes: split it, one topic a file")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _refusal(file, line, "not UTF-8: save the file again with UTF-8 encoding") from None
    problems = [
        ContentProblem(file, text.count("\n", 0, found.start()) + 1, "file", advice)
        for pattern, advice in _SUSPECTS
        for found in pattern.finditer(text)
    ]
    if problems:
        raise ContentError(problems)
    return text


def _compose(file: str, text: str) -> yaml.Node:
    try:
        _refuse_cleverness(file, text)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        advice = f"not valid YAML ({error.problem}): check quotes, colons and indentation near here"
        raise _refusal(file, mark.line + 1 if mark else 1, advice) from None
    if root is None:
        raise _refusal(file, 1, "the file is empty: write something in it or delete it")
    return root


def _refuse_cleverness(file: str, text: str) -> None:
    """Look at the flat stream of events first: building the tree of a hostile file is already too late."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise _refusal(file, line, f"take out the alias *{event.anchor}: write the value out again")
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag:
            raise _refusal(file, line, f"take out the tag {event.tag}: write plain text")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _refusal(file, line, f"nested deeper than {MAX_DEPTH} levels: write it flatter")


def _refusal(file: str, line: int, advice: str) -> ContentError:
    return ContentError([ContentProblem(file, line, "file", advice)])
