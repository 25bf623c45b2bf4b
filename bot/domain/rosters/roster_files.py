"""Rosters that come and go by chat: the file somebody sent, read within their turn, and the files they get.

A turn reads at most :data:`MOST_ROWS` rows, so that reading never holds the one writer of SQLite for long (1,372 rows
were read in 0.8 s on two busy cores, see ``tests/bench/bench_roster.py``); larger files are for ``hongyan roster
import``, which reads them before its transaction begins. What a file says is read anew at each step, so nothing of it
lies about between two turns; and a day after it was sent the file itself is dropped, for it may hold what no roster
keeps, such as numbers of identity cards.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, audit, files, papers, units
from bot.domain.agenda import Item
from bot.domain.files import IncomingFile, KeptFile
from bot.domain.house import house_of
from bot.domain.messages import Attachment
from bot.domain.outgoing.outbox import Target
from bot.domain.papers import PaperKind
from bot.domain.rosters.roster import reach
from bot.domain.rosters.roster_reading import Reading, read_roster
from bot.errors import DomainError
from bot.sheets import Fault, UnreadableSheet
from content import rosters
from db.models import FileKind, FileState, Member, MemberState, Person, StoredFile, Unit

MOST_ROWS = 2000
"""Rows of the longest file that is read within a turn."""

KEPT = timedelta(hours=24)
"""How long a file that was sent is kept: until its import can no longer be taken back."""

FORGET = "roster.forget"


def kept(db: Session, file_id: int, sender: Person) -> KeptFile | None:
    """Return a file somebody sent, ``None`` while it is still coming; refuse one that is lost or not theirs."""
    row = db.get(StoredFile, file_id)
    if row is None or row.person_id != sender.id or row.state is FileState.LOST:
        raise DomainError("roster/no_such_file")
    found = house_of(db).store.kept(db, file_id)
    if found is not None and not found.path.is_file():
        raise DomainError("roster/no_such_file")
    return found


def arrived(db: Session, file_id: int, sender: Person) -> KeptFile:
    """Return a file somebody sent from a page; refuse one that is lost, not theirs, or still coming."""
    found = kept(db, file_id, sender)
    if found is None:
        raise DomainError("roster/no_such_file")
    return found


def receive(db: Session, data: bytes, name: str, sender: Person, *, now: datetime) -> int:
    """Keep a file somebody sent from a page and return its id; it is dropped a day later.

    Raises :class:`bot.sheets.UnreadableSheet` for none at all or one that is too large.
    """
    if not 0 < len(data) <= files.LARGEST:
        raise UnreadableSheet(Fault.TOO_LARGE if data else Fault.EMPTY)
    digest = house_of(db).store.keep(data)
    sent = IncomingFile(FileKind.DOCUMENT, digest=digest, name=name.rpartition("\\")[2], size=len(data))
    source = Target("console", "console", str(sender.id))
    [file_id] = files.note(db, [sent], person_id=sender.id, source=source, now=now)
    agenda.plan(db, f"{FORGET}:{file_id}", FORGET, due_at=now + KEPT, file_id=file_id)
    return file_id


def decline(db: Session, file_ids: Sequence[int]) -> None:
    """Do not fetch files that came where they must not."""
    for file_id in file_ids:
        row = db.get_one(StoredFile, file_id)
        row.state = FileState.LOST
        db.add(row)


def opened(db: Session, file: KeptFile, *, now: datetime) -> Reading:
    """Read a roster that somebody sent; raise :class:`bot.sheets.UnreadableSheet` when it is none."""
    today = now.astimezone(house_of(db).zone).date()
    return read_roster(file.path, name=file.name, most=MOST_ROWS, today=today)


def keep_a_day(db: Session, file: KeptFile, *, now: datetime) -> None:
    """Plan that a file is dropped a day after it was looked at."""
    agenda.plan(db, f"{FORGET}:{file.id}", FORGET, due_at=now + KEPT, file_id=file.id)


def forget(db: Session, item: Item, now: datetime) -> None:
    """Drop a roster file that was read a day ago, unless its bytes are something else's as well."""
    del now
    row = db.get(StoredFile, item.payload["file_id"])
    if row is None or row.state is not FileState.KEPT:
        return
    digest = row.digest
    row.state, row.digest = FileState.LOST, ""
    db.flush()
    files.drop_unused(db, house_of(db).store, digest)


def problems(db: Session, file_id: int, actor: Person, *, now: datetime) -> Attachment:
    """Order the file of what could not be taken from a file."""
    name = f"{rosters.word('errors_title')}.xlsx"
    return papers.order(db, PaperKind.ROSTER_ERRORS, f"{file_id}/{actor.id}", name=name, to=actor.id, now=now)


def export(db: Session, actor: Person, *, now: datetime) -> tuple[int, Attachment | None]:
    """Order the roster somebody keeps; return how many stand on it, and no file when nobody does."""
    paths = reach(db, actor)
    within = units.in_subtrees(paths)
    count = select(func.count()).select_from(Member).join(Unit, col(Unit.id) == col(Member.unit_id))
    people = db.execute(count.where(col(Member.state) == MemberState.ACTIVE, within)).scalar_one()
    if not people:
        return 0, None
    subject = ",".join(path.strip("/").rpartition("/")[2] for path in paths)
    audit.note(db, "roster.export", f"units {subject}: {people} people", actor_id=actor.id, now=now)
    name = f"{rosters.word('export_title')}.xlsx"
    return people, papers.order(db, PaperKind.ROSTER, subject, name=name, to=actor.id, now=now)
