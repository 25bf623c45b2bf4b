"""The same thing reported twice: joined by whoever says that it is the same, made one by who sees to both."""

from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import audit, units
from bot.domain.grid import deadlines, following, handling, history, reporting, routing, telling
from bot.domain.grid.reporting import Seen
from bot.domain.messages import Pin
from bot.errors import DomainError
from content.grid import without_kind
from db.claims import put_if_missing, table_of
from db.models import Became, GridReport, GridReporter, GridState, Person, Unit, Verdict

REACH = 200
"""Metres within which two spots on the map may be the same thing."""

_STILL = timedelta(days=30)
_LOOKED_AT = 50
_OFFERED = 8
_EARTH = 6_371_000


def near(db: Session, seen: Seen, *, now: datetime) -> GridReport | None:
    """Return what is reported already that this may be: of one kind and unit, and close by as far as anybody can tell.

    Spots on the map are close within :data:`REACH`, words when they share two signs in a row beside their kind's.
    """
    if not seen.kind:
        return None
    same = (
        col(GridReport.unit_id) == (seen.unit.id if seen.unit else None),
        col(GridReport.category) == seen.kind,
        col(GridReport.state) != GridState.CLOSED,
        col(GridReport.opened_at) > now - _STILL,
    )
    newest = select(GridReport).where(*same).order_by(col(GridReport.id).desc()).limit(_LOOKED_AT)
    return next((one for one in db.execute(newest).scalars() if _is_close(one, seen)), None)


def join(db: Session, report: GridReport, seen: Seen, *, now: datetime) -> None:
    """Let somebody be one more who reported this; their photos go to who sees to it."""
    if following.has_part(db, report.id or 0, seen.person.id or 0):
        return
    following.join(db, report, seen.person, seen.address, is_named=seen.is_named, wants_news=True, now=now)
    history.note(db, report, Became.JOINED, now=now)
    reporting.add_photos(db, report, seen.files, now=now)
    telling.one_more(db, report, routing.in_charge(db, report), cause=f"joined:{seen.person.id}", now=now)


def metres(one: Pin, other: Pin) -> float:
    """Return how far two spots are apart, in metres along a sphere."""
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    bent = sin(north / 2) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    return 2 * _EARTH * asin(sqrt(bent))


def _is_close(report: GridReport, seen: Seen) -> bool:
    if seen.place and report.place_id:
        return report.place_id == seen.place.id
    spot = telling.spot(report)
    if seen.pin and spot:
        return metres(seen.pin, spot) <= REACH
    return bool(_pairs(report.words, seen) & _pairs(seen.words, seen))


def _pairs(words: str, seen: Seen) -> set[str]:
    text = without_kind(words, seen.kind)
    if seen.unit:
        text = text.replace(seen.unit.name, " ")
    return {pair for at in range(len(text) - 1) if " " not in (pair := text[at : at + 2])}


def alike(db: Session, report: GridReport) -> list[GridReport]:
    """Return what else is reported and may be the same as a report: of its place, not over, its own kind first."""
    others = select(GridReport).where(
        col(GridReport.unit_id).in_(_places(db, report)),
        col(GridReport.state) != GridState.CLOSED,
        col(GridReport.id) != report.id,
        col(GridReport.opened_at) > report.opened_at - _STILL,
        col(GridReport.opened_at) < report.opened_at + _STILL,
    )
    newest = others.order_by(col(GridReport.category) != report.category, col(GridReport.id).desc())
    return list(db.execute(newest.limit(_OFFERED)).scalars())


def make_one(db: Session, report_id: int, other_id: int, *, by: Person, now: datetime) -> GridReport:
    """Let a report be the same as another: whoever reported it hears of that one from now on. Return the other.

    Raises :class:`DomainError` when either is not theirs or over, or they are of different places.
    """
    first, second = sorted((report_id, other_id))  # one order for all, so that nobody waits for each other
    if first == second:
        raise DomainError("grid/not_the_same")
    found = {one: handling.ongoing(db, one, by) for one in (first, second)}
    report, other = found[report_id], found[other_id]
    if other.unit_id not in _places(db, report):
        raise DomainError("grid/not_the_same")
    number = telling.number(other)
    following.tell(db, report, "grid/one_with", cause=f"one:{other.id}", now=now, other=number)
    _move_reporters(db, report, other)
    room = reporting.MOST_PHOTOS - len(other.files)
    other.files, report.files = [*other.files, *report.files[:room]], report.files[room:]
    same = table_of(GridReport)
    db.execute(update(same).where(same.c.same_as_id == report.id).values(same_as_id=other.id))
    report.same_as_id, report.holder_id = other.id, None
    db.add_all((report, other))
    history.note(db, report, Became.ONE_WITH, by=by, words=number, now=now)
    history.note(db, other, Became.ONE_WITH, by=by, words=telling.number(report), now=now)
    audit.note(db, "grid.make_one", f"{telling.number(report)} {number}", actor_id=by.id, now=now)
    deadlines.close(db, report, now=now)
    in_charge = [one for one in routing.in_charge(db, other) if one != by.id]
    telling.one_more(db, other, in_charge, cause=f"one:{report.id}", now=now)
    return other


def _places(db: Session, report: GridReport) -> set[int | None]:
    """Return the units a report may be of as well, by id: its own, those above it and those below it."""
    unit = db.get(Unit, report.unit_id) if report.unit_id else None
    if unit is None:
        return {None}
    return {one.id for one in (*units.line_up(db, unit), *units.within(db, [unit.path]))}


def _move_reporters(db: Session, report: GridReport, other: GridReport) -> None:
    """Let those who reported a report have reported another; what they said of the first stays with it, unheard."""
    theirs = select(GridReporter).where(col(GridReporter.report_id) == report.id)
    for one in db.execute(theirs.order_by(col(GridReporter.person_id))).scalars():
        values = one.model_dump(exclude={"report_id", "verdict"})
        values |= {"report_id": other.id, "verdict": Verdict.NONE}
        put_if_missing(db, GridReporter, values, key=("report_id", "person_id"))
        one.wants_news = False
        db.add(one)
    db.flush()
