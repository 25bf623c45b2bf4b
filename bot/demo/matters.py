"""An important matter of the sample village, carried as far as its notice: by the same rules as in a real one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.house import today
from bot.domain.matters import stepping
from bot.domain.matters.stepping import Held, Proposal
from content.matter_words import money
from db.models import Person, Unit


def carry_on(db: Session, row: Mapping[str, Any], unit: Unit, holder: Person, now: datetime) -> None:
    """Begin a sample matter and take its steps; each says how many days ago it was."""
    first, *others = row["steps"]
    day = today(db, now)
    proposal = Proposal(unit, row["title"], row["kind"], money(row["amount"]) or 0, day - timedelta(first["days_ago"]))
    matter = stepping.begin(db, proposal, by=holder, now=now)
    for step in others:
        held_on = day - timedelta(step["days_ago"])
        held = Held(step["step"], held_on, step.get("counts", {}), step.get("words", ""))
        stepping.record(db, matter.id or 0, held, by=holder, now=now)
