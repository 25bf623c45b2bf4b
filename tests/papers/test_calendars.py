"""Calendar entries, read back as calendars read them."""

from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy.orm import Session

from bot.domain.papers import PaperKind
from db.models import OccasionState, StudySession
from tests.kit.talk import MORNING
from tests.papers.conftest import Desk


def read(data: bytes) -> tuple[str, dict[str, object]]:
    """The method of a calendar, and what its only entry says."""
    calendar = Calendar.from_ical(data)
    [event] = calendar.walk("VEVENT")
    names = ("UID", "SEQUENCE", "STATUS", "SUMMARY", "LOCATION", "DESCRIPTION")
    return str(calendar["METHOD"]), {name: event.get(name) for name in names} | {
        "from": event.decoded("DTSTART"),
        "to": event.decoded("DTEND"),
        "by": event["ORGANIZER"].params["CN"],
    }


def test_a_session_is_an_entry_with_its_zone_known(desk: Desk) -> None:
    method, entry = read(desk.make(PaperKind.CALENDAR, desk.session()))

    assert (method, entry) == (
        "PUBLISH",
        {
            "UID": "session-0@hongyan",
            "SEQUENCE": 0,
            "STATUS": "CONFIRMED",
            "SUMMARY": "主题党日",
            "LOCATION": "潘一支部活动室",
            "DESCRIPTION": None,
            "from": MORNING + timedelta(days=5),
            "to": MORNING + timedelta(days=5, hours=2),
            "by": "潘一支部",
        },
    )


def test_a_session_that_moved_is_the_same_entry_with_a_higher_sequence(desk: Desk) -> None:
    session = desk.session()
    before = read(desk.make(PaperKind.CALENDAR, session))[1]

    def move(db: Session) -> None:
        row = db.get_one(StudySession, session)
        row.sequence += 1
        row.starts_at += timedelta(days=1)

    desk.world.run(move)
    after = read(desk.make(PaperKind.CALENDAR, session))[1]

    assert (after["UID"], after["SEQUENCE"], after["from"]) == (before["UID"], 1, before["from"] + timedelta(days=1))


def test_a_cancelled_session_takes_its_entry_back(desk: Desk) -> None:
    session = desk.session(sequence=2, state=OccasionState.CANCELLED, reason="台风")

    method, entry = read(desk.make(PaperKind.CALENDAR, session))

    assert (method, entry["STATUS"], entry["SEQUENCE"], entry["DESCRIPTION"]) == ("CANCEL", "CANCELLED", 2, "台风")


def test_an_activity_is_an_entry_too(desk: Desk) -> None:
    activity = desk.activity()

    assert read(desk.make(PaperKind.CALENDAR, f"activity/{activity}"))[1]["UID"] == f"activity-{activity}@hongyan"


@pytest.mark.parametrize("subject", ["4711", "activity/4711"])
def test_nothing_is_no_entry(desk: Desk, subject: str) -> None:
    with pytest.raises(LookupError):
        desk.make(PaperKind.CALENDAR, subject)
