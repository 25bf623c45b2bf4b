"""Where a broadcast may go from where it stands: one table, and the only place that changes a state."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access
from bot.domain.access import Act
from bot.errors import DomainError
from db.models import Broadcast, BroadcastState, Person, Recipient, Unit

_S = BroadcastState
_PAGE = 50

MOVES: Mapping[BroadcastState, frozenset[BroadcastState]] = {
    _S.DRAFT: frozenset({_S.AWAITING_APPROVAL, _S.SCHEDULED, _S.CANCELLED}),
    _S.AWAITING_APPROVAL: frozenset({_S.SCHEDULED, _S.RETURNED, _S.CANCELLED}),
    _S.RETURNED: frozenset({_S.AWAITING_APPROVAL, _S.SCHEDULED, _S.CANCELLED}),
    _S.SCHEDULED: frozenset({_S.SENDING, _S.LATE, _S.AWAITING_APPROVAL, _S.CANCELLED}),
    _S.LATE: frozenset({_S.SCHEDULED, _S.CANCELLED}),
    _S.SENDING: frozenset({_S.PAUSED, _S.RECALLING, _S.FINISHED}),
    _S.PAUSED: frozenset({_S.SENDING, _S.RECALLING}),
    _S.RECALLING: frozenset({_S.RECALLED}),
    _S.FINISHED: frozenset(),
    _S.RECALLED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""The legal moves. Being changed leads nowhere: a draft, or one that was returned, stays what it is."""

EDITABLE = (_S.DRAFT, _S.RETURNED)
"""States in which its author may still change it."""

BEFORE = (_S.AWAITING_APPROVAL, _S.SCHEDULED, _S.LATE)
"""States in which it is decided and nobody has heard it yet."""

UNDER_WAY = (_S.SENDING, _S.PAUSED, _S.RECALLING)
"""States in which some people have heard it and others have not."""

ENDS = (_S.FINISHED, _S.RECALLED, _S.CANCELLED)
"""States in which nothing happens any more."""


def locked(db: Session, broadcast_id: int) -> Broadcast:
    """Return a broadcast as it stands, held by this transaction; raise :class:`DomainError` for one there is not."""
    mine = select(Broadcast).where(col(Broadcast.id) == broadcast_id).with_for_update()
    found = db.execute(mine.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise DomainError("broadcasts/gone")
    return found


def hold_those_of(db: Session, person_id: int) -> None:
    """Hold every broadcast that is under way or was for somebody, before anything else is held.

    So nobody is written down, handed to the outbox or collected while two people become one.
    """
    theirs = select(col(Recipient.broadcast_id)).where(col(Recipient.person_id) == person_id)
    concerned = or_(col(Broadcast.state).in_(UNDER_WAY), col(Broadcast.id).in_(theirs))
    db.execute(select(col(Broadcast.id)).where(concerned).order_by(col(Broadcast.id)).with_for_update())


def for_cadre(db: Session, broadcast_id: int, by: Person, *, lock: bool = False) -> Broadcast:
    """Return a broadcast for whoever works for all it is for; raise :class:`DomainError` for others."""
    found = locked(db, broadcast_id) if lock else db.get(Broadcast, broadcast_id)
    if found is None:
        raise DomainError("broadcasts/gone")
    insist(db, by, Act.BROADCAST, found)
    return found


def may(db: Session, person: Person, act: Act, broadcast: Broadcast) -> bool:
    """Tell whether somebody may do ``act`` for the unit that says it and for every place it is for."""
    concerned = {broadcast.unit_id, *broadcast.audience.get("units", ())}
    reach = tuple(access.reach(db, person, act))
    paths = db.execute(select(col(Unit.path)).where(col(Unit.id).in_(concerned))).scalars()
    return bool(reach) and all(path.startswith(reach) for path in paths)


def first_allowed(
    db: Session, among: Select[Broadcast], person: Person, act: Act, *, limit: int, newest_first: bool = False
) -> list[Broadcast]:
    """Return the first broadcasts of a statement for which somebody may do ``act``, however many others lie between."""
    key = col(Broadcast.id)
    found: list[Broadcast] = []
    page, last = among.order_by(key.desc() if newest_first else key).limit(_PAGE), None
    while len(found) < limit:
        behind = page if last is None else page.where(key < last if newest_first else key > last)
        rows = db.execute(behind).scalars().all()
        found += [one for one in rows if may(db, person, act, one)]
        if len(rows) < _PAGE:
            break
        last = rows[-1].id
    return found[:limit]


def insist(db: Session, person: Person, act: Act, broadcast: Broadcast) -> None:
    """Refuse whoever works for only a part of those it is for with a :class:`DomainError`."""
    if not may(db, person, act, broadcast):
        raise DomainError("access/not_yours")


def move(db: Session, broadcast: Broadcast, to: BroadcastState, *, now: datetime) -> None:
    """Let a broadcast go to another state; raise :class:`DomainError` when it cannot from where it stands."""
    if to not in MOVES[broadcast.state]:
        raise DomainError("broadcasts/not_now", state=broadcast.state.value)
    broadcast.state = to
    if to in ENDS:
        broadcast.ended_at = now
    db.add(broadcast)
    db.flush()
