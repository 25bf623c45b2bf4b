"""What people pick and what did not help them, gathered into other words for an entry that an editor takes or leaves.

One person counts once for the same words, and for less as time goes by.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import audit, entries, questions
from bot.domain.answers import caring, tidings
from bot.domain.house import house_of
from bot.errors import DomainError
from content.match import Outcome, normalise
from content.schema import Entry
from db.claims import changed, insert_into, put_if_missing, table_of
from db.models import AliasSuggestion, AliasVote, Person, SuggestionState

HALVED = timedelta(days=30)
"""After how long somebody's part in a suggestion counts for half."""

ENOUGH = 1.5
"""What a suggestion must weigh to be shown: two people lately."""

_LONGEST = 40
_LONGEST_KEY = 100
"""Characters of the column."""

_LOOKED_AT = 500
_SUGGESTION = table_of(AliasSuggestion)
_VOTE = table_of(AliasVote)


@dataclass(frozen=True, slots=True)
class Suggested:
    """Words, the entry they may be for, and how many picked it or were not helped by it; ``weight`` is below 0 then."""

    id: int
    entry: Entry
    words: str
    people: int
    weight: float


def note(db: Session, entry: Entry, words: str, person_id: int, *, is_for: bool, now: datetime) -> None:
    """Keep that somebody picked an entry for these words, or that it did not help them; what they said last counts.

    Nothing is kept of words that are a way to ask for the entry already, are long (written out as well: one mark may
    stand for many), or may hold somebody's number.
    """
    key = normalise(words)
    is_known = is_for and key in {normalise(phrase) for phrase in entry.phrases}
    is_long = len(words) > _LONGEST or len(key) > _LONGEST_KEY
    if not key or is_known or is_long or "***" in questions.without_numbers(words):
        return
    values = {"entry_id": entry.id, "words": " ".join(words.split()), "words_key": key, "state": SuggestionState.OPEN}
    put_if_missing(db, AliasSuggestion, values, key=("entry_id", "words_key"))
    named = (_SUGGESTION.c.entry_id == entry.id, _SUGGESTION.c.words_key == key)
    suggestion_id = db.execute(select(_SUGGESTION.c.id).where(*named)).scalar_one()
    said = {"is_for": is_for, "cast_at": now}
    vote = insert_into(db, _VOTE).values(suggestion_id=suggestion_id, person_id=person_id, **said)
    db.execute(vote.on_conflict_do_update(index_elements=["suggestion_id", "person_id"], set_=said))


def waiting_for(db: Session, person: Person, *, now: datetime) -> list[Suggested]:
    """Return what many enough say of the entries somebody edits, the weightiest first."""
    library = house_of(db).shelf.current(db)
    found: list[Suggested] = []
    for row, people, weight in _weighed(db, now):
        entry = library.entries.get(row.entry_id)
        if entry is not None and abs(weight) >= ENOUGH and caring.may_edit(db, person, entry):
            found.append(Suggested(row.id or 0, entry, row.words, people, round(weight, 2)))
    return sorted(found, key=lambda one: (-abs(one.weight), one.id))


def accept(db: Session, suggestion_id: int, *, by: Person, now: datetime) -> Suggested:
    """Let the words be one more way to ask for the entry, at once and everywhere; who asked so before is told.

    Raises :class:`DomainError` when it is not theirs, was decided, or another entry is asked for so.
    """
    row, entry = _for_editor(db, suggestion_id, by)
    decision = house_of(db).shelf.current(db).matcher.decide(row.words)
    if decision.outcome is Outcome.ANSWER and decision.matches[0].entry_id != entry.id:
        other = house_of(db).shelf.current(db).entries[decision.matches[0].entry_id]
        raise DomainError("suggestions/taken", words=row.words, title=other.title)
    entries.lock(db)
    _decide(db, row, SuggestionState.ACCEPTED, by=by, now=now)
    entries.announce(db)
    tidings.plan(db, entry.id, cause=f"alias:{row.id}", now=now)
    return Suggested(row.id or 0, entry, row.words, 0, 0.0)


def drop(db: Session, suggestion_id: int, *, by: Person, now: datetime) -> Suggested:
    """Leave the words as they are, for good; raise :class:`DomainError` when it is not theirs or was decided."""
    row, entry = _for_editor(db, suggestion_id, by)
    _decide(db, row, SuggestionState.DROPPED, by=by, now=now)
    return Suggested(row.id or 0, entry, row.words, 0, 0.0)


def _weighed(db: Session, now: datetime) -> Sequence[tuple[AliasSuggestion, int, float]]:
    """Return the newest open suggestions, how many had a part in each, and what it weighs."""
    open_ones = select(AliasSuggestion).where(col(AliasSuggestion.state) == SuggestionState.OPEN)
    newest = db.execute(open_ones.order_by(col(AliasSuggestion.id).desc()).limit(_LOOKED_AT)).scalars().all()
    votes = select(AliasVote).where(col(AliasVote.suggestion_id).in_([one.id for one in newest]))
    parts = defaultdict[int, list[float]](list)
    for vote in db.execute(votes).scalars():
        age = max(now - vote.cast_at, timedelta(0)) / HALVED
        parts[vote.suggestion_id].append((1 if vote.is_for else -1) * 0.5**age)
    return [(one, len(parts[one.id or 0]), sum(parts[one.id or 0])) for one in newest]


def _for_editor(db: Session, suggestion_id: int, by: Person) -> tuple[AliasSuggestion, Entry]:
    row = db.get(AliasSuggestion, suggestion_id)
    entry = house_of(db).shelf.current(db).entries.get(row.entry_id) if row else None
    if row is None or entry is None or not caring.may_edit(db, by, entry):
        raise DomainError("access/not_yours")
    return row, entry


def _decide(db: Session, row: AliasSuggestion, state: SuggestionState, *, by: Person, now: datetime) -> None:
    still = (_SUGGESTION.c.id == row.id, _SUGGESTION.c.state == SuggestionState.OPEN)
    values = {"state": state, "decided_by": by.id, "decided_at": now}
    if not changed(db, update(_SUGGESTION).where(*still).values(**values)):
        raise DomainError("suggestions/decided_already")
    audit.note(db, f"suggestions.{state}", f"{row.entry_id} suggestion:{row.id}", actor_id=by.id, now=now)
