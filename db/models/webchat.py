"""The built-in chat's own mailbox: what each visitor was told, in order."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from db.types import Table, big_number, json_column, moment


class WebVisitor(Table, table=True):
    """A browser that talks; ``last_number`` counts what it was told without a gap."""

    id: str = Field(primary_key=True, max_length=64)
    last_number: int = 0


class WebMessage(Table, table=True):
    """One message told to one visitor; the outbox row it came from keeps it from being told twice."""

    __table_args__ = (UniqueConstraint("visitor_id", "number"),)

    id: int | None = big_number(default=None, primary_key=True)
    visitor_id: str = Field(foreign_key="web_visitor.id", max_length=64)
    number: int
    outbox_id: int = big_number(unique=True)
    content: dict[str, Any] = Field(sa_type=json_column())
    told_at: datetime = moment()
