"""Once a week everybody who looks after entries hears, in one message, what there is to do about them."""

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, notices
from bot.domain.agenda import Item
from bot.domain.answers import caring, reviewing, suggestions
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.persons import people
from content.words import label
from db.models import Grant, OutboxKind, Role

WEEKLY = "entries.weekly"
"""The duty that tells editors once a week."""

_HOUR = time(9, 0)
_WEEK = timedelta(days=7)
_ROLES = (Role.EDITOR, Role.ADMIN, Role.SECRETARY)


def begin(db: Session, *, now: datetime) -> None:
    """Plan the first Monday, once for ever."""
    agenda.plan(db, WEEKLY, WEEKLY, due_at=next_monday(db, now))


def weekly(db: Session, item: Item, now: datetime) -> None:
    """Tell each editor how many entries are old, how many suggestions and drafts wait, and do it again in a week."""
    for person_id in editors(db):
        _tell(db, person_id, now)
    agenda.again(db, item, at=next_monday(db, now))


def _tell(db: Session, person_id: int, now: datetime) -> None:
    person = people.by_id(db, person_id)
    old = caring.old(db, person, now=now)
    suggested = suggestions.waiting_for(db, person, now=now)
    drafts = reviewing.waiting_for(db, person)
    if not (old or suggested or drafts):
        return
    offers = (
        (old, Choice(label=label("look_at_old"), go="entries.old")),
        (suggested, Choice(label=label("look_at_suggestions"), go="suggestions.next")),
        (drafts, Choice(label=label("look_at_drafts"), go="drafts.waiting")),
    )
    notices.tell(
        db,
        "entries/weekly",
        to=person_id,
        cause=f"{WEEKLY}:{now.date().isoformat()}:{person_id}",
        now=now,
        kind=OutboxKind.REMINDER,
        choices=tuple(choice for found, choice in offers if found),
        old=len(old),
        first=[one.entry.title for one in old[:3]],
        suggested=len(suggested),
        drafts=len(drafts),
    )


def editors(db: Session) -> list[int]:
    """Return whoever has a role in which entries are looked after, by id."""
    holders = select(col(Grant.person_id)).where(col(Grant.role).in_(_ROLES)).distinct()
    return sorted(db.execute(holders).scalars())


def next_monday(db: Session, now: datetime, hour: time = _HOUR) -> datetime:
    """Return the next Monday at an hour where people live, which may be today."""
    zone = house_of(db).zone
    local = now.astimezone(zone)
    monday = datetime.combine(local.date() - timedelta(days=local.weekday()), hour, zone)
    return (monday if monday > local else monday + _WEEK).astimezone(now.tzinfo)
