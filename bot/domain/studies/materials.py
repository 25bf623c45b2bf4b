"""What there is to read for a session: files a cadre sent, links, printed copies, and the minutes afterwards."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, papers
from bot.domain.files import PRESS, rows
from bot.domain.messages import Attachment
from bot.domain.papers import PaperKind
from bot.errors import DomainError
from content.words import label
from db.models import FileState, Material, Person, StoredFile, StudySession, Unit

MOST = 8
"""Materials of one session at the most."""

_LONGEST_LINK = 300


def of(db: Session, session_id: int, *, is_minutes: bool = False) -> Sequence[Material]:
    """Return what there is to read for a session, in the order it was added."""
    mine = (col(Material.session_id) == session_id, col(Material.is_minutes).is_(is_minutes))
    return db.execute(select(Material).where(*mine).order_by(col(Material.id))).scalars().all()


def add_files(
    db: Session, session_id: int, file_ids: Sequence[int], *, by: Person, now: datetime, is_minutes: bool = False
) -> int:
    """Add what a cadre sent to a session; return how many files that were."""
    session = _held(db, session_id, by)
    sent = [row for row in rows(db, file_ids) if row.person_id == by.id]
    for row in sent:
        title = row.name or session.title
        _add(db, Material(session_id=session_id, title=title[:80], file_id=row.id, is_minutes=is_minutes), by, now)
        row.passed_on = True
        db.add(row)
    return len(sent)


def add_link(db: Session, session_id: int, url: str, title: str, *, by: Person, now: datetime) -> Material:
    """Add a link; raise :class:`DomainError` when it is none."""
    _held(db, session_id, by)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or "." not in parts.netloc or len(url) > _LONGEST_LINK:
        raise DomainError("study/no_link")
    return _add(db, Material(session_id=session_id, title=(title or parts.netloc)[:80], url=url), by, now)


def add_copies(db: Session, session_id: int, title: str, copies: int, *, by: Person, now: datetime) -> Material:
    """Say that there are so many printed copies of something; named again, the number is set anew."""
    _held(db, session_id, by)
    same = [one for one in of(db, session_id) if one.title == title[:80] and not one.file_id and not one.url]
    if same:
        same[0].copies = copies
        db.add(same[0])
        return same[0]
    return _add(db, Material(session_id=session_id, title=title[:80], copies=copies), by, now)


def renew_calendar(db: Session, session: StudySession, *, now: datetime) -> Material:
    """Let the file for calendars be made anew, after a session was made known or changed, and return it."""
    title = label("calendar_file")
    mine = (col(Material.session_id) == session.id, col(Material.title) == title, col(Material.added_by).is_(None))
    calendar = db.execute(select(Material).where(*mine)).scalars().first()
    paper = papers.order(db, PaperKind.CALENDAR, str(session.id), name=title, to=None, now=now)
    calendar = calendar or Material(session_id=session.id or 0, title=title, added_at=now)
    calendar.file_id = paper.file_id
    calendar.added_at = now
    db.add(calendar)
    db.flush()
    return calendar


def calendar_of(db: Session, session: StudySession) -> tuple[Attachment, ...]:
    """Return the file for calendars as it goes along with a message."""
    return attached(db, [one for one in of(db, session.id or 0) if one.added_by is None])


def attached(db: Session, found: Sequence[Material]) -> tuple[Attachment, ...]:
    """Return the files among materials, to be sent along."""
    files = {row.id: row for row in rows(db, [one.file_id for one in found if one.file_id])}
    kept = [files[one.file_id] for one in found if one.file_id in files and _is_coming(files[one.file_id])]
    return tuple(Attachment(kind=row.kind.value, file_id=row.id or 0, name=row.name) for row in kept)


def size_of(db: Session, material: Material) -> int:
    """Return how many bytes a material's file has, 0 without one."""
    row = db.get(StoredFile, material.file_id) if material.file_id else None
    return row.size if row else 0


def _is_coming(row: StoredFile) -> bool:
    """Tell whether a file is here, or made by ourselves before the message goes."""
    return row.state is FileState.KEPT or (row.channel == PRESS and row.state is FileState.WAITING)


def _held(db: Session, session_id: int, by: Person) -> StudySession:
    session = db.get(StudySession, session_id)
    if session is None:
        raise DomainError("study/gone")
    access.insist(db, by, access.Act.HOLD_SESSIONS, db.get_one(Unit, session.unit_id))
    return session


def _add(db: Session, material: Material, by: Person, now: datetime) -> Material:
    if len(of(db, material.session_id, is_minutes=material.is_minutes)) >= MOST:
        raise DomainError("study/enough_materials", most=MOST)
    material.added_by = by.id
    material.added_at = now
    db.add(material)
    db.flush()
    audit.note(db, "study.material", f"session {material.session_id}", actor_id=by.id, now=now)
    return material
