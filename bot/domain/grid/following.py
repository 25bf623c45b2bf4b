"""Those who reported something: who they are, what they are told of it, and what they say of what was done."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import notices
from bot.domain.grid import telling
from bot.domain.messages import Attachment, Choice
from bot.errors import DomainError
from db.claims import put_if_missing
from db.models import Address, GridReport, GridReporter, OutboxKind, Person, Verdict


def join(
    db: Session,
    report: GridReport,
    person: Person,
    address: Address,
    *,
    is_named: bool,
    wants_news: bool,
    now: datetime,
) -> None:
    """Note that somebody reported this, once."""
    values = {
        "report_id": report.id,
        "person_id": person.id,
        "address_id": address.id,
        "is_named": is_named,
        "wants_news": wants_news,
        "verdict": Verdict.NONE,
        "joined_at": now,
    }
    put_if_missing(db, GridReporter, values, key=("report_id", "person_id"))


def part_of(db: Session, report_id: int, person_id: int) -> GridReporter:
    """Return somebody's part in a report; raise :class:`DomainError` when they did not report it."""
    found = db.get(GridReporter, (report_id, person_id))
    if found is None:
        raise DomainError("grid/not_yours")
    return found


def has_part(db: Session, report_id: int, person_id: int) -> bool:
    """Tell whether somebody reported this."""
    return db.get(GridReporter, (report_id, person_id)) is not None


def meant(db: Session, report_id: int) -> int:
    """Return the id of the report that is meant by a number: another, where it turned out to be the same as that."""
    found = db.get(GridReport, report_id)
    return found.same_as_id if found and found.same_as_id else report_id


def want(db: Session, report_id: int, person: Person, *, wants_news: bool) -> GridReport:
    """Note whether somebody wants to hear what becomes of what they reported."""
    report_id = meant(db, report_id)
    part = part_of(db, report_id, person.id or 0)
    part.wants_news = wants_news
    db.add(part)
    return db.get_one(GridReport, report_id)


def waiting(db: Session, report: GridReport) -> Sequence[GridReporter]:
    """Return those who want to hear what becomes of a report, in the order they reported it."""
    theirs = (col(GridReporter.report_id) == report.id, col(GridReporter.wants_news))
    found = select(GridReporter).where(*theirs).order_by(col(GridReporter.joined_at), col(GridReporter.person_id))
    return db.execute(found).scalars().all()


def tell(
    db: Session,
    report: GridReport,
    template: str,
    *,
    cause: str,
    now: datetime,
    choices: tuple[Choice, ...] = (),
    attachments: tuple[Attachment, ...] = (),
    **values: object,
) -> None:
    """Tell all who want to hear of a report; ``cause`` is what happened to it."""
    for one in waiting(db, report):
        notices.tell(
            db,
            template,
            to=db.get_one(Address, one.address_id),
            cause=f"grid:{report.id}:{report.run}:{cause}",
            now=now,
            kind=OutboxKind.NOTICE,
            due_at=now,
            choices=choices,
            attachments=attachments,
            number=telling.number(report),
            **values,
        )
