"""Reports: opened by whoever sees something, with a photo or a sentence, and given to who has to see to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import files, units
from bot.domain.grid import deadlines, following, history, routing, telling
from bot.domain.grid.routing import Charge
from bot.domain.house import house_of
from bot.domain.messages import Pin
from bot.errors import DomainError
from db.models import Address, Became, GridReport, GridState, Person, Place, StoredFile, Unit

MOST_A_DAY = 10
"""Reports one person may open within a day."""

MOST_PHOTOS = 6
"""Photos that go along with one report."""

_JUST_NOW = timedelta(minutes=15)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody saw: words, photos, where; ``is_named`` when whoever sees to it may know the name."""

    person: Person
    address: Address
    unit: Unit | None = None
    place: Place | None = None
    kind: str = ""
    words: str = ""
    pin: Pin | None = None
    files: tuple[StoredFile, ...] = ()
    is_named: bool = False
    wants_news: bool = False


def open_one(db: Session, seen: Seen, *, now: datetime) -> tuple[GridReport, Charge]:
    """Open a report, tell who has to see to it, and return it with who they are.

    Raises :class:`DomainError` when somebody has opened too many within a day.
    """
    _insist_on_measure(db, seen.person, now)
    charge = routing.route(db, seen.unit)
    report = GridReport(
        unit_id=seen.unit.id if seen.unit else None,
        place_id=seen.place.id if seen.place else None,
        category=seen.kind,
        words=seen.words,
        latitude=seen.pin.latitude if seen.pin else None,
        longitude=seen.pin.longitude if seen.pin else None,
        files=[one.id for one in seen.files[:MOST_PHOTOS]],
        opener_id=seen.person.id or 0,
        charge_id=charge.unit.id if charge.unit else None,
        is_with_workers=charge.are_workers,
        opened_at=now,
        due_at=now + timedelta(days=house_of(db).grid.to_mend),
    )
    db.add(report)
    db.flush()
    history.note(db, report, Became.OPENED, unit=charge.unit, now=now)
    following.join(db, report, seen.person, seen.address, is_named=seen.is_named, wants_news=seen.wants_news, now=now)
    files.pass_on(db, seen.files)
    telling.hand_to(db, report, charge.people_ids, now=now)
    deadlines.plan(db, report)
    return report, charge


def add_photos(db: Session, report: GridReport, photos: tuple[StoredFile, ...], *, now: datetime) -> bool:
    """Add photos to a report and show them to who sees to it; tell whether there was room."""
    room = MOST_PHOTOS - len(report.files)
    if not photos or room < len(photos) or report.state is GridState.CLOSED:
        return False
    report.files = [*report.files, *(one.id for one in photos)]
    db.add(report)
    history.note(db, report, Became.SHOWN, now=now)
    files.pass_on(db, photos)
    telling.show_more(db, report, photos, now=now)
    return True


def just_opened(db: Session, person_id: int, *, now: datetime) -> GridReport | None:
    """Return what somebody reported last, when that was only just."""
    mine = select(GridReport).where(col(GridReport.opener_id) == person_id, col(GridReport.opened_at) > now - _JUST_NOW)
    return db.execute(mine.order_by(col(GridReport.id).desc()).limit(1)).scalar_one_or_none()


def unit_of(db: Session, report: GridReport) -> Unit | None:
    """Return where a report is: its unit, the whole where nobody knows."""
    return db.get_one(Unit, report.unit_id) if report.unit_id else units.root(db)


def _insist_on_measure(db: Session, person: Person, now: datetime) -> None:
    lately = (col(GridReport.opener_id) == person.id, col(GridReport.opened_at) > now - _DAY)
    if db.execute(select(func.count()).select_from(GridReport).where(*lately)).scalar_one() >= MOST_A_DAY:
        raise DomainError("grid/enough_for_today", most=MOST_A_DAY)
