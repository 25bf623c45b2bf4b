"""The same message to many: its body is kept once, its rows are written by the database itself, page by page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, insert, literal, null, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.domain.messages import Message
from bot.domain.outgoing.outbox import PUSHED
from db.claims import table_of
from db.models import Address, OutboxBody, OutboxKind, OutboxRow, OutboxState, Priority
from db.sql import ring

_ROW = table_of(OutboxRow)
_BODY = table_of(OutboxBody)
_ADDRESS = table_of(Address)


@dataclass(frozen=True, slots=True)
class Mailing:
    """What is sent to many, and why: the rows' causes are ``<cause>:<address id>``, so that nobody gets it twice.

    ``offers`` tells whether the shared body has choices.
    """

    cause: str
    kind: OutboxKind
    body_id: int
    offers: bool
    due_at: datetime
    expires_at: datetime | None = None


def keep_body(db: Session, message: Message) -> int:
    """Keep a message that many rows share and return its number."""
    content = message.model_dump(mode="json")
    return db.execute(insert(_BODY).values(content=content).returning(_BODY.c.id)).scalar_one()


def write_page(
    db: Session, mailing: Mailing, audience: ColumnElement[bool], *, after: int, page: int, now: datetime
) -> int | None:
    """Write the rows of the next ``page`` addresses of an audience that can be reached, after address ``after``.

    Returns the last address written to, to go on from; ``None`` when there was none left. A page that is written again
    changes nothing, so whoever was interrupted begins anew.
    """
    meant = and_(_ADDRESS.c.unreachable == "", _ADDRESS.c.id > after, audience)
    ids = select(_ADDRESS.c.id).where(meant).order_by(_ADDRESS.c.id).limit(page).subquery()
    last = db.execute(select(func.max(ids.c.id))).scalar_one()
    if last is None:
        return None
    values = _values(mailing, now)
    rows = select(*values.values()).where(meant, _ADDRESS.c.id <= last).order_by(_ADDRESS.c.id)
    dialect = postgresql if db.get_bind().dialect.name == "postgresql" else sqlite
    db.execute(dialect.insert(_ROW).from_select(list(values), rows).on_conflict_do_nothing(index_elements=["cause"]))
    ring(db, PUSHED)
    return last


def _values(mailing: Mailing, now: datetime) -> dict[str, ColumnElement[Any]]:
    """Return each column of a row: what the mailing says, and where the address is."""
    said = {
        "kind": mailing.kind,
        "priority": int(Priority[mailing.kind.name]),
        "reply_to": "",
        "body_id": mailing.body_id,
        "offers": mailing.offers,
        "state": OutboxState.PENDING,
        "due_at": mailing.due_at,
        "next_at": mailing.due_at,
        "expires_at": mailing.expires_at,
        "attempts": 0,
        "lease_owner": "",
        "reason": "",
        "remote_id": "",
        "created_at": now,
    }
    columns = {name: literal(value, _ROW.c[name].type) if value is not None else null() for name, value in said.items()}
    return {
        "cause": literal(f"{mailing.cause}:", String) + cast(_ADDRESS.c.id, String),
        "channel": _ADDRESS.c.channel,
        "account": _ADDRESS.c.account,
        "chat": _ADDRESS.c.external_id,
        **columns,
    }
