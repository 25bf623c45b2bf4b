"""The sheet of a handover: what went from whom to whom, and until when each of it was due."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.house import house_of
from bot.domain.persons import people
from bot.papers.marks import mark
from bot.papers.press import Circumstances
from bot.papers.sheets import Table
from bot.papers.times import full_day
from content.words import on_paper
from db.models import Handover


def gather(db: Session, subject: str, press: Circumstances) -> Table:
    """Return what was handed over, a row each, in the order it was gathered."""
    done = db.get(Handover, int(subject))
    if done is None:
        raise LookupError(subject)
    zone = house_of(db).zone
    about = on_paper(
        "handed_over",
        giver=people.by_id(db, done.from_id).name,
        successor=people.by_id(db, done.to_id).name,
        day=full_day(done.made_at, zone),
    )
    rows = [
        {
            "kind": one["kind"],
            "what": one["what"],
            "due": full_day(datetime.fromisoformat(one["when"]), zone) if one["when"] else None,
        }
        for one in done.lines
    ]
    return Table("handover", about, rows, mark(db, press))
