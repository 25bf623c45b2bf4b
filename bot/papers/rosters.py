"""Rosters as papers: what could not be taken from a file, and a roster as it stands."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.files import KeptFile
from bot.domain.rosters import roster, roster_files
from bot.domain.rosters.roster_judging import Plan
from bot.domain.rosters.roster_sheets import problems_file, roster_file
from bot.papers.marks import mark
from bot.papers.press import Circumstances, Paper
from db.models import Person, Unit


@dataclass(frozen=True, slots=True)
class Problems:
    """A file and what is to be mended in it."""

    file: KeptFile
    plan: Plan


def gather_problems(db: Session, subject: str, press: Circumstances) -> Problems:
    """Look at a file once more, as whoever sent it may: ``file id/person id``."""
    file_id, _, person_id = subject.partition("/")
    sender = db.get_one(Person, int(person_id))
    file = roster_files.kept(db, int(file_id), sender)
    if file is None:
        raise LookupError(subject)
    reading = roster_files.opened(db, file, now=press.clock.now())
    return Problems(file, roster.look(db, reading, sender))


def draw_problems(facts: Problems) -> bytes:
    """Return the rows to be mended, in the layout they came in."""
    return problems_file(facts.file.path, facts.plan, name=facts.file.name, most=roster_files.MOST_ROWS)


def gather_roster(db: Session, subject: str, press: Circumstances) -> bytes:
    """Read the rosters of some units and all below them (ids with commas between them), straight into a file."""
    ids = [int(one) for one in subject.split(",")]
    paths = list(db.execute(select(col(Unit.path)).where(col(Unit.id).in_(ids))).scalars())
    if not paths:
        raise LookupError(subject)
    return roster_file(db, paths, mark=mark(db, press))


def draw_roster(facts: bytes) -> bytes:
    """Return the file: it was written while it was read, so that no roster is held twice."""
    return facts


PROBLEMS = Paper(gather_problems, draw_problems)
ROSTER = Paper(gather_roster, draw_roster)
