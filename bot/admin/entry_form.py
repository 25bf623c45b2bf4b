"""The form of an entry: its fields as text, and back."""

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from bot.admin.asked import Asked, Misfilled
from content.schema import Entry, clashes

LINES = ("ask", "unstated", "figures", "related", "samples")
"""Fields with one thing a line."""

WORDS = ("id", "title", "answer", "scope", "check_by", "source_title", "publisher", "source_date", "url")
"""Fields with one text."""

_MOST = 4000
_SOURCE = {"title": "source_title", "publisher": "publisher", "date": "source_date", "url": "url"}


def fields_of(entry: Entry | None) -> dict[str, str]:
    """Return an entry's fields as they are written into the form; empty ones for a new entry."""
    if entry is None:
        return dict.fromkeys((*WORDS, *LINES), "")
    filled = {name: "\n".join(getattr(entry, name)) for name in LINES}
    source = {field: str(getattr(entry.source, name) or "") for name, field in _SOURCE.items()}
    plain = {name: str(getattr(entry, name)) for name in ("id", "title", "answer", "scope", "check_by")}
    return {**filled, **source, **plain}


def draft_of(asked: Asked) -> dict[str, str]:
    """Return what was written into the form, so that nothing of it is lost when it cannot be taken."""
    return {name: asked.form.get(name, "")[:_MOST] for name in (*WORDS, *LINES)}


def read_entry(asked: Asked, entry_id: str, known: Mapping[str, Entry]) -> Entry:
    """Return the entry that was written; raise :class:`Misfilled` for the first field that cannot be taken.

    ``entry_id`` is whose text it is, empty for a new one, whose id must be nobody else's in ``known``.
    """
    given = draft_of(asked)
    if not entry_id and given["id"] in known:
        raise Misfilled("id_taken", "id")
    body: dict[str, Any] = {name: given[name] for name in ("title", "answer", "scope", "check_by")}
    body |= {name: [line.strip() for line in given[name].splitlines() if line.strip()] for name in LINES}
    body["id"] = entry_id or given["id"]
    body["answer"] = given["answer"].replace("\r\n", "\n")
    body["source"] = {name: given[field].strip() for name, field in _SOURCE.items() if given[field].strip()}
    body["systems"] = list(known[entry_id].systems) if entry_id in known else []
    try:
        entry = Entry.model_validate(body)
    except ValidationError as error:
        raise Misfilled("entry", _field_of(error.errors()[0]["loc"])) from error
    _insist_on_fit(entry, known.keys())
    return entry


def _insist_on_fit(entry: Entry, known_ids: Collection[str]) -> None:
    for clash in clashes([entry], known_ids):
        raise Misfilled("entry", str(clash.field[0]))


def _field_of(place: tuple[int | str, ...]) -> str:
    first = str(place[0]) if place else "title"
    return _SOURCE.get(str(place[1]), "source_title") if first == "source" and len(place) > 1 else first
