"""Whether a report that is said to be done is mended: in the word of who reported it, or of who oversees it."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import audit
from bot.domain.grid import deadlines, following, handling, history, routing, telling
from bot.domain.house import house_of
from bot.errors import DomainError
from db.models import ONGOING_REPORTS, Became, GridReport, GridState, Person, Verdict


def judge(db: Session, report_id: int, *, by: Person, is_mended: bool, now: datetime) -> GridReport:
    """Take the word of somebody who reported it: it is over when all say so, and begins anew when one says it is not.

    Raises :class:`DomainError` when they did not report it, or it is too long over.
    """
    report_id = following.meant(db, report_id)
    part = following.part_of(db, report_id, by.id or 0)
    report = deadlines.held(db, report_id)
    if report.state in ONGOING_REPORTS:
        return report
    part.verdict = Verdict.MENDED if is_mended else Verdict.NOT_MENDED
    db.add(part)
    db.flush()
    if not is_mended:
        _begin_anew(db, report, now=now)
        return report
    history.note(db, report, Became.MENDED, now=now)
    if report.state is GridState.DONE and all(one.verdict is Verdict.MENDED for one in following.waiting(db, report)):
        deadlines.close(db, report, now=now)
    return report


def oversee(db: Session, report_id: int, *, by: Person, is_mended: bool, now: datetime) -> GridReport:
    """End a report on the word of somebody who went and looked, or begin it anew and tell who reported it.

    Raises :class:`DomainError` when it is not theirs, it is what they did themselves, or nothing was done yet.
    """
    report = handling.for_handler(db, report_id, by)
    number = telling.number(report)
    if report.state in ONGOING_REPORTS:
        raise DomainError("grid/not_done_yet", number=number)
    if report.holder_id == by.id and is_mended:
        raise DomainError("grid/not_your_own_work", number=number)
    audit.note(db, "grid.judge", f"{number} {'mended' if is_mended else 'not_mended'}", actor_id=by.id, now=now)
    if not is_mended:
        _begin_anew(db, report, now=now, by=by)
        following.tell(db, report, "grid/again_for_you", cause="anew", now=now)
    elif report.state is GridState.DONE:
        history.note(db, report, Became.MENDED, by=by, now=now)
        deadlines.close(db, report, now=now)
    return report


def may_reopen(db: Session, report: GridReport, *, now: datetime) -> bool:
    """Tell whether a report that is done or over may still be begun anew."""
    if report.state is GridState.DONE:
        return True
    days = timedelta(days=house_of(db).grid.to_reopen)
    is_recent = report.closed_at is not None and now - report.closed_at <= days
    return report.state is GridState.CLOSED and is_recent and report.same_as_id is None


def _begin_anew(db: Session, report: GridReport, *, now: datetime, by: Person | None = None) -> None:
    if not may_reopen(db, report, now=now):
        raise DomainError("grid/too_long_over", days=house_of(db).grid.to_reopen)
    report.run, report.step, report.done_at, report.closed_at = report.run + 1, 0, None, None
    people_ids = routing.in_charge(db, report)
    report.holder_id = report.holder_id if report.holder_id in people_ids else None
    report.state = GridState.TAKEN if report.holder_id else GridState.OPEN
    report.due_at = now + timedelta(days=house_of(db).grid.to_mend)
    db.add(report)
    for one in following.waiting(db, report):
        one.verdict = Verdict.NONE
        db.add(one)
    db.flush()
    history.note(db, report, Became.BEGUN_ANEW, by=by, now=now)
    deadlines.plan(db, report)
    telling.hand_to(db, report, people_ids, now=now)
