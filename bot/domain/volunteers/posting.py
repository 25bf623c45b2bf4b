"""What hangs on walls and doors for an activity."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import papers
from bot.domain.messages import Attachment
from bot.domain.papers import PaperKind
from content.words import label
from db.models import Activity, Person


def posters(db: Session, activity: Activity, *, by: Person, now: datetime) -> tuple[Attachment, ...]:
    """Order the poster to show and to print, and the code for the door."""
    kinds = (
        (PaperKind.POSTER, f"{activity.title}.png"),
        (PaperKind.POSTER_PDF, f"{activity.title}.pdf"),
        (PaperKind.VENUE_PDF, f"{activity.title} {label('at_the_door')}.pdf"),
    )
    subject = str(activity.id)
    return tuple(papers.order(db, kind, subject, name=name, to=by.id, now=now) for kind, name in kinds)
