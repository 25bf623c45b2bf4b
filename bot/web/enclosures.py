"""What may go along with a message from a page: pictures, tables and PDF, by what they hold rather than their name."""

from bot.pictures import photo_type
from bot.web.tables import table_type
from db.models import FileKind

_LONGEST_NAME = 120
_PDF = "application/pdf"


def enclosed_as(name: str, data: bytes) -> tuple[FileKind, str] | None:
    """Return as what a file goes along, and its media type; ``None`` for what does not."""
    if media_type := photo_type(data):
        return FileKind.PHOTO, media_type
    if media_type := table_type(name, data) or (_PDF if data.startswith(b"%PDF-") else ""):
        return FileKind.DOCUMENT, media_type
    return None


def file_name(given: str) -> str:
    """Return a file's name as it may be shown and sent on: without folders and unprintable characters."""
    return "".join(mark for mark in given if mark.isprintable() and mark not in "/\\")[:_LONGEST_NAME]
