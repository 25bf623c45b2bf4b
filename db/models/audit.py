"""Who did what with other people's matters."""

from datetime import datetime

from sqlmodel import Field

from db.types import Table, moment


class AuditLine(Table, table=True):
    """One act of a cadre, an editor or an operator (``actor_id`` is empty for the command line)."""

    id: int | None = Field(default=None, primary_key=True)
    actor_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    act: str = Field(max_length=60)
    subject: str = Field(max_length=200)
    at: datetime = moment(index=True)
