"""Activities: planned by a cadre, published for an audience, moved or cancelled with a reason that everybody hears."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, agenda, audit, notices, reminders, units
from bot.domain.house import house_of
from bot.domain.volunteers import telling, waitlist
from bot.domain.volunteers.activities import LONGEST, found, insist_on_time, locked, offers_end, subject
from bot.errors import DomainError
from db.claims import table_of
from db.models import Activity, ActivityKind, MemberKind, OccasionState, Person, SeatQuota, Signup, SignupState, Unit

MOST_SEATS = 999
"""Seats one activity may have; more people than that need several."""

CLOSE = "seats.close"
SETTLE = "service.settle"
GAP = "duty_posts.gap"
"""Kinds of items an activity puts on the agenda: ending the queue, asking for minutes, a post nobody mans."""

_SETTLED_AFTER = timedelta(hours=12)
_GAP_BEFORE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an activity is to be. ``seats`` are by kind of people, under ``None`` those anybody may have."""

    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    signup_until: datetime
    seats: Mapping[MemberKind | None, int]
    audience: Unit
    audience_kind: MemberKind | None = None
    has_waitlist: bool = True
    kind: ActivityKind = ActivityKind.VOLUNTEERING
    details: str = ""
    series_id: int | None = None


def check(plan: Plan, *, now: datetime) -> None:
    """Refuse what cannot be held, with a :class:`DomainError` that says why in a sentence."""
    check_times(plan.starts_at, plan.ends_at, now=now)
    seats = sum(plan.seats.values())
    if seats < 1 or min(plan.seats.values()) < 0:
        raise DomainError("volunteering/no_seats")
    if seats > MOST_SEATS:
        raise DomainError("volunteering/too_many_seats", most=MOST_SEATS)


def check_times(starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    """Refuse a beginning that is over, an end before it, and what lasts for days."""
    if starts_at <= now:
        raise DomainError("volunteering/in_the_past")
    if ends_at <= starts_at:
        raise DomainError("volunteering/ends_before_start")
    if ends_at - starts_at > LONGEST:
        raise DomainError("volunteering/too_long")


def holder(db: Session, audience: Unit, by: Person) -> Unit:
    """Return the unit that holds what is for an audience: the nearest one above it that somebody works for.

    Raises :class:`DomainError` when there is none.
    """
    paths = [one for one in access.reach(db, by, access.Act.HOLD_ACTIVITIES) if audience.path.startswith(one)]
    if not paths:
        raise DomainError("access/not_yours")
    return units.at(db, [max(paths, key=len)])[0]


def draft(db: Session, plan: Plan, *, unit: Unit, by: Person | None, now: datetime) -> Activity:
    """Keep an activity nobody is told of yet; ``by`` is empty for what a series makes.

    Raises :class:`DomainError` when it cannot be held, or not by them.
    """
    check(plan, now=now)
    if by is not None:
        access.insist(db, by, access.Act.HOLD_ACTIVITIES, unit)
    activity = Activity(
        title=plan.title,
        unit_id=unit.id or 0,
        audience_unit_id=plan.audience.id or 0,
        audience_kind=plan.audience_kind,
        place=plan.place,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        signup_until=min(plan.signup_until, plan.starts_at),
        has_waitlist=plan.has_waitlist,
        kind=plan.kind,
        details=plan.details,
        series_id=plan.series_id,
        created_by=by.id if by else None,
        created_at=now,
    )
    db.add(activity)
    db.flush()
    for kind, seats in plan.seats.items():
        if seats:
            db.add(SeatQuota(activity_id=activity.id or 0, kind=kind, seats=seats))
    db.flush()
    if by is not None:
        audit.note(db, "activities.draft", subject(activity), actor_id=by.id, now=now)
    return activity


def publish(db: Session, activity_id: int, *, by: Person | None, now: datetime) -> Activity:
    """Open an activity for signing up; raise :class:`DomainError` when it is too late or not theirs."""
    activity = held_by(db, activity_id, by)
    if activity.state is not OccasionState.DRAFT:
        raise DomainError("volunteering/published_already", title=activity.title)
    check_times(activity.starts_at, activity.ends_at, now=now)
    activity.state = OccasionState.PUBLISHED
    db.add(activity)
    _put_on_agenda(db, activity, now)
    if by is not None:
        audit.note(db, "activities.publish", subject(activity), actor_id=by.id, now=now)
    return activity


def cancel(db: Session, activity_id: int, reason: str, *, by: Person, now: datetime) -> Activity:
    """Cancel an activity: whoever signed up is told why, once, and need not come."""
    activity = held_by(db, activity_id, by)
    if activity.state is OccasionState.DRAFT:
        activity.state = OccasionState.CANCELLED
        db.add(activity)
        return activity
    insist_on_time(activity, now)
    activity.state = OccasionState.CANCELLED
    activity.reason = reason
    activity.sequence += 1
    db.add(activity)
    reminders.withdraw(db, activity, now=now)
    waitlist.unsay_all(db, activity, now=now)
    telling.plan(db, activity, "cancelled", now=now)
    audit.note(db, "activities.cancel", subject(activity), actor_id=by.id, now=now)
    return activity


@dataclass(frozen=True, slots=True)
class Move:
    """When and where an activity is to be instead, and why."""

    starts_at: datetime
    ends_at: datetime
    place: str
    reason: str


def move(db: Session, activity_id: int, to: Move, *, by: Person, now: datetime) -> Activity:
    """Let an activity be at another time or place: all who signed up are told why, once, and may leave by a digit."""
    activity = held_by(db, activity_id, by)
    insist_on_time(activity, now)
    check_times(to.starts_at, to.ends_at, now=now)
    before = {"was_at": activity.starts_at.isoformat(), "was_in": activity.place}
    activity.signup_until = min(activity.signup_until + (to.starts_at - activity.starts_at), to.starts_at)
    activity.starts_at, activity.ends_at, activity.place = to.starts_at, to.ends_at, to.place
    activity.sequence += 1
    db.add(activity)
    _hurry_offers(db, activity)
    signups = table_of(Signup)
    db.execute(update(signups).where(signups.c.activity_id == activity.id).values(assured_at=None))
    _put_on_agenda(db, activity, now)
    telling.plan(db, activity, "moved", now=now, reason=to.reason, **before)
    audit.note(db, "activities.move", subject(activity), actor_id=by.id, now=now)
    return activity


def moment_of(text: str) -> datetime:
    """Return a moment as a form keeps it."""
    return datetime.fromisoformat(text)


def found_for(db: Session, activity_id: int, by: Person) -> Activity:
    """Return an activity to whoever may hold it, for showing it; raise :class:`DomainError` for others."""
    activity = found(db, activity_id)
    access.insist(db, by, access.Act.HOLD_ACTIVITIES, db.get_one(Unit, activity.unit_id))
    return activity


def held_by(db: Session, activity_id: int, by: Person | None) -> Activity:
    """Return an activity to whoever may hold it, locked; raise :class:`DomainError` for others."""
    activity = locked(db, activity_id)
    if by is not None:
        access.insist(db, by, access.Act.HOLD_ACTIVITIES, db.get_one(Unit, activity.unit_id))
    return activity


def _put_on_agenda(db: Session, activity: Activity, now: datetime) -> None:
    """Plan what an activity needs at its times; what was planned for other times finds that its sequence is old."""
    reminders.plan(db, activity, now=now)
    about = {"activity_id": activity.id, "sequence": activity.sequence}
    cause = f"{activity.id}:{activity.sequence}"
    agenda.plan(db, f"close:activity:{cause}", CLOSE, due_at=offers_end(db, activity), **about)
    if activity.kind is ActivityKind.DUTY:
        due_at = max(now, _daytime(db, activity.starts_at - _GAP_BEFORE))
        agenda.plan(db, f"gap:activity:{cause}", GAP, due_at=due_at, **about)
    if activity.kind is not ActivityKind.CLASS:
        agenda.plan(
            db, f"settle:activity:{cause}", SETTLE, due_at=_daytime(db, activity.ends_at + _SETTLED_AFTER), **about
        )


def _daytime(db: Session, moment: datetime) -> datetime:
    """Return a moment, or the morning after the night it falls in."""
    house = house_of(db)
    return notices.audible(moment, house.zone, house.quiet_hours)


def _hurry_offers(db: Session, activity: Activity) -> None:
    """Let no offer stand for longer than seats of an activity that was moved are offered."""
    end = offers_end(db, activity)
    standing = (col(Signup.activity_id) == activity.id, col(Signup.state) == SignupState.OFFERED)
    for signup in db.execute(select(Signup).where(*standing, col(Signup.offer_until) > end)).scalars():
        signup.offer_until = end
        db.add(signup)
        agenda.move(db, f"offer:{signup.id}:{signup.rank}", due_at=end)
