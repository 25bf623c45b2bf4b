"""The desk of those who answer: who minds a topic, entries in the making, other words for entries, and handovers."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from db.types import Table, json_column, moment, where_given, word


class TopicHolder(Table, table=True):
    """Who answers for a topic in a unit and all below it, such as medical insurance."""

    __table_args__ = (UniqueConstraint("unit_id", "topic"), where_given("topic_holder", "set_by"))

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    topic: str = Field(max_length=40)
    person_id: int = Field(foreign_key="person.id", index=True)
    set_by: int | None = Field(default=None, foreign_key="person.id")
    set_at: datetime = moment()


class DraftState(StrEnum):
    """Where a draft stands: with whom wrote it, before a second person, back again, or at its end."""

    WRITING = "writing"
    WAITING = "waiting"
    RETURNED = "returned"
    PUBLISHED = "published"
    DROPPED = "dropped"


class EntryDraft(Table, table=True):
    """A text for an entry that nobody is told yet. ``body`` is the entry, ``case_id`` the case whose answer it was.

    ``author_id`` wrote it and has it when it comes back; ``decided_by`` published or returned it.
    """

    __table_args__ = (
        Index("ix_entry_draft_state_id", "state", "id"),
        where_given("entry_draft", "decided_by"),
        where_given("entry_draft", "case_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    state: DraftState = word(DraftState, default=DraftState.WRITING)
    entry_id: str = Field(max_length=80, index=True)
    body: dict[str, Any] = Field(sa_type=json_column())
    unit_id: int = Field(foreign_key="unit.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="case.id")
    author_id: int = Field(foreign_key="person.id", index=True)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    reason: str = Field(default="", max_length=200)
    made_at: datetime = moment()
    decided_at: datetime | None = moment(default=None)


class AnswerTold(Table, table=True):
    """That somebody who once asked in vain has been told of an entry, or heard its answer from a person."""

    __table_args__ = (Index("ix_answer_told_person_id", "person_id"),)

    entry_id: str = Field(primary_key=True, max_length=80)
    person_id: int = Field(foreign_key="person.id", primary_key=True)
    told_at: datetime = moment()


class SuggestionState(StrEnum):
    """Whether an editor has looked at other words for an entry, and what they said."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DROPPED = "dropped"


class AliasSuggestion(Table, table=True):
    """Words people use and the entry they meant by them; once accepted the words are one more way to ask for it.

    ``words_key`` is how the words are compared.
    """

    __table_args__ = (
        UniqueConstraint("entry_id", "words_key"),
        Index("ix_alias_suggestion_state_id", "state", "id"),
        where_given("alias_suggestion", "decided_by"),
    )

    id: int | None = Field(default=None, primary_key=True)
    entry_id: str = Field(max_length=80)
    words: str = Field(max_length=100)
    words_key: str = Field(max_length=100)
    state: SuggestionState = word(SuggestionState, default=SuggestionState.OPEN)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = moment(default=None)


class AliasVote(Table, table=True):
    """One person's part in a suggestion: they picked the entry for these words, or said it did not help them."""

    suggestion_id: int = Field(foreign_key="alias_suggestion.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True, index=True)
    is_for: bool = True
    cast_at: datetime = moment()


class Handover(Table, table=True):
    """Open work that went from one person to another: ``moved`` says which rows, ``lines`` what the sheet shows."""

    __table_args__ = (where_given("handover", "undone_by"),)

    id: int | None = Field(default=None, primary_key=True)
    from_id: int = Field(foreign_key="person.id", index=True)
    to_id: int = Field(foreign_key="person.id", index=True)
    by_id: int = Field(foreign_key="person.id", index=True)
    moved: dict[str, Any] = Field(default_factory=dict, sa_type=json_column())
    lines: list[Any] = Field(default_factory=list, sa_type=json_column())
    made_at: datetime = moment()
    undone_at: datetime | None = moment(default=None)
    undone_by: int | None = Field(default=None, foreign_key="person.id")
