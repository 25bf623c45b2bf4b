"""What the matcher says: entries found with their scores, and what to do with a question."""

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What to do with a question."""

    ANSWER = "answer"
    CANDIDATES = "candidates"
    NONE = "none"


class Talk(StrEnum):
    """What people say that asks nothing, the most serious first."""

    ABUSE = "abuse"
    THANKS = "thanks"
    FAREWELL = "farewell"
    SMALL_TALK = "small_talk"
    GREETING = "greeting"


@dataclass(frozen=True, slots=True)
class Match:
    """An entry found, the probability that it is meant (0…1), and its phrase that is nearest to the question."""

    entry_id: str
    score: float
    phrase: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do and with which entries: one to answer, up to three to offer, or none.

    Where nothing was asked, `talk` says what was said instead. Where several things were asked at once, `parts` are
    the questions, and `matches` the best entry for each of them in turn.
    """

    outcome: Outcome
    matches: tuple[Match, ...]
    talk: Talk | None = field(default=None, compare=False)
    parts: tuple[str, ...] = field(default=(), compare=False)
