"""The workbooks of superiors: looked through when they come, kept for a unit and all below it, taken back again."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, files, units
from bot.domain.files import KeptFile
from bot.domain.house import house_of
from bot.sheets import Looked, look
from content.figures import list_of
from db.models import FileKind, FileState, Person, ReportTemplate, StoredFile, Unit

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def take(db: Session, file: KeptFile, unit: Unit, *, by: Person, now: datetime) -> Looked:
    """Keep a workbook somebody sent for a unit, unless something is wrong with it; return what it has.

    Raises :class:`bot.errors.DomainError` for who keeps no templates there, and
    :class:`bot.sheets.UnreadableSheet` for what is no workbook.
    """
    access.insist(db, by, access.Act.KEEP_TEMPLATES, unit)
    found = look(file.path, list_of)
    if found.count and not found.problems:
        keep(db, db.get_one(StoredFile, file.id), unit, by=by, now=now)
    return found


def keep(db: Session, file: StoredFile, unit: Unit, *, by: Person | None, now: datetime) -> None:
    """Let a file that was found to be in order be a unit's template, in the place of the one before."""
    _let_go(db, unit)
    file.person_id = None  # it is the unit's from now on, and stays when who sent it is erased
    kept = ReportTemplate(unit_id=unit.id or 0, file_id=file.id or 0, added_by=by.id if by else None, added_at=now)
    db.add_all([file, kept])
    db.flush()
    audit.note(db, "reports.template", f"unit {unit.id}: {file.name}", actor_id=by.id if by else None, now=now)


def stored(db: Session, data: bytes, name: str, *, now: datetime) -> StoredFile:
    """Write down a workbook that came from the command line."""
    row = StoredFile(
        kind=FileKind.DOCUMENT,
        state=FileState.KEPT,
        channel="terminal",
        account="terminal",
        name=name[:120],
        media_type=MEDIA_TYPE,
        size=len(data),
        digest=house_of(db).store.keep(data),
        next_at=now,
        created_at=now,
    )
    db.add(row)
    db.flush()
    return row


def drop(db: Session, unit: Unit, *, by: Person, now: datetime) -> bool:
    """Use a unit's own template no more; tell whether it had one."""
    access.insist(db, by, access.Act.KEEP_TEMPLATES, unit)
    had = _let_go(db, unit)
    if had:
        audit.note(db, "reports.no_template", f"unit {unit.id}", actor_id=by.id, now=now)
    return had


def of(db: Session, unit: Unit) -> KeptFile | None:
    """Return the workbook a unit reports with: its own, or that of the nearest unit above which has one."""
    line = [one.id for one in units.line_up(db, unit)]
    rows = select(ReportTemplate).where(col(ReportTemplate.unit_id).in_(line))
    found = {row.unit_id: row for row in db.execute(rows).scalars()}
    nearest = next((found[one] for one in line if one in found), None)
    file = house_of(db).store.kept(db, nearest.file_id) if nearest else None
    return file if file and file.path.is_file() else None


def _let_go(db: Session, unit: Unit) -> bool:
    row = db.execute(select(ReportTemplate).where(col(ReportTemplate.unit_id) == unit.id)).scalar_one_or_none()
    if row is None:
        return False
    file = db.get_one(StoredFile, row.file_id)
    digest, file.state, file.digest = file.digest, FileState.LOST, ""
    db.add(file)
    db.delete(row)
    db.flush()
    files.drop_unused(db, house_of(db).store, digest)
    return True
