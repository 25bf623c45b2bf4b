"""Which of two rows about one person is kept, where there may be only one: the one that says more."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from sqlmodel import SQLModel, col

from bot.domain import unasked
from bot.domain.broadcasts import tallies
from db.claims import table_of
from db.models import (
    Activity,
    Attendance,
    AttendanceState,
    Broadcast,
    CheckIn,
    Dispute,
    Member,
    OutboxRow,
    OutboxState,
    PointsEntry,
    Proxy,
    ProxyState,
    Recipient,
    RecipientState,
    ServiceCorrection,
    ServiceRecord,
    ServiceState,
    Signup,
    SignupState,
    Swap,
    UnaskedCount,
)

_SIGNUPS = (SignupState.CANCELLED, SignupState.WAITLISTED, SignupState.OFFERED, SignupState.CONFIRMED)
_ATTENDANCES = (
    AttendanceState.EXPECTED,
    AttendanceState.ABSENT,
    AttendanceState.EXCUSED,
    AttendanceState.MADE_UP,
    AttendanceState.PRESENT,
)
_RECIPIENTS = (
    (RecipientState.CANCELLED,),
    (RecipientState.UNREACHABLE,),
    (RecipientState.FAILED,),
    (RecipientState.QUEUED, OutboxState.CANCELLED),
    (RecipientState.QUEUED, OutboxState.FAILED),
    (RecipientState.WAITING,),
    (RecipientState.GATHERED,),
    (RecipientState.KEPT,),
    (RecipientState.QUEUED, OutboxState.PENDING),
    (RecipientState.QUEUED, None),
    (RecipientState.UNCERTAIN,),
    (RecipientState.QUEUED, OutboxState.UNCERTAIN),
    (RecipientState.QUEUED, OutboxState.LEASED),
    (RecipientState.QUEUED, OutboxState.SENT),
    (RecipientState.SENT,),
)
"""How near somebody is to having heard a broadcast; where their message is in the outbox, how it stands there."""

_RECORDS = (ServiceState.PROPOSED, ServiceState.CONFIRMED)


def better_signup(db: Session, gone: int, into: int) -> None:
    """Keep the sign-up that is nearer to a seat; who looks for somebody to take it goes on looking."""
    mine, theirs = table_of(Signup), table_of(Signup).alias()
    both = select(mine.c.activity_id).join(theirs, theirs.c.activity_id == mine.c.activity_id)
    shared = both.where(mine.c.person_id == gone, theirs.c.person_id == into)
    db.execute(select(Activity).where(col(Activity.id).in_(shared)).order_by(col(Activity.id)).with_for_update())
    for kept, dropped in _doubles(db, Signup, "activity_id", _SIGNUPS, gone, into):
        db.execute(update(table_of(Swap)).where(table_of(Swap).c.signup_id == dropped).values(signup_id=kept))
        _drop(db, Signup, dropped)


def better_attendance(db: Session, gone: int, into: int) -> None:
    """Keep the part in a session that counts for more."""
    for _, dropped in _doubles(db, Attendance, "session_id", _ATTENDANCES, gone, into):
        _drop(db, Attendance, dropped)


def better_check_in(db: Session, gone: int, into: int) -> None:
    """Keep the check-in that has an end, else that of the roster's person."""
    mine, theirs = table_of(CheckIn), table_of(CheckIn).alias()
    pairs = select(mine.c.id, mine.c.out_at, theirs.c.id, theirs.c.out_at).join(
        theirs, theirs.c.activity_id == mine.c.activity_id
    )
    found = db.execute(pairs.where(mine.c.person_id == gone, theirs.c.person_id == into)).all()
    for own, own_out, other, other_out in found:
        _drop(db, CheckIn, other if own_out and not other_out else own)


def better_record(db: Session, gone: int, into: int) -> None:
    """Keep the minutes that are confirmed, with every correction and dispute; points for the other row go."""
    corrections, disputes, points = table_of(ServiceCorrection), table_of(Dispute), table_of(PointsEntry)
    for kept, dropped in _doubles(db, ServiceRecord, "activity_id", _RECORDS, gone, into):
        for table in (corrections, disputes):
            db.execute(update(table).where(table.c.record_id == dropped).values(record_id=kept))
        mine = points.c.person_id.in_((gone, into))
        db.execute(delete(points).where(mine, points.c.evidence == f"service:{dropped}"))
        _drop(db, ServiceRecord, dropped)


def better_recipient(db: Session, gone: int, into: int) -> None:
    """Keep what is nearer to having heard a broadcast, and count one recipient less; the other message is sent no more.

    Somebody who was meant themselves hears it for nobody else; what was received or called stays so. The broadcasts are
    held by this transaction (:func:`bot.domain.broadcasts.states.hold_those_of`).
    """
    table, waiting = table_of(Recipient), table_of(OutboxRow)
    both = (
        table.c.person_id == gone,
        table.c.broadcast_id.in_(select(table.c.broadcast_id).where(table.c.person_id == into)),
    )
    shared = db.execute(select(table.c.broadcast_id).where(*both)).scalars().all()
    told = select(Broadcast).where(col(Broadcast.id).in_(shared)).order_by(col(Broadcast.id))
    for broadcast in db.execute(told.execution_options(populate_existing=True)).scalars():
        here = table.c.broadcast_id == broadcast.id
        with_row = select(table, waiting.c.state.label("stands")).outerjoin(waiting, waiting.c.id == table.c.outbox_id)
        rows = db.execute(with_row.where(here, table.c.person_id.in_((gone, into)))).all()
        dropped, kept = sorted(rows, key=lambda row: (_nearness(row), row.person_id == into))
        tallies.one_less(broadcast, dropped.state, dropped.reason)
        is_meant = [row.for_id is None for row in rows]
        broadcast.people -= all(is_meant)
        db.add(broadcast)
        db.execute(update(waiting).where(waiting.c.id == dropped.outbox_id).values(expires_at=waiting.c.due_at))
        if dropped.state is RecipientState.GATHERED:
            whose = select(table.c.person_id).where(here, table.c.person_id == dropped.person_id)
            unasked.forget(db, whose, f"broadcast:{broadcast.id}:")
        db.execute(delete(table).where(here, table.c.person_id == dropped.person_id))
        values = {
            "for_id": None if any(is_meant) else kept.for_id,
            "received_at": kept.received_at or dropped.received_at,
            "called_at": kept.called_at or dropped.called_at,
            "called_by": kept.called_by or dropped.called_by,
        }
        db.execute(update(table).where(here, table.c.person_id == kept.person_id).values(**values))


def _nearness(row: Any) -> int:  # noqa: ANN401  # a recipient and how their message stands
    is_open = row.state is RecipientState.QUEUED
    return _RECIPIENTS.index((row.state, row.stands) if is_open else (row.state,))


def one_count(db: Session, gone: int, into: int) -> None:
    """Add up what somebody was told unasked in a week."""
    table = table_of(UnaskedCount)
    for week, count in db.execute(select(table.c.week, table.c.count).where(table.c.person_id == gone)).all():
        theirs = (table.c.person_id == into, table.c.week == week)
        if db.execute(select(table.c.week).where(*theirs)).first():
            db.execute(update(table).where(*theirs).values(count=table.c.count + count))
            db.execute(delete(table).where(table.c.person_id == gone, table.c.week == week))


def one_member(db: Session, gone: int, into: int) -> None:
    """Keep the line that stands on the roster already; what somebody registered themselves goes."""
    table = table_of(Member)
    if db.execute(select(table.c.id).where(table.c.person_id == into)).first():
        db.execute(delete(table).where(table.c.person_id == gone))


def one_proxy(db: Session, gone: int, into: int) -> None:
    """Let nobody be their own proxy, nor twice the proxy of the same person."""
    table = table_of(Proxy)
    pair = (gone, into)
    db.execute(delete(table).where(table.c.principal_id.in_(pair), table.c.agent_id.in_(pair)))
    standing = table.c.state != ProxyState.ENDED
    for own, other in (("principal_id", "agent_id"), ("agent_id", "principal_id")):
        theirs = select(table.c[other]).where(table.c[own] == into, standing)
        db.execute(delete(table).where(table.c[own] == gone, standing, table.c[other].in_(theirs)))


def _doubles(
    db: Session, model: type[SQLModel], key: str, ranks: Sequence[StrEnum], gone: int, into: int
) -> list[tuple[int, int]]:
    """Return (kept, dropped) ids of every two rows that cannot both stay; the later a state's rank, the better."""
    mine, theirs = table_of(model), table_of(model).alias()
    pairs = select(mine.c.id, mine.c.state, theirs.c.id, theirs.c.state).join(theirs, theirs.c[key] == mine.c[key])
    found = db.execute(pairs.where(mine.c.person_id == gone, theirs.c.person_id == into)).all()
    return [
        (own, other) if ranks.index(own_state) > ranks.index(other_state) else (other, own)
        for own, own_state, other, other_state in found
    ]


def _drop(db: Session, model: type[SQLModel], row_id: int) -> None:
    table = table_of(model)
    db.execute(delete(table).where(table.c.id == row_id))
