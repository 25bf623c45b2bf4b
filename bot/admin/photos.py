"""Photos on the console: one that came with a form, and one that is shown where it stands."""

from bot.admin.asked import Asked, Misfilled
from bot.admin.views import Download
from bot.domain import enclosing
from bot.domain.console.visiting import Visit
from bot.domain.files import KeptFile
from bot.web.enclosures import enclosed_as, file_name
from db.models import FileKind, StoredFile

_SHOWN = {"image/jpeg", "image/png", "image/gif", "image/webp"}


def shown(kept: KeptFile) -> Download:
    """Show a picture; anything else is to be kept."""
    is_shown = kept.media_type in _SHOWN
    media_type = kept.media_type if is_shown else "application/octet-stream"
    return Download(kept.name or str(kept.id), kept.path.read_bytes(), media_type, is_shown=is_shown)


def sent(visit: Visit, asked: Asked) -> list[StoredFile]:
    """Return the photo that came with a form, if one did; raise :class:`Misfilled` for another file."""
    if not asked.file:
        return []
    kind = enclosed_as(asked.file_name, asked.file)
    if kind is None or kind[0] is not FileKind.PHOTO:
        raise Misfilled("not_a_photo", "file")
    name = file_name(asked.file_name)
    return [
        enclosing.enclose(visit.db, asked.file, kind[0], name=name, media_type=kind[1], by=visit.person, now=visit.now)
    ]
