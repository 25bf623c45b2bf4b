"""Other words for entries that an editor has accepted: each is one more way to ask, and no pack is touched by it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from content.schema import Entry
from db.models import AliasSuggestion, SuggestionState


@dataclass(frozen=True, slots=True)
class AskedFor:
    """An entry as the matcher sees it."""

    id: str
    phrases: Sequence[str]


def accepted(db: Session) -> Mapping[str, Sequence[str]]:
    """Return the accepted words by entry id."""
    columns = (col(AliasSuggestion.entry_id), col(AliasSuggestion.words))
    chosen = select(*columns).where(col(AliasSuggestion.state) == SuggestionState.ACCEPTED)
    found = defaultdict[str, list[str]](list)
    for entry_id, words in db.execute(chosen.order_by(col(AliasSuggestion.id))):
        found[entry_id].append(words)
    return found


def asked_for(entry: Entry | AskedFor, words: Mapping[str, Sequence[str]]) -> AskedFor:
    """Return an entry with all its phrases, its own and the accepted ones."""
    return AskedFor(entry.id, (*entry.phrases, *words.get(entry.id, ())))
