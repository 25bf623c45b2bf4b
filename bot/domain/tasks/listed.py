"""The one list of all that waits for somebody."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.tasks.sources import SOURCES
from bot.domain.tasks.task import Task
from db.models import Person


def waiting(db: Session, person: Person, *, now: datetime) -> list[Task]:
    """Return what waits for somebody, what is due first first."""
    found = [task for source in SOURCES for task in source(db, person, now)]
    return sorted(found, key=lambda task: task.due_at)
