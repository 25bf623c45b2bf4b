"""Seeing to a report: taken by one person, sorted, said to be done, or passed on to somebody who is named."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, files
from bot.domain.access import Act
from bot.domain.grid import deadlines, following, history, routing, telling
from bot.domain.grid.routing import Charge
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.errors import DomainError
from content.grid import kind_name
from content.words import label
from db.models import IS_ONGOING, ONGOING_REPORTS, Became, Grant, GridReport, GridState, Person, Role, StoredFile, Unit


def for_handler(db: Session, report_id: int, person: Person) -> GridReport:
    """Return a report to somebody who may see to it, held by this transaction.

    Raises :class:`DomainError` when they may not, in the same words as when there is none.
    """
    if not may_handle(db, report_id, person):
        raise DomainError("grid/not_yours")
    return deadlines.held(db, report_id)


def may_handle(db: Session, report_id: int, person: Person) -> bool:
    """Tell whether somebody may see to a report: whoever took it, and those who work for the unit that has it."""
    report = db.get(GridReport, report_id)
    if report is None:
        return False
    unit = db.get(Unit, report.charge_id) if report.charge_id else None
    is_theirs = report.holder_id == person.id and bool(access.reach(db, person, Act.HANDLE_REPORTS))
    return is_theirs or access.may(db, person, Act.HANDLE_REPORTS, unit)


def ongoing(db: Session, report_id: int, person: Person) -> GridReport:
    """Return a report somebody may see to and has to, held; raise :class:`DomainError` when not, or it is done."""
    report = for_handler(db, report_id, person)
    if report.state not in ONGOING_REPORTS:
        raise DomainError("grid/done_already", number=telling.number(report))
    return report


def take(db: Session, report_id: int, *, by: Person, now: datetime) -> GridReport:
    """Let one person see to a report, and tell who reported it.

    Raises :class:`DomainError` when it is not theirs, or somebody else was quicker.
    """
    report = ongoing(db, report_id, by)
    if report.holder_id == by.id:
        return report
    if report.state is not GridState.OPEN:
        holder = db.get_one(Person, report.holder_id or 0)
        raise DomainError("grid/taken_already", number=telling.number(report), name=holder.name)
    report.state, report.holder_id = GridState.TAKEN, by.id
    db.add(report)
    history.note(db, report, Became.TAKEN, by=by, now=now)
    audit.note(db, "grid.take", telling.number(report), actor_id=by.id, now=now)
    following.tell(db, report, "grid/taken", cause="taken", now=now)
    return report


def finish(
    db: Session, report_id: int, words: str, photos: Sequence[StoredFile], *, by: Person, now: datetime
) -> GridReport:
    """Say that a report is done, with a sentence or a photo, and ask all who reported it whether it is.

    Raises :class:`DomainError` when it is not theirs, or neither is given.
    """
    report = ongoing(db, report_id, by)
    if not words and not photos:
        raise DomainError("grid/say_what_was_done")
    report.state, report.outcome, report.done_at = GridState.DONE, words, now
    report.outcome_files = [one.id for one in photos]
    report.holder_id = report.holder_id or by.id
    db.add(report)
    history.note(db, report, Became.DONE, by=by, words=words, now=now)
    files.pass_on(db, photos)
    audit.note(db, "grid.done", telling.number(report), actor_id=by.id, now=now)
    fill = {"report_id": report.id}
    choices = (
        Choice(label=label("mended"), go="grid.mended", fill=fill),
        Choice(label=label("not_mended"), go="grid.not_mended", fill=fill),
    )
    following.tell(
        db,
        report,
        "grid/is_it_mended",
        cause="done",
        now=now,
        choices=choices,
        attachments=telling.photos(db, report.outcome_files),
        words=words,
    )
    if following.waiting(db, report):
        deadlines.plan_judgement(db, report, now=now)
    else:
        deadlines.close(db, report, now=now)
    return report


def pass_on(db: Session, report_id: int, unit: Unit, *, by: Person, now: datetime) -> tuple[GridReport, Charge]:
    """Give a report to the people of another unit, and tell who reported it.

    Raises :class:`DomainError` when it is not theirs, or nobody there can see to it.
    """
    report = ongoing(db, report_id, by)
    charge = routing.instead(db, report, unit)
    others = [one for one in charge.people_ids if one != by.id]
    if not others:
        raise DomainError("grid/nobody_there", unit=unit.name)
    report.state, report.holder_id, report.charge_id = GridState.OPEN, None, unit.id
    report.is_with_workers, report.due_at = charge.are_workers, now + timedelta(days=house_of(db).grid.to_mend)
    db.add(report)
    db.flush()
    history.note(db, report, Became.PASSED_ON, by=by, unit=unit, now=now)
    audit.note(db, "grid.pass_on", f"{telling.number(report)} {unit.name}", actor_id=by.id, now=now)
    deadlines.plan(db, report)
    telling.hand_to(db, report, others, now=now)
    following.tell(
        db, report, "grid/passed_on", cause=f"to:{unit.id}:{int(now.timestamp())}", now=now, whom=charge.name
    )
    return report, charge


def sort(db: Session, report_id: int, kind: str, *, by: Person, now: datetime) -> GridReport:
    """Let a report be of another kind than was guessed; raise :class:`DomainError` when it is not theirs."""
    report = ongoing(db, report_id, by)
    report.category = kind
    db.add(report)
    history.note(db, report, Became.SORTED, by=by, words=kind_name(kind), now=now)
    audit.note(db, "grid.sort", f"{telling.number(report)} {kind_name(kind)}", actor_id=by.id, now=now)
    return report


def waiting_for(db: Session, person: Person) -> Sequence[GridReport]:
    """Return the reports somebody has to see to, what is due first first: their own, and those nobody has taken yet."""
    held = db.execute(select(col(Grant.unit_id), col(Grant.role)).where(col(Grant.person_id) == person.id)).all()
    desks = access.roles_for(Act.HANDLE_REPORTS) - {Role.GRID_WORKER}
    walks = [unit_id for unit_id, role in held if role is Role.GRID_WORKER]
    works = [unit_id for unit_id, role in held if role in desks]
    asked = or_(
        and_(col(GridReport.charge_id).in_(walks), col(GridReport.is_with_workers)),
        and_(col(GridReport.charge_id).in_(works), ~col(GridReport.is_with_workers)),
    )
    nobodys = col(GridReport.holder_id).is_(None) | (col(GridReport.step) > 0)
    mine = or_(col(GridReport.holder_id) == person.id, and_(asked, nobodys))
    found = select(GridReport).where(IS_ONGOING, mine)
    return db.execute(found.order_by(col(GridReport.due_at), col(GridReport.id))).scalars().all()
