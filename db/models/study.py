"""Study sessions, who is expected, what they answered, and who came."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from db.models.occasions import Occasion
from db.models.volunteering import CheckInWay
from db.types import Table, moment, where_given, word


class MeetingKind(StrEnum):
    """What a session is: one of the four regular meetings, the party day, a class of a course or of a home school."""

    GENERAL_MEETING = "general_meeting"
    COMMITTEE_MEETING = "committee_meeting"
    GROUP_MEETING = "group_meeting"
    PARTY_LECTURE = "party_lecture"
    PARTY_DAY = "party_day"
    COURSE_CLASS = "course_class"
    HOME_CLASS = "home_class"


class Course(Table, table=True):
    """Several sessions that belong together, for whoever is enrolled."""

    __table_args__ = (where_given("course", "created_by"),)

    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(max_length=80)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    year: int
    created_by: int | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = moment()


class Enrolment(Table, table=True):
    """Somebody takes part in a course."""

    course_id: int = Field(foreign_key="course.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True, index=True)
    enrolled_at: datetime = moment()


class StudySession(Table, Occasion, table=True):
    """One session; whoever comes is credited ``credit_hours``. ``uid`` names it in calendars for ever."""

    __table_args__ = (
        Index("ix_study_session_audience_unit_id_starts_at", "audience_unit_id", "starts_at"),
        where_given("study_session", "created_by"),
    )

    kind: MeetingKind = word(MeetingKind)
    course_id: int | None = Field(default=None, foreign_key="course.id", index=True)
    credit_hours: float = 0.0
    uid: str = Field(max_length=64, unique=True)


class Material(Table, table=True):
    """Something to read for a session: a kept file, a link, or so many printed ``copies`` to be fetched.

    Minutes are what was written down at the session itself.
    """

    __table_args__ = (where_given("material", "added_by"),)

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="study_session.id", index=True)
    title: str = Field(max_length=80)
    file_id: int | None = Field(default=None, foreign_key="stored_file.id")
    url: str = Field(default="", max_length=300)
    copies: int = 0
    is_minutes: bool = False
    added_by: int | None = Field(default=None, foreign_key="person.id")
    added_at: datetime = moment()


class Rsvp(StrEnum):
    """What somebody answered to an invitation."""

    NONE = "none"
    COMING = "coming"
    LEAVE = "leave"


class LeaveReason(StrEnum):
    """Why somebody cannot come."""

    HEALTH = "health"
    AWAY = "away"
    WORK = "work"
    OTHER = "other"


class LeaveState(StrEnum):
    """What the secretary said to a leave."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


class AttendanceState(StrEnum):
    """What is known of somebody's part in a session. Who is excused owes a make-up task until it is ``MADE_UP``."""

    EXPECTED = "expected"
    PRESENT = "present"
    EXCUSED = "excused"
    ABSENT = "absent"
    MADE_UP = "made_up"


class Attendance(Table, table=True):
    """One person's part in one session.

    ``by_id`` is who answered for them, ``marked_by`` who wrote down that they came. A guest came of their own accord,
    from outside the audience. ``make_up_words`` is what they say they did to make up, until the secretary has agreed.
    """

    __table_args__ = (
        UniqueConstraint("session_id", "person_id"),
        Index("ix_attendance_person_id_state", "person_id", "state"),
        where_given("attendance", "by_id"),
        where_given("attendance", "decided_by"),
        where_given("attendance", "marked_by"),
    )

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="study_session.id")
    person_id: int = Field(foreign_key="person.id")
    rsvp: Rsvp = word(Rsvp, default=Rsvp.NONE)
    answered_at: datetime | None = moment(default=None)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    leave_reason: LeaveReason | None = word(LeaveReason, default=None, nullable=True)
    leave_words: str = Field(default="", max_length=200)
    leave_state: LeaveState | None = word(LeaveState, default=None, nullable=True)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    state: AttendanceState = word(AttendanceState, default=AttendanceState.EXPECTED)
    way: CheckInWay | None = word(CheckInWay, default=None, nullable=True)
    marked_at: datetime | None = moment(default=None)
    marked_by: int | None = Field(default=None, foreign_key="person.id")
    credit_hours: float = 0.0
    is_guest: bool = False
    make_up_words: str = Field(default="", max_length=200)
    made_up_at: datetime | None = moment(default=None)
