"""Looking for a word in every column of every table."""

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel


def places_of(db: Session, word: str) -> list[str]:
    """Return every table and column where a word stands, in plain or inside a structure."""
    return sorted(
        {
            f"{table.name}.{column.name}"
            for table in SQLModel.metadata.tables.values()
            for column in table.columns
            for value in db.execute(select(column)).scalars()
            if word in str(value)
        }
    )
