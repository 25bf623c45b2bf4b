"""The same thing reported twice: found by kind and place, joined by whoever says that it is the same."""

from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.grid import following, reporting, routing, telling
from bot.domain.grid.reporting import Seen
from bot.domain.messages import Pin
from content.grid import without_kind
from db.models import GridReport, GridState

REACH = 200
"""Metres within which two spots on the map may be the same thing."""

_STILL = timedelta(days=30)
_LOOKED_AT = 50
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
