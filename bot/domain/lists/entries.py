"""Entries with where they stand: spoken, retired, out of date, other than in their pack; every text they ever had."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, units
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.house import house_of
from bot.domain.lists.listing import Line, Listing, Order, Rows
from bot.domain.scopes import all_called, unit_of
from bot.errors import DomainError
from content.match import Decision
from content.schema import Entry
from db.models import EntryRecord, EntryRevision

_BRIEF = 2
_LONGEST_QUESTION = 200


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry in a list; ``is_stale`` when its answer says that it may be out of date."""

    entry: Entry
    record: EntryRecord
    changed_at: datetime
    is_stale: bool


def listing(visit: Visit, filters: dict[str, str]) -> Listing[EntryRow]:
    """Return the entries; ``state`` narrows them down."""
    today = _today(visit)
    rows = _rows()
    match filters.get("state", ""):
        case "retired":
            rows = rows.where(col(EntryRecord.retired))
        case "stale":
            rows = rows.where(col(EntryRevision.body)["check_by"].as_string() < today, ~col(EntryRecord.retired))
        case "differs":
            rows = rows.where(col(EntryRecord.differs_from_pack), ~col(EntryRecord.retired))
        case _:
            rows = rows.where(~col(EntryRecord.retired))

    def read(_db: Session, found: Sequence[Line]) -> Sequence[EntryRow]:
        return [_read(row[0], row[1], today) for row in found]

    orders = {
        "changed": Order(col(EntryRevision.id), col(EntryRevision.id), falls=True),
        "place": Order(col(EntryRecord.id), col(EntryRevision.id)),
    }
    return Listing(rows, orders, read)


def found(visit: Visit, entry_id: str) -> EntryRow:
    """Return an entry, spoken or retired; raise :class:`DomainError` for one there is not."""
    row = visit.db.execute(_rows().where(col(EntryRecord.id) == entry_id)).one_or_none()
    if row is None:
        raise DomainError("access/not_yours")
    return _read(row[0], row[1], _today(visit))


def as_spoken(visit: Visit, entry: Entry) -> str:
    """Return what the bot says when it answers with an entry."""
    lines = entry.answer.count("\n") + 1 + bool(entry.unstated)
    is_stale = entry.check_by.isoformat() < _today(visit)
    values = {"entry": entry, "is_stale": is_stale, "is_brief": lines <= _BRIEF}
    return house_of(visit.db).renderer.render("entries/entry", values)


def asked(visit: Visit, question: str) -> Decision:
    """Return what the bot would do with a question; nobody is told, and it is not logged."""
    return visit.library.matcher.decide(question[:_LONGEST_QUESTION])


def may_edit(visit: Visit, scope: str) -> bool:
    """Tell whether somebody may write entries for a unit, by its name; for one that is not here only at the top."""
    return access.may(visit.db, visit.person, Act.EDIT_ENTRIES, unit_of(visit.db, scope))


def is_known(visit: Visit, entry_id: str) -> bool:
    """Tell whether there is an entry of an id, spoken or retired."""
    return visit.db.get(EntryRecord, entry_id) is not None


def may_write(visit: Visit, entry: Entry) -> bool:
    """Tell whether somebody may write for the unit an entry is for, and for the one its id stood for before."""
    row = visit.db.execute(_rows().where(col(EntryRecord.id) == entry.id)).one_or_none()
    before = [] if row is None else [_read(row[0], row[1], _today(visit)).entry.scope]
    return all(may_edit(visit, scope) for scope in (*before, entry.scope))


def scopes(visit: Visit) -> list[str]:
    """Return the names of the units somebody may write entries for, each so that it means no other."""
    return all_called(visit.db, units.within(visit.db, visit.reach(Act.EDIT_ENTRIES)))


def _rows() -> Rows:
    return select(EntryRecord, EntryRevision).join(
        EntryRevision,
        (col(EntryRevision.entry_id) == col(EntryRecord.id)) & (col(EntryRevision.number) == col(EntryRecord.revision)),
    )


def _read(record: EntryRecord, revision: EntryRevision, today: str) -> EntryRow:
    entry = Entry.model_validate(revision.body)
    return EntryRow(entry, record, revision.created_at, entry.check_by.isoformat() < today)


def _today(visit: Visit) -> str:
    return visit.now.astimezone(visit.zone).date().isoformat()
