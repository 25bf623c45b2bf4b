"""The log of what people ask and what became of it."""

import re
import unicodedata
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert
from sqlalchemy.orm import Session

from db.claims import named, table_of
from db.models import Question
from db.prepared import Prepared

_LONG_NUMBER = re.compile(r"[0-9](?:[\s.,_/()–—~-]?[0-9]){5,}[Xx]?")
_KEPT = 400
_COLUMNS = ("address_id", "text", "outcome", "entry_id", "score", "asked_at")
_WRITE = Prepared(insert(table_of(Question)).values(named(Question, *_COLUMNS)))


class Outcome(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    OFFERED = "offered"
    UNANSWERED = "unanswered"
    HANDED_OFF = "handed_off"
    NOT_SOLVED = "not_solved"


def log(
    db: Session,
    text: str,
    outcome: Outcome,
    *,
    address_id: int,
    now: datetime,
    entry_id: str = "",
    score: float = 0.0,
) -> None:
    """Write one line, with long numbers (phones, identity cards) blotted out."""
    _WRITE.run(
        db,
        address_id=address_id,
        text=without_numbers(text)[:_KEPT],
        outcome=outcome.value,
        entry_id=entry_id,
        score=round(score, 4),
        asked_at=now,
    )


def without_numbers(text: str) -> str:
    """Blot out what could be a phone or identity-card number."""
    return _LONG_NUMBER.sub("***", unicodedata.normalize("NFKC", text))
