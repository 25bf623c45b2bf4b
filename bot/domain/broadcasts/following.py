"""After a broadcast has ended: what lay with a channel is seen, or given up, or comes back; the ledger follows.

Whoever asks who is still to be called sees at once who has come since (:mod:`missed`); here the ledger's own words and
sums are set right, some people a transaction, more often while it is news.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from bot.domain import agenda
from bot.domain.agenda import Item
from bot.domain.broadcasts import collecting, states, tallies
from bot.domain.outgoing.settling import AWAITED
from db.claims import table_of
from db.models import Broadcast, OutboxRow, OutboxState, Recipient, RecipientState

FOLLOW = "broadcasts.follow"
"""The kind of item on the agenda that sets an ended broadcast's ledger right."""

_PAGE = 1000
_A_DAY = timedelta(days=1)
_ROUNDS = ((timedelta(hours=2), timedelta(minutes=10)), (timedelta(days=2), timedelta(hours=2)))
"""Up to which age of a broadcast its ledger is looked through so often; later once a day."""

_ROW, _OUTBOX = table_of(Recipient), table_of(OutboxRow)
_S, _R = OutboxState, RecipientState


def begin(db: Session, broadcast: Broadcast, *, now: datetime) -> None:
    """Plan to look through the ledger of a broadcast that ended, if anybody may see it still."""
    ends = tallies.ended(broadcast)
    if ends[_R.KEPT] or ends[_R.UNCERTAIN]:
        cause = f"broadcast:{broadcast.id}:follow:{broadcast.run}"
        agenda.plan(db, cause, FOLLOW, due_at=now + _gap(timedelta(0)), id=broadcast.id, after=0)


def follow(db: Session, item: Item, now: datetime) -> None:
    """Do :data:`FOLLOW`: set the next page of the ledger right; at its end begin anew in a while, for two weeks."""
    broadcast = states.locked(db, item.payload["id"])
    after = int(item.payload["after"])
    later = (_ROW.c.broadcast_id == broadcast.id, _ROW.c.person_id > after)
    page = select(_ROW.c.person_id).where(*later).order_by(_ROW.c.person_id).limit(_PAGE)
    ids = list(db.execute(page).scalars())
    if ids:
        _set_right(db, broadcast, _ROW.c.person_id.between(ids[0], ids[-1]))
    age = now - (broadcast.ended_at or now)
    if len(ids) == _PAGE:
        agenda.again(db, item, at=now, after=ids[-1])
    elif age < AWAITED + 2 * _A_DAY:
        agenda.again(db, item, at=now + _gap(age), after=0)


def _set_right(db: Session, broadcast: Broadcast, among: ColumnElement[bool]) -> None:
    rows = _ROW.join(_OUTBOX, _OUTBOX.c.id == _ROW.c.outbox_id)
    columns = (_ROW.c.person_id, _ROW.c.state, _ROW.c.reason, _OUTBOX.c.state, _OUTBOX.c.reason)
    mine = (_ROW.c.broadcast_id == broadcast.id, among, _has_changed())
    for person_id, before, why, state, reason in db.execute(select(*columns).select_from(rows).where(*mine)).all():
        end, new = collecting.end_of(broadcast, state, reason)
        tallies.take_off(broadcast, before, why)
        tallies.add(broadcast, [end], [new] if new else ())
        one = (_ROW.c.broadcast_id == broadcast.id, _ROW.c.person_id == person_id)
        db.execute(update(_ROW).where(*one).values(state=end, reason=new))
    db.add(broadcast)
    db.flush()


def _has_changed() -> ColumnElement[bool]:
    """Say that a message ended otherwise than its recipient did: seen, given up, or not delivered after all."""
    return or_(
        and_(_ROW.c.state.in_((_R.KEPT, _R.UNCERTAIN)), _OUTBOX.c.state == _S.SENT),
        and_(_ROW.c.state.in_((_R.KEPT, _R.SENT)), _OUTBOX.c.state == _S.FAILED),
        and_(_ROW.c.state == _R.SENT, _OUTBOX.c.state == _S.PENDING),
    )


def _gap(age: timedelta) -> timedelta:
    """Return in how long the ledger of a broadcast of that age is looked through again."""
    return next((gap for until, gap in _ROUNDS if age < until), _A_DAY)
