"""What every sheet says of itself: who took it along, and when."""

from sqlalchemy.orm import Session

from bot.domain.house import house_of
from bot.papers.press import Circumstances
from bot.papers.times import clock, full_day
from content.words import on_paper
from db.models import Person


def taken_by(db: Session, press: Circumstances) -> str:
    """Return the name of whom a sheet is for, or words for somebody who has told none."""
    person = db.get(Person, press.by) if press.by else None
    return person.name if person and person.name else on_paper("somebody")


def mark(db: Session, press: Circumstances) -> str:
    """Return one line: by whom and when, and that it is not to be passed on."""
    now, zone = press.clock.now(), house_of(db).zone
    return on_paper("taken_along", name=taken_by(db, press), day=full_day(now, zone), time=clock(now, zone))
