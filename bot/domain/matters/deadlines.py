"""What a matter is looked at for by itself: its notice has hung out, or nothing was done for too long."""

from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from bot.domain import agenda, notices, recurrence
from bot.domain.agenda import Item
from bot.domain.house import house_of, today
from bot.domain.matters import keeping, opinions, telling
from content import matters as told
from db.models import Matter, MatterState, OutboxKind

OVER = "matters.over"
"""The duty that tells whoever sees to a matter that its notice has hung out to the end."""

IDLE = "matters.idle"
"""The duty that reminds whoever sees to a matter in which nothing was done for too long."""

_MORNING = time(9, 0)
_DAY = timedelta(days=1)


def plan(db: Session, matter: Matter, *, now: datetime) -> None:
    """Plan what is due after the last step of a matter, instead of what was planned before."""
    for duty in (OVER, IDLE):
        agenda.withdraw(db, f"{duty}:{matter.id}:", now=now)
    zone, about = house_of(db).zone, {"matter_id": matter.id, "run": matter.run}
    if matter.public_until and matter.public_until >= today(db, now):
        over = recurrence.moment(matter.public_until + _DAY, _MORNING, zone)
        agenda.plan(db, f"{OVER}:{matter.id}:{matter.run}", OVER, due_at=over, **about)
    if matter.state is MatterState.ONGOING:
        since = max(matter.public_until or today(db, now), today(db, now))
        idle = recurrence.moment(since + told.idle_days() * _DAY, _MORNING, zone)
        agenda.plan(db, f"{IDLE}:{matter.id}:{matter.run}", IDLE, due_at=idle, **about)


def over(db: Session, item: Item, now: datetime) -> None:
    """Tell whoever sees to a matter that its notice has hung out, with how many opinions came and wait."""
    matter = _meant(db, item)
    if matter is None or matter.state is MatterState.DROPPED:
        return
    asked, waiting = opinions.counts(db, matter)
    notices.tell_all(
        db,
        "matters/hung_out",
        to=keeping.responsible(db, matter),
        cause=item_cause(item, matter),
        now=now,
        kind=OutboxKind.REMINDER,
        choices=telling.to_do(db, matter),
        title=matter.title,
        step=told.step(matter.step).public,
        asked=asked,
        waiting=waiting,
        next=telling.next_name(db, matter),
    )


def idle(db: Session, item: Item, now: datetime) -> None:
    """Remind whoever sees to a matter that nothing was done for too long, and again after as long."""
    matter = _meant(db, item)
    if matter is None or matter.state is not MatterState.ONGOING:
        return
    days = (today(db, now) - today(db, matter.stepped_at)).days
    notices.tell_all(
        db,
        "matters/idle",
        to=keeping.responsible(db, matter),
        cause=f"{item_cause(item, matter)}:{days}",
        now=now,
        kind=OutboxKind.REMINDER,
        choices=telling.to_do(db, matter),
        title=matter.title,
        days=days,
        next=telling.next_name(db, matter),
    )
    agenda.again(db, item, at=now + told.idle_days() * _DAY)


def item_cause(item: Item, matter: Matter) -> str:
    """Return under which cause somebody hears of an item."""
    return f"{item.kind}:{matter.id}:{matter.run}"


def _meant(db: Session, item: Item) -> Matter | None:
    """Return the matter an item is about, ``None`` when something was done to it meanwhile."""
    matter = db.get(Matter, item.payload["matter_id"])
    return matter if matter and matter.run == item.payload["run"] else None
