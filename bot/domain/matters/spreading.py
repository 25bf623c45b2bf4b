"""Whoever follows a matter hears of each step that is made public: once, and some at a time."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, notices
from bot.domain.agenda import Item
from bot.domain.messages import Choice
from content import matters as told
from content.words import label
from db.claims import put_if_missing, table_of
from db.models import Address, Matter, MatterFollower, MatterState, MatterStep, Person

TELL = "matters.tell"
"""The duty that tells whoever follows a matter."""

_AT_A_TIME = 100
_FOLLOWER = table_of(MatterFollower)


def plan(db: Session, line: MatterStep, what: str, *, now: datetime) -> None:
    """Plan to tell who follows a matter ``what`` became of a step: it is a ``step``, was ``corrected``, ``withdrawn``.

    Of a matter as a whole, that it was ``dropped`` or goes on (``resumed``).
    """
    matter = db.get_one(Matter, line.matter_id)
    about = {"matter_id": matter.id, "step_id": line.id, "what": what, "after": 0}
    agenda.plan(db, f"{TELL}:{matter.id}:{matter.run}:{what}", TELL, due_at=now, **about)


def tell(db: Session, item: Item, now: datetime) -> None:
    """Tell who follows a matter, some at a time."""
    matter = db.get_one(Matter, item.payload["matter_id"])
    line = db.get_one(MatterStep, item.payload["step_id"])
    after = col(MatterFollower.person_id) > item.payload["after"]
    rows = select(MatterFollower).where(col(MatterFollower.matter_id) == matter.id, after)
    page = db.execute(rows.order_by(col(MatterFollower.person_id)).limit(_AT_A_TIME)).scalars().all()
    for one in page:
        _tell(db, matter, line, item.payload["what"], db.get_one(Address, one.address_id), now)
    if len(page) == _AT_A_TIME:
        agenda.again(db, item, at=now, after=page[-1].person_id)


def follow(db: Session, matter: Matter, person: Person, address: Address, *, now: datetime) -> None:
    """Let somebody hear of a matter from now on, once however often they say so."""
    values = {"matter_id": matter.id, "person_id": person.id, "address_id": address.id, "since": now}
    put_if_missing(db, MatterFollower, values, key=("matter_id", "person_id"))


def unfollow(db: Session, matter_id: int, person_id: int) -> None:
    """Let somebody hear no more of a matter."""
    theirs = (_FOLLOWER.c.matter_id == matter_id, _FOLLOWER.c.person_id == person_id)
    db.execute(delete(_FOLLOWER).where(*theirs))


def follows(db: Session, matter_id: int, person_id: int) -> bool:
    """Tell whether somebody hears of a matter."""
    return db.get(MatterFollower, (matter_id, person_id)) is not None


def followed(db: Session, person_id: int, *, most: int) -> list[Matter]:
    """Return the newest matters somebody follows."""
    theirs = select(col(MatterFollower.matter_id)).where(col(MatterFollower.person_id) == person_id)
    rows = select(Matter).where(col(Matter.id).in_(theirs)).order_by(col(Matter.id).desc()).limit(most)
    return list(db.execute(rows).scalars())


def _tell(db: Session, matter: Matter, line: MatterStep, what: str, to: Address, now: datetime) -> None:
    fill = {"matter_id": matter.id}
    choices = (Choice(label=label("unfollow_matter"), go="matters.unfollow", fill=fill),)
    if matter.published_at is not None and matter.state is not MatterState.DROPPED:
        choices = (Choice(label=label("see_matter"), go="matters.state", fill=fill), *choices)
    notices.tell(
        db,
        "matters/for_follower",
        to=to,
        cause=f"{TELL}:{matter.id}:{line.id}:{what}",
        now=now,
        choices=choices,
        title=matter.title,
        what=what,
        step=told.step(line.step).name,
        words=line.words,
        reason=matter.reason or line.reason,
    )
