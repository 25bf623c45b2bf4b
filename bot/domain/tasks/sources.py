"""What may wait for somebody, a function a kind; a new kind is a function and a line in :data:`SOURCES`."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from sqlalchemy import String, func, literal_column, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, calls, cases, notices, recurrence, units
from bot.domain.access import Act
from bot.domain.answers import caring, drafting, reviewing, suggestions
from bot.domain.grid import handling, telling
from bot.domain.house import house_of
from bot.domain.ledger import objecting
from bot.domain.matters import keeping
from bot.domain.persons import deciding, petitions
from bot.domain.pledges import finding, judging
from bot.domain.studies import study
from bot.domain.tasks.task import Source, Task
from bot.domain.volunteers import activities
from content.words import label
from db.models import (
    Activity,
    ActivityKind,
    Attendance,
    Broadcast,
    BroadcastState,
    Dispute,
    DisputeState,
    LeaveState,
    OccasionState,
    Person,
    PledgeState,
    ServiceRecord,
    ServiceState,
    Unit,
)

_LATELY = timedelta(days=14)
_GAP = timedelta(days=2)
_DUE_SOON = timedelta(days=4)
_OPEN_DISPUTE = col(Dispute.state) == literal_column(f"'{DisputeState.OPEN}'", String)
_TITLE = 14
_BACK = (BroadcastState.RETURNED, BroadcastState.LATE)


def questions(db: Session, person: Person, now: datetime) -> Iterator[Task]:
    """Questions that wait for an answer; one that somebody else minds is theirs only when that one stays silent."""
    del now
    for case in cases.waiting_for(db, person):
        line = f"{cases.number(case)} {cases.one_line(case.question, longest=16)}"
        patience = 1 if case.holder_id in {None, person.id} else 2
        yield Task(line, "cases.answer", _soon(db, case.opened_at, times=patience), {"case_id": case.id})


def drafts(db: Session, person: Person, now: datetime) -> Iterator[Task]:
    """Drafts to be published or returned, and those that came back or were left."""
    del now
    for one in (*reviewing.waiting_for(db, person), *drafting.unfinished(db, person)):
        line = f"{label('draft_task')} {reviewing.number(one)}"
        yield Task(line, "drafts.show", _soon(db, one.decided_at or one.made_at), {"draft_id": one.id})


def petitions_open(db: Session, person: Person, now: datetime) -> Iterator[Task]:
    """Petitions to be decided."""
    del now
    for one in petitions.waiting_for(db, person.id or 0):
        line = deciding.in_a_line(db, one)
        yield Task(line, "identity.petition", _soon(db, one.opened_at), {"petition_id": one.id})


def sessions(db: Session, person: Person, now: datetime) -> Iterator[Task]:
    """Sessions for which leave is asked, or whose silent members are still to be called."""
    for one in study.held_by(db, person, since=now - _LATELY, limit=20):
        fill = {"session_id": one.id}
        title = cases.one_line(one.title, longest=_TITLE)
        asked = select(func.count()).where(
            col(Attendance.session_id) == one.id, col(Attendance.leave_state) == LeaveState.ASKED
        )
        if count := db.execute(asked).scalar_one():
            yield Task(f"{title} {label('leave_task').format(count=count)}", "sessions.show", one.starts_at, fill)
        if one.starts_at > now and (count := calls.waiting_count(db, one)):
            yield Task(f"{title} {label('calls_task').format(count=count)}", "calls.numbers", one.starts_at, fill)


def activities_open(db: Session, person: Person, now: datetime) -> Iterator[Task]:
    """Activities whose minutes are open, minutes that are disputed, and posts nobody mans yet."""
    mine = units.in_subtrees(access.reach(db, person, Act.HOLD_ACTIVITIES))
    held = select(Activity).join(Unit, col(Unit.id) == col(Activity.unit_id)).where(mine)
    lately = held.where(col(Activity.starts_at) >= now - _LATELY, col(Activity.starts_at) <= now + _GAP)
    for one in db.execute(lately).scalars():
        fill = {"activity_id": one.id}
        title = cases.one_line(one.title, longest=_TITLE)
        if one.starts_at <= now and _is_open(db, one):
            yield Task(f"{title} {label('minutes_task')}", "service.open", _soon(db, one.ends_at), fill)
        if one.starts_at > now and (count := calls.waiting_count(db, one)):
            yield Task(f"{title} {label('calls_task').format(count=count)}", "calls.numbers", one.starts_at, fill)
        is_ahead = one.starts_at > now and one.state is OccasionState.PUBLISHED
        if is_ahead and one.kind is ActivityKind.DUTY and activities.room(db, [one.id or 0])[one.id or 0].free:
            yield Task(f"{title} {label('gap_task')}", "activities.manage", one.starts_at, fill)
    yield from _disputes(db, person)


def entries_to_look_at(db: Session, person: Person, now: datetime) -> Iterator[Task]:
    """Entries that are old and other words for entries, a line each: they are gathered once a week."""
    if old := caring.old(db, person, now=now):
        yield Task(label("old_task").format(count=len(old)), "entries.old", now + timedelta(days=7))
    if suggested := suggestions.waiting_for(db, person, now=now):
        line = label("suggestions_task").format(count=len(suggested))
        yield Task(line, "suggestions.next", now + timedelta(days=7))


def broadcasts(db: Session, person: Person, now: datetime) -> Iterator[Task]:
    """Broadcasts to be agreed to, and one's own that came back or could not begin at their time."""
    mine = units.in_subtrees(access.reach(db, person, Act.APPROVE_BROADCASTS))
    both = select(Broadcast).join(Unit, col(Unit.id) == col(Broadcast.unit_id)).where(mine)
    asked = both.where(col(Broadcast.state) == BroadcastState.AWAITING_APPROVAL, col(Broadcast.author_id) != person.id)
    for one in db.execute(asked).scalars():
        line = f"{label('approval_task')} {cases.one_line(one.text, longest=_TITLE)}"
        yield Task(line, "broadcasts.review", one.due_at or now, {"broadcast_id": one.id, "version": one.run})
    back = (col(Broadcast.author_id) == person.id, col(Broadcast.state).in_(_BACK))
    for one in db.execute(select(Broadcast).where(*back)).scalars():
        go = "broadcasts.again" if one.state is BroadcastState.RETURNED else "broadcasts.progress"
        line = f"{label('broadcast_task')} {cases.one_line(one.text, longest=_TITLE)}"
        yield Task(line, go, one.due_at or now, {"broadcast_id": one.id})


def grid_reports(db: Session, person: Person, now: datetime) -> Iterator[Task]:
    """Things that were reported and are to be seen to, by when they are to be mended."""
    del now
    for one in handling.waiting_for(db, person):
        line = f"{telling.number(one)} {cases.one_line(telling.what(one), longest=16)}"
        yield Task(line, "grid.look", one.due_at, {"report_id": one.id})


def pledges(db: Session, person: Person, now: datetime) -> Iterator[Task]:
    """Pledges that wait for a word from above, one's own that came back, and those that are due these days."""
    for one, unit in judging.waiting_for(db, person):
        line = f"{label('pledge_task')} {unit.name} {cases.one_line(one.words, longest=_TITLE)}"
        yield Task(line, "pledges.show", _soon(db, one.made_at), {"pledge_id": one.id})
    for one in finding.open_of(db, person):
        due = recurrence.moment(one.due_on + timedelta(days=1), time(), house_of(db).zone)
        is_back = one.state is PledgeState.RETURNED
        if is_back or (one.state is PledgeState.PUBLISHED and due - now <= _DUE_SOON):
            word = label("pledge_is_back") if is_back else label("pledge_is_due")
            yield Task(
                f"{word} {cases.one_line(one.words, longest=_TITLE)}", "pledges.show", due, {"pledge_id": one.id}
            )


def matters(db: Session, person: Person, now: datetime) -> Iterator[Task]:
    """Matters that want their next step: their notice has hung out, or nothing was done for too long."""
    for one, day in keeping.waiting_for(db, person, now=now):
        line = f"{cases.one_line(one.title, longest=_TITLE)} {label('matter_task')}"
        due = recurrence.moment(day, time(23, 59), house_of(db).zone)
        yield Task(line, "matters.look", due, {"matter_id": one.id})


def points_objected(db: Session, person: Person, now: datetime) -> Iterator[Task]:
    """Objections to lines of points that somebody has to decide on."""
    del now
    for one, name in objecting.waiting_for(db, person):
        line = f"{label('objection_task')} {name} {cases.one_line(one.words, longest=_TITLE)}"
        yield Task(line, "points.decide", _soon(db, one.opened_at), {"objection_id": one.id})


SOURCES: tuple[Source, ...] = (
    questions,
    grid_reports,
    pledges,
    matters,
    points_objected,
    drafts,
    petitions_open,
    sessions,
    activities_open,
    broadcasts,
    entries_to_look_at,
)
"""Every kind of thing that may wait for somebody."""


def _disputes(db: Session, person: Person) -> Iterator[Task]:
    mine = units.in_subtrees(access.reach(db, person, Act.HOLD_ACTIVITIES))
    about = (
        select(Dispute, Activity)
        .join(ServiceRecord, col(ServiceRecord.id) == col(Dispute.record_id))
        .join(Activity, col(Activity.id) == col(ServiceRecord.activity_id))
        .join(Unit, col(Unit.id) == col(Activity.unit_id))
        .where(_OPEN_DISPUTE, col(Dispute.person_id) != person.id, mine)
    )
    for one, activity in db.execute(about):
        line = f"{cases.one_line(activity.title, longest=_TITLE)} {label('dispute_task')}"
        yield Task(line, "service.decide", _soon(db, one.opened_at), {"dispute_id": one.id})


def _is_open(db: Session, activity: Activity) -> bool:
    proposed = select(col(ServiceRecord.id)).where(
        col(ServiceRecord.activity_id) == activity.id, col(ServiceRecord.state) == ServiceState.PROPOSED
    )
    return db.execute(proposed.limit(1)).first() is not None


def _soon(db: Session, since: datetime, *, times: int = 1) -> datetime:
    return notices.working_days_later(since, times * cases.PATIENCE_DAYS, house_of(db).zone)
