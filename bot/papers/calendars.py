"""Entries for people's own calendars (RFC 5545): the same UID for ever, a higher SEQUENCE with each change."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from icalendar import Calendar, Event, vCalAddress, vText
from sqlalchemy.orm import Session

from bot.papers.press import Circumstances
from db.models import Activity, OccasionState, StudySession, Unit

_ACTIVITY = "activity"
_NOBODY = "urn:hongyan"


@dataclass(frozen=True, slots=True)
class Entry:
    """One occasion as calendars know it."""

    uid: str
    sequence: int
    is_cancelled: bool
    title: str
    place: str
    details: str
    organiser: str
    address: str
    starts_at: datetime
    ends_at: datetime
    written_at: datetime


def gather(db: Session, subject: str, press: Circumstances) -> Entry:
    """Return a study session by its id, or an activity by ``activity/`` and its id."""
    kind, _, number = subject.rpartition("/")
    row = db.get(Activity if kind == _ACTIVITY else StudySession, int(number))
    if row is None:
        raise LookupError(subject)
    return Entry(
        uid=row.uid if isinstance(row, StudySession) else f"activity-{row.id}@hongyan",
        sequence=row.sequence,
        is_cancelled=row.state is OccasionState.CANCELLED,
        title=row.title,
        place=row.place,
        details=row.reason if row.state is OccasionState.CANCELLED else row.details,
        organiser=db.get_one(Unit, row.unit_id).name,
        address=press.public_url or _NOBODY,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        written_at=press.clock.now(),
    )


def draw(facts: Entry) -> bytes:
    """Write a calendar of one entry; times are in UTC, which every calendar shows in its own zone."""
    event: Any = Event()  # icalendar leaves the types of what is added open
    event.add("uid", facts.uid)
    event.add("sequence", facts.sequence)
    event.add("dtstamp", facts.written_at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", facts.starts_at.astimezone(UTC))
    event.add("dtend", facts.ends_at.astimezone(UTC))
    event.add("summary", facts.title)
    event.add("location", facts.place)
    if facts.details:
        event.add("description", facts.details)
    event.add("status", "CANCELLED" if facts.is_cancelled else "CONFIRMED")
    organiser = vCalAddress(facts.address)
    organiser.params["CN"] = vText(facts.organiser)
    event.add("organizer", organiser)
    calendar: Any = Calendar()
    calendar.add("prodid", "-//Hongyan//hongyan//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if facts.is_cancelled else "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()
