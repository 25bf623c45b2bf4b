"""Once a week entries that were written since are set beside the others; who looks after two that disagree hears it.

Two entries that did not change disagree no more than before: only new texts are looked at, a few in each transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, notices
from bot.domain.agenda import Item
from bot.domain.answers import caring, disagreeing, upkeep
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.persons import people
from content.schema import Entry
from db.models import EntryRecord, EntryRevision, OutboxKind

COMPARE = "entries.compare"
"""The duty that looks for entries that disagree."""

_HOUR = time(10, 0)
_PAGE = 20
_PAUSE = timedelta(seconds=1)
_SHOWN = 2

Pair = tuple[Entry, Entry]


def begin(db: Session, *, now: datetime) -> None:
    """Plan the first Monday, once for ever."""
    agenda.plan(db, COMPARE, COMPARE, due_at=upkeep.next_monday(db, now, _HOUR))


def compare(db: Session, item: Item, now: datetime) -> None:
    """Compare the next entries that were written since; at the end tell who looks after them, and go on in a week.

    The item remembers the last revision that was looked at, the pairs that were found this time, and those before.
    """
    library = house_of(db).shelf.current(db)
    rows = _written_since(db, int(item.payload.get("after", 0)))
    found = {tuple(sorted(pair)) for pair in item.payload.get("found", ())}
    for _, entry_id in rows:
        entry = library.entries.get(entry_id)
        other = disagreeing.contradicted(entry, library) if entry else None
        found |= {tuple(sorted((entry_id, other.id)))} if other else set()
    after = rows[-1][0] if rows else int(item.payload.get("after", 0))
    if len(rows) == _PAGE:
        agenda.again(db, item, at=now + _PAUSE, after=after, found=sorted(found))
        return
    entries = library.entries
    _tell(db, [(entries[one], entries[two]) for one, two in sorted(found) if one in entries and two in entries], now)
    ever_found = {tuple(pair) for pair in item.payload.get("known", ())} | found
    still = [pair for pair in sorted(ever_found) if _still(entries, pair)]
    agenda.again(db, item, at=upkeep.next_monday(db, now, _HOUR), after=after, found=[], known=still)


def known(db: Session, entries: Mapping[str, Entry]) -> list[Pair]:
    """Return the spoken entries that disagree: those asked for in the same words, and those found and not mended."""
    same = list(disagreeing.pairs(list(entries.values())))
    listed = {tuple(sorted((one.id, other.id))) for one, other in same}
    found = [tuple(pair) for item in agenda.planned(db, COMPARE) for pair in item.get("known", ())]
    more = [pair for pair in found if pair not in listed and _still(entries, pair)]
    return [*same, *((entries[one], entries[other]) for one, other in more)]


def _still(entries: Mapping[str, Entry], pair: tuple[str, ...]) -> bool:
    """Tell whether two entries are both spoken still and measure the same otherwise."""
    found = [entries[one] for one in pair if one in entries]
    return len(found) == len(pair) and disagreeing.says_otherwise(*found)


def _written_since(db: Session, after: int) -> Sequence[tuple[int, str]]:
    """Return the next texts that are spoken and were written after a revision: its id, and that of the entry."""
    spoken = and_(
        col(EntryRecord.id) == col(EntryRevision.entry_id), col(EntryRecord.revision) == col(EntryRevision.number)
    )
    newer = select(col(EntryRevision.id), col(EntryRevision.entry_id)).join(EntryRecord, spoken)
    rows = newer.where(col(EntryRevision.id) > after, col(EntryRecord.retired).is_(False))
    return [(one or 0, entry_id) for one, entry_id in db.execute(rows.order_by(col(EntryRevision.id)).limit(_PAGE))]


def _tell(db: Session, pairs: Sequence[Pair], now: datetime) -> None:
    for person_id in upkeep.editors(db) if pairs else ():
        person = people.by_id(db, person_id)
        mine = [pair for pair in pairs if any(caring.may_edit(db, person, one) for one in pair)]
        if not mine:
            continue
        notices.tell(
            db,
            "entries/disagree",
            to=person_id,
            cause=f"{COMPARE}:{now.date().isoformat()}:{person_id}",
            now=now,
            kind=OutboxKind.REMINDER,
            choices=tuple(_look(one) for pair in mine[:_SHOWN] for one in pair if caring.may_edit(db, person, one)),
            count=len(mine),
            titles=[f"{one.title} / {two.title}" for one, two in mine[:_SHOWN]],
        )


def _look(entry: Entry) -> Choice:
    return Choice(label=entry.title, go="entries.manage", fill={"entry_id": entry.id})
