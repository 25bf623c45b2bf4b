"""An activity as it stands: found, locked, shown in a line, and what room it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import notices, reminders
from bot.domain.house import house_of
from bot.errors import DomainError
from db.models import Activity, AgendaItem, AgendaState, MemberKind, OccasionState, SeatQuota, Signup, SignupState
from db.types import END_OF_PREFIX

HELD = (SignupState.CONFIRMED, SignupState.OFFERED)
"""States in which somebody has a seat to themselves."""

STANDING = (*HELD, SignupState.WAITLISTED)
"""States in which somebody is concerned by an activity."""

LONGEST = timedelta(days=3)
"""How long an activity may take."""

_LAST_OFFER = timedelta(hours=1)


def locked(db: Session, activity_id: int) -> Activity:
    """Return an activity as it stands, held by this transaction; raise :class:`DomainError` for one there is not."""
    mine = select(Activity).where(col(Activity.id) == activity_id).with_for_update()
    activity = db.execute(mine.execution_options(populate_existing=True)).scalar_one_or_none()
    if activity is None:
        raise DomainError("volunteering/no_such_activity")
    return activity


def found(db: Session, activity_id: int) -> Activity:
    """Return an activity, for showing it; raise :class:`DomainError` for one there is not."""
    activity = db.get(Activity, activity_id)
    if activity is None:
        raise DomainError("volunteering/no_such_activity")
    return activity


def insist_on_time(activity: Activity, now: datetime) -> None:
    """Refuse what can no longer be done with an activity that is cancelled, not published or over."""
    if activity.state is OccasionState.CANCELLED:
        raise DomainError("volunteering/is_cancelled", title=activity.title, reason=activity.reason)
    if activity.state is OccasionState.DRAFT:
        raise DomainError("volunteering/no_such_activity")
    if activity.starts_at <= now:
        raise DomainError("volunteering/has_begun", title=activity.title)


def offers_end(db: Session, activity: Activity) -> datetime:
    """Return until when seats are offered to those who wait: an hour before the beginning, and never at night."""
    house = house_of(db)
    return notices.before_quiet(activity.starts_at - _LAST_OFFER, house.zone, house.quiet_hours)


@dataclass(frozen=True, slots=True)
class Room:
    """How many seats there are for somebody, how many are taken, and how many people wait."""

    seats: int
    taken: int
    waiting: int

    @property
    def free(self) -> int:
        """Seats nobody has."""
        return max(0, self.seats - self.taken)


def room(db: Session, activity_ids: Sequence[int], kind: MemberKind | None = None) -> dict[int, Room]:
    """Return what room activities have, for one kind of people or for all of them."""
    fits = or_(col(SeatQuota.kind).is_(None), col(SeatQuota.kind) == kind) if kind else true()
    quotas = select(col(SeatQuota.activity_id), func.sum(SeatQuota.seats))
    quotas = quotas.where(col(SeatQuota.activity_id).in_(activity_ids), fits).group_by(col(SeatQuota.activity_id))
    counted = select(col(Signup.activity_id), col(Signup.state), func.count())
    counted = counted.join(SeatQuota, col(SeatQuota.id) == col(Signup.quota_id))
    counted = counted.where(col(Signup.activity_id).in_(activity_ids), col(Signup.state).in_(STANDING), fits)
    taken, waiting = dict.fromkeys(activity_ids, 0), dict.fromkeys(activity_ids, 0)
    for activity_id, state, count in db.execute(counted.group_by(col(Signup.activity_id), col(Signup.state))):
        (taken if state in HELD else waiting)[activity_id] += count
    seats = {activity_id: int(count) for activity_id, count in db.execute(quotas)}
    return {one: Room(seats.get(one, 0), taken[one], waiting[one]) for one in activity_ids}


def line(db: Session, activity: Activity, free: Room | None = None) -> str:
    """Return an activity in a line, as it stands in lists."""
    values = {"title": activity.title, "starts_at": activity.starts_at, "room": free}
    return house_of(db).renderer.render("volunteering/line", values)


def reminded_at(db: Session, activity: Activity) -> datetime | None:
    """Return when whoever signed up is reminded next."""
    cause = f"{reminders.cause_of(activity)}:"
    ladder = (col(AgendaItem.cause) >= cause, col(AgendaItem.cause) < cause + END_OF_PREFIX)
    pending = select(func.min(AgendaItem.due_at)).where(*ladder, col(AgendaItem.state) == AgendaState.PENDING)
    return db.execute(pending).scalar_one()


def subject(activity: Activity) -> str:
    """Return an activity as audit lines name it."""
    return f"activity:{activity.id} {activity.title}"
