"""How deliveries ended, written down in batches."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    String,
    and_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.orm import Session

from bot.domain.outgoing.outbox import NO_LEASE, PATIENCE, Parcel, is_in
from db.claims import is_postgresql, table_of
from db.models import OutboxRow, OutboxState
from db.prepared import Prepared

AWAITED = timedelta(days=14)
"""How long a message waits for somebody to come who cannot be written to."""

_REASON = 200
_ENDED = (OutboxState.SENT, OutboxState.FAILED, OutboxState.CANCELLED)
_ROW = table_of(OutboxRow)


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one delivery ended; with ``again_at`` the row goes back to wait until then.

    ``lost_touch`` is why its address is pushed to no more; nobody sends for its account before ``pauses_until``, and a
    row that waits for that keeps its place.

    One that ``is_kept`` waits for its receiver to come: for :data:`AWAITED`, or for as long as it is of use.
    """

    parcel: Parcel
    state: OutboxState
    reason: str = ""
    remote_id: str = ""
    again_at: datetime | None = None
    moved_to: str = ""
    lost_touch: str = ""
    pauses_until: datetime | None = None
    is_kept: bool = False


def settle(db: Session, settlements: Iterable[Settlement], *, now: datetime) -> None:
    """Record how deliveries ended.

    What was sent is sent, whoever says so; any other end counts only from whoever holds the lease.
    """
    sent: list[Settlement] = []
    for one in settlements:
        if one.again_at is not None:
            _put_back(db, one, one.again_at, now)
        elif one.state is OutboxState.SENT:
            sent.append(one)
        else:
            ended = {"state": one.state, "reason": one.reason[:_REASON], "remote_id": one.remote_id, "ended_at": now}
            db.execute(update(_ROW).where(_held(one.parcel)).values(**ended, **NO_LEASE))
    if sent:
        _record_sent(db, sent, now)


def _recording(is_postgresql: bool) -> Any:  # noqa: ANN401, FBT001  # an update; `Prepared` calls it
    """Say which rows are not ended in words no partial index has: each row is found by its key, however many wait.

    Right after a mailing PostgreSQL takes the waiting rows for few, and would read all of them for every batch.
    """
    open_ones = _ROW.c.state.not_in([literal_column(f"'{ended}'", String) for ended in _ENDED])
    moment = bindparam("now", type_=_ROW.c.ended_at.type)
    values = {"state": OutboxState.SENT, "reason": "", "ended_at": moment, **NO_LEASE}
    row_id, remote = _of_server() if is_postgresql else _of_file()
    return update(_ROW).where(_ROW.c.id == row_id, open_ones).values(**values, remote_id=remote)


def _of_server() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return a row's id and its id on the channel, from two arrays."""
    arrays = bindparam("row_ids", type_=ARRAY(BigInteger)), bindparam("remotes", type_=ARRAY(String))
    columns = column("row_id", BigInteger), column("remote", String)
    sent = func.unnest(*arrays).table_valued(*columns, name="sent").render_derived()
    return sent.c.row_id, sent.c.remote


def _of_file() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return the same from JSON, a list of pairs: one statement takes two thirds of what one for each row does."""
    sent = func.json_each(bindparam("sent", type_=String)).table_valued("value", name="sent")
    return func.json_extract(sent.c.value, "$[0]"), func.json_extract(sent.c.value, "$[1]")


_RECORD = Prepared(_recording)


def _record_sent(db: Session, sent: Sequence[Settlement], now: datetime) -> None:
    if is_postgresql(db):
        ids, remotes = [one.parcel.id for one in sent], [one.remote_id for one in sent]
        _RECORD.run(db, row_ids=ids, remotes=remotes, now=now)
    else:
        _RECORD.run(db, sent=json.dumps([(one.parcel.id, one.remote_id) for one in sent]), now=now)


def _held(parcel: Parcel) -> ColumnElement[bool]:
    return and_(_ROW.c.id == parcel.id, is_in(OutboxState.LEASED), _ROW.c.attempts == parcel.attempts)


def _put_back(db: Session, one: Settlement, again_at: datetime, now: datetime) -> None:
    """Let a row wait, or end it: cancelled when it is of no more use by then, failed when it is too old."""
    row = db.execute(select(_ROW.c.due_at, _ROW.c.expires_at).where(_held(one.parcel)).with_for_update()).one_or_none()
    if row is None:
        return
    values: dict[str, object] = {"reason": one.reason[:_REASON], **NO_LEASE}
    if one.is_kept and now - row.due_at <= AWAITED:
        values |= {"state": OutboxState.PENDING, "next_at": min(again_at, row.expires_at or again_at)}
        values |= {"waits_from": None}  # it is with its channel now
    elif row.expires_at is not None and row.expires_at <= again_at:
        values |= {"state": OutboxState.CANCELLED, "ended_at": now}
    elif one.pauses_until is not None:
        values |= {"state": OutboxState.PENDING}
    elif now - row.due_at > PATIENCE:
        values |= {"state": OutboxState.FAILED, "ended_at": now, "reason": f"gave up: {one.reason}"[:_REASON]}
    else:
        values |= {"state": OutboxState.PENDING, "next_at": again_at}
    if one.moved_to:
        values["chat"] = one.moved_to
    db.execute(update(_ROW).where(_ROW.c.id == one.parcel.id).values(**values))
