"""Seats of an activity: taken, confirmed, given back; its row is locked first, so that none is given twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import audit
from bot.domain.persons import members
from bot.domain.volunteers import activities, browsing, volunteering, waitlist
from bot.domain.volunteers.activities import HELD, STANDING, insist_on_time, locked, offers_end, subject
from bot.errors import DomainError
from db.models import Activity, MemberKind, OccasionState, Person, SeatQuota, Signup, SignupState, Unit

GIVEN_UP = "given up"
"""Why somebody no longer has a seat: they said that they will not come."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands: their sign-up, the activity, which in the queue they are (0: they have a seat).

    ``is_new`` is false when nothing changed: they stood there already. ``is_passed_on`` when the seat they gave back
    was offered to somebody who waited.
    """

    signup: Signup
    activity: Activity
    position: int = 0
    is_new: bool = True
    is_passed_on: bool = False


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs up: by somebody else (``by_id``), as a guest, or by a code that lets in whoever has it."""

    person: Person
    by_id: int | None = None
    is_guest: bool = False
    has_code: bool = False


def sign_up(db: Session, activity_id: int, who: Signing, *, now: datetime) -> Place:
    """Give somebody a seat, or a place in the queue when all are taken.

    Raises :class:`DomainError` when it is cancelled, over, closed, not for them, or full without a queue.
    """
    activity = locked(db, activity_id)
    signup = standing(db, activity_id, who.person.id or 0)
    if signup is not None and signup.state in HELD:
        return Place(signup, activity, is_new=False)
    _insist_on_welcome(db, activity, who, signup, now)
    quotas = _quotas_for(db, activity, who.person)
    free = next((one for one in quotas if waitlist.taken(db, one) < one.seats), None)
    if free is not None:
        return Place(_put(db, activity, free, signup, who, SignupState.CONFIRMED, now), activity)
    if signup is not None and signup.state is SignupState.WAITLISTED:
        return Place(signup, activity, waitlist.position(db, signup), is_new=False)
    if not activity.has_waitlist or now >= offers_end(db, activity):
        raise DomainError("volunteering/is_full", title=activity.title)
    waiting = _put(db, activity, quotas[0], signup, who, SignupState.WAITLISTED, now)
    return Place(waiting, activity, waitlist.position(db, waiting))


def confirm_offer(db: Session, signup_id: int, *, now: datetime, by_id: int | None = None) -> Place:
    """Take the seat that was offered; raise :class:`DomainError` when the offer is over."""
    activity, signup = _locked(db, signup_id)
    if signup.state is SignupState.CONFIRMED and activity.state is OccasionState.PUBLISHED:
        return Place(signup, activity, is_new=False)
    insist_on_time(activity, now)
    if signup.state is not SignupState.OFFERED:
        raise DomainError("volunteering/offer_is_over", title=activity.title)
    if by_id is None:  # an elder for whom somebody took it hears of it all the same
        waitlist.unsay(db, signup, now=now)
    signup.state = SignupState.CONFIRMED
    signup.offer_until = None
    signup.by_id = by_id
    signup.changed_at = now
    db.add(signup)
    return Place(signup, activity)


def decline_offer(db: Session, signup_id: int, *, now: datetime, by_id: int | None = None) -> Place:
    """Let the next person have the seat that was offered; raise :class:`DomainError` when the offer is over."""
    activity, signup = _locked(db, signup_id)
    if signup.state is not SignupState.OFFERED:
        raise DomainError("volunteering/offer_is_over", title=activity.title)
    return _leave(db, activity, signup, waitlist.DECLINED, now=now, by_id=by_id)


def cancel(db: Session, signup_id: int, *, now: datetime, by_id: int | None = None, reason: str = GIVEN_UP) -> Place:
    """Give back a seat or a place in the queue; the seat is offered to whoever waits.

    ``is_new`` is false when it was given back before. Raises :class:`DomainError` once the activity has begun.
    """
    activity, signup = _locked(db, signup_id)
    if signup.state is SignupState.CANCELLED:
        return Place(signup, activity, is_new=False)
    insist_on_time(activity, now)
    return _leave(db, activity, signup, reason, now=now, by_id=by_id)


def assure(db: Session, signup_id: int, *, now: datetime) -> Place:
    """Note that somebody who was reminded will come; raise :class:`DomainError` when they have no seat."""
    activity, signup = _locked(db, signup_id)
    insist_on_time(activity, now)
    if signup.state is not SignupState.CONFIRMED:
        raise DomainError("volunteering/no_such_signup")
    is_new = signup.assured_at is None
    signup.assured_at = signup.assured_at or now
    db.add(signup)
    return Place(signup, activity, is_new=is_new)


def take_over(db: Session, activity: Activity, signup: Signup, person: Person, *, reason: str, now: datetime) -> bool:
    """Give somebody's seat to another, in a locked activity; tell whether they had none there before."""
    theirs = standing(db, activity.id or 0, person.id or 0)
    if theirs is not None and theirs.state in HELD:
        return False
    quota = db.get_one(SeatQuota, signup.quota_id)
    signup.state, signup.reason, signup.changed_at = SignupState.CANCELLED, reason, now
    db.add(signup)
    _put(db, activity, quota, theirs, Signing(person), SignupState.CONFIRMED, now)
    return True


def set_seats(
    db: Session, activity_id: int, kind: MemberKind | None, seats: int, *, by: Person, now: datetime
) -> Activity:
    """Let an activity have more or fewer seats of a kind; new ones are offered to whoever waits.

    Raises :class:`DomainError` for fewer than are taken, none at all, or too many.
    """
    activity = volunteering.held_by(db, activity_id, by)
    if activity.state is not OccasionState.DRAFT:
        insist_on_time(activity, now)
    quotas = {one.kind: one for one in _quotas(db, activity)}
    quota = quotas.get(kind) or SeatQuota(activity_id=activity_id, kind=kind, seats=0)
    total = seats + sum(one.seats for one in quotas.values() if one.kind is not kind)
    if seats < 1:
        raise DomainError("volunteering/no_seats")
    if total > volunteering.MOST_SEATS:
        raise DomainError("volunteering/too_many_seats", most=volunteering.MOST_SEATS)
    held = waitlist.taken(db, quota) if quota.id else 0
    if seats < held:
        raise DomainError("volunteering/seats_are_taken", taken=held)
    quota.seats = seats
    db.add(quota)
    db.flush()
    waitlist.fill(db, activity, now=now)
    audit.note(db, "activities.seats", f"{subject(activity)} {kind or 'any'} {seats}", actor_id=by.id, now=now)
    return activity


def standing(db: Session, activity_id: int, person_id: int) -> Signup | None:
    """Return somebody's sign-up for an activity, whatever became of it."""
    theirs = (col(Signup.activity_id) == activity_id, col(Signup.person_id) == person_id)
    fresh = select(Signup).where(*theirs).execution_options(populate_existing=True)
    return db.execute(fresh).scalar_one_or_none()


def found(db: Session, signup_id: int) -> Signup:
    """Return a sign-up; raise :class:`DomainError` for one there is not."""
    signup = db.get(Signup, signup_id)
    if signup is None:
        raise DomainError("volunteering/no_such_signup")
    return signup


def names(db: Session, activity: Activity) -> tuple[list[str], list[str]]:
    """Return the names of who has a seat and of who waits, in the order of their sign-ups."""
    chosen = select(col(Person.name), col(Signup.state)).join(Person, col(Person.id) == col(Signup.person_id))
    chosen = chosen.where(col(Signup.activity_id) == activity.id, col(Signup.state).in_(STANDING))
    rows = [(name, state) for name, state in db.execute(chosen.order_by(col(Signup.rank), col(Signup.id)))]
    return [name for name, state in rows if state in HELD], [name for name, state in rows if state not in HELD]


def mine(db: Session, person_id: int, *, now: datetime) -> Sequence[tuple[Signup, Activity]]:
    """Return what somebody has signed up or waits for and has not begun, the next first."""
    chosen = select(Signup, Activity).join(Activity, col(Activity.id) == col(Signup.activity_id))
    chosen = chosen.where(
        col(Signup.person_id) == person_id,
        col(Signup.state).in_(STANDING),
        col(Activity.state) == OccasionState.PUBLISHED,
        col(Activity.starts_at) > now,
    )
    rows = db.execute(chosen.order_by(col(Activity.starts_at), col(Activity.id)))
    return [(signup, activity) for signup, activity in rows]


def insist_on_welcome(db: Session, activity_id: int, who: Signing, *, now: datetime) -> None:
    """Refuse whoever could not sign up anyway before they are asked for anything, with a :class:`DomainError`."""
    activity = activities.found(db, activity_id)
    signup = standing(db, activity_id, who.person.id or 0)
    _insist_on_welcome(db, activity, who, signup, now)
    _quotas_for(db, activity, who.person)


def _insist_on_welcome(db: Session, activity: Activity, who: Signing, signup: Signup | None, now: datetime) -> None:
    insist_on_time(activity, now)
    if now >= activity.signup_until and (signup is None or signup.state is SignupState.CANCELLED):
        raise DomainError("volunteering/is_closed", title=activity.title, until=activity.signup_until)
    if who.has_code and activity.audience_kind in {None, members.kind_of(db, who.person.id or 0)}:
        return
    if not browsing.is_meant(db, activity, who.person):
        audience = db.get_one(Unit, activity.audience_unit_id)
        raise DomainError("volunteering/not_for_you", title=activity.title, unit=audience.name)


def _quotas_for(db: Session, activity: Activity, person: Person) -> list[SeatQuota]:
    """Return the quotas somebody may have a seat of, their own kind's first."""
    kind = members.kind_of(db, person.id or 0)
    fitting = [one for one in _quotas(db, activity) if one.kind in {None, kind}]
    if not fitting:
        raise DomainError("volunteering/no_seats_for_you", title=activity.title)
    return sorted(fitting, key=lambda one: one.kind is None)


def _quotas(db: Session, activity: Activity) -> Sequence[SeatQuota]:
    theirs = select(SeatQuota).where(col(SeatQuota.activity_id) == activity.id).order_by(col(SeatQuota.id))
    return db.execute(theirs.execution_options(populate_existing=True)).scalars().all()


def _put(  # one row, and all of it
    db: Session,
    activity: Activity,
    quota: SeatQuota,
    signup: Signup | None,
    who: Signing,
    state: SignupState,
    now: datetime,
) -> Signup:
    """Write a sign-up down, in the row its person already has here, if they do."""
    row = signup or Signup(
        activity_id=activity.id or 0,
        person_id=who.person.id or 0,
        quota_id=quota.id or 0,
        state=state,
        created_at=now,
        changed_at=now,
    )
    row.quota_id = quota.id or 0
    row.rank = waitlist.last_rank(db, activity) + 1
    row.state = state
    row.is_guest = who.is_guest
    row.by_id = who.by_id
    row.reason = ""
    row.offer_until = row.assured_at = None
    row.changed_at = now
    db.add(row)
    db.flush()
    return row


def _leave(db: Session, activity: Activity, signup: Signup, reason: str, *, now: datetime, by_id: int | None) -> Place:
    if signup.state is SignupState.OFFERED:
        waitlist.unsay(db, signup, now=now)
    signup.state = SignupState.CANCELLED
    signup.reason = reason
    signup.by_id = by_id
    signup.offer_until = None
    signup.changed_at = now
    db.add(signup)
    return Place(signup, activity, is_passed_on=waitlist.fill(db, activity, now=now) > 0)


def _locked(db: Session, signup_id: int) -> tuple[Activity, Signup]:
    """Return a sign-up and its activity as they stand, the activity held by this transaction."""
    signup = found(db, signup_id)
    activity = locked(db, signup.activity_id)
    db.refresh(signup)
    return activity, signup
