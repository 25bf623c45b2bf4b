"""Who waits for a seat: each free one is offered to whoever waited longest, to one person at a time, with a deadline.

Everything here runs under the lock of the activity's row.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, notices
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.outgoing import outbox
from bot.domain.volunteers.activities import HELD, locked, offers_end
from bot.domain.volunteers.telling import hearers
from content.words import label
from db.models import Activity, OccasionState, SeatQuota, Signup, SignupState

EXPIRE = "seats.expire"
"""The kind of item on the agenda that ends an offer."""

EXPIRED, NOT_REACHED, DECLINED = "expired", "not reached", "declined"
"""Why somebody no longer waits."""

_OFFERED_FOR = timedelta(hours=4)
_SHORTEST_OFFER = timedelta(minutes=15)
_ROUND = timedelta(minutes=10)


def fill(db: Session, activity: Activity, *, now: datetime) -> int:
    """Offer every free seat to whoever waited longest among those it is for; return how many were offered."""
    if activity.state is not OccasionState.PUBLISHED:
        return 0
    offered = 0
    quotas = db.execute(select(SeatQuota).where(col(SeatQuota.activity_id) == activity.id).order_by(col(SeatQuota.id)))
    for quota in quotas.scalars():
        for _ in range(quota.seats - taken(db, quota)):
            signup = _next(db, activity, quota)
            until = deadline(db, activity, now=now)
            if signup is None or until is None:
                break
            _offer(db, activity, quota, signup, until, now)
            offered += 1
    return offered


def taken(db: Session, quota: SeatQuota) -> int:
    """Return how many seats of a quota somebody has or is offered."""
    db.flush()
    held = (col(Signup.quota_id) == quota.id, col(Signup.state).in_(HELD))
    return db.execute(select(func.count()).select_from(Signup).where(*held)).scalar_one()


def position(db: Session, signup: Signup) -> int:
    """Return which in the queue somebody is, from 1; 0 for whoever does not wait."""
    if signup.state is not SignupState.WAITLISTED:
        return 0
    db.flush()
    waiting = (col(Signup.quota_id) == signup.quota_id, col(Signup.state) == SignupState.WAITLISTED)
    ahead = select(func.count()).select_from(Signup).where(*waiting, col(Signup.rank) <= signup.rank)
    return db.execute(ahead).scalar_one()


def last_rank(db: Session, activity: Activity) -> int:
    """Return the highest rank anybody ever had in the queues of an activity."""
    db.flush()
    ranks = select(func.max(Signup.rank)).where(col(Signup.activity_id) == activity.id)
    return db.execute(ranks).scalar_one() or 0


def deadline(db: Session, activity: Activity, *, now: datetime) -> datetime | None:
    """Return until when a seat offered now is kept: four waking hours, or as long as seats are offered at all.

    ``None`` when that would leave nobody the time to answer.
    """
    house = house_of(db)
    end = offers_end(db, activity)
    heard_at = notices.audible(now, house.zone, house.quiet_hours)
    if end - heard_at < _SHORTEST_OFFER:
        return None
    return min(end, _rounded(waking(heard_at, _OFFERED_FOR, house.zone, house.quiet_hours)))


def waking(moment: datetime, span: timedelta, zone: ZoneInfo, quiet: tuple[time, time]) -> datetime:
    """Return when ``span`` has gone by since ``moment``, quiet hours not counted."""
    moment = notices.audible(moment, zone, quiet)
    if quiet[0] == quiet[1]:
        return moment + span
    local = moment.astimezone(zone)
    night = datetime.combine(local.date(), quiet[0], zone)
    if night <= local:
        night = datetime.combine(local.date() + timedelta(days=1), quiet[0], zone)
    night = night.astimezone(moment.tzinfo)
    if moment + span <= night:
        return moment + span
    return waking(night, span - (night - moment), zone, quiet)


def expire(db: Session, item: agenda.Item, now: datetime) -> None:
    """End an offer nobody answered in time, tell them, and offer the seat to the next."""
    signup = db.get_one(Signup, item.payload["signup_id"])
    activity = locked(db, signup.activity_id)
    db.refresh(signup)
    is_open = signup.state is SignupState.OFFERED and signup.rank == item.payload["rank"]
    if not is_open or activity.state is not OccasionState.PUBLISHED:
        return
    if signup.offer_until and signup.offer_until > now:
        agenda.again(db, item, at=signup.offer_until)
        return
    _end(db, activity, signup, EXPIRED, now)
    fill(db, activity, now=now)


def close(db: Session, item: agenda.Item, now: datetime) -> None:
    """Tell whoever still waits an hour before the beginning that it was not to be this time."""
    activity = locked(db, item.payload["activity_id"])
    if activity.sequence != item.payload["sequence"] or activity.state is not OccasionState.PUBLISHED:
        return
    waiting = (col(Signup.activity_id) == activity.id, col(Signup.state) == SignupState.WAITLISTED)
    for signup in db.execute(select(Signup).where(*waiting).order_by(col(Signup.rank))).scalars().all():
        _end(db, activity, signup, NOT_REACHED, now)


def unsay(db: Session, signup: Signup, *, now: datetime) -> None:
    """Let an offer that is over, or was taken, be told nobody who has not heard it yet: it may wait for the morning."""
    outbox.cancel(db, f"offer:{signup.id}:{signup.rank}:", now=now, reason="offer is over")


def unsay_all(db: Session, activity: Activity, *, now: datetime) -> None:
    """Let no offer of an activity be told any more."""
    standing = (col(Signup.activity_id) == activity.id, col(Signup.state) == SignupState.OFFERED)
    for signup in db.execute(select(Signup).where(*standing)).scalars():
        unsay(db, signup, now=now)


def _next(db: Session, activity: Activity, quota: SeatQuota) -> Signup | None:
    """Return who waited longest for a seat of a quota; one that anybody may have is for all who wait."""
    waiting = select(Signup).where(col(Signup.activity_id) == activity.id, col(Signup.state) == SignupState.WAITLISTED)
    if quota.kind is not None:
        waiting = waiting.where(col(Signup.quota_id) == quota.id)
    return db.execute(waiting.order_by(col(Signup.rank)).limit(1)).scalar_one_or_none()


def _offer(  # all of it is said
    db: Session, activity: Activity, quota: SeatQuota, signup: Signup, until: datetime, now: datetime
) -> None:
    signup.state = SignupState.OFFERED
    signup.quota_id = quota.id or 0
    signup.offer_until = until
    signup.changed_at = now
    db.add(signup)
    cause = f"offer:{signup.id}:{signup.rank}"
    agenda.plan(db, cause, EXPIRE, due_at=until, signup_id=signup.id, rank=signup.rank)
    fill_in = {"signup_id": signup.id}
    choices = (
        Choice(label=label("confirm_seat"), go="signups.confirm_offer", fill=fill_in),
        Choice(label=label("decline_seat"), go="signups.decline_offer", fill=fill_in),
    )
    for heard_by, whose in hearers(db, signup.person_id):
        notices.tell(
            db,
            "volunteering/seat_offered",
            to=heard_by,
            cause=cause,
            now=now,
            choices=choices,
            title=activity.title,
            starts_at=activity.starts_at,
            until=until,
            whose=whose,
        )


def _end(db: Session, activity: Activity, signup: Signup, reason: str, now: datetime) -> None:
    unsay(db, signup, now=now)
    signup.state = SignupState.CANCELLED
    signup.reason = reason
    signup.offer_until = None
    signup.changed_at = now
    db.add(signup)
    again = Choice(label=label("wait_again"), go="signups.sign_up", fill={"activity_id": activity.id})
    for heard_by, whose in hearers(db, signup.person_id):
        notices.tell(
            db,
            "volunteering/no_longer_waiting",
            to=heard_by,
            cause=f"waited:{signup.id}:{signup.rank}",
            now=now,
            choices=(again,) if reason == EXPIRED and not whose else (),
            title=activity.title,
            starts_at=activity.starts_at,
            has_expired=reason == EXPIRED,
            whose=whose,
        )


def _rounded(moment: datetime) -> datetime:
    """Return the next ten minutes: a deadline people can keep in mind."""
    over = timedelta(minutes=moment.minute % 10, seconds=moment.second, microseconds=moment.microsecond)
    return moment + (_ROUND - over if over else timedelta(0))
