"""What secretaries are asked of their pledges by themselves: at the end of each month, and on the day itself.

Who told of a pledge in the last days is not asked again. Both are messages nobody asked for: they mind the quiet hours
and count for the week.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, recurrence, unasked
from bot.domain.agenda import Item
from bot.domain.house import house_of, today
from bot.domain.messages import Choice
from bot.domain.pledges import finding, history, keeping
from bot.domain.unasked import Letter
from content.words import label
from db.models import IS_OPEN_PLEDGE, OutboxKind, Pledge, PledgeState

MONTHLY = "pledges.monthly"
"""The item that asks at the end of each month; it repeats for ever."""

_AT = time(10, 0)
_LAST_OF_MONTH = {"freq": "monthly", "day": -1}
_OF_USE = timedelta(days=3)
_LATELY = timedelta(days=7)
_PAGE = 20
_SHOWN = 5
_TITLE = 16


def begin(db: Session, *, now: datetime) -> None:
    """Plan the first end of a month, once for ever."""
    agenda.plan(db, MONTHLY, MONTHLY, due_at=_next(db, now), after=0)


def ask_all(db: Session, item: Item, now: datetime) -> None:
    """Do :data:`MONTHLY`: ask a page of people at a time how far they are, and again at the end of the next month."""
    is_time = now - item.due_at <= _OF_USE
    page = _holders(db, after=int(item.payload["after"])) if is_time else []
    for holder_id in page:
        _ask(db, holder_id, now=now)
    if len(page) == _PAGE:
        agenda.again(db, item, at=now, after=page[-1])
    else:
        agenda.again(db, item, at=_next(db, now), after=0)


def ask_on_the_day(db: Session, item: Item, now: datetime) -> None:
    """Ask on its day whether a pledge is done, unless it is, or was withdrawn."""
    pledge = finding.held(db, item.payload["pledge_id"])
    if pledge.state is not PledgeState.PUBLISHED:
        return
    letters = [
        Letter(one, one, "pledges/is_it_done", {"words": pledge.words}, to_tell(pledge))
        for one in keeping.keepers(db, pledge)
    ]
    _tell(db, letters, f"pledge:{pledge.id}:ask:day", now=now)


def to_tell(pledge: Pledge) -> tuple[Choice, ...]:
    """Offer to say that a pledge is done, or how far it is, which free words do as well."""
    fill = {"pledge_id": pledge.id}
    return (
        Choice(label=label("tell_progress"), go="pledges.progress", fill=fill, words="said"),
        Choice(label=label("pledge_done"), go="pledges.done", fill=fill),
    )


def _ask(db: Session, holder_id: int, *, now: datetime) -> None:
    theirs = select(Pledge).where(IS_OPEN_PLEDGE, col(Pledge.holder_id) == holder_id)
    public = theirs.where(col(Pledge.state) == PledgeState.PUBLISHED).order_by(col(Pledge.due_on), col(Pledge.id))
    found = db.execute(public).scalars().all()
    told = history.touched_since(db, [one.id or 0 for one in found], now - _LATELY)
    meant = [one for one in found if one.id not in told]
    for unit_id in dict.fromkeys(one.unit_id for one in meant):
        here = [one for one in meant if one.unit_id == unit_id]
        letters = [_letter(one, here) for one in keeping.keepers(db, here[0])]
        _tell(db, letters, f"pledge:{here[0].id}:ask:{today(db, now):%Y-%m}", now=now)


def _letter(to: int, pledges: Sequence[Pledge]) -> Letter:
    if len(pledges) == 1:
        return Letter(to, to, "pledges/how_far", {"words": pledges[0].words}, to_tell(pledges[0]))
    choices = tuple(
        Choice(label=short(one), go="pledges.progress", fill={"pledge_id": one.id}) for one in pledges[:_SHOWN]
    )
    return Letter(to, to, "pledges/how_far_are_these", {"count": len(pledges)}, choices)


def short(pledge: Pledge) -> str:
    """Return a pledge as it stands on a button."""
    return pledge.words if len(pledge.words) <= _TITLE else f"{pledge.words[: _TITLE - 1]}…"


def _tell(db: Session, letters: Sequence[Letter], cause: str, *, now: datetime) -> None:
    unasked.tell(db, letters, cause=cause, kind=OutboxKind.REMINDER, now=now, until=now + _OF_USE)


def _holders(db: Session, *, after: int) -> list[int]:
    public = select(col(Pledge.holder_id)).where(
        IS_OPEN_PLEDGE, col(Pledge.state) == PledgeState.PUBLISHED, col(Pledge.holder_id) > after
    )
    return list(db.execute(public.distinct().order_by(col(Pledge.holder_id)).limit(_PAGE)).scalars())


def _next(db: Session, now: datetime) -> datetime:
    zone = house_of(db).zone
    day = today(db, now)
    ends = recurrence.dates(_LAST_OF_MONTH, after=day - timedelta(days=1), until=day + timedelta(days=62))
    return next(due for one in ends if (due := recurrence.moment(one, _AT, zone)) > now)
