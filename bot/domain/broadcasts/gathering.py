"""Writes down who is to hear a broadcast, page by page, each person once; this is the queue it is sent from."""

import functools
from datetime import datetime
from itertools import repeat
from typing import Any

from sqlalchemy import Executable, Integer, Subquery, bindparam, func, literal, null, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.broadcasts import tallies
from bot.domain.broadcasts.audiences import AFTER, UP_TO, Audience, everybody
from bot.domain.broadcasts.looking import today_of
from db.claims import all_missing, is_postgresql, put_all_missing, table_of
from db.models import Broadcast, Person, Proxy, ProxyState, Recipient, RecipientState

_PAGE_OF_FILE = 1000
_PAGE_OF_SERVER = 10_000
"""People in one transaction, so that whoever talks meanwhile waits for no longer than a moment."""

_REMEMBERED = 16  # audiences, as they are found page by page
_ROW = table_of(Recipient)
_COLUMNS = ("broadcast_id", "person_id", "for_id", "state", "reason")
_KEY = ("broadcast_id", "person_id")


def page(db: Session, broadcast: Broadcast, *, now: datetime) -> bool:
    """Write down the next recipients, and after the last of them whoever hears it for an elder; tell whether more come.

    A page is a stretch of person ids; ``gathered_to`` is ``None`` when there are no more.
    """
    after = broadcast.gathered_to or 0
    last = db.execute(select(func.max(col(Person.id)))).scalar_one() or 0
    step = _step(db, broadcast, last)
    between = None if step >= last and not after else (after, after + step)
    _write(db, broadcast, between, now)
    if between is not None and between[1] < last:
        broadcast.gathered_to = between[1]
    else:
        _add_proxies(db, broadcast)
        _count(db, broadcast)
        broadcast.gathered_to = None
    db.add(broadcast)
    db.flush()
    return broadcast.gathered_to is not None


def stop(db: Session, broadcast: Broadcast) -> None:
    """Write down nobody more: those of whom nothing is written yet are spared, and counted so, like those who are."""
    written = db.execute(select(func.count()).where(_ROW.c.broadcast_id == broadcast.id)).scalar_one()
    broadcast.gathered_to = None
    broadcast.tally = {**broadcast.tally, "total": max(written, broadcast.people)}
    tallies.add(broadcast, repeat(RecipientState.CANCELLED, max(0, broadcast.people - written)))
    db.add(broadcast)


def is_anybody_waiting(db: Session, broadcast: Broadcast) -> bool:
    """Tell whether anybody was written down who has not been handed to the outbox."""
    waiting = (_ROW.c.broadcast_id == broadcast.id, _ROW.c.state == RecipientState.WAITING)
    return db.execute(select(_ROW.c.person_id).where(*waiting).limit(1)).first() is not None


def _step(db: Session, broadcast: Broadcast, last: int) -> int:
    """Return how many ids make a page: more of them where only few of all people are meant."""
    size = _PAGE_OF_SERVER if is_postgresql(db) else _PAGE_OF_FILE
    return last if broadcast.people <= size else size * max(1, last // broadcast.people)


def _write(db: Session, broadcast: Broadcast, between: tuple[int, int] | None, now: datetime) -> None:
    audience = Audience.model_validate(broadcast.audience)
    meant = everybody(db, audience, today=today_of(db, now), is_page=between is not None)
    page = {AFTER: between[0], UP_TO: between[1]} if between else {}
    db.execute(_writing(meant, is_postgresql(db)), {"broadcast": broadcast.id, **page})


@functools.lru_cache(_REMEMBERED)
def _writing(meant: Subquery, is_server: bool) -> Executable:  # noqa: FBT001  # a part of the key
    [person_id] = meant.c
    waiting = literal(RecipientState.WAITING, _ROW.c.state.type)
    columns: list[Any] = [bindparam("broadcast", type_=Integer), person_id, null(), waiting, literal("")]
    rows: Any = select(*columns).where(person_id.is_not(None))
    return all_missing(Recipient, _COLUMNS, rows, key=_KEY, is_postgresql=is_server)


def _add_proxies(db: Session, broadcast: Broadcast) -> None:
    """Let the proxies of those who are meant hear it as well, unless they are meant themselves."""
    proxy, elder = table_of(Proxy), _ROW.alias()
    agents = (
        select(proxy.c.agent_id, func.min(proxy.c.principal_id))
        .join(elder, elder.c.person_id == proxy.c.principal_id)
        .where(elder.c.broadcast_id == broadcast.id, elder.c.for_id.is_(None), proxy.c.state == ProxyState.ACTIVE)
        .group_by(proxy.c.agent_id)
        .subquery()
    )
    agent_id, elder_id = agents.c
    waiting = literal(RecipientState.WAITING, _ROW.c.state.type)
    columns: list[Any] = [literal(broadcast.id), agent_id, elder_id, waiting, literal("")]
    rows: Any = select(*columns).where(agent_id.is_not(None))
    put_all_missing(db, Recipient, _COLUMNS, rows, key=_KEY)


def _count(db: Session, broadcast: Broadcast) -> None:
    """Note how many are really meant, and how many hear it for somebody."""
    counted = select(func.count(), func.count(_ROW.c.for_id)).where(_ROW.c.broadcast_id == broadcast.id)
    total, proxies = db.execute(counted).one()
    broadcast.people = total - proxies
    broadcast.tally = {**broadcast.tally, "total": total}
