"""Find the entry that answers a question, say how sure that is, and whether to answer, to offer or to pass."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp
from typing import Protocol

from content.match import confidence
from content.match.ranking import Ranker, Ranking
from content.match.reading import heard, plain, read

SURE = 0.6
"""Score from which one entry is answered directly."""

WORTH_OFFERING = 0.3
"""Score, had the best entry no rival, from which asking 您想问哪一个 helps more than calling a person."""

CLOSE = 0.1
"""Odds, beside the best entry's, from which another entry is offered too."""

MOST_OFFERED = 3
"""Entries offered at once: more do not fit a short message."""

_SHORTEST = 2
"""Meaningful characters a question needs unless it is exactly a phrase."""

_EXACT = 0.99


class Askable(Protocol):
    """What the matcher needs of an entry."""

    @property
    def id(self) -> str:
        """The stable name of the entry."""
        ...

    @property
    def phrases(self) -> Sequence[str]:
        """The ways people ask for it."""
        ...


class Outcome(StrEnum):
    """What to do with a question."""

    ANSWER = "answer"
    CANDIDATES = "candidates"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Match:
    """An entry found, the probability that it is meant (0…1), and its phrase that is nearest to the question."""

    entry_id: str
    score: float
    phrase: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do and with which entries: one to answer, up to three to offer, or none."""

    outcome: Outcome
    matches: tuple[Match, ...]


class Matcher:
    """An index over the phrases of all entries; build it once, ask it from any thread."""

    def __init__(self, entries: Iterable[Askable]) -> None:
        """Read every phrase of every entry."""
        self._ids: list[str] = []
        self._phrases: list[str] = []
        owners: list[int] = []
        for number, entry in enumerate(entries):
            self._ids.append(entry.id)
            self._phrases += entry.phrases
            owners += [number] * len(entry.phrases)
        self._ranker = Ranker(self._phrases, owners)

    def search(self, text: str, limit: int = 10) -> list[Match]:
        """Return the entries that may be meant, best first, each with its calibrated score."""
        ranking = self._rank(text)
        return self._matches(ranking, limit) if ranking else []

    def decide(self, text: str) -> Decision:
        """Answer with the one entry that is surely meant, else offer the few that may be, else say there is none."""
        ranking = self._rank(text)
        if ranking is None or not ranking.entries:
            return Decision(Outcome.NONE, ())
        matches = self._matches(ranking, MOST_OFFERED)
        if matches[0].score >= SURE:
            return Decision(Outcome.ANSWER, (matches[0],))
        if confidence.confidence(ranking.inputs(0, with_rival=False, size=len(self._ids))) < WORTH_OFFERING:
            return Decision(Outcome.NONE, ())
        best = ranking.entries[0].rank
        near = sum(exp(other.rank - best) >= CLOSE for other in ranking.entries[:MOST_OFFERED])
        return Decision(Outcome.CANDIDATES, tuple(matches[:near]))

    def _matches(self, ranking: Ranking, limit: int) -> list[Match]:
        ceiling, matches = 1.0, list[Match]()
        for place, found in enumerate(ranking.entries[:limit]):
            ceiling = min(ceiling, confidence.confidence(ranking.inputs(place, size=len(self._ids))))
            matches.append(Match(self._ids[found.entry], ceiling, self._phrases[found.phrase]))
        return matches

    def _rank(self, text: str) -> Ranking | None:
        asked = plain(text)
        if len(asked.replace(" ", "")) < _SHORTEST:
            return None
        rankings = [self._ranker.rank(reading) for reading in (read(asked), *heard(asked))]
        return max(rankings, key=lambda ranking: ranking.entries[0].rank if ranking.entries else -1e9)
