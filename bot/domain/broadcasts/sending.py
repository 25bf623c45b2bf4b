"""The duties of a broadcast: begins it at its time, then gathers, feeds and collects, a little in each transaction.

Every step is a transaction of its own that begins where the one before ended, so a process that is killed loses and
doubles nothing. A step whose ``run`` is no longer the broadcast's does nothing.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import agenda, audit, files, notices
from bot.domain.access import Act
from bot.domain.agenda import Item
from bot.domain.broadcasts import collecting, deciding, feeding, following, fresh, gathering, news, states, window
from bot.domain.broadcasts.fresh import LATE_AFTER
from bot.domain.house import house_of
from db.models import Broadcast, BroadcastState, FileState, OutboxState, Person

WORK = "broadcasts.work"
"""The kind of item on the agenda that gets a broadcast on."""

PAUSED_FOR = timedelta(days=3650)
"""How far what is paused is put off: until somebody lets it go on."""

_TICK = timedelta(seconds=1)
_FILES_WAIT = timedelta(seconds=2)
_FILES_PATIENCE = timedelta(minutes=2)


def start(db: Session, item: Item, now: datetime) -> None:
    """Do :data:`deciding.START`: begin a broadcast, ask its author when it is too late, drop it when it is not theirs.

    Whether its author may still speak to this audience, and alone, is looked at now, not when it was written.
    """
    broadcast = states.locked(db, item.payload["id"])
    if broadcast.run != item.payload["run"] or broadcast.state is not BroadcastState.SCHEDULED:
        return
    if now - (broadcast.due_at or now) > LATE_AFTER:
        states.move(db, broadcast, BroadcastState.LATE, now=now)
        news.late(db, broadcast, now=now)
        return
    if not states.may(db, db.get_one(Person, broadcast.author_id), Act.BROADCAST, broadcast):
        states.move(db, broadcast, BroadcastState.CANCELLED, now=now)
        audit.note(db, "broadcasts.dropped", f"broadcast:{broadcast.id}", actor_id=broadcast.author_id, now=now)
        news.dropped(db, broadcast, now=now)
        return
    if deciding.has_outgrown(db, broadcast, now=now):
        return
    if now - (broadcast.due_at or now) < _FILES_PATIENCE and _files_are_coming(db, broadcast):
        agenda.again(db, item, at=now + _FILES_WAIT)
        return
    feeding.keep_bodies(db, broadcast)
    broadcast.began_at = now
    states.move(db, broadcast, BroadcastState.SENDING, now=now)
    audit.note(db, "broadcasts.send", f"broadcast:{broadcast.id}", actor_id=broadcast.author_id, now=now)
    plan(db, broadcast, now=now)


def plan(db: Session, broadcast: Broadcast, *, now: datetime) -> None:
    """Let a broadcast be got on from now on; what was planned for an earlier run does nothing any more."""
    cause = f"broadcast:{broadcast.id}:work:{broadcast.run}"
    agenda.plan(db, cause, WORK, due_at=now, id=broadcast.id, run=broadcast.run)


def work(db: Session, item: Item, now: datetime) -> None:
    """Do :data:`WORK`: the next step of a broadcast, and plan the one after it."""
    broadcast = states.locked(db, item.payload["id"])
    if broadcast.run != item.payload["run"]:
        return
    match broadcast.state:
        case BroadcastState.SENDING if now - item.due_at > LATE_AFTER:
            _interrupted(db, broadcast, now)
            return
        case BroadcastState.SENDING:
            again_at = _go_on(db, broadcast, now)
        case BroadcastState.PAUSED:
            again_at = _settle(db, broadcast, now)
        case BroadcastState.RECALLING:
            again_at = _stop(db, broadcast, now)
        case BroadcastState.FINISHED:
            again_at = _go_on_behind(db, broadcast, now)
        case _:
            return
    if again_at is not None:
        agenda.again(db, item, at=again_at)


def _go_on(db: Session, broadcast: Broadcast, now: datetime) -> datetime | None:
    """Gather a page, or collect what ended and feed a page; ``None`` when everybody's row has ended."""
    if broadcast.gathered_to is not None and gathering.page(db, broadcast, now=now):
        return now
    left = collecting.collect(db, broadcast, now=now)
    house = house_of(db)
    audible = now if broadcast.is_urgent else notices.audible(now, house.zone, house.quiet_hours)
    if audible > now:
        fresh.let_wait(db, broadcast, until=audible, now=now)
        return audible
    fresh.say_so(db, broadcast, now=now)
    has_more = feeding.feed(db, broadcast, now=now)
    if not has_more and not left and not window.size(db, broadcast.id or 0):
        if gathering.is_anybody_waiting(db, broadcast):  # somebody became somebody else meanwhile
            broadcast.fed_to = 0
            return now
        _finish(db, broadcast, BroadcastState.FINISHED, now)
        return None
    is_hungry = has_more and left + feeding.PAGE < window.MOST
    return now if is_hungry else now + _TICK


def _go_on_behind(db: Session, broadcast: Broadcast, now: datetime) -> datetime | None:
    """Collect what an operator let be sent once more after the end; ``None`` when nothing is any more."""
    if not collecting.collect(db, broadcast, now=now):
        return None
    fresh.say_so(db, broadcast, now=now)
    return now + _TICK


def _settle(db: Session, broadcast: Broadcast, now: datetime) -> datetime | None:
    """Collect what was being sent when a broadcast was paused; ``None`` when nothing is any more."""
    fresh.let_wait(db, broadcast, until=now + PAUSED_FOR, now=now)
    collecting.collect(db, broadcast, now=now)
    in_flight = window.states(db, broadcast.id or 0).get(OutboxState.LEASED, 0)
    return now + _TICK if in_flight else None


def _stop(db: Session, broadcast: Broadcast, now: datetime) -> datetime | None:
    """Stop those who heard nothing yet, a page at a time, and wait for what is being sent; ``None`` when it is over."""
    if broadcast.gathered_to is not None:
        gathering.stop(db, broadcast)
    window.cancel(db, broadcast, now=now)
    left = collecting.collect(db, broadcast, now=now)
    if collecting.stop_waiting(db, broadcast):
        return now
    if left:
        return now + _TICK
    collecting.take_back(db, broadcast, feeding.cause_of(broadcast), now=now)
    _finish(db, broadcast, BroadcastState.RECALLED, now)
    return None


def _finish(db: Session, broadcast: Broadcast, end: BroadcastState, now: datetime) -> None:
    states.move(db, broadcast, end, now=now)
    news.ended(db, broadcast, now=now)
    following.begin(db, broadcast, now=now)


def _interrupted(db: Session, broadcast: Broadcast, now: datetime) -> None:
    """Hold a broadcast that nobody got on for long, until its author says that it should still go on."""
    broadcast.run += 1
    states.move(db, broadcast, BroadcastState.PAUSED, now=now)
    fresh.let_wait(db, broadcast, until=now + PAUSED_FOR, now=now)
    plan(db, broadcast, now=now)
    news.interrupted(db, broadcast, now=now)


def _files_are_coming(db: Session, broadcast: Broadcast) -> bool:
    return any(row.state is FileState.WAITING for row in files.rows(db, broadcast.files))
