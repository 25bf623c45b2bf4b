"""Who has not heard that a session or an activity was moved or called off is put on its call list, and that is told.

Their message lies with a channel that may not push, was refused everywhere, or there is nowhere to send one. Whoever is
shown it later is on the list no more (:mod:`bot.domain.calls`).
"""

import re
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import agenda, calls, occasions
from bot.domain.agenda import Item
from bot.domain.outgoing.outbox import Parcel
from bot.domain.persons import people
from bot.domain.studies import leave
from db.models import News, Occasion

TELL = "unheard.tell"
"""The duty that tells whoever holds something that some have not heard the news of it."""

_SOON = timedelta(minutes=10)
"""So long others are waited for who have not heard it either: all are told of in one message."""

_CAUSE = re.compile(
    r"(?P<what>session|activity):(?P<id>\d+):(?:\d+:)?(?P<news>moved|cancelled):(?:\d+:)?(?P<about>\d+):\d+"
)
"""The causes of such news: of what, whom it concerns, and the address it goes to."""


def keep(db: Session, parcel: Parcel, *, now: datetime) -> None:
    """Put on the list whom a message concerns that could not be pushed; what was for who acts for them counts less."""
    found = _CAUSE.match(parcel.cause)
    if found is None:
        return
    occasion, about = occasions.by_word(db, found["what"], int(found["id"])), int(found["about"])
    is_theirs = people.person_at(db, parcel.target) == about
    if occasion is not None and (is_theirs or people.best_address(db, about) is None):
        put(db, occasion, about, News(found["news"]), now=now, outbox_id=parcel.id)


def give_up(db: Session, parcel: Parcel, *, now: datetime) -> None:
    """See to a message nobody can get any more: whom it concerns is called, or others are asked instead."""
    if not leave.pass_on(db, parcel.cause, now=now):
        keep(db, parcel, now=now)


def put(
    db: Session, occasion: Occasion, person_id: int, news: News, *, now: datetime, outbox_id: int | None = None
) -> None:
    """Put somebody on the list of something that lies ahead, and see to it that whoever holds it hears of that."""
    if occasion.starts_at <= now:
        return
    calls.put_unheard(db, occasion, person_id, news, now=now, outbox_id=outbox_id)
    agenda.plan(db, f"{_cause(occasion)}:{news}", TELL, due_at=now + _SOON, news=news, **occasions.named(occasion))


def tell(db: Session, item: Item, now: datetime) -> None:
    """Do :data:`TELL`: tell who is still to be called, while calling them is of use."""
    payload = item.payload
    occasion = occasions.found(db, session_id=payload.get("session_id"), activity_id=payload.get("activity_id"))
    if occasion is not None and occasion.starts_at > now:
        calls.tell_secretary(db, occasion, now=now, cause=f"{_cause(occasion)}:{payload['news']}")


def _cause(occasion: Occasion) -> str:
    return f"unheard:{occasions.word(occasion)}:{occasion.id}:{occasion.sequence}"
