"""Messages that could not be sent, or perhaps were: without their text, for whoever minds that the bot runs."""

from collections.abc import Sequence

from sqlalchemy import literal_column, select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.lists.listing import Line, Listing, Order
from bot.domain.outgoing.dead_letters import Letter
from db.claims import table_of
from db.models import OutboxRow, OutboxState

_ROW = table_of(OutboxRow)
DEAD = (OutboxState.UNCERTAIN, OutboxState.FAILED)
"""States in which a person should look at a message."""


def listing(filters: dict[str, str]) -> Listing[Letter]:
    """Return what failed, or what is uncertain when ``state`` says so, the newest first."""
    wanted = filters.get("state", "")
    state = OutboxState(wanted) if wanted in DEAD else OutboxState.FAILED
    columns = (_ROW.c.id, _ROW.c.kind, _ROW.c.state, _ROW.c.cause, _ROW.c.channel, _ROW.c.due_at, _ROW.c.reason)
    dead = text("state IN ('failed', 'uncertain')")  # in the words of its index
    rows = select(*columns).where(dead, _ROW.c.state == literal_column(f"'{state}'"))
    return Listing(rows, {"id": Order(col(OutboxRow.id), col(OutboxRow.id), falls=True)}, _read)


def _read(_db: Session, rows: Sequence[Line]) -> Sequence[Letter]:
    return [Letter(*row[:7]) for row in rows]
