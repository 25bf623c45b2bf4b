"""The one reader of entry files: a file or a folder in, entries out, and every problem named by file and line.

An error never stops at the first: one ``ContentError`` lists all there is to mend, in every file.
"""

import difflib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import yaml
from pydantic import ValidationError

from bot.errors import ContentError, ContentProblem
from content.document import Document, Where, field_name, load_document
from content.schema import Entry, Source, clashes

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_PACKAGED = Path(__file__).with_name("entries")
_SUFFIXES = (".yaml", ".yml")
_KEY_LINES = "write 'key: value' lines here"
_ADVICE = {
    "missing": "missing: add it",
    "string_too_short": "empty: write something",
    "string_type": "write one text here",
    "tuple_type": "write a list here, such as [one, two]",
    "model_type": _KEY_LINES,
    "model_attributes_type": _KEY_LINES,
}


def load_yaml(path: Path) -> object:
    """Read a small packaged YAML file as plain data; raises ``ContentError`` with every problem of the file."""
    return load_document(path).data


def load_entries(path: Path | None = None, *, known_ids: Collection[str] = ()) -> list[Entry]:
    """Read all entries of a file or folder (``None``: the packaged ones); raises ``ContentError`` with every problem.

    ``known_ids`` are entries that already exist elsewhere, which ``related`` may name.
    """
    problems: list[ContentProblem] = []
    items: list[_Item] = []
    for file in _files(path or _PACKAGED, problems):
        try:
            items.extend(_items(load_document(file)))
        except ContentError as error:
            problems.extend(error.problems)
    entries = [(item, entry) for item in items if (entry := _validate(item, problems))]
    ids = _ids(items, problems)
    found = clashes([entry for _, entry in entries], ids | set(known_ids))
    problems.extend(entries[clash.index][0].problem(clash.field, clash.advice) for clash in found)
    if problems:
        raise ContentError(sorted(problems, key=lambda problem: (problem.file, problem.line)))
    return [entry for _, entry in entries]


def dump_entries(entries: Iterable[Entry]) -> str:
    """Write entries as YAML that people can read and ``load_entries`` reads back equal, for exporting them."""
    return "\n".join(
        yaml.dump([entry.model_dump()], Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
        for entry in entries
    )


@dataclass(frozen=True, slots=True)
class _Item:
    """One element of an entry file, before it is known to be an entry."""

    document: Document
    index: int
    data: object

    def problem(self, field: Where, advice: str) -> ContentProblem:
        line = self.document.line((self.index, *field))
        return ContentProblem(self.document.file, line, field_name(field) if field else "entry", advice)


def _files(path: Path, problems: list[ContentProblem]) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES)
    if not files:
        problems.append(ContentProblem(str(path), 1, "file", "the folder holds no .yaml file: put entries in it"))
    return files


def _items(document: Document) -> Iterator[_Item]:
    if not isinstance(document.data, list):
        raise ContentError([document.problem((), "not a list: start each entry with '- id:'")])
    for index, data in enumerate(cast("list[object]", document.data)):
        yield _Item(document, index, data)


def _ids(items: Iterable[_Item], problems: list[ContentProblem]) -> set[str]:
    first: dict[str, ContentProblem] = {}
    for item in items:
        name = cast("dict[str, object]", item.data).get("id") if isinstance(item.data, dict) else None
        if not isinstance(name, str):
            continue
        if name in first:
            where = f"{first[name].file}:{first[name].line}"
            problems.append(item.problem(("id",), f"{name!r} is taken at {where}: give this entry another id"))
        first.setdefault(name, item.problem(("id",), "first"))
    return set(first)


def _validate(item: _Item, problems: list[ContentProblem]) -> Entry | None:
    try:
        return Entry.model_validate(item.data)
    except ValidationError as error:
        problems.extend(item.problem(detail["loc"], _advice(detail)) for detail in error.errors(include_url=False))
        return None


def _advice(detail: "ErrorDetails") -> str:
    value: object = detail["input"]
    if detail["type"] == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        return _unknown_key(detail["loc"])
    if detail["type"] == "string_type" and isinstance(value, (int, float)):
        return f"read as a number or yes/no, not as text: write it in quotes, '{value}'"
    return _ADVICE[detail["type"]]


def _unknown_key(where: Where) -> str:
    model = Source if where[0] == "source" else Entry
    near = difflib.get_close_matches(str(where[-1]), model.model_fields, n=1)
    return f"unknown key: did you mean '{near[0]}'?" if near else "unknown key: take it out"


class _Dumper(yaml.SafeDumper):
    """Lists on one line, long text in blocks: the way people write entries by hand."""


def _list_node(dumper: yaml.SafeDumper, values: tuple[str, ...]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=True)


def _text_node(_dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(tuple, _list_node)
_Dumper.add_representer(str, _text_node)
