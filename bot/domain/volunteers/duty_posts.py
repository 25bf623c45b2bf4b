"""Standing posts: who has duty this week, somebody else for a turn, and a post nobody mans yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, agenda, notices
from bot.domain.messages import Choice
from bot.domain.persons import members
from bot.domain.volunteers import activities, browsing, seats, service
from bot.domain.volunteers.activities import insist_on_time, locked
from bot.errors import DomainError
from content.words import label
from db.models import Activity, ActivityKind, OccasionState, Person, Signup, SignupState, Swap, SwapState, Unit

SWAPPED = "swapped"
"""Why somebody no longer has a turn: another took it over."""

_WEEK = timedelta(days=7)
_MOST_TURNS = 5
_MOST_ASKED = 200


@dataclass(frozen=True, slots=True)
class Shift:
    """A turn of duty: how many have it, how many more it needs, and who they are, where that may be seen."""

    activity: Activity
    manned: int
    free: int
    names: Sequence[str]


def week(db: Session, person: Person, *, now: datetime) -> list[Shift]:
    """Return the turns of the next seven days that concern somebody, the next first.

    The names are for those who share the duty, by a roster, and for whoever holds it.
    """
    chosen = select(Activity).where(
        col(Activity.kind) == ActivityKind.DUTY,
        col(Activity.state) == OccasionState.PUBLISHED,
        col(Activity.starts_at) > now,
        col(Activity.starts_at) <= now + _WEEK,
    )
    around = browsing.units_around(db, person)
    if around:
        chosen = chosen.where(col(Activity.audience_unit_id).in_(around))
    turns = db.execute(chosen.order_by(col(Activity.starts_at), col(Activity.id)).limit(_MOST_TURNS)).scalars().all()
    rooms = activities.room(db, [one.id or 0 for one in turns])
    return [_shift(db, one, person, rooms[one.id or 0].free) for one in turns]


def _shift(db: Session, activity: Activity, person: Person, free: int) -> Shift:
    names = seats.names(db, activity)[0]
    shares = members.branch_of(db, person.id or 0) is not None and browsing.is_meant(db, activity, person)
    may_see = shares or access.may(db, person, access.Act.HOLD_ACTIVITIES, db.get_one(Unit, activity.unit_id))
    return Shift(activity, manned=len(names), free=free, names=names if may_see else ())


def ask_for_swap(db: Session, signup_id: int, *, now: datetime) -> tuple[Swap, int]:
    """Ask the others of the unit whether one of them takes a turn; return the wish, and how many were asked.

    Asked again while it is open, nobody is told twice. Raises :class:`DomainError` when it is no turn of theirs.
    """
    signup = seats.found(db, signup_id)
    activity = locked(db, signup.activity_id)
    db.refresh(signup)
    insist_on_time(activity, now)
    if signup.state is not SignupState.CONFIRMED:
        raise DomainError("volunteering/no_such_signup")
    still = (
        col(Swap.signup_id) == signup_id,
        col(Swap.state) == SwapState.OPEN,
        col(Swap.opened_at) >= signup.changed_at,  # not one for a turn they gave up before
    )
    swap = db.execute(select(Swap).where(*still)).scalars().first()
    if swap is None:
        swap = Swap(signup_id=signup_id, opened_at=now)
        db.add(swap)
        db.flush()
    return swap, _ask(db, swap, signup, activity, now)


def take(db: Session, swap_id: int, person: Person, *, now: datetime) -> Activity:
    """Take over somebody's turn, as the first to say so: they are told, and no longer have it.

    Raises :class:`DomainError` when another was quicker, it is off, or they have a turn at that time already.
    """
    swap = db.get(Swap, swap_id)
    if swap is None:
        raise DomainError("volunteering/no_such_signup")
    signup = seats.found(db, swap.signup_id)
    activity = locked(db, signup.activity_id)
    db.refresh(swap)
    db.refresh(signup)
    insist_on_time(activity, now)
    is_on = swap.state is SwapState.OPEN and swap.opened_at >= signup.changed_at
    if not is_on or signup.state is not SignupState.CONFIRMED:
        raise DomainError("volunteering/turn_is_taken", title=activity.title)
    if not browsing.is_meant(db, activity, person):
        unit = db.get_one(Unit, activity.audience_unit_id)
        raise DomainError("volunteering/not_for_you", title=activity.title, unit=unit.name)
    if not seats.take_over(db, activity, signup, person, reason=SWAPPED, now=now):
        raise DomainError("volunteering/has_a_turn", title=activity.title)
    swap.state, swap.taken_by, swap.ended_at = SwapState.TAKEN, person.id, now
    db.add(swap)
    notices.tell(
        db,
        "volunteering/turn_taken_over",
        to=signup.person_id,
        cause=f"swap:{swap.id}:taken",
        now=now,
        title=activity.title,
        starts_at=activity.starts_at,
        name=person.name,
    )
    return activity


def gap(db: Session, item: agenda.Item, now: datetime) -> None:
    """Tell whoever holds a post two days ahead that nobody mans it yet."""
    activity = db.get_one(Activity, item.payload["activity_id"])
    if activity.sequence != item.payload["sequence"] or activity.state is not OccasionState.PUBLISHED:
        return
    free = activities.room(db, [activity.id or 0])[activity.id or 0].free
    if not free or activity.starts_at <= now:
        return
    manage = Choice(label=label("manage_activity"), go="activities.manage", fill={"activity_id": activity.id})
    notices.tell_all(
        db,
        "volunteering/post_is_unmanned",
        to=service.organisers(db, activity),
        cause=f"gap:{activity.id}:{activity.sequence}",
        now=now,
        choices=(manage,),
        title=activity.title,
        starts_at=activity.starts_at,
        free=free,
    )


def _ask(db: Session, swap: Swap, signup: Signup, activity: Activity, now: datetime) -> int:
    audience = members.below(db.get_one(Unit, activity.audience_unit_id), kind=activity.audience_kind)
    there = select(col(Signup.person_id)).where(
        col(Signup.activity_id) == activity.id, col(Signup.state).in_(activities.HELD)
    )
    meant = audience.subquery().c[0]
    others = select(meant).where(meant.not_in(there)).limit(_MOST_ASKED)
    name = db.get_one(Person, signup.person_id).name
    mine = Choice(label=label("take_turn"), go="duty_posts.take", fill={"swap_id": swap.id})
    return notices.tell_all(
        db,
        "volunteering/turn_wanted",
        to=sorted(db.execute(others).scalars()),
        cause=f"swap:{swap.id}",
        now=now,
        choices=(mine,),
        name=name,
        title=activity.title,
        starts_at=activity.starts_at,
        place=activity.place,
    )
