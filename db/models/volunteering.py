"""Activities, who has a seat, who waits, who came, and for how long they served."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from db.models.occasions import Occasion
from db.models.roster import MemberKind
from db.types import Table, moment, where_given, word


class ActivityKind(StrEnum):
    """What an activity is: volunteering, a turn of duty at a post, or a class that others attend."""

    VOLUNTEERING = "volunteering"
    DUTY = "duty"
    CLASS = "class"


class Activity(Table, Occasion, table=True):
    """Something people sign up for. ``audience_kind`` is who may, everybody when empty."""

    __table_args__ = (
        Index("ix_activity_audience_unit_id_starts_at", "audience_unit_id", "starts_at"),
        where_given("activity", "created_by"),
    )

    kind: ActivityKind = word(ActivityKind, default=ActivityKind.VOLUNTEERING)
    audience_kind: MemberKind | None = word(MemberKind, default=None, nullable=True)
    signup_until: datetime = moment()
    has_waitlist: bool = True


class SeatQuota(Table, table=True):
    """Seats of an activity for one kind of people; ``kind`` is empty for seats anybody may have."""

    __table_args__ = (UniqueConstraint("activity_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="activity.id")
    kind: MemberKind | None = word(MemberKind, default=None, nullable=True)
    seats: int


class SignupState(StrEnum):
    """Where a sign-up stands. ``OFFERED`` holds a seat until its deadline."""

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    CANCELLED = "cancelled"


class Signup(Table, table=True):
    """One person's place, or place in the queue, of one activity.

    ``rank`` orders the queue of a quota, ``by_id`` is who acted for them (a proxy), ``reason`` why it ended; at
    ``assured_at`` they said, when reminded, that they will come.
    """

    __table_args__ = (
        UniqueConstraint("activity_id", "person_id"),
        Index("ix_signup_quota_id_state_rank", "quota_id", "state", "rank"),
        Index("ix_signup_person_id_state", "person_id", "state"),
        where_given("signup", "by_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="activity.id")
    person_id: int = Field(foreign_key="person.id")
    quota_id: int = Field(foreign_key="seat_quota.id")
    state: SignupState = word(SignupState)
    rank: int = 0
    is_guest: bool = False
    offer_until: datetime | None = moment(default=None)
    assured_at: datetime | None = moment(default=None)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    reason: str = Field(default="", max_length=60)
    created_at: datetime = moment()
    changed_at: datetime = moment()


class SwapState(StrEnum):
    """Where a wish to swap a turn of duty stands."""

    OPEN = "open"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"


class Swap(Table, table=True):
    """Somebody looks for a person to take their turn of duty; ``taken_by`` is who did."""

    __table_args__ = (where_given("swap", "taken_by"),)

    id: int | None = Field(default=None, primary_key=True)
    signup_id: int = Field(foreign_key="signup.id", index=True)
    state: SwapState = word(SwapState, default=SwapState.OPEN)
    taken_by: int | None = Field(default=None, foreign_key="person.id")
    opened_at: datetime = moment()
    ended_at: datetime | None = moment(default=None)


class CheckInWay(StrEnum):
    """How it is known that somebody came: the venue's QR or code, a cadre's tap, or the paper sheet afterwards."""

    CODE = "code"
    TAPPED = "tapped"
    SHEET = "sheet"


class CheckIn(Table, table=True):
    """Somebody came to an activity and, when they said so, left; ``by_id`` is the cadre who wrote it down."""

    __table_args__ = (UniqueConstraint("activity_id", "person_id"), where_given("check_in", "by_id"))

    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="activity.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    way: CheckInWay = word(CheckInWay)
    in_at: datetime = moment()
    out_at: datetime | None = moment(default=None)
    by_id: int | None = Field(default=None, foreign_key="person.id")


class ServiceState(StrEnum):
    """Whether minutes of service count yet: without a check-out an organiser confirms them first."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"


class ServiceRecord(Table, table=True):
    """How long somebody served at one activity, in minutes."""

    __table_args__ = (
        UniqueConstraint("activity_id", "person_id"),
        Index("ix_service_record_person_id_served_on", "person_id", "served_on"),
        where_given("service_record", "confirmed_by"),
    )

    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="activity.id")
    person_id: int = Field(foreign_key="person.id")
    minutes: int
    state: ServiceState = word(ServiceState)
    served_on: date
    confirmed_by: int | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = moment()
    changed_at: datetime = moment()


class ServiceCorrection(Table, table=True):
    """One change of the minutes of a record: from what to what, why, by whom."""

    __table_args__ = (where_given("service_correction", "by_id"),)

    id: int | None = Field(default=None, primary_key=True)
    record_id: int = Field(foreign_key="service_record.id", index=True)
    before: int
    after: int
    reason: str = Field(max_length=200)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = moment()


class DisputeState(StrEnum):
    """What became of a dispute."""

    OPEN = "open"
    UPHELD = "upheld"
    REFUSED = "refused"


_OPEN = text("state = 'open'")


class Dispute(Table, table=True):
    """Somebody says that their minutes are wrong; ``reason`` is what whoever decided said to it."""

    __table_args__ = (
        Index("ix_dispute_open", "id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        where_given("dispute", "decided_by"),
    )

    id: int | None = Field(default=None, primary_key=True)
    record_id: int = Field(foreign_key="service_record.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    words: str = Field(max_length=500)
    state: DisputeState = word(DisputeState, default=DisputeState.OPEN)
    reason: str = Field(default="", max_length=200)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    opened_at: datetime = moment()
    decided_at: datetime | None = moment(default=None)


class PointsObjection(Table, table=True):
    """Somebody says that a line of their ledger is wrong, which is named by its rule and evidence.

    ``before`` and ``after`` are the points when it was decided on; ``reason`` is what whoever decided said to it. What
    hours of service are worth follows the hours: there is a :class:`Dispute` for those.
    """

    __table_args__ = (
        Index("ix_points_objection_open", "id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        where_given("points_objection", "decided_by"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    rule: str = Field(max_length=40)
    evidence: str = Field(max_length=60)
    words: str = Field(max_length=500)
    state: DisputeState = word(DisputeState, default=DisputeState.OPEN)
    before: int = 0
    after: int = 0
    reason: str = Field(default="", max_length=200)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    opened_at: datetime = moment()
    decided_at: datetime | None = moment(default=None)


class PointsEntry(Table, table=True):
    """A line of somebody's private ledger: how many points, by which rule, and the evidence (``service:12``)."""

    __table_args__ = (
        UniqueConstraint("person_id", "rule", "evidence"),
        Index("ix_points_entry_person_id_year", "person_id", "year"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    year: int
    points: int
    rule: str = Field(max_length=40)
    evidence: str = Field(max_length=60)
    at: datetime = moment()
