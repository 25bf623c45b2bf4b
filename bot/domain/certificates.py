"""What can be certified of somebody's service, and how a certificate's number is checked."""

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from bot.domain.house import house_of
from bot.domain.persons import members
from db.models import Activity, Person, ServiceRecord, ServiceState, Unit

_NUMBER = re.compile(r"\D*(\d{4})-(\d{1,9})([A-Z]?)-([0-9A-F]{6})", re.IGNORECASE)
_YEARS = "Y"


@dataclass(frozen=True, slots=True)
class Service:
    """Service that is confirmed: of one activity, or (without ``title``) of the year of ``last_on``."""

    name: str
    title: str
    issuer: str
    minutes: int
    times: int
    last_on: date
    number: str


def certified(db: Session, subject: str) -> Service | None:
    """Return the service behind a certificate's subject, a record's id or ``person id/year``; ``None``: there is none.

    Only what is confirmed is certified.
    """
    first, _, year = subject.partition("/")
    return _of_year(db, int(first), int(year)) if year else _of_record(db, int(first))


def checked(db: Session, number: str) -> Service | None:
    """Return what a certificate's number stands for, ``None`` unless it is ours and the hours are still the same."""
    read = _NUMBER.fullmatch("".join(number.split()))
    if read is None:
        return None
    year, row_id, letter, _ = read.groups()
    found = certified(db, f"{row_id}/{year}" if letter else row_id)
    return found if found and found.number == f"{year}-{int(row_id):06d}{letter}-{read[4]}".upper() else None


def _of_record(db: Session, record_id: int) -> Service | None:
    record = db.get(ServiceRecord, record_id)
    if record is None or record.state is not ServiceState.CONFIRMED:
        return None
    activity = db.get_one(Activity, record.activity_id)
    issuer = db.get_one(Unit, activity.unit_id).name
    number = _number(db, f"{record.served_on.year}-{record_id:06d}", record.minutes)
    name = db.get_one(Person, record.person_id).name
    return Service(name, activity.title, issuer, record.minutes, 1, record.served_on, number)


def _of_year(db: Session, person_id: int, year: int) -> Service | None:
    summed = select(func.sum(col(ServiceRecord.minutes)), func.count(), func.max(col(ServiceRecord.served_on)))
    theirs = summed.where(
        col(ServiceRecord.person_id) == person_id,
        col(ServiceRecord.served_on).between(date(year, 1, 1), date(year, 12, 31)),
        col(ServiceRecord.state) == ServiceState.CONFIRMED,
    )
    minutes, times, last_on = db.execute(theirs).one()
    if not times:
        return None
    unit = members.branch_of(db, person_id) or units.root(db)
    number = _number(db, f"{year}-{person_id:06d}{_YEARS}", minutes)
    name = db.get_one(Person, person_id).name
    return Service(name, "", unit.name if unit else "", minutes, times, last_on, number)


def _number(db: Session, plain: str, minutes: int) -> str:
    """Return a number nobody can make up, which is another when the hours are corrected."""
    return f"{plain}-{house_of(db).keys.blind(f'certificate:{plain}:{minutes}')[:6].upper()}"
