"""What the author of a broadcast is told: that it is late, was dropped or interrupted, and once how it ended."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import notices
from bot.domain.broadcasts import missed
from bot.domain.broadcasts.deciding import line
from bot.domain.broadcasts.progress import progress_of
from bot.domain.messages import Choice
from content.audience import why_in_words
from content.words import label
from db.models import Broadcast


def late(db: Session, broadcast: Broadcast, *, now: datetime) -> None:
    """Ask whether a broadcast that could not begin in time should still go out."""
    fill = {"broadcast_id": broadcast.id}
    notices.tell(
        db,
        "broadcasts/late",
        to=broadcast.author_id,
        cause=f"broadcast-late:{broadcast.id}:{broadcast.run}",
        now=now,
        choices=(
            Choice(label=label("send_anyway"), go="broadcasts.go_ahead", fill=fill),
            Choice(label=label("send_no_more"), go="broadcasts.recall", fill=fill),
        ),
        text=line(broadcast),
        starts_at=broadcast.due_at or now,
    )


def dropped(db: Session, broadcast: Broadcast, *, now: datetime) -> None:
    """Tell that a broadcast was not sent because its author no longer works for its audience."""
    cause = f"broadcast-dropped:{broadcast.id}"
    notices.tell(db, "broadcasts/dropped", to=broadcast.author_id, cause=cause, now=now, text=line(broadcast))


def interrupted(db: Session, broadcast: Broadcast, *, now: datetime) -> None:
    """Ask whether a broadcast that stood still for long should go on."""
    fill = {"broadcast_id": broadcast.id}
    found = progress_of(db, broadcast, now=now)
    notices.tell(
        db,
        "broadcasts/interrupted",
        to=broadcast.author_id,
        cause=f"broadcast-interrupted:{broadcast.id}:{broadcast.run}",
        now=now,
        choices=(
            Choice(label=label("go_on"), go="broadcasts.resume", fill=fill),
            Choice(label=label("send_no_more"), go="broadcasts.recall", fill=fill),
        ),
        text=line(broadcast),
        sent=found.sent,
        waiting=found.waiting,
    )


def ended(db: Session, broadcast: Broadcast, *, now: datetime) -> None:
    """Tell once how a broadcast ended, and offer the list of those who did not get it."""
    found = progress_of(db, broadcast, now=now)
    to_call = missed.count(db, broadcast.id or 0)
    look = Choice(label=label("who_missed_it"), go="broadcasts.missed", fill={"broadcast_id": broadcast.id})
    notices.tell(
        db,
        "broadcasts/ended",
        to=broadcast.author_id,
        cause=f"broadcast-ended:{broadcast.id}",
        now=now,
        choices=(look,) if to_call else (),
        text=line(broadcast),
        found=found,
        to_call=to_call,
        why=why_in_words(found.failed),
    )
