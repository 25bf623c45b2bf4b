"""What taking a file in would change: each line beside the roster as it stands, without writing anything.

Somebody is the same person when name and phone are, wherever they stood; else when the name is, in the same branch,
and nobody there or in the file could be meant instead. People who talk but stand on no roster are never taken for
somebody on it by what they say of themselves: they are joined when they prove who they are.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from bot.domain.house import house_of
from bot.domain.persons.people import name_key
from bot.domain.rosters.roster_cells import Unread
from bot.domain.rosters.roster_reading import Line, Place, Reading
from bot.domain.rosters.roster_standing import Entry, Standing, absent, standing
from bot.domain.rosters.roster_units import UnitBook
from content import rosters
from db.models import MemberKind, MemberState


@dataclass(frozen=True, slots=True)
class Change:
    """A line and whom it is about (``None`` when they are new), with what their row is to be."""

    line: Line
    unit_id: int
    before: Standing | None
    after: Entry


@dataclass(slots=True)
class Plan:
    """What a file would do: whom it adds and changes, how many it leaves as they are, whom it does not name."""

    reading: Reading
    added: list[Change] = field(default_factory=list[Change])
    changed: list[Change] = field(default_factory=list[Change])
    unchanged: int = 0
    absent: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def refused(self) -> int:
        """How many rows cannot be taken."""
        return len(self.reading.problems)

    def problems(self) -> list[tuple[Place, str]]:
        """Return every row that cannot be taken with its reasons, in the order of the file."""
        return [(place, rosters.joined(reasons)) for place, reasons in self.reading.problems.items()]


@dataclass(frozen=True, slots=True)
class _Known:
    """A line whose unit is known, with what finds its person."""

    line: Line
    unit_id: int
    key: str
    blind: str


def judge(db: Session, reading: Reading, reach: Sequence[str]) -> Plan:
    """Compare a reading with the roster, as somebody may who keeps the rosters below the paths of ``reach``."""
    plan = Plan(reading)
    book = UnitBook(db, reach)
    lines = _single(plan, _with_units(db, plan, book))
    found = standing(db, {one.key for one in lines})
    matches = _matched(plan, lines, found)
    for one in lines:
        if one.line.place not in reading.problems:
            _decide(plan, book, one, matches.get(one.line.place))
    _in_order(reading)
    if not reading.is_correction:
        kinds = {_kind(one, matches.get(one.line.place)) for one in lines}
        meant = {one.person_id for one in matches.values()}
        plan.absent = absent(db, {one.unit_id for one in lines}, kinds, meant)
    return plan


def _with_units(db: Session, plan: Plan, book: UnitBook) -> list[_Known]:
    keys = house_of(db).keys
    mentioned = {sheet: book.mentioned(about) for sheet, about in plan.reading.about.items()}
    known: list[_Known] = []
    for line in plan.reading.lines:
        try:
            unit_id = book.find(line.unit) if line.unit else mentioned.get(line.place[0])
        except Unread as reason:
            plan.reading.refuse(line, str(reason))
            continue
        if unit_id is None:
            plan.reading.refuse(line, rosters.problem("unit_missing"))
            continue
        known.append(_Known(line, unit_id, name_key(line.name), keys.blind(line.mobile) if line.mobile else ""))
    return known


def _single(plan: Plan, lines: list[_Known]) -> list[_Known]:
    """Refuse lines about somebody the file has already: the same name and phone, or nothing to tell two apart by."""
    by_phone: dict[tuple[str, str], Line] = {}
    by_branch: dict[tuple[str, int], list[_Known]] = {}
    kept: list[_Known] = []
    for one in lines:
        first = by_phone.setdefault((one.key, one.blind), one.line) if one.blind else one.line
        if first is not one.line:
            plan.reading.refuse(one.line, rosters.problem("same_person", where=plan.reading.where(first.place)))
            continue
        others = by_branch.setdefault((one.key, one.unit_id), [])
        like = next((other for other in others if _could_be_same(one, other)), None)
        if like:
            plan.reading.refuse(one.line, rosters.problem("same_name", where=plan.reading.where(like.line.place)))
            continue
        others.append(one)
        kept.append(one)
    return kept


def _could_be_same(one: _Known, other: _Known) -> bool:
    born = {one.line.born_on, other.line.born_on} - {None}
    return not (one.blind and other.blind) and len(born) < 2  # noqa: PLR2004  # two days are two people


def _matched(plan: Plan, lines: list[_Known], found: dict[str, list[Standing]]) -> dict[Place, Standing]:
    """Find whom each line is about: first by name and phone, then by name within the branch."""
    matches: dict[Place, Standing] = {}
    for one in lines:
        exact = [row for row in found.get(one.key, ()) if one.blind and row.entry.mobile_blind == one.blind]
        if exact:
            matches[one.line.place] = min(exact, key=lambda row: (row.entry.unit_id != one.unit_id, row.person_id))
    taken = {row.person_id for row in matches.values()}
    rest = [one for one in lines if one.line.place not in matches]
    wanted = Counter((one.key, one.unit_id) for one in rest)
    for one in rest:
        here = [
            row
            for row in found.get(one.key, ())
            if row.person_id not in taken
            and row.entry.unit_id == one.unit_id
            and row.entry.state is MemberState.ACTIVE
            and not _born_otherwise(one.line, row.entry)
        ]
        is_clear = wanted[one.key, one.unit_id] == 1 or (here and _born_alike(one.line, here[0].entry))
        if len(here) > 1 or (here and not is_clear):
            plan.reading.refuse(one.line, rosters.problem("name_twice_on_roster", count=max(2, len(here))))
        elif here:
            matches[one.line.place] = here[0]
    return matches


def _kind(one: _Known, before: Standing | None) -> MemberKind:
    return one.line.kind or (before.entry.kind if before else MemberKind.PARTY_MEMBER)


def _born_alike(line: Line, entry: Entry) -> bool:
    return line.born_on is not None and line.born_on.isoformat() == entry.born_on


def _born_otherwise(line: Line, entry: Entry) -> bool:
    return bool(line.born_on and entry.born_on and line.born_on.isoformat() != entry.born_on)


def _decide(plan: Plan, book: UnitBook, one: _Known, before: Standing | None) -> None:
    stands = before is not None and before.entry.state is MemberState.ACTIVE
    if before and stands and not book.is_within(before.entry.unit_id):
        plan.reading.refuse(one.line, rosters.problem("listed_elsewhere"))
        return
    after = Entry.of(one.line, one.unit_id, one.blind, before.entry if before else None)
    change = Change(one.line, one.unit_id, before, after)
    if before is None or not before.is_member:
        plan.added.append(change)
    elif after != before.entry:
        plan.changed.append(change)
    else:
        plan.unchanged += 1


def _in_order(reading: Reading) -> None:
    """Bring the problems into the order of the file; sheets stay as they came."""
    sheets = {sheet: number for number, sheet in enumerate(reading.about)}
    ordered = sorted(reading.problems.items(), key=lambda item: (sheets.get(item[0][0], 0), item[0][1]))
    reading.problems = dict(ordered)
