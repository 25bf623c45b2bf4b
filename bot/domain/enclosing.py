"""Pictures and files that a cadre sends from a page, with a broadcast or a report."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import files
from bot.domain.files import IncomingFile
from bot.domain.house import house_of
from bot.domain.outgoing.outbox import Target
from bot.errors import DomainError
from db.models import FileKind, Person, StoredFile

_PAGE = "console"


def enclose(
    db: Session, data: bytes, kind: FileKind, *, name: str, media_type: str, by: Person, now: datetime
) -> StoredFile:
    """Keep a file that came with a form; what is said in a chat afterwards does not take it along.

    Raises :class:`DomainError` for an empty or too large one, and for a picture that cannot be opened.
    """
    try:
        kept = house_of(db).store.keep_sent(IncomingFile(kind, name=name, media_type=media_type), data)
    except ValueError as error:
        raise DomainError("engine/unreadable_photo") from error
    file_ids = files.note(db, [kept], person_id=by.id, source=Target(_PAGE, _PAGE, str(by.id)), now=now)
    [row] = files.rows(db, file_ids)
    files.pass_on(db, [row])
    return row


def enclosed(db: Session, file_ids: Sequence[int], *, by: Person) -> list[StoredFile]:
    """Return files that somebody added before; raise :class:`DomainError` when one is not theirs."""
    found = files.rows(db, file_ids)
    if len(found) < len(set(file_ids)) or any(one.person_id != by.id for one in found):
        raise DomainError("broadcasts/no_such_file")
    return found
