"""Where a conversation stands: locked for one turn, watched for floods, saved at its end."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from bot.conversation.turn import Inbound, Standing
from bot.domain import library
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import Target
from bot.domain.persons import people
from db.claims import named, put_if_missing, table_of
from db.models import Address, Conversation, Version
from db.prepared import Prepared

BURST = timedelta(seconds=30)
BURST_LIMIT = 20
"""Messages one person may send within a burst before they are asked, once, to slow down."""

_CONVERSATION = table_of(Conversation)
_ADDRESS = table_of(Address)
_VERSION = table_of(Version)
_KEY = ("channel", "account", "chat", "sender")
_SAVED = ("open_form", "offer", "large_text", "burst_began_at", "burst_count", "last_turn_at")


class Pace(Enum):
    """How fast somebody writes."""

    CALM = 0
    TOO_FAST = 1
    STILL_TOO_FAST = 2


_LOCK = Prepared(
    select(
        _CONVERSATION.c.id,
        *(_CONVERSATION.c[name] for name in _SAVED),
        _ADDRESS.c.id.label("whose"),
        _ADDRESS.c.person_id,
        _ADDRESS.c.unreachable,
        _ADDRESS.c.last_seen_at,
        outbox.pushed_since(
            _CONVERSATION.c.channel, _CONVERSATION.c.account, _CONVERSATION.c.chat, _CONVERSATION.c.last_turn_at
        ),
        select(_VERSION.c.mark).where(_VERSION.c.name == library.VERSION).scalar_subquery(),
    )
    .outerjoin(
        _ADDRESS,
        (_ADDRESS.c.channel == _CONVERSATION.c.channel)
        & (_ADDRESS.c.account == _CONVERSATION.c.account)
        & (_ADDRESS.c.external_id == _CONVERSATION.c.sender),
    )
    .where(*(_CONVERSATION.c[name] == bindparam(name) for name in _KEY))
    .with_for_update(of=_CONVERSATION)
)

_SAVE = Prepared(
    update(_CONVERSATION)
    .where(_CONVERSATION.c.id == bindparam("row_id"))
    .values(named(Conversation, *_SAVED, "address_id"))
)


def lock_all(db: Session, inbounds: Sequence[Inbound], *, now: datetime) -> list[tuple[Standing, str]]:
    """Return where the conversation of each inbound stands, held by this transaction, and the mark of all entries."""
    keys = [{name: getattr(inbound, name) for name in _KEY} for inbound in inbounds]
    rows = _LOCK.row_of_each(db, keys)
    return [
        _standing(db, row if row and row[-6] is not None else _first_words(db, inbound, key, now), now)
        for inbound, key, row in zip(inbounds, keys, rows, strict=True)
    ]


def save_all(db: Session, standings: Sequence[Standing]) -> None:
    """Write down where conversations stand now."""
    columns = (*_SAVED, "address_id")
    _SAVE.run_many(db, [{"row_id": one.id, **{name: getattr(one, name) for name in columns}} for one in standings])


def _first_words(db: Session, inbound: Inbound, key: Mapping[str, str], now: datetime) -> tuple[Any, ...]:
    """Make the conversation, and whoever is not known yet, and return its row."""
    people.known_at(db, Target(inbound.channel, inbound.account, inbound.sender), now=now)
    put_if_missing(db, Conversation, {**key, "large_text": False, "burst_count": 0}, key=_KEY)
    row = _LOCK.row(db, **key)
    if row is None:
        raise AssertionError("it was put there")
    return row


def _standing(db: Session, row: tuple[Any, ...], now: datetime) -> tuple[Standing, str]:
    row_id, open_form, offer, large_text, burst_began_at, burst_count, last_turn_at, *whose = row
    address_id, person_id, unreachable, last_seen_at, pushed_at, mark = whose
    people.seen(db, address_id, unreachable=unreachable, last_seen_at=last_seen_at, now=now)
    standing = Standing(
        id=row_id,
        address_id=address_id,
        person_id=person_id,
        open_form=open_form,
        offer=offer,
        large_text=large_text,
        burst_began_at=burst_began_at,
        burst_count=burst_count,
        last_turn_at=last_turn_at,
        pushed_at=pushed_at,
    )
    return standing, mark or ""


def pace(standing: Standing, now: datetime) -> Pace:
    """Count this message and tell whether its sender is too fast; each burst is answered once.

    One that begins much later than now was counted by a clock that has been put back since: it is over too.
    """
    began = standing.burst_began_at
    if began is None or abs(now - began) > BURST:
        standing.burst_began_at = now
        standing.burst_count = 0
    standing.burst_count += 1
    if standing.burst_count <= BURST_LIMIT:
        return Pace.CALM
    if standing.burst_count == BURST_LIMIT + 1:
        return Pace.TOO_FAST
    return Pace.STILL_TOO_FAST
