"""What a line of the audit is about, in words: things by their titles, people by their names, looked up when read.

A line keeps numbers only, so that nobody's name stays in it longer than anywhere else.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, select
from sqlalchemy.orm import Session
from sqlmodel import col

from content import console
from content.schema import Entry
from db.claims import table_of
from db.models import (
    Activity,
    AliasSuggestion,
    Attendance,
    Broadcast,
    CallItem,
    Course,
    EntryDraft,
    Matter,
    Person,
    Petition,
    Pledge,
    PointsObjection,
    Proxy,
    RosterImport,
    Series,
    ServiceRecord,
    StarRating,
    StarSheet,
    StudySession,
    Unit,
)

_LONGEST = 20
_PART = re.compile(r"(?P<kind>[a-z]+)[: ](?P<number>\d+)|(?P<entry>[a-z][a-z0-9_]*\.[a-z0-9_.]+)|(?P<word>[a-z_]+|->)")
_OF_SESSION = re.compile(r"^(session \d+): (\d+(?:, \d+)*)(?=$| \w+ ->)")
_UNITS = re.compile(r"^units (\d+(?:,\d+)*)")

Titles = Mapping[tuple[str, int], str]


def spoken(db: Session, lines: Sequence[str], entries: Mapping[str, Entry]) -> list[str]:
    """Return what each of these lines is about, as people call it."""
    plain = [_split(one) for one in lines]
    meant = defaultdict[str, set[int]](set)
    for one in plain:
        for found in _PART.finditer(one):
            if found["kind"] in _TITLES:
                meant[found["kind"]].add(int(found["number"]))
    titles = {
        (kind, row[0]): _short(" ".join(str(part) for part in row[1:] if part))
        for kind, ids in meant.items()
        for row in db.execute(_TITLES[kind](sorted(ids)))
    }
    return [_in_words(one, titles, entries) for one in plain]


def _split(line: str) -> str:
    """Name each of several people or units that stand behind one word."""
    line = _OF_SESSION.sub(lambda found: f"{found[1]} {_each('person', found[2])}", line)
    return _UNITS.sub(lambda found: _each("unit", found[1]), line)


def _each(kind: str, numbers: str) -> str:
    return " ".join(f"{kind}:{one.strip()}" for one in numbers.split(","))


def _in_words(line: str, titles: Titles, entries: Mapping[str, Entry]) -> str:
    kinds, words = console.words("subjects"), console.words("subject_words")
    if line in words:
        return words[line]

    def say(found: re.Match[str]) -> str:
        if found["entry"]:
            entry = entries.get(found["entry"])
            return _named(kinds["entry"], entry.title) if entry else found[0]
        if found["word"]:
            return words.get(found["word"], found[0])
        kind = kinds.get(found["kind"])
        if kind is None:
            return f"{words.get(found['kind'], found['kind'])} {found['number']}"
        title = titles.get((found["kind"], int(found["number"])))
        return _named(kind, title) if title else f"{kind} {found['number']}"

    said = _PART.sub(say, line)
    for title in titles.values():
        said = said.replace(f"{_quoted(title)} {title}", _quoted(title))  # some lines carry the title along
    return said


def _named(kind: str, title: str) -> str:
    return f"{kind}{_quoted(title)}"


def _quoted(title: str) -> str:
    return console.word("subjects", "quoted").format(title=title)


def _short(title: str) -> str:
    flat = " ".join(title.split())
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1]}…"


def _by(model: Any, title: str) -> Callable[[Sequence[int]], Executable]:  # noqa: ANN401  # any table with ids
    table = table_of(model)
    return lambda ids: select(table.c.id, table.c[title]).where(table.c.id.in_(ids))


def _whose(model: Any) -> Callable[[Sequence[int]], Executable]:  # noqa: ANN401  # any table of what people have
    table, person = table_of(model), table_of(Person)
    named = select(table.c.id, person.c.name).join(person, person.c.id == table.c.person_id)
    return lambda ids: named.where(table.c.id.in_(ids))


def _drafts(ids: Sequence[int]) -> Executable:
    title = col(EntryDraft.body)["title"].as_string()  # pyright: ignore[reportUnknownMemberType, reportIndexIssue, reportUnknownVariableType]  # a JSON column
    return select(col(EntryDraft.id), title).where(col(EntryDraft.id).in_(ids))


def _attendances(ids: Sequence[int]) -> Executable:
    both = select(col(Attendance.id), col(Person.name), col(StudySession.title))
    both = both.join(Person, col(Person.id) == col(Attendance.person_id))
    joined = both.join(StudySession, col(StudySession.id) == col(Attendance.session_id))
    return joined.where(col(Attendance.id).in_(ids))


def _records(ids: Sequence[int]) -> Executable:
    both = select(col(ServiceRecord.id), col(Person.name), col(Activity.title))
    both = both.join(Person, col(Person.id) == col(ServiceRecord.person_id))
    joined = both.join(Activity, col(Activity.id) == col(ServiceRecord.activity_id))
    return joined.where(col(ServiceRecord.id).in_(ids))


def _sheets(ids: Sequence[int]) -> Executable:
    named = select(col(StarSheet.id), col(Unit.name)).join(Unit, col(Unit.id) == col(StarSheet.unit_id))
    return named.where(col(StarSheet.id).in_(ids))


def _proxies(ids: Sequence[int]) -> Executable:
    proxy, agent, elder = table_of(Proxy), table_of(Person).alias(), table_of(Person).alias()
    both = select(proxy.c.id, agent.c.name, elder.c.name).join(agent, agent.c.id == proxy.c.agent_id)
    return both.join(elder, elder.c.id == proxy.c.principal_id).where(proxy.c.id.in_(ids))


_TITLES: Mapping[str, Callable[[Sequence[int]], Executable]] = {
    "activity": _by(Activity, "title"),
    "attendance": _attendances,
    "broadcast": _by(Broadcast, "text"),
    "call": _whose(CallItem),
    "course": _by(Course, "title"),
    "draft": _drafts,
    "import": _by(RosterImport, "file_name"),
    "matter": _by(Matter, "title"),
    "objection": _whose(PointsObjection),
    "person": _by(Person, "name"),
    "petition": _whose(Petition),
    "pledge": _by(Pledge, "words"),
    "proxy": _proxies,
    "rating": _whose(StarRating),
    "series": _by(Series, "title"),
    "service": _records,
    "session": _by(StudySession, "title"),
    "stars": _sheets,
    "suggestion": _by(AliasSuggestion, "words"),
    "unit": _by(Unit, "name"),
}
