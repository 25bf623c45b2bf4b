"""Hands recipients of a broadcast to the outbox: each once, at their best address, within their week's limit."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from bot.domain import unasked
from bot.domain.broadcasts import composing, fresh, tallies, window
from bot.domain.house import house_of
from bot.domain.messages import Message
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import Draft, Target
from bot.domain.persons import people
from db.claims import table_of
from db.models import Address, Broadcast, OutboxKind, Person, Recipient, RecipientState, Unit

PAGE = 200
"""People who are handed over in one transaction: whoever wants to write meanwhile waits as long as that takes."""

_DIGEST_FOR = timedelta(days=7)
_ROW = table_of(Recipient)


def keep_bodies(db: Session, broadcast: Broadcast) -> None:
    """Keep what is said once for everybody: in the usual size, and large for who reads large text."""
    said = _said(db, broadcast)
    large = said.model_copy(update={"large": True})
    broadcast.bodies = {"usual": outbox.keep_body(db, said), "large": outbox.keep_body(db, large)}
    db.add(broadcast)


def feed(db: Session, broadcast: Broadcast, *, now: datetime) -> bool:
    """Hand over the next page of recipients, as far as there is room; tell whether any are left for later."""
    room = min(PAGE, window.MOST - window.size(db, broadcast.id or 0))
    if room <= 0:
        return True
    waiting = (_ROW.c.broadcast_id == broadcast.id, _ROW.c.person_id > broadcast.fed_to)
    order = select(_ROW.c.person_id, _ROW.c.for_id).where(*waiting, _ROW.c.state == RecipientState.WAITING)
    rows = [(one, elder) for one, elder in db.execute(order.order_by(_ROW.c.person_id).limit(room))]
    if not rows:
        return False
    broadcast.fed_to = rows[-1][0]
    _hand_over(db, broadcast, rows, now)
    db.add(broadcast)
    db.flush()
    return len(rows) == room


def cause_of(broadcast: Broadcast) -> str:
    """Return what the causes of a broadcast's rows begin with; the person's id follows."""
    return f"broadcast:{broadcast.id}:"


def _hand_over(db: Session, broadcast: Broadcast, rows: Sequence[tuple[int, int | None]], now: datetime) -> None:
    addresses = people.best_addresses(db, [one for one, _ in rows])
    over = set[int]() if broadcast.is_urgent else _over_limit(db, addresses, now)
    for one in sorted(over):
        cause = f"{cause_of(broadcast)}{one}"
        unasked.hold(db, one, cause, _said(db, broadcast).text, now=now, until=now + _DIGEST_FOR)
    reached = [(one, elder) for one, elder in rows if one in addresses and one not in over]
    written = outbox.write_all(db, _drafts(db, broadcast, reached, addresses, now), now=now) if reached else []
    found = dict(zip([one for one, _ in reached], written, strict=True))
    ends = {one: _end(one, addresses, over) for one, _ in rows}
    _note(db, broadcast, ends, found)


def _over_limit(db: Session, addresses: Mapping[int, Address], now: datetime) -> set[int]:
    counts = unasked.count(db, list(addresses), now)
    return {one for one, count in counts.items() if count > house_of(db).unasked_a_week}


def _end(person_id: int, addresses: Mapping[int, Address], over: set[int]) -> RecipientState:
    if person_id not in addresses:
        return RecipientState.UNREACHABLE
    return RecipientState.GATHERED if person_id in over else RecipientState.QUEUED


def _drafts(
    db: Session,
    broadcast: Broadcast,
    rows: Sequence[tuple[int, int | None]],
    addresses: Mapping[int, Address],
    now: datetime,
) -> list[Draft]:
    large = unasked.reads_large(db, [addresses[one].id or 0 for one, _ in rows])
    said = _said(db, broadcast)
    for_all = {is_large: said.model_copy(update={"large": is_large}) for is_large in (False, True)}
    elders = _names(db, [elder for _, elder in rows if elder])
    waits_from = fresh.until(db, broadcast, now=now)
    drafts: list[Draft] = []
    for one, elder in rows:
        address = addresses[one]
        is_large = (address.id or 0) in large
        message = for_all[is_large]
        if elder is not None:
            message = _said(db, broadcast, whose=elders[elder]).model_copy(update={"large": is_large})
        drafts.append(
            Draft(
                cause=f"{cause_of(broadcast)}{one}",
                kind=OutboxKind.BROADCAST,
                target=Target(address.channel, address.account, address.external_id),
                message=message,
                due_at=now,
                body_id=broadcast.bodies["large" if is_large else "usual"] if elder is None else None,
                waits_from=waits_from,
            )
        )
    return drafts


def _said(db: Session, broadcast: Broadcast, *, whose: str = "") -> Message:
    unit = db.get_one(Unit, broadcast.unit_id)
    draft = composing.draft_of(broadcast)
    return composing.message(db, draft, unit, broadcast_id=broadcast.id or 0, whose=whose)


def _names(db: Session, ids: Sequence[int]) -> dict[int, str]:
    if not ids:
        return {}
    person = table_of(Person)
    rows = db.execute(select(person.c.id, person.c.name).where(person.c.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _note(
    db: Session, broadcast: Broadcast, ends: Mapping[int, RecipientState], written: Mapping[int, int | None]
) -> None:
    """Write down what became of each for now; who heard it under the same cause before is not written to again."""
    statement = (
        update(_ROW)
        .where(_ROW.c.broadcast_id == broadcast.id, _ROW.c.person_id == bindparam("one"))
        .values(
            state=bindparam("end", type_=_ROW.c.state.type), outbox_id=bindparam("row_id", type_=_ROW.c.outbox_id.type)
        )
    )
    rows: list[dict[str, Any]] = [{"one": one, "end": end, "row_id": written.get(one)} for one, end in ends.items()]
    db.connection().execute(statement, rows)
    tallies.add(broadcast, [end for end in ends.values() if end is not RecipientState.QUEUED])
