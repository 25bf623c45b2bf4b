"""One thing that waits for somebody, and what finds such things."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from db.models import Person


@dataclass(frozen=True, slots=True)
class Task:
    """What waits: a line for a list, the flow that deals with it and what that is told, and until when it may wait."""

    line: str
    go: str
    due_at: datetime
    fill: Mapping[str, object] = field(default_factory=dict[str, object])


Source = Callable[[Session, Person, datetime], Iterable[Task]]
"""Finds what of one kind waits for somebody now."""
