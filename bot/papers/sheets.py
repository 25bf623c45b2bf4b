"""Sheets to download: who came to a session, hours served, whom to call; their columns stand in content."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import FromClause, or_, select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel, col

from bot.domain import calls as call_list
from bot.domain.broadcasts.missed import is_missed
from bot.domain.house import house_of
from bot.domain.persons import members
from bot.papers.marks import mark
from bot.papers.press import Circumstances
from bot.papers.times import clock, full_day, span
from bot.sheets import Cell, Page, workbook
from content import sheets
from content.matters import step_keys
from db.claims import table_of
from db.models import (
    Activity,
    Attendance,
    Broadcast,
    CallItem,
    CheckIn,
    Member,
    MemberState,
    Occasion,
    Person,
    Recipient,
    ServiceRecord,
    ServiceState,
    StudySession,
    Unit,
)

VALUES: Mapping[str, frozenset[str]] = {
    "attendance": frozenset(
        {"number", "name", "unit", "state", "leave_reason", "leave_words", "came_at", "way", "hours"}
    ),
    "service": frozenset(
        {"number", "name", "phone", "unit", "activity", "place", "day", "start", "end", "hours", "minutes"}
    ),
    "calls": frozenset({"number", "name", "phone", "unit", "called"}),
    "handover": frozenset({"number", "kind", "what", "due"}),
    "matters": frozenset(
        {"number", "unit", "title", "kind", "amount", "now", "holder", *(f"step_{one}" for one in step_keys())}
    ),
}
"""What may stand in a column, by sheet."""

_ABOUT = 40
"""Characters of a broadcast above the list of those who missed it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet's facts: which one, the line above it, rows by the names of :data:`VALUES`, and who took it along."""

    sheet: str
    about: str
    rows: Sequence[Mapping[str, Cell]]
    mark: str


def attendance(db: Session, subject: str, press: Circumstances) -> Table:
    """Return who was expected at a session, and what became of it."""
    session = _session(db, subject)
    zone = house_of(db).zone
    everybody = _with_branch(Attendance)
    expected = select(Attendance, col(Person.name), col(Unit.name)).select_from(everybody)
    expected = expected.where(col(Attendance.session_id) == session.id).order_by(col(Attendance.id))
    rows = [
        {
            "name": name,
            "unit": unit,
            "state": sheets.word("states", row.state),
            "leave_reason": sheets.word("reasons", row.leave_reason) if row.leave_reason else None,
            "leave_words": row.leave_words or None,
            "came_at": clock(row.marked_at, zone) if row.marked_at and row.way else None,
            "way": sheets.word("ways", row.way) if row.way else None,
            "hours": row.credit_hours or None,
        }
        for row, name, unit in db.execute(expected)
    ]
    return Table("attendance", _about(session, zone), rows, mark(db, press))


def service(db: Session, subject: str, press: Circumstances) -> Table:
    """Return the confirmed service of a unit's activities; ``subject`` is the unit's id, first and last day."""
    unit_id, first, last = subject.split("/")
    unit = db.get(Unit, int(unit_id))
    if unit is None:
        raise LookupError(subject)
    zone, keys = house_of(db).zone, house_of(db).keys
    days = (date.fromisoformat(first), date.fromisoformat(last))
    held = select(col(Activity.id)).join(Unit, col(Unit.id) == col(Activity.unit_id)).where(members.in_subtree(unit))
    columns = (col(Person.name), col(Person.mobile_sealed), col(Unit.name))
    theirs = (col(CheckIn.activity_id) == col(Activity.id)) & (col(CheckIn.person_id) == col(ServiceRecord.person_id))
    served = (
        select(ServiceRecord, Activity, CheckIn, *columns)
        .select_from(_with_branch(ServiceRecord))
        .join(Activity, col(Activity.id) == col(ServiceRecord.activity_id))
        .outerjoin(CheckIn, theirs)
        .where(
            col(ServiceRecord.activity_id).in_(held),
            col(ServiceRecord.served_on).between(*days),
            col(ServiceRecord.state) == ServiceState.CONFIRMED,
        )
        .order_by(col(ServiceRecord.served_on), col(ServiceRecord.id))
    )
    rows = [
        {
            "name": name,
            "phone": keys.open(sealed) if sealed else None,
            "unit": branch,
            "activity": activity.title,
            "place": activity.place,
            "day": record.served_on,
            "start": clock(here.in_at if here else activity.starts_at, zone),
            "end": clock((here and here.out_at) or activity.ends_at, zone),
            "hours": round(record.minutes / 60, 2),
            "minutes": record.minutes,
        }
        for record, activity, here, name, sealed, branch in db.execute(served)
    ]
    return Table("service", f"{unit.name} {full_day(days[0], zone)} - {full_day(days[1], zone)}", rows, mark(db, press))


def calls(db: Session, subject: str, press: Circumstances) -> Table:
    """Return who is to be called about a session, or an ``activity:<id>``, or was: phones in full."""
    what, _, number = subject.rpartition(":")
    occasion = db.get(Activity, int(number)) if what else _session(db, subject)
    if occasion is None:
        raise LookupError(subject)
    keys = house_of(db).keys
    columns = (col(Person.name), col(Person.mobile_sealed), col(Unit.name))
    listed = select(CallItem, *columns).select_from(_with_branch(CallItem))
    about = col(CallItem.activity_id if what else CallItem.session_id)
    listed = listed.where(about == occasion.id, or_(col(CallItem.called_at).is_not(None), call_list.is_open()))
    rows = [
        {
            "name": name,
            "phone": keys.open(sealed) if sealed else None,
            "unit": unit,
            "called": sheets.called() if item.called_at else None,
        }
        for item, name, sealed, unit in db.execute(listed.order_by(col(CallItem.id)))
    ]
    return Table("calls", _about(occasion, house_of(db).zone), rows, mark(db, press))


def broadcast_calls(db: Session, subject: str, press: Circumstances) -> Table:
    """Return who did not get a broadcast and is to be called, phones in full."""
    broadcast = db.get(Broadcast, int(subject))
    if broadcast is None:
        raise LookupError(subject)
    keys = house_of(db).keys
    columns = (col(Person.name), col(Person.mobile_sealed), col(Unit.name), col(Recipient.called_at))
    listed = select(*columns).select_from(_with_branch(Recipient)).where(*is_missed(int(subject)))
    rows = [
        {
            "name": name,
            "phone": keys.open(sealed) if sealed else None,
            "unit": unit,
            "called": sheets.called() if called_at else None,
        }
        for name, sealed, unit, called_at in db.execute(listed.order_by(col(Recipient.person_id)))
    ]
    return Table("calls", " ".join(broadcast.text.split())[:_ABOUT], rows, mark(db, press))


def draw(facts: Table) -> bytes:
    """Write a sheet as an Excel file; whatever a name says, it is never a formula."""
    chosen = sheets.columns(facts.sheet)
    return workbook(
        [
            Page(
                sheets.title(facts.sheet),
                [heading for heading, _ in chosen],
                _lines(facts.rows, [value for _, value in chosen]),
                above=[[facts.about], [sheets.sample_note()], [facts.mark]],
            )
        ],
        mark=facts.mark,
    )


def unknown_columns() -> list[str]:
    """Return what is wrong with the columns in content, a line each."""
    return [
        f"papers/columns.yaml: {sheet}: there is no {value!r} to put into a column, only {', '.join(sorted(known))}"
        for sheet, known in VALUES.items()
        for _, value in sheets.columns(sheet)
        if value not in known
    ]


def _lines(rows: Sequence[Mapping[str, Cell]], values: Sequence[str]) -> Iterable[list[Cell]]:
    for number, row in enumerate(rows, start=1):
        line: dict[str, Cell] = {"number": number, **row}
        yield [line.get(value) for value in values]


def _session(db: Session, subject: str) -> StudySession:
    found = db.get(StudySession, int(subject))
    if found is None:
        raise LookupError(subject)
    return found


def _about(occasion: Occasion, zone: ZoneInfo) -> str:
    return f"{occasion.title}  {span(occasion.starts_at, occasion.ends_at, zone)}  {occasion.place}"


def _with_branch(model: type[SQLModel]) -> FromClause:
    """Return the rows of a table with the person each is about and, where they have one, their branch."""
    on_roster = (col(Member.person_id) == col(Person.id)) & (col(Member.state) == MemberState.ACTIVE)
    about = table_of(model)
    people = about.join(table_of(Person), col(Person.id) == about.c.person_id)
    return people.outerjoin(table_of(Member), on_roster).outerjoin(table_of(Unit), col(Unit.id) == col(Member.unit_id))
