"""Everybody who is concerned by an activity hears, once and some at a time, that it was moved or cancelled."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, notices, unheard
from bot.domain.messages import Choice
from bot.domain.persons import proxies
from bot.domain.volunteers.activities import STANDING
from content.words import label
from db.models import Activity, News, Person, Signup

TELL = "volunteering.tell"
"""The kind of item on the agenda that tells everybody."""

_AT_A_TIME = 50


def plan(db: Session, activity: Activity, what: str, *, now: datetime, **more: object) -> None:
    """Plan to tell everybody who is concerned ``what`` became of an activity (``moved`` or ``cancelled``)."""
    about = {"activity_id": activity.id, "sequence": activity.sequence, "what": what, "after": 0}
    agenda.plan(db, f"tell:activity:{activity.id}:{activity.sequence}", TELL, due_at=now, **about, **more)


def hearers(db: Session, person_id: int) -> list[tuple[int, str]]:
    """Return who is told of what concerns somebody: they themselves, and whoever answers for them, with their name."""
    agents = proxies.agents_of(db, person_id)
    name = db.get_one(Person, person_id).name if agents else ""
    return [(person_id, ""), *((one.agent_id, name) for one in agents)]


def tell_all(db: Session, item: agenda.Item, now: datetime) -> None:
    """Tell everybody who is concerned that an activity was moved or cancelled, some at a time."""
    activity = db.get_one(Activity, item.payload["activity_id"])
    if activity.sequence != item.payload["sequence"]:
        return  # it was changed again meanwhile: that is what they hear
    after = (col(Signup.activity_id) == activity.id, col(Signup.person_id) > item.payload["after"])
    concerned = select(Signup).where(*after, col(Signup.state).in_(STANDING))
    page = db.execute(concerned.order_by(col(Signup.person_id)).limit(_AT_A_TIME)).scalars().all()
    for signup in page:
        heard = [_tell(db, item, activity, signup, by, whose, now) for by, whose in hearers(db, signup.person_id)]
        if not any(heard):
            unheard.put(db, activity, signup.person_id, News(item.payload["what"]), now=now)
    if len(page) == _AT_A_TIME:
        agenda.again(db, item, at=now, after=page[-1].person_id)


def _tell(
    db: Session, item: agenda.Item, activity: Activity, signup: Signup, to: int, whose: str, now: datetime
) -> bool:
    cause = f"activity:{activity.id}:{activity.sequence}:{item.payload['what']}:{signup.person_id}"
    if item.payload["what"] == "cancelled":
        return notices.tell(
            db,
            "volunteering/cancelled_by_organiser",
            to=to,
            cause=cause,
            now=now,
            title=activity.title,
            starts_at=activity.starts_at,
            reason=activity.reason,
            whose=whose,
        )
    leave = Choice(label=label("not_coming"), go="signups.cancel", fill={"signup_id": signup.id})
    return notices.tell(
        db,
        "volunteering/moved",
        to=to,
        cause=cause,
        now=now,
        choices=(leave,),
        title=activity.title,
        was_at=datetime.fromisoformat(item.payload["was_at"]),
        starts_at=activity.starts_at,
        ends_at=activity.ends_at,
        place=activity.place,
        reason=item.payload["reason"],
        whose=whose,
    )
