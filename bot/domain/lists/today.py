"""What needs somebody today: how many of each kind wait, and the first few, within what they may do."""

from datetime import timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Mapped
from sqlmodel import col

from bot.domain import calls, cases, units
from bot.domain.access import Act
from bot.domain.answers import caring, drafting, reviewing, suggestions
from bot.domain.broadcasts import progress
from bot.domain.console.visiting import Visit
from bot.domain.grid import handling, telling
from bot.domain.lists import cases as case_list
from bot.domain.lists import households, secretaries
from bot.domain.lists.listing import Rows, Wanted
from bot.domain.lists.piles import MOST, SHOWN, Item, Pile
from bot.domain.matters import keeping
from bot.domain.matters import telling as matter_telling
from bot.domain.outgoing.backlog import backlog
from bot.domain.persons import deciding, petitions
from bot.domain.volunteers.activities import HELD
from db.models import (
    Activity,
    ActivityKind,
    Attendance,
    Broadcast,
    BroadcastState,
    CallItem,
    CaseState,
    Dispute,
    DisputeState,
    EntryDraft,
    LeaveState,
    OccasionState,
    Person,
    SeatQuota,
    ServiceRecord,
    ServiceState,
    Signup,
    StudySession,
    Unit,
)

_SOON = timedelta(days=7)
_LATELY = timedelta(days=14)
_BACK = (BroadcastState.RETURNED, BroadcastState.LATE)


def piles(visit: Visit) -> list[Pile]:
    """Return what waits for somebody; kinds of which nothing waits are left out."""
    found = [make(visit) for act, make in _KINDS if visit.may(act)]
    return [one for one in found if one.count]


def _questions(visit: Visit) -> Pile:
    wanted = Wanted({}, sort="id", limit=SHOWN)
    page = case_list.listing(visit, {"state": CaseState.OPEN}).page(visit.db, wanted)
    items = [
        Item(cases.one_line(one.case.question, longest=60), f"/admin/questions/{one.case.id}", one.case.opened_at)
        for one in page.rows
    ]
    return Pile("questions", min(page.count, MOST), items, "/admin/questions?state=open")


def _grid_reports(visit: Visit) -> Pile:
    found = handling.waiting_for(visit.db, visit.person)
    items = [
        Item(f"{telling.number(one)} {telling.what(one)}", f"/admin/grid/{one.id}", one.due_at) for one in found[:SHOWN]
    ]
    return Pile("grid_reports", min(len(found), MOST), items, "/admin/grid?state=ongoing")


def _matters(visit: Visit) -> Pile:
    found = keeping.waiting_for(visit.db, visit.person, now=visit.now)
    lines = [(one, matter_telling.next_name(visit.db, one)) for one, _day in found[:SHOWN]]
    items = [Item(one.title, f"/admin/matters/{one.id}", None, next_) for one, next_ in lines]
    return Pile("matters", min(len(found), MOST), items, "/admin/matters?state=ongoing")


def _petitions(visit: Visit) -> Pile:
    found = petitions.waiting_for(visit.db, visit.person.id or 0)
    lines = [(deciding.in_a_line(visit.db, one), one) for one in found[:SHOWN]]
    items = [Item(text, f"/admin/petitions/{one.id}", one.opened_at) for text, one in lines]
    return Pile("petitions", len(found), items)


def _entry_drafts(visit: Visit) -> Pile:
    found = reviewing.waiting_for(visit.db, visit.person)
    return Pile("entry_drafts", len(found), [_draft(one) for one in found[:SHOWN]])


def _own_drafts(visit: Visit) -> Pile:
    found = drafting.unfinished(visit.db, visit.person)
    return Pile("own_drafts", len(found), [_draft(one) for one in found[:SHOWN]])


def _draft(draft: EntryDraft) -> Item:
    return Item(draft.body["title"], f"/admin/drafts/{draft.id}", draft.made_at)


def _disputes(visit: Visit) -> Pile:
    rows = select(Dispute, col(Activity.title)).join(ServiceRecord, col(ServiceRecord.id) == col(Dispute.record_id))
    rows = rows.join(Activity, col(Activity.id) == col(ServiceRecord.activity_id))
    rows = rows.join(Unit, col(Unit.id) == col(Activity.unit_id))
    rows = rows.where(col(Dispute.state) == DisputeState.OPEN, _within(visit, Act.HOLD_ACTIVITIES))
    found = visit.db.execute(rows.order_by(col(Dispute.id)).limit(SHOWN))
    items = [Item(title, f"/admin/disputes/{one.id}", one.opened_at, one.words) for one, title in found]
    return Pile("disputes", _count(visit, rows), items)


def _calls(visit: Visit) -> Pile:
    sessions = _to_call(visit, StudySession, col(CallItem.session_id), Act.HOLD_SESSIONS, "study")
    activities = _to_call(visit, Activity, col(CallItem.activity_id), Act.HOLD_ACTIVITIES, "activities")
    found = sorted([*sessions, *activities], key=lambda one: one[0].at or visit.now)
    return Pile("calls", sum(count for _, count in found), [one for one, _ in found[:SHOWN]])


def _to_call(
    visit: Visit, model: type[Activity | StudySession], about: Mapped[int | None], act: Act, page: str
) -> list[tuple[Item, int]]:
    """Return what lies ahead and somebody is to be called about, and how many are."""
    rows = select(model, func.count(col(CallItem.id))).join(CallItem, about == col(model.id))
    rows = rows.join(Unit, col(Unit.id) == col(model.unit_id)).where(
        calls.is_open(), col(model.starts_at) > visit.now, _within(visit, act)
    )
    found = visit.db.execute(rows.group_by(col(model.id)).order_by(col(model.starts_at)).limit(MOST)).all()
    return [(Item(one.title, f"/admin/{page}/{one.id}", one.starts_at, str(count)), count) for one, count in found]


def _approvals(visit: Visit) -> Pile:
    found = [
        one
        for one in progress.listed(visit.db, visit.person, among=[BroadcastState.AWAITING_APPROVAL], limit=MOST)
        if one.author_id != visit.person.id
    ]
    lines = [(cases.one_line(one.text, longest=40), one) for one in found[:SHOWN]]
    items = [Item(text, f"/admin/broadcasts/{one.id}", one.due_at, one.audience_words) for text, one in lines]
    return Pile("approvals", len(found), items)


def _gaps(visit: Visit) -> Pile:
    """Return turns of duty in the next days that nobody, or too few, have taken."""
    held = select(func.count()).where(col(Signup.activity_id) == col(Activity.id), col(Signup.state).in_(HELD))
    seats = select(func.coalesce(func.sum(col(SeatQuota.seats)), 0))
    seats = seats.where(col(SeatQuota.activity_id) == col(Activity.id))
    rows = select(Activity).join(Unit, col(Unit.id) == col(Activity.unit_id))
    rows = rows.where(
        col(Activity.kind) == ActivityKind.DUTY,
        col(Activity.state) == OccasionState.PUBLISHED,
        col(Activity.starts_at).between(visit.now, visit.now + _SOON),
        _within(visit, Act.HOLD_ACTIVITIES),
        held.scalar_subquery() < seats.scalar_subquery(),
    )
    return Pile("gaps", _count(visit, rows), _activities(visit, rows))


def _drafts(visit: Visit) -> Pile:
    rows = select(Activity).join(Unit, col(Unit.id) == col(Activity.unit_id))
    rows = rows.where(
        col(Activity.state) == OccasionState.DRAFT,
        col(Activity.starts_at) > visit.now,
        _within(visit, Act.HOLD_ACTIVITIES),
    )
    return Pile("drafts", _count(visit, rows), _activities(visit, rows))


def _problems(visit: Visit) -> Pile:
    found = backlog(visit.db, now=visit.now, most=MOST)
    return Pile("problems", found.dead + found.undone, (), "/admin/health")


def _leaves(visit: Visit) -> Pile:
    """Return leave that somebody asked for and nobody has decided on."""
    rows = select(Attendance, StudySession, col(Person.name))
    rows = rows.join(StudySession, col(StudySession.id) == col(Attendance.session_id))
    rows = rows.join(Person, col(Person.id) == col(Attendance.person_id))
    rows = rows.join(Unit, col(Unit.id) == col(StudySession.unit_id)).where(
        col(Attendance.leave_state) == LeaveState.ASKED,
        col(StudySession.starts_at) > visit.now - _LATELY,
        _within(visit, Act.HOLD_SESSIONS),
    )
    found = visit.db.execute(rows.order_by(col(StudySession.starts_at), col(Attendance.id)).limit(SHOWN))
    items = [Item(f"{name} {one.title}", f"/admin/study/{one.id}", one.starts_at) for _part, one, name in found]
    return Pile("leaves", _count(visit, rows), items)


def _minutes(visit: Visit) -> Pile:
    """Return activities of the last days after which somebody's minutes are still open."""
    still = (col(ServiceRecord.activity_id) == col(Activity.id), col(ServiceRecord.state) == ServiceState.PROPOSED)
    rows = select(Activity).join(Unit, col(Unit.id) == col(Activity.unit_id))
    rows = rows.where(
        col(Activity.starts_at).between(visit.now - _LATELY, visit.now),
        _within(visit, Act.HOLD_ACTIVITIES),
        select(col(ServiceRecord.id)).where(*still).exists(),
    )
    return Pile("minutes", _count(visit, rows), _activities(visit, rows))


def _returned(visit: Visit) -> Pile:
    """Return one's own broadcasts that came back, or could not begin at their time."""
    rows = select(Broadcast).where(col(Broadcast.author_id) == visit.person.id, col(Broadcast.state).in_(_BACK))
    found = visit.db.execute(rows.order_by(col(Broadcast.id)).limit(SHOWN)).scalars()
    lines = [(cases.one_line(one.text, longest=40), one) for one in found]
    items = [Item(text, f"/admin/broadcasts/{one.id}", one.due_at, one.returned_because) for text, one in lines]
    return Pile("returned", _count(visit, rows), items)


def _old_entries(visit: Visit) -> Pile:
    found = caring.old(visit.db, visit.person, now=visit.now)
    items = [Item(one.entry.title, f"/admin/entries/{one.entry.id}") for one in found[:SHOWN]]
    return Pile("old_entries", len(found), items, "/admin/entries?state=stale")


def _suggestions(visit: Visit) -> Pile:
    found = suggestions.waiting_for(visit.db, visit.person, now=visit.now)
    items = [Item(f"{one.words} → {one.entry.title}", "/admin/suggestions") for one in found[:SHOWN]]
    return Pile("suggestions", len(found), items, "/admin/suggestions")


def _activities(visit: Visit, rows: Rows) -> list[Item]:
    found = visit.db.execute(rows.order_by(col(Activity.starts_at)).limit(SHOWN)).scalars()
    return [Item(one.title, f"/admin/activities/{one.id}", one.starts_at, one.place) for one in found]


def _within(visit: Visit, act: Act) -> ColumnElement[bool]:
    return units.in_subtrees(visit.reach(act))


def _count(visit: Visit, rows: Rows) -> int:
    return visit.db.execute(select(func.count()).select_from(rows.limit(MOST).subquery())).scalar_one()


_KINDS = (
    (Act.ANSWER_CASES, _questions),
    (Act.HANDLE_REPORTS, _grid_reports),
    (Act.JUDGE_PLEDGES, secretaries.pledges),
    (Act.MAKE_PLEDGES, secretaries.own_pledges),
    (Act.KEEP_MATTERS, _matters),
    (Act.ENTER_CONSOLE, _entry_drafts),
    (Act.ENTER_CONSOLE, _own_drafts),
    (Act.APPROVE_BROADCASTS, _approvals),
    (Act.KEEP_ROSTER, _petitions),
    (Act.BROADCAST, _returned),
    (Act.HOLD_SESSIONS, _leaves),
    (Act.HOLD_ACTIVITIES, _minutes),
    (Act.HOLD_ACTIVITIES, _disputes),
    (Act.KEEP_POINTS, secretaries.objections),
    (Act.ENTER_CONSOLE, _calls),
    (Act.KEEP_HOUSEHOLDS, households.long_unseen),
    (Act.KEEP_HOUSEHOLDS, households.nobodys),
    (Act.HOLD_ACTIVITIES, _gaps),
    (Act.HOLD_ACTIVITIES, _drafts),
    (Act.ENTER_CONSOLE, _suggestions),
    (Act.ENTER_CONSOLE, _old_entries),
    (Act.SEE_HEALTH, _problems),
)
