"""Packs of entries: all that is spoken as one file; a file taken in as edits made here, as a whole or not at all."""

import tempfile
from pathlib import Path

from bot.admin.asked import Asked, Misfilled
from bot.admin.views import Download, Outcome, Page, View
from bot.domain import audit, entries
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists import entries as entry_list
from bot.errors import ContentError
from content.loader import dump_entries, load_entries
from content.schema import Entry

_MAY = frozenset({Act.EDIT_ENTRIES})
_SHOWN = 20
_LARGEST = 1_000_000
"""Bytes of a pack that is read while nobody else can write: more than a thousand entries, in half a second."""


def show(_visit: Visit, _asked: Asked) -> View:
    """Offer to take the entries along, and to take a file in."""
    return View("packs", {"problems": (), "count": 0})


def act(visit: Visit, asked: Asked) -> Outcome:
    """Give every entry as it is spoken now, or take a file in; one fault, and nothing of it is taken."""
    if asked.form.get("do", "") == "export":
        return _file(visit)
    if not asked.file:
        raise Misfilled("no_file", "file")
    if len(asked.file) > _LARGEST:
        raise Misfilled("pack_too_large", "file")
    try:
        pack = _read(visit, asked)
    except ContentError as error:
        return View("packs", {"problems": [str(one) for one in error.problems[:_SHOWN]], "count": 0}, status=422)
    if not all(entry_list.may_write(visit, one) for one in pack):
        raise Misfilled("not_your_scope", "scope")
    edited = entries.edit_all(visit.db, pack, author=visit.person, now=visit.now)
    return View("packs", {"problems": (), "count": len(edited)})


def _file(visit: Visit) -> Download:
    spoken = entries.spoken(visit.db)
    audit.note(visit.db, "entries.export", f"{len(spoken)} entries", actor_id=visit.person.id, now=visit.now)
    return Download("entries.yaml", dump_entries(spoken).encode(), "application/yaml")


def _read(visit: Visit, asked: Asked) -> list[Entry]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pack.yaml"
        path.write_bytes(asked.file)
        return load_entries(path, known_ids=set(visit.library.entries))


PAGES = (Page("/admin/entries/packs", show, takes=act, needs=_MAY),)
